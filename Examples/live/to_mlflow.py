"""Sends a run to MLflow: fer-train --data faces/ --out runs/a --log jsonl | python3 to_mlflow.py EXPERIMENT"""
import json
import sys
import mlflow
mlflow.set_experiment(sys.argv[1])
for event in map(json.loads, sys.stdin):
    kind = event["event"]
    if kind == "start":
        mlflow.start_run(run_name=event["run"])
        mlflow.log_params(event["settings"])
    elif kind == "epoch":
        mlflow.log_metrics({name: value for name, value in event.items() if isinstance(value, float)}, step=event["epoch"])
    elif kind == "end":
        mlflow.end_run("FAILED" if event["reason"] == "failed" else "FINISHED")
