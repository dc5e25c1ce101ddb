"""`--precision`: what it changes, and what is said where the processor cannot."""
import os

import pytest
from tool import faces, infer, records

exact_only = {**os.environ, "FERM_INSTRUCTIONS": "portable"}
note = b"--precision fast runs as exact"


def test_exact_is_the_usual():
    assert infer(faces, "--precision", "exact", "--quiet").stdout == infer(faces, "--quiet").stdout


def test_fast_gives_nearly_the_same_records():
    outcome = infer(faces, "--precision", "fast", "--format", "jsonl")
    is_exact = note in outcome.stderr
    exact, fast = records(faces), records(faces, "--precision", "fast", "--quiet")
    assert [record["path"] for record in fast] == [record["path"] for record in exact]
    for one, other in zip(exact, fast):
        assert other["probs"] == pytest.approx(one["probs"], abs=0.05)
    assert (exact == fast) == is_exact


@pytest.mark.parametrize("threads", ["1", "2", "3"])
def test_fast_gives_the_same_bits_for_any_number_of_threads(threads):
    assert records(faces, "--precision", "fast", "--threads", threads) == records(faces, "--precision", "fast")


def test_a_processor_without_the_instructions_runs_exact_and_says_so():
    outcome = infer(faces, "--precision", "fast", "--format", "jsonl", env=exact_only)
    assert outcome.stdout == infer(faces, "--format", "jsonl", env=exact_only).stdout
    assert outcome.stderr.startswith(b"fer-infer: --precision fast runs as exact on this processor\n")
    assert infer(faces, "--precision", "fast", "--quiet", env=exact_only).stderr == b""
    assert note not in infer(faces, "--precision", "exact", env=exact_only).stderr


@pytest.mark.parametrize("word", ["fasst", "bf16", "0"])
def test_another_word_is_refused(word):
    told = infer(faces, "--precision", word, status=2).stderr
    assert told.count(b"\n") == 1 and b"--precision takes one of exact, fast" in told
