"""Runs of fer-train whose status must be as expected, and faces that are told apart by class and number."""
import json
import subprocess

import numpy
from PIL import Image

from training import root, tool as program

model = root / "models/default.ferm"
fer2013 = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
quick = ["--width", "0.0625", "--epochs", "1", "--warmup", "0", "--batch", "4", "--sizes", "32",
         "--calm-epochs", "0", "--threads", "1"]


def train(*words, status=0, **options):
    """Runs it to the end; the status must be as expected. Returns what it said, and what it printed."""
    outcome = subprocess.run([program, *map(str, words)], capture_output=True, timeout=120, text=True, **options)
    assert outcome.returncode == status, outcome.stderr
    return outcome.stderr, outcome.stdout


def fit(data, out, *words, status=0, **options):
    return train("--data", data, "--out", out, *quick, *words, status=status, **options)[0]


def evaluate(model, data, *words, **options):
    return json.loads(train("eval", model, "--data", data, "--json", *words, **options)[1])


def face(label, number):
    """48 by 48 grey noise, lighter the higher the label."""
    noise = numpy.random.default_rng(1000 * label + number).integers(0, 60, (48, 48))
    return (noise + 25 * (label % 8)).astype(numpy.uint8)


def put(folder, label, numbers, ending="png"):
    """Writes faces as files of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        Image.fromarray(face(label, number)).save(folder / f"{number}.{ending}")


def put_classes(folder, count, names=("happy", "sad"), first=0, ending="png"):
    for label, name in enumerate(names):
        put(folder / name, label, range(first, first + count), ending)
    return folder


def row(label, usage, number=0):
    return f"{label},{' '.join(map(str, face(label, number).flatten()))},{usage}"
