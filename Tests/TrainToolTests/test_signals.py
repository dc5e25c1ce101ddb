"""A signal ends a run with a checkpoint, whenever it comes."""
import signal
import time

import pytest
from training import endless, quick, start, train, wait_for


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT])
def test_an_ignored_signal_stays_ignored(number, data, tmp_path):
    process = start("--data", data, "--out", tmp_path / "run", *endless, preexec_fn=lambda: signal.signal(number, signal.SIG_IGN))
    wait_for(tmp_path / "run/last.ferm", process)
    process.send_signal(number)
    with pytest.raises(Exception):
        process.wait(timeout=1)
    process.terminate()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0 and "--resume" in said


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_run_and_says_so(number, data, tmp_path):
    process = start("--data", data, "--out", tmp_path / "run", *endless)
    wait_for(tmp_path / "run/last.ferm", process)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0 and "stopping after this step" in said and "--resume" in said


@pytest.mark.parametrize("seconds", ["0.02", "0.05", "0.1", "0.2", "0.4", "0.7", "1"])
def test_timeout_always_leaves_a_checkpoint(seconds, data, tmp_path):
    # timeout signals the program, and then its group.
    run = tmp_path / "run"
    process = start("--data", data, "--val", "0.25", "--out", run, *endless, before=("timeout", "-v", seconds))
    _, said = process.communicate(timeout=60)
    if process.returncode == 124 and "go on with" not in said:
        pytest.skip("the signal came before the program had begun")
    assert process.returncode == 124 and (run / "last.ferm").exists(), said
    assert not [path for path in run.iterdir() if "part-" in path.name]


def test_a_later_signal_ends_at_once(tmp_path, data):
    # Steps of many seconds.
    long = "--width 4 --sizes 44 --batch 24 --crops ten --warmup 0 --threads 1".split()
    process = start("--data", data, "--out", tmp_path / "run", *long)
    wait_for(tmp_path / "run/augmented.png", process)
    process.terminate()
    time.sleep(0.2)
    process.terminate()
    time.sleep(2.2)
    if process.poll() == 0:
        pytest.skip("the step was over before")
    assert process.poll() is None
    process.terminate()
    process.communicate(timeout=10)
    assert process.returncode == 128 + signal.SIGTERM


def test_a_run_stopped_in_validation_goes_on_to_the_same_bytes(data, tmp_path):
    words = ["--data", data, "--val", "0.4", *quick, "--tta", "ten", "--epochs", 3, "--save-every", 1]
    assert train(*words, "--out", tmp_path / "whole").returncode == 0
    run = tmp_path / "parts"
    process = start(*words, "--out", run)
    while process.poll() is None:
        time.sleep(0.1)
        process.terminate()
        process.communicate(timeout=60)
        process = start("--resume", "--out", run)
        if (run / "epoch_3.ferm").exists():
            process.communicate(timeout=60)
    for name in ("last.ferm", "epoch_1.ferm", "epoch_2.ferm", "epoch_3.ferm"):
        assert (run / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_run_outlives_the_reader_of_its_words(data, tmp_path):
    process = start("--data", data, "--out", tmp_path / "run", *quick, "--epochs", 3)
    process.stderr.close()
    assert process.wait(timeout=120) == 0
    assert (tmp_path / "run/results.csv").read_text().count("\n") == 4
