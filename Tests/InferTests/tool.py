"""Runs the built fer-infer as a user would."""
import json
import os
import subprocess
from pathlib import Path

root = Path(__file__).resolve().parents[2]
program = os.environ.get("FER_INFER", root / ".build/release/fer-infer")
model = root / "models/default.ferm"
faces = root / "Examples/faces"
labels = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]


def command(*words):
    return [program, model, *words]


def run(*words, status=0, stdin=None, **options):
    """Runs a program to the end; the status must be as expected."""
    outcome = subprocess.run(words, input=stdin, capture_output=True, timeout=120, **options)
    assert outcome.returncode == status, outcome.stderr.decode(errors="replace")
    return outcome


def infer(*words, status=0, **options):
    """Runs fer-infer with the shipped model."""
    return run(*command(*words), status=status, **options)


def records(*words, **options):
    """The records as JSON objects."""
    return [json.loads(line) for line in infer(*words, "--format", "jsonl", **options).stdout.splitlines()]


def peak(*words, status=0, **options):
    """The most memory in KB that one run of fer-infer held, whatever ran before it."""
    child = subprocess.Popen(command(*words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    _, ended, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(ended)
    assert child.returncode == status
    return usage.ru_maxrss


def error_code(record):
    return "ok" if record["ok"] else record["error"]["code"]
