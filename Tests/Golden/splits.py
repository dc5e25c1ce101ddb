#!/usr/bin/env python3
"""How evenly scikit-learn's StratifiedGroupKFold deals groups out, on made-up people. Writes splits.json beside it."""
import json
from pathlib import Path

import numpy
import sklearn
from sklearn.model_selection import StratifiedGroupKFold

numbers = numpy.random.default_rng(3)


def unevenness(labels, parts, folds):
    """The sum over folds and classes, and all classes together, of (faces - share)^2 / share."""
    total = 0.0
    for label in [*range(labels.max() + 1), None]:
        chosen = numpy.ones(len(labels), bool) if label is None else labels == label
        share = chosen.sum() / folds
        total += sum(((chosen & (parts == fold)).sum() - share) ** 2 / share for fold in range(folds))
    return float(total)


def people(count, classes, faces):
    """Labels and groups: each person has some of the classes, rare ones among them, and their own number of faces of each."""
    labels, groups = [], []
    for person in range(count):
        for label in range(classes):
            if numbers.random() < 0.9 / (1 + label / 2):
                own = int(numbers.integers(1, faces + 1))
                labels += [label] * own
                groups += [person] * own
    return numpy.array(labels), numpy.array(groups)


sets = []
for count, classes, faces, folds in [(118, 7, 3, 5), (118, 7, 3, 10), (30, 7, 20, 5), (12, 3, 8, 3), (1500, 8, 2, 5)]:
    labels, groups = people(count, classes, faces)
    results = []
    for seed in range(10):
        parts = numpy.zeros(len(labels), int)
        splitter = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=seed)
        for fold, (_, chosen) in enumerate(splitter.split(labels, labels, groups)):
            parts[chosen] = fold
        results.append(unevenness(labels, parts, folds))
    sets.append({"folds": folds, "labels": "".join(map(str, labels)), "groups": groups.tolist(),
                 "mean": float(numpy.mean(results)), "best": min(results)})
text = json.dumps({"made_by": f"scikit-learn {sklearn.__version__}", "sets": sets}, separators=(",", ":"))
Path(__file__).with_suffix(".json").write_text(text + "\n")
