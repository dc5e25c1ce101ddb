#!/usr/bin/env python3
"""Writes report.json: logits, labels, and what scikit-learn says about them.

Usage: report.py        (needs numpy and scikit-learn; made with 1.9)
"""
import json, os
import numpy as np
from sklearn.metrics import classification_report, confusion_matrix, log_loss, top_k_accuracy_score

here = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(5)
names = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
n, classes = 157, len(names)
labels = random.choice(classes, n, p=[0.2, 0.03, 0.17, 0.25, 0.15, 0.1, 0.1])
logits = random.normal(0, 1, (n, classes))
logits[np.arange(n), labels] += 1.5
logits[:, 1] -= 6  # nobody is ever called disgusted: zero divided by zero
logits = logits.astype(np.float32)
p = np.exp(logits.astype(np.float64))
p /= p.sum(1, keepdims=True)
said = p.argmax(1)
ece, bins = 0.0, np.minimum((p.max(1) * 15).astype(int), 14)
for b in range(15):
    mask = bins == b
    if mask.any():
        ece += mask.mean() * abs((said == labels)[mask].mean() - p.max(1)[mask].mean())
out = {
    "names": names,
    "labels": labels.tolist(),
    "logits": [round(float(v), 6) for v in logits.reshape(-1)],
    "text": classification_report(labels, said, labels=range(classes), target_names=names, zero_division=0),
    "report": classification_report(
        labels, said, labels=range(classes), target_names=names, zero_division=0, output_dict=True),
    "confusion": confusion_matrix(labels, said, labels=range(classes)).tolist(),
    "top2": top_k_accuracy_score(labels, p, k=2, labels=range(classes)),
    "loss": log_loss(labels, p, labels=range(classes)),
    "ece": ece,
}
with open(f"{here}/report.json", "w") as f:
    json.dump(out, f, separators=(",", ":"))
    f.write("\n")
