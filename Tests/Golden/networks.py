#!/usr/bin/env python3
"""Writes what timm's networks compute with weights that anybody can make again, for Tests/TrainTests/NetworkParityTests.swift.

Usage: networks.py FILE     (needs torch, torchvision and timm; FILE is networks.json)
Weights come from a hash of their names and places, so the file holds none: a layer of another name, shape, stride or padding gives
other logits.
"""
import json
import sys
import numpy as np
import timm
import torch
import torchvision
from torch import nn

MASK = (1 << 64) - 1


def mix(z):
    """SplitMix64's, as Sources/Train/Tensor/RandomNumbers.swift has it."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def numbers(name, count):
    """Numbers from -1 to 1: FNV-1a of the name, and the place."""
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = ((state ^ byte) * 0x100000001B3) & MASK
    places = np.arange(count, dtype=np.uint64)
    with np.errstate(over="ignore"):
        draws = mix(np.uint64(state) + places * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
    return draws.astype(np.float64) * 2**-23 - 1


def values(name, shape):
    """What a tensor holds: scales and variances about 1, other vectors about 0, weights by their inputs."""
    u = numbers(name, int(np.prod(shape)))
    if name.endswith("running_var"):
        v = 1 + 0.25 * u
    elif len(shape) == 1 and name.endswith("weight"):
        v = 1.5 + 0.25 * u
    elif len(shape) == 1:
        v = 0.25 * u
    else:
        v = u * np.sqrt(3 / np.prod(shape[1:]))
    return v.astype(np.float32).reshape(shape)


def network(name):
    if name in ("efn", "efn-gray"):
        return timm.create_model("tf_efficientnet_b3", num_classes=7, in_chans=3 if name == "efn" else 1)
    if name == "mobilenetv2":
        return timm.create_model("mobilenetv2_100", num_classes=7, in_chans=1)
    net = timm.create_model("resnet18", num_classes=7, in_chans=1)
    net.conv1, net.maxpool = nn.Conv2d(1, 64, 3, 1, 1, bias=False), nn.Identity()
    return net


def torchvision_names():
    """Torchvision's names for the layers of MobileNetV2, with timm's: both list them in the order of the forward pass."""
    theirs, own = torchvision.models.mobilenet_v2(num_classes=7).eval(), timm.create_model("mobilenetv2_100", num_classes=7).eval()
    pairs = list(zip(theirs.state_dict(), own.state_dict()))
    own.load_state_dict({b: theirs.state_dict()[a] for a, b in pairs})
    x = torch.rand(2, 3, 48, 48)
    with torch.inference_mode():
        assert torch.allclose(theirs(x), own(x), atol=1e-5)
    return {a.rpartition(".")[0]: b.rpartition(".")[0] for a, b in pairs}


result = {}
for name in ("efn", "efn-gray", "resnet18", "mobilenetv2"):
    net = network(name).eval()
    state = {k: v for k, v in net.state_dict().items() if v.dtype == torch.float32}
    net.load_state_dict({k: torch.from_numpy(values(k, v.shape)) for k, v in state.items()}, strict=False)
    logits = {}
    for side in (48, 33):
        grey = numbers("input", 2 * side * side).astype(np.float32).reshape(2, 1, side, side)
        with torch.inference_mode():
            logits[side] = net(torch.from_numpy(grey).repeat(1, 3 if name == "efn" else 1, 1, 1)).numpy()
    result[name] = {
        "parameters": sum(p.numel() for p in net.parameters()),
        "tensors": len(state),
        "logits": {str(side): [float(f"{v:.8g}") for v in y.flatten()] for side, y in logits.items()},
    }
result["mobilenetv2"]["torchvision"] = torchvision_names()
with open(sys.argv[1], "w") as f:
    f.write(json.dumps(result) + "\n")
