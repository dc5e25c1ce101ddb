#!/usr/bin/env python3
"""fer-train explain beside PyTorch's autograd: the gradients of a VGG with random weights and statistics, for faces of a folder.

    make build libferm
    python3 Benchmarks/saliency.py FACES --count 10

Prints the largest difference of the maps, each of which goes from 0 to 1. Needs torch, numpy and Pillow.
"""
import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

root = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(root / "Bindings/python"))
os.environ.setdefault("FERM_LIBRARY", str(root / "build/lib/libferm.so"))

import numpy as np
import torch

import ferm.torch
from drawn_faces import pictures
from PIL import Image
from torch import nn

SIDE, CROP = 48, 40


def network(seed):
    """The convolutions of the paper's VGG, narrower, and one fully connected layer."""
    torch.manual_seed(seed)
    layers, inputs = [], 1
    for width in (32, 64, 128, 256):
        for _ in range(2):
            layers += [nn.Conv2d(inputs, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
            inputs = width
        layers.append(nn.MaxPool2d(2))
    net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(4 * inputs, 7)).eval()
    for layer in net:
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.normal_(0, 0.1)
            layer.running_var.uniform_(0.5, 1.5)
            layer.weight.data.uniform_(0.5, 1.5)
            layer.bias.data.normal_(0, 0.1)
    return net


def by_autograd(net, path):
    """The magnitude of the gradient of the largest logit, scaled over the whole image."""
    pixels = np.asarray(Image.open(path).convert("L"), np.float32)
    edge = (SIDE - CROP) // 2
    x = torch.tensor(pixels[edge:-edge, edge:-edge] / 255)[None, None].requires_grad_()
    logits = net(x)[0]
    logits[logits.argmax()].backward()
    slopes = x.grad[0].abs().amax(0).numpy()
    return (slopes - slopes.min()) / (slopes.max() - slopes.min())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faces", type=Path, help=f"a folder of pictures of {SIDE} x {SIDE} pixels")
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--seed", type=int, default=3)
    options = parser.parse_args()
    found = pictures(options.faces)
    paths = found[:: max(1, len(found) // options.count)][: options.count]
    net = network(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "vgg.ferm"
        ferm.torch.export(
            net, torch.rand(1, 1, CROP, CROP), model, [f"class {i}" for i in range(7)], {"resized": (SIDE, SIDE)})
        subprocess.run([root / ".build/release/fer-train", "explain", model, *paths, "--out", folder], check=True, stdout=subprocess.DEVNULL)
        differences = [np.abs(np.load(Path(folder) / f"{path.stem}.npy") - by_autograd(net, path)).max() for path in paths]
    print(f"{len(paths)} faces, largest difference {max(differences):.1e}")


if __name__ == "__main__":
    main()
