"""Sends a run to Weights & Biases: fer-train --data faces/ --out runs/a --log jsonl | python3 to_wandb.py PROJECT"""
import json
import sys
import wandb
run, steps = None, 1
for event in map(json.loads, sys.stdin):
    kind, steps = event["event"], event.get("steps", steps)
    if kind == "start":
        run = wandb.init(project=sys.argv[1], name=event["run"], config=event["settings"])
    elif kind in ("step", "epoch"):
        at = (event["epoch"] - 1) * steps + event.get("step", steps)
        run.log({f"{kind}/{name}": value for name, value in event.items() if isinstance(value, float)}, step=at)
    elif kind == "end":
        run.finish(exit_code=event["reason"] == "failed")
