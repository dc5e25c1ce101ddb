"""A run can be given another length where nothing of what it did would have been different."""
import pytest
from training import quick, train


@pytest.mark.parametrize("schedule", ["constant", "plateau --patience 0", "step --period 1", "restarts --period 2"])
def test_a_longer_run_is_the_one_begun_with_that_length(schedule, data, tmp_path):
    words = ["--data", data, "--val", "0.25", *quick, "--schedule", *schedule.split(), "--save-every", 1]
    assert train(*words, "--epochs", 4, "--out", tmp_path / "whole").returncode == 0
    run = tmp_path / "grown"
    assert train(*words, "--epochs", 2, "--out", run).returncode == 0
    grown = train("--resume", "--out", run, "--epochs", 4)
    assert grown.returncode == 0, grown.stderr
    for name in ("last.ferm", "epoch_4.ferm"):
        assert (run / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    # From an epoch before it grew, and with the same length given again.
    assert train("--resume", "--out", run, "--from-epoch", 1).returncode == 0
    assert train("--resume", "--out", run, "--epochs", 4).returncode == 0
    for name in ("last.ferm", "epoch_4.ferm"):
        assert (run / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert (run / "results.csv").read_text().count("\n") == 5


@pytest.mark.parametrize("words, reason", [
    ("--schedule cosine", "--schedule cosine"), ("--schedule one-cycle", "--schedule one-cycle"),
    ("--schedule constant --sizes 32@0.5,36", "--sizes"), ("--schedule constant --optimizer asgd --lr 0.01", "--optimizer asgd"),
    ("--schedule constant --final-epochs 1", "its final stage has begun"),
    ("--schedule constant --epochs 8 --calm-epochs 2", "--calm-epochs"), ("--schedule constant --sam 0.1 --sam-from 0.5", "--sam-from"),
    ("--schedule constant --correct-labels 0.4:0.5:0.9", "--correct-labels"),
])
def test_a_length_that_would_have_changed_the_run_is_refused(words, reason, data, tmp_path):
    run = tmp_path / "run"
    assert train("--data", data, "--val", "0.25", *quick, "--epochs", 2, *words.split(), "--out", run).returncode == 0
    before = (run / "last.ferm").read_bytes(), (run / "args.json").read_bytes()
    refused = train("--resume", "--out", run, "--epochs", 20)
    assert refused.returncode == 3 and reason in refused.stderr and "--init" in refused.stderr, refused.stderr
    assert before == ((run / "last.ferm").read_bytes(), (run / "args.json").read_bytes())
