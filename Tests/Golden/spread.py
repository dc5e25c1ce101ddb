#!/usr/bin/env python3
"""Writes spread.json: means with deviations and intervals, and quantiles of Student's distribution, by numpy and scipy."""
import json
import pathlib

import numpy
from scipy import stats

values = [0.61, 0.64, 0.625, 0.63]
low, high = stats.t.interval(0.95, len(values) - 1, loc=numpy.mean(values), scale=stats.sem(values))
degrees = [1, 2, 3, 4, 5, 9, 10, 29, 100]
golden = {"values": values, "mean": float(numpy.mean(values)), "deviation": float(numpy.std(values, ddof=1)),
          "low": float(low), "high": float(high),
          "quantiles": [{"degrees": n, "quantile": float(stats.t.ppf(0.975, n))} for n in degrees]}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, indent=1) + "\n")
