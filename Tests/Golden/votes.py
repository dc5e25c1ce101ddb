#!/usr/bin/env python3
"""What votes on faces come to in FER+'s four ways, and the loss that follows, in numpy. Writes votes.json beside it."""
import json
from pathlib import Path

import numpy

numbers = numpy.random.default_rng(5)


def shares(votes, way):
    """The share of each of eight classes; None for a face that is left out. Barsoum et al., 2016, and their published code."""
    v = numpy.where(votes > 1, votes, 0.0)
    total, kept, count = v.sum(), numpy.zeros(10), 0
    if way == "majority":
        kept[v.argmax()] = v.max() * (v.max() > total / 2)
    elif way == "multi-target":
        kept = numpy.where(v >= 0.3 * total, v, 0)
    else:
        for level in sorted(set(v[v > 0]), reverse=True):
            if numpy.minimum(v, numpy.where(v > level, v, 0)).sum() >= 0.75 * total or count >= 3:
                break
            places = numpy.flatnonzero(v == level)
            other = places[places >= 8]
            places = places[places <= other[0]] if len(other) else places
            kept[places], count = level, count + len(places)
            if len(other):
                if kept.sum() > level:
                    kept[other[0]], count = 0, count - 1
                break
        if count > 3:
            return None
    if kept.sum() <= total / 2 or kept.argmax() >= 8:
        return None
    return (kept[:8] / kept[:8].sum()).tolist()


def draw():
    favourite = numbers.dirichlet(numpy.full(10, numbers.choice([0.15, 0.4, 1.0])))
    return numbers.multinomial(10, favourite)


ways = ["majority", "probabilistic", "multi-target", "distribution"]
faces = []
for votes in [draw() for _ in range(400)]:
    faces.append({"votes": votes.tolist(), "shares": {way: shares(votes, way) for way in ways}})

# The loss of a batch of four such faces, of weights 1, 2, 0.5 and 0, by logits: a weighted mean.
chosen = [face for face in faces if all(face["shares"][way] for way in ways) and max(face["shares"]["distribution"]) < 0.8][:4]
logits, weights = numbers.normal(0, 2, (4, 8)), numpy.array([1, 2, 0.5, 0])
logs = logits - numpy.log(numpy.exp(logits).sum(1, keepdims=True))
soft = numpy.array([face["shares"]["distribution"] for face in chosen])
right = numpy.array([face["shares"]["multi-target"] for face in chosen]) > 0
losses = {"distribution": -(soft * logs).sum(1), "multi-target": -numpy.where(right, logs, -numpy.inf).max(1),
          "majority": -logs[numpy.arange(4), soft.argmax(1)]}
batch = {"votes": [face["votes"] for face in chosen], "logits": logits.tolist(), "weights": weights.tolist(),
         "losses": {way: float((loss * weights).sum() / weights.sum()) for way, loss in losses.items()}}
Path(__file__).with_suffix(".json").write_text(json.dumps({"faces": faces, "batch": batch}, separators=(",", ":")) + "\n")
