#!/usr/bin/env python3
"""Trains briefly with every optimiser and every schedule, and prints the table of docs/recipes.md.

Usage: recipe-table.py FER2013 RUNS [fer-train]
FER2013 is the data set, as folders or CSV; RUNS gets one run folder a row. Runs that are there already are not run again.
"""
import csv, os, subprocess, sys

data, runs = sys.argv[1:3]
tool = sys.argv[3] if len(sys.argv) > 3 else ".build/release/fer-train"
# 4,000 faces, a quarter of vgg-s at 32 pixels, light augmentation: about a quarter of a minute a run on two cores.
common = ["--data", data, "--limit", "4000", "--width", "0.25", "--sizes", "32", "--epochs", "8", "--seed", "1",
          "--precision", "fp32", "--ema", "0", "--warmup", "0", "--label-smoothing", "0", "--weight-decay", "0.0001", "--decay-on", "all",
          "--scale", "0.8:1", "--ratio", "0.75:1.33", "--shift", "0:0", "--rotate", "0:0", "--light", "0:0", "--erase", "0:0:0",
          "--flip", "random", "--quiet"]
optimisers = {"adadelta": "1", "adagrad": "0.01", "adam": "0.001", "amsgrad": "0.001", "adamw": "0.001", "asgd": "0.1",
              "sgd": "0.02", "nesterov": "0.02", "lamb": "0.01"}
schedules = {"one-cycle": ["--lr", "0.05"], "step": ["--period", "3"], "constant": [], "cosine": [],
             "restarts": ["--period", "4"], "plateau": ["--patience", "0"]}


def run(name, *options):
    out = f"{runs}/{name}"
    if not os.path.exists(f"{out}/curves.svg"):
        subprocess.run([tool, *common, *options, "--out", out, "--overwrite"], check=True)
    rows = list(csv.DictReader(open(f"{out}/results.csv")))
    accuracy = [100 * float(r["val_accuracy"]) for r in rows]
    return max(accuracy), accuracy[-1], float(rows[-1]["train_loss"])


print("| optimiser | rate | constant: best, last | cosine to 0: best, last |")
print("|---|---|---|---|")
for name, rate in optimisers.items():
    cells = []
    for schedule in ("constant", "cosine"):
        best, last, _ = run(f"{name}-{schedule}", "--optimizer", name, "--lr", rate, "--schedule", schedule)
        cells.append(f"{best:.1f}, {last:.1f}")
    print(f"| {name} | {rate} | {cells[0]} | {cells[1]} |", flush=True)
print()
print("| schedule | options | best | last | training loss at the end |")
print("|---|---|---|---|---|")
for name, options in schedules.items():
    label = f"nesterov-{name}"
    best, last, loss = run(label, "--optimizer", "nesterov", "--schedule", name, *(options if "--lr" in options else ["--lr", "0.02", *options]))
    print(f"| {name} | {' '.join(options)} | {best:.1f} | {last:.1f} | {loss:.3f} |", flush=True)
