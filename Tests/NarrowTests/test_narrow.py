"""A reader of 32 bits: it gives every verdict of the corpus, and the limits' arithmetic holds in it."""
import json
import subprocess
from pathlib import Path

import pytest

root = Path(__file__).resolve().parents[2]
corpus = root / "spec/conformance"


@pytest.fixture(scope="module")
def narrow(tmp_path_factory):
    program = tmp_path_factory.mktemp("narrow") / "narrow"
    built = subprocess.run([root / "scripts/narrow.sh", program], cwd=root, capture_output=True, text=True, timeout=900)
    if built.returncode == 77:
        pytest.skip("there is no 32-bit C library (libc6-dev-i386, lib32z1-dev) or Swift toolchain for it")
    assert built.returncode == 0, built.stdout + built.stderr
    return program


def run(program, *words):
    outcome = subprocess.run([program, *words], capture_output=True, text=True, timeout=600)
    assert outcome.returncode == 0, (words[len(outcome.stdout.splitlines())] if words else "", outcome.stderr)
    return outcome.stdout.splitlines()


def test_a_32_bit_reader_gives_every_verdict_of_the_corpus(narrow):
    files = sorted([*corpus.rglob("*.ferm"), root / "models/default.ferm"])
    expected = []
    for file in files:
        case = json.loads(file.with_suffix(".json").read_text()) if file.parent.name == "reject" else {}
        # What only shows when the network runs is left to those who run it.
        runs = case.get("code") == "self-test" or file.stem == "whole-image-beyond-2-28-pixels"
        place = case.get("offset")
        expected.append("sound" if not case or runs else f"{case['code']} {'none' if place is None else place}")
    assert len(files) > 700
    wrong = [(file.name, found, want) for file, found, want in zip(files, run(narrow, *files), expected) if found != want]
    assert not wrong


def test_the_limits_hold_at_their_bounds_in_32_bits(narrow):
    lines = run(narrow)
    assert len(lines) == 1 and int(lines[0]) > 10, lines
