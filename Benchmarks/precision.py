#!/usr/bin/env python3
"""Says what the fast precision costs in accuracy: runs a model over labelled faces in exact and in fast, and compares the logits.

    make build libferm
    python3 Benchmarks/precision.py models/default.ferm fer2013/test
    python3 Benchmarks/precision.py models/default.ferm fer2013/test --peers fer2013/train

Needs numpy and Pillow. FACES has a folder for each class, with the model's names. With --peers, OpenVINO runs the same network too, in
fp32, in bf16 and in int8, which NNCF calibrates on 300 faces of the folder given (pip install onnx openvino nncf). Prints for each
program: top-1, the share of its predictions that are others than those of ferm's exact, its largest error as a share of the largest
logit, and the root mean square of its errors as a share of that of the logits.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

root = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(root / "Bindings/python"))
os.environ.setdefault("FERM_LIBRARY", str(root / "build/lib/libferm.so"))

import ferm
import numpy as np
from PIL import Image

BATCH, CALIBRATING = 64, 300


def network_inputs(model, folder):
    """What the network sees of each face, `[N, C, H, W]`, by fer-infer; and the faces' classes."""
    inputs, classes, names = [], [], [name.lower() for name in model.labels]
    with tempfile.TemporaryDirectory() as place:
        words = [root / ".build/release/fer-infer", model.path, folder, "--dump-input", place, "--format", "jsonl", "--quiet"]
        for line in subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines():
            record = json.loads(line)
            label = Path(record["path"]).relative_to(folder).parts[0].lower()
            if label not in names:
                sys.exit(f"{record['path']} lies in no folder with the name of one of the model's classes: {', '.join(model.labels)}")
            classes.append(names.index(label))
            pixels = np.asarray(Image.open(record["input"]), np.float32)
            inputs.append(pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1))
    scale, shift = (np.array(numbers, np.float32)[:, None, None] for numbers in (model.scale, model.shift))
    return np.stack(inputs) * scale + shift, np.array(classes)


class ModelFile:
    """A model as fer-inspect describes it."""

    def __init__(self, path):
        words = [root / ".build/release/fer-inspect", path, "--json"]
        page = json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout)
        self.path, self.labels = path, page["labels"]["names"]
        self.scale, self.shift = page["preprocessing"]["scale"], page["preprocessing"]["offset"]


def in_batches(run, inputs):
    return np.concatenate([run(inputs[first:first + BATCH]) for first in range(0, len(inputs), BATCH)])


def compared(name, logits, wanted, classes):
    """One line of the table."""
    error = logits.astype(np.float64) - wanted
    top1 = np.mean(logits.argmax(1) == classes)
    others = np.mean(logits.argmax(1) != wanted.argmax(1))
    largest = np.abs(error).max() / np.abs(wanted).max()
    mean = np.sqrt(np.mean(error**2) / np.mean(wanted.astype(np.float64) ** 2))
    print(f"{name:<16} top-1 {100 * top1:6.2f} %, other predictions {100 * others:5.2f} %, largest error {largest:.1e}, rms {mean:.1e}",
          flush=True)


def main(path, folder, calibrating):
    model = ModelFile(path)
    inputs, classes = network_inputs(model, folder)
    exact, fast = (ferm.Model(path, batch=BATCH, precision=precision) for precision in ("exact", "fast"))
    wanted = in_batches(exact.logits, inputs)
    print(f"{len(inputs)} faces, largest logit {np.abs(wanted).max():.3f}")
    compared("ferm exact", wanted, wanted, classes)
    if fast.precision == "fast":
        compared("ferm fast", in_batches(fast.logits, inputs), wanted, classes)
    else:
        print("ferm fast: this processor runs it as exact")
    if calibrating:
        import openvino_model

        seen = network_inputs(model, calibrating)[0]
        seen = seen[np.linspace(0, len(seen) - 1, min(CALIBRATING, len(seen))).astype(int)]
        for name, run in openvino_model.programs(path, seen):
            compared(name, in_batches(run, inputs), wanted, classes)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("faces", type=Path)
    parser.add_argument("--peers", type=Path, metavar="FACES")
    words = parser.parse_args()
    main(words.model, words.faces, words.peers)
