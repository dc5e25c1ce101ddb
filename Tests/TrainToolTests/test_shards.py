"""--shards: batches in parts, whose number alone decides about the bits of a run."""
import json

import pytest
from training import faces, quick, train


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return faces(tmp_path_factory.mktemp("shards") / "faces")


def words(data, *more, epochs=2, threads=1):
    return ["--data", data, "--val", "0.25", *quick[:-1], threads, "--batch", 9, "--schedule", "constant",
            "--epochs", epochs, *more]


def run(out, *given, status=0):
    done = train(*given, "--out", out)
    assert done.returncode == status, done.stderr
    return (out / "last.ferm").read_bytes() if status == 0 else done.stderr


def stated(run):
    return json.loads((run / "args.json").read_text()).get("train.shards")


def test_the_number_of_shards_decides_and_threads_do_not(data, tmp_path):
    more = ["--mixup", "1:0.4", "--class-weights", "balanced", "--clip", "1"]
    whole = run(tmp_path / "whole", *words(data, *more))
    assert run(tmp_path / "one", *words(data, "--shards", 1, *more)) == whole
    four = run(tmp_path / "four", *words(data, "--shards", 4, *more))
    assert run(tmp_path / "threads", *words(data, "--shards", 4, *more, threads=3)) == four != whole
    assert stated(tmp_path / "four") == 4 and stated(tmp_path / "one") is None and stated(tmp_path / "whole") is None


def test_a_run_goes_on_with_its_own_shards_alone(data, tmp_path):
    whole = run(tmp_path / "whole", *words(data, "--shards", 2))
    before = run(tmp_path / "run", *words(data, "--shards", 2, epochs=1))
    said = run(tmp_path / "run", "--resume", "--epochs", 2, "--shards", 4, status=3)
    assert "the run has --shards 2" in said and (tmp_path / "run/last.ferm").read_bytes() == before
    assert run(tmp_path / "run", "--resume", "--epochs", 2) == whole


def test_sums_in_bf16_are_a_run_of_their_own_that_goes_on_as_such(data, tmp_path):
    more = ["--shards", 4, "--wire", "bf16"]
    whole = run(tmp_path / "whole", *words(data, *more))
    assert json.loads((tmp_path / "whole/args.json").read_text())["train.wire"] == "bf16"
    assert whole != run(tmp_path / "fp32", *words(data, "--shards", 4, "--wire", "fp32"))
    assert run(tmp_path / "plain", *words(data, "--shards", 4)) == (tmp_path / "fp32/last.ferm").read_bytes()
    run(tmp_path / "run", *words(data, *more, epochs=1))
    assert run(tmp_path / "run", "--resume", "--epochs", 2) == whole


def test_a_whole_batch_has_no_sums_to_round(data, tmp_path):
    said = run(tmp_path / "run", *words(data, "--wire", "bf16"), status=2)
    assert "--wire bf16" in said and "give --shards S too" in said and said.count("\n") == 1
    assert not (tmp_path / "run/last.ferm").exists()


@pytest.mark.parametrize("given, sentence", [
    ([3], "--shards 3 is no power of two"),
    (["4", "--batch", "7"], "--shards 4 needs batches of at least 8 faces"),
    ([0], "--shards"),
])
def test_shards_that_cannot_be_are_refused_before_anything_is_written(data, tmp_path, given, sentence):
    said = run(tmp_path / "run", *words(data), "--shards", *given, status=2)
    assert sentence in said and said.count("\n") == 1 and not (tmp_path / "run").exists()


def test_too_few_faces_for_the_shards_are_refused_before_anything_is_written(data, tmp_path):
    said = run(tmp_path / "run", *words(data), "--shards", 8, "--batch", 64, "--limit", 12, status=2)
    assert "--shards 8 needs batches of at least 16 faces" in said and "there are 9" in said
    assert not (tmp_path / "run/last.ferm").exists()
