"""--precision: what a run multiplies is fixed at its start, stated in its files, and never changed without a word."""
import json
import os
import subprocess

import pytest
from training import faces, quick, root, train

# Plain C that does what a processor with AVX512_BF16 does, and one that cannot do it.
able = {**os.environ, "FERM_INSTRUCTIONS": "emulated"}
unable = {**os.environ, "FERM_INSTRUCTIONS": "portable"}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return faces(tmp_path_factory.mktemp("precision") / "faces")


def words(data, *more, epochs=2, threads=1):
    return ["--data", data, "--val", "0.25", *quick[:-1], threads, "--epochs", epochs, *more]


def settings(run):
    dump = subprocess.run([root / ".build/release/fer-inspect", run / "best.ferm", "--json"], capture_output=True, text=True)
    return json.loads(dump.stdout)["provenance"]


def test_files_and_words_state_the_precision(data, tmp_path):
    for name in ("fp32", "bf16"):
        done = train(*words(data, "--precision", name), "--out", tmp_path / name, env=able)
        assert done.returncode == 0 and name in done.stderr, done.stderr
    assert settings(tmp_path / "bf16")["train.precision"] == "bf16"
    assert "train.precision" not in settings(tmp_path / "fp32")
    assert "bf16" in (tmp_path / "bf16/args.json").read_text()
    assert (tmp_path / "fp32/last.ferm").read_bytes() != (tmp_path / "bf16/last.ferm").read_bytes()


@pytest.mark.parametrize("name, env", [("bf16", able), ("fp32", unable)])
def test_a_run_multiplies_in_bf16_where_the_processor_has_it(data, tmp_path, name, env):
    for run, asked in (("plain", []), ("asked", ["--precision", name])):
        assert train(*words(data, *asked), "--out", tmp_path / run, env=env).returncode == 0
    assert (tmp_path / "plain/last.ferm").read_bytes() == (tmp_path / "asked/last.ferm").read_bytes()
    assert settings(tmp_path / "plain").get("train.precision", "fp32") == name


def test_a_run_goes_on_in_its_own_precision_alone(data, tmp_path):
    whole, run = tmp_path / "whole", tmp_path / "run"
    chosen = "--precision", "bf16", "--schedule", "constant"
    assert train(*words(data, *chosen, threads=3), "--out", whole, env=able).returncode == 0
    assert train(*words(data, *chosen, epochs=1), "--out", run, env=able).returncode == 0
    before = (run / "last.ferm").read_bytes()
    refused = train("--resume", "--out", run, "--epochs", 2, env=unable)
    assert refused.returncode == 3 and "bf16" in refused.stderr and "--init" in refused.stderr, refused.stderr
    refused = train("--resume", "--out", run, "--epochs", 2, "--precision", "fp32", env=able)
    assert refused.returncode == 3 and "the run has --precision bf16" in refused.stderr, refused.stderr
    assert (run / "last.ferm").read_bytes() == before
    done = train("--resume", "--out", run, "--epochs", 2, env=able)
    assert done.returncode == 0, done.stderr
    assert (run / "last.ferm").read_bytes() == (whole / "last.ferm").read_bytes()


def test_bf16_without_the_instructions_is_refused_before_anything_is_written(data, tmp_path):
    refused = train(*words(data, "--precision", "bf16"), "--out", tmp_path / "run", env=unable)
    assert refused.returncode != 0 and refused.stderr.count("\n") == 1, refused.stderr
    assert "AVX512_BF16" in refused.stderr and "--precision fp32" in refused.stderr
    assert not (tmp_path / "run/last.ferm").exists()
    wrong = train(*words(data, "--precision", "fp16"), "--out", tmp_path / "run")
    assert wrong.returncode == 2 and "--precision" in wrong.stderr
