"""Shows a run in TensorBoard: fer-train --data faces/ --out runs/a --log jsonl | python3 to_tensorboard.py runs/a"""
import json
import sys
from tensorboardX import SummaryWriter
writer, steps = SummaryWriter(sys.argv[1]), 1
for event in map(json.loads, sys.stdin):
    steps = event.get("steps", steps)
    if event["event"] in ("step", "epoch"):
        at = (event["epoch"] - 1) * steps + event.get("step", steps)
        for name in event.keys() & {"learning_rate", "train_loss", "train_accuracy", "val_loss", "val_accuracy"}:
            if event[name] is not None:
                writer.add_scalar(f"{event['event']}/{name}", event[name], at)
        writer.flush()
