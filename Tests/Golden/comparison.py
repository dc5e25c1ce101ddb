#!/usr/bin/env python3
"""Writes comparison.json: what statsmodels and scipy say of paired differences.

Usage: comparison.py        (needs scipy and statsmodels; made with 1.17 and 0.15)
"""
import json, os
import numpy as np
from scipy.stats import ttest_rel
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

here = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(11)
pairs = [(0, 0), (1, 0), (5, 5), (3, 9), (0, 24), (12, 12), (11, 13), (12, 13), (5, 20), (41, 40), (60, 41), (130, 61), (400, 320)]
tests = []
for b, c in pairs:
    exact = b + c < 25
    found = mcnemar([[100, b], [c, 50]], exact=exact, correction=True)
    tests.append({"first": b, "second": c, "exact": exact, "p": float(found.pvalue)})
series = []
for n in (2, 3, 4, 5, 10, 31):
    a = np.round(random.normal(0.6, 0.01, n), 6)
    b = np.round(a + random.normal(0.005, 0.01, n), 6)
    found = ttest_rel(a, b)
    low, high = found.confidence_interval(0.95)
    series.append({"a": a.tolist(), "b": b.tolist(), "p": float(found.pvalue), "low": float(low), "high": float(high)})
p = [0.04, 0.001, 0.3, 0.012, 0.013, 0.9, 0.04]
out = {"mcnemar": tests, "paired": series, "p": p, "holm": multipletests(p, method="holm")[1].tolist()}
with open(f"{here}/comparison.json", "w") as f:
    json.dump(out, f, indent=1)
    f.write("\n")
