"""`fer-train eval --precision`: which products the runtime computes with."""
import os

import pytest
from trainer import evaluate, fer2013, model, put, train

exact_only = {**os.environ, "FERM_INSTRUCTIONS": "portable"}


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faces")
    for label, name in enumerate(fer2013):
        put(folder / "test" / name, label, range(3))
    return folder


def test_fast_is_nearly_exact(faces):
    exact, fast = evaluate(model, faces), evaluate(model, faces, "--precision", "fast")
    assert exact["runtime_precision"] == "exact" and fast["n"] == exact["n"] == 21
    assert fast["loss"] == pytest.approx(exact["loss"], abs=0.05)
    assert (fast["loss"] == exact["loss"]) == (fast["runtime_precision"] == "exact")


def test_a_processor_without_the_instructions_runs_exact_and_says_so(faces):
    said, printed = train("eval", model, "--data", faces, "--precision", "fast", env=exact_only)
    assert "--precision fast runs as exact on this processor\n" in said
    assert printed == train("eval", model, "--data", faces, env=exact_only)[1]


def test_the_figures_in_a_file_are_those_of_exact(faces, tmp_path):
    said, _ = train("eval", model, "--data", faces, "--precision", "fast", "-o", tmp_path / "m.ferm", status=2)
    assert said.count("\n") == 1 and "--precision exact" in said and not (tmp_path / "m.ferm").exists()
    assert "one of exact, fast" in train("eval", model, "--data", faces, "--precision", "bf16", status=2)[0]
