#!/usr/bin/env python3
"""Writes optimisers.json, schedules.json and sam.json: what PyTorch's optimisers and schedules do, in fp64.

Usage: optimisers.py        (needs torch; made with 2.15)
"""
import json, os
import torch

here = os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(7)
SIZE, STEPS, KEPT = 13, 12, (1, 2, 5, 12)
start = torch.randn(SIZE).float()
gradients = [(torch.randn(SIZE) * (0.1 if s % 3 else 1)).float() for s in range(STEPS)]


def numbers(t):
    return [float(f"{v:.9g}") for v in t.detach().double().tolist()]


def run(make):
    w = torch.nn.Parameter(start.double().clone())
    optimiser = make([w])
    kept = {}
    for s, g in enumerate(gradients, 1):
        w.grad = g.double().clone()
        optimiser.step()
        if s in KEPT:
            kept[str(s)] = numbers(w)
    state = optimiser.state[w]
    return kept, numbers(state["ax"]) if "ax" in state else None


o = torch.optim


class LAMB(o.Optimizer):
    """You et al., 2020, algorithm 2: bias-corrected moments, phi(x) = x, a trust ratio of 1 where a norm is zero."""

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.0):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay))

    def step(self):
        for group in self.param_groups:
            for w in group["params"]:
                state = self.state[w]
                if not state:
                    state.update(step=0, m=torch.zeros_like(w), v=torch.zeros_like(w))
                state["step"] += 1
                (b1, b2), t = group["betas"], state["step"]
                state["m"] = b1 * state["m"] + (1 - b1) * w.grad
                state["v"] = b2 * state["v"] + (1 - b2) * w.grad ** 2
                direction = state["m"] / (1 - b1 ** t) / ((state["v"] / (1 - b2 ** t)).sqrt() + group["eps"])
                direction = direction + group["weight_decay"] * w.data
                norm, length = w.data.norm(), direction.norm()
                ratio = norm / length if norm > 0 and length > 0 else 1.0
                w.data -= group["lr"] * ratio * direction


cases = {
    "sgd": lambda p: o.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01),
    "nesterov": lambda p: o.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "asgd": lambda p: o.ASGD(p, lr=0.1, t0=4, weight_decay=0.01),
    "adam": lambda p: o.Adam(p, lr=0.1, weight_decay=0.01),
    "amsgrad": lambda p: o.Adam(p, lr=0.1, amsgrad=True, weight_decay=0.01),
    "adamw": lambda p: o.AdamW(p, lr=0.1, weight_decay=0.01),
    "adagrad": lambda p: o.Adagrad(p, lr=0.1, weight_decay=0.01),
    "adadelta": lambda p: o.Adadelta(p, lr=0.1, weight_decay=0.01),
    "lamb": lambda p: LAMB(p, lr=0.1, weight_decay=0.01),
}
out = {"start": numbers(start), "gradients": [numbers(g) for g in gradients], "results": {}}
for name, make in cases.items():
    kept, average = run(make)
    out["results"][name] = kept
    if average:
        out["average"] = average
with open(f"{here}/optimisers.json", "w") as f:
    json.dump(out, f, separators=(",", ":"))
    f.write("\n")

# Schedules: one step an epoch, 30 epochs, peak 0.1; plateau follows these scores.
EPOCHS = 30
scores = [0.3, 0.4, 0.5, 0.5, 0.49, 0.5, 0.50004, 0.5, 0.45, 0.5, 0.51] + [0.505] * 12 + [0.6] * 7
s = o.lr_scheduler
schedules = {
    "constant": lambda p: s.ConstantLR(p, factor=1),
    "step": lambda p: s.StepLR(p, 7, 0.5),
    "cosine": lambda p: s.CosineAnnealingLR(p, EPOCHS, 0),
    "cosine 10": lambda p: s.CosineAnnealingLR(p, 10, 1e-6),
    "restarts": lambda p: s.CosineAnnealingWarmRestarts(p, 10, 1, 1e-6),
    "one-cycle": lambda p: s.OneCycleLR(p, max_lr=0.1, total_steps=EPOCHS),
    "plateau": lambda p: s.ReduceLROnPlateau(p, mode="max", factor=0.75, patience=2),
}
rates = {}
for name, make in schedules.items():
    optimiser = o.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1, momentum=0.9)
    schedule = make(optimiser)
    rates[name] = []
    for epoch in range(EPOCHS):
        rates[name].append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        if epoch + 1 < EPOCHS:
            schedule.step(*([scores[epoch]] if name == "plateau" else []))
with open(f"{here}/schedules.json", "w") as f:
    json.dump({"scores": scores, "rates": rates}, f, separators=(",", ":"))
    f.write("\n")

# SAM (Foret et al., 2021): three steps of Nesterov momentum on a small network, gradients at disturbed weights.
torch.manual_seed(8)
net = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.ReLU(), torch.nn.Linear(5, 3)).double()
for p in net.parameters():
    p.data = p.data.float().double()
out = {"parameters": [numbers(p.flatten()) for p in net.parameters()], "labels": [0, 1, 2, 2, 1, 0, 1, 0], "rho": 0.5}
inputs = torch.randn(8, 6).float()
out["inputs"] = numbers(inputs.flatten())
labels = torch.tensor(out["labels"])
optimiser = o.SGD(net.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)
out["losses"] = []


def gradients():
    optimiser.zero_grad()
    loss = torch.nn.functional.cross_entropy(net(inputs.double()), labels)
    loss.backward()
    return loss.item()


for _ in range(3):
    out["losses"].append(gradients())
    norm = torch.cat([p.grad.flatten() for p in net.parameters()]).norm()
    kept = [p.data.clone() for p in net.parameters()]
    for p in net.parameters():
        p.data += out["rho"] * p.grad / norm
    gradients()
    for p, own in zip(net.parameters(), kept):
        p.data = own
    optimiser.step()
out["results"] = [numbers(p.flatten()) for p in net.parameters()]
with open(f"{here}/sam.json", "w") as f:
    json.dump(out, f, separators=(",", ":"))
    f.write("\n")
