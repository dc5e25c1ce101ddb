#!/usr/bin/env python3
"""Writes what PyTorch does in 20 steps of training a network, for the parity test of trajectories.

Usage: trajectory.py FOLDER [NETWORK]   (needs torch, and timm for any network but vgg; FOLDER then holds up to 130 MB and is what
FERM_TRAJECTORY names)
Same initial weights, same batches of 32, no dropout; Nesterov's momentum and Adam; eager and eager channels_last.
"""
import json, os, struct, sys
import torch
from torch import nn

folder, network = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "vgg"
os.makedirs(folder, exist_ok=True)
torch.set_num_threads(2)
BATCH, STEPS = 32, 20
CHANNELS, SIDE = 3 if network == "efn" else 1, 40 if network == "vgg" else 48


class Vgg(nn.Module):
    def __init__(self):
        super().__init__()
        before = 1
        for block, width in enumerate((64, 128, 256, 512), start=1):
            for half in "ab":
                setattr(self, f"conv{block}{half}", nn.Conv2d(before, width, 3, padding=1))
                setattr(self, f"bn{block}{half}", nn.BatchNorm2d(width))
                before = width
        self.lin1, self.lin2, self.lin3 = nn.Linear(2048, 4096), nn.Linear(4096, 4096), nn.Linear(4096, 7)

    def forward(self, x):
        for block in range(1, 5):
            for half in "ab":
                x = torch.relu(getattr(self, f"bn{block}{half}")(getattr(self, f"conv{block}{half}")(x)))
            x = torch.max_pool2d(x, 2)
        x = torch.relu(self.lin1(x.flatten(1)))
        return self.lin3(torch.relu(self.lin2(x)))


def make_network():
    if network == "vgg":
        return Vgg()
    import timm

    name = {"efn": "tf_efficientnet_b3", "efn-gray": "tf_efficientnet_b3", "mobilenetv2": "mobilenetv2_100"}.get(network, network)
    net = timm.create_model(name, num_classes=7, in_chans=CHANNELS)
    if network == "resnet18":
        net.conv1, net.maxpool = nn.Conv2d(1, 64, 3, 1, 1, bias=False), nn.Identity()
        nn.init.kaiming_normal_(net.conv1.weight, mode="fan_out", nonlinearity="relu")
    return net


torch.manual_seed(3)
start = {k: v.clone() for k, v in make_network().state_dict().items()}
inputs = torch.rand(STEPS, BATCH, 1, SIDE, SIDE)
labels = torch.randint(0, 7, (STEPS, BATCH))
# Something to learn: a bright patch whose place is the label.
for s in range(STEPS):
    for n in range(BATCH):
        inputs[s, n, 0, :, 5 * labels[s, n] : 5 * labels[s, n] + 5] *= 0.3
inputs = inputs.repeat(1, 1, CHANNELS, 1, 1)


def losses(make, channels_last):
    net = make_network()
    net.load_state_dict(start)
    net.train()
    if channels_last:
        net = net.to(memory_format=torch.channels_last)
    optimiser, out = make(net.parameters()), []
    for s in range(STEPS):
        x = inputs[s].contiguous(memory_format=torch.channels_last) if channels_last else inputs[s]
        loss = nn.functional.cross_entropy(net(x), labels[s])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        out.append(loss.item())
    return out


makers = {
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9, nesterov=True, weight_decay=1e-4),
    "adam": lambda p: torch.optim.Adam(p, lr=0.0001, weight_decay=1e-4),
}
result = {"network": network, "labels": labels.tolist()}
for name, make in makers.items():
    result[name] = {"eager": losses(make, False), "channels_last": losses(make, True)}
with open(f"{folder}/losses.json", "w") as f:
    json.dump(result, f)
inputs.numpy().astype("<f4").tofile(f"{folder}/inputs.f32")
# Safetensors by hand: a JSON header and the bytes.
header, place, parts = {}, 0, []
for name, value in start.items():
    if value.dtype != torch.float32:
        continue
    bytes_ = value.numpy().astype("<f4").tobytes()
    header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [place, place + len(bytes_)]}
    place += len(bytes_)
    parts.append(bytes_)
text = json.dumps(header).encode()
with open(f"{folder}/start.safetensors", "wb") as f:
    f.write(struct.pack("<Q", len(text)) + text + b"".join(parts))
