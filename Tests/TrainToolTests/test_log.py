"""--log jsonl: what happens in a run, for programs, on standard output."""
import json
import re
import subprocess
import sys
import types

import pytest
from training import endless, quick, root, start, train, wait_for


def events(text):
    return [json.loads(line) for line in text.splitlines()]


def log(*words, status=0):
    done = train(*words, "--log", "jsonl", "--quiet")
    assert done.returncode == status, done.stderr
    return events(done.stdout), done.stderr


def without(times, list):
    return [{key: value for key, value in event.items() if key not in times} for event in list]


@pytest.fixture(scope="module")
def whole(data, tmp_path_factory):
    run = tmp_path_factory.mktemp("log") / "run"
    return run, *log("--data", data, "--val", "0.25", *quick, "--epochs", 2, "--out", run)


def test_it_tells_what_the_files_of_the_run_hold(whole):
    run, all, said = whole
    assert said == ""
    assert [event["event"] for event in all] == ["start", *["step"] * 4, "epoch", *["step"] * 4, "epoch", "end"]
    first, *middle, last = all
    assert (first["run"], first["resumed"], first["epoch"], first["epochs"], first["steps"]) == (str(run), False, 0, 2, 4)
    assert (first["train_faces"], first["val_faces"], first["classes"]) == (18, 6, ["happy", "neutral", "sad"])
    settings = json.loads((run / "args.json").read_text())
    assert first["settings"] == {key: value for key, value in settings.items() if key not in ("command", "tool", "date")}
    rows = [line.split(",") for line in (run / "results.csv").read_text().splitlines()]
    told = [event for event in middle if event["event"] == "epoch"]
    assert [[str(event[name]) for name in rows[0][:-1]] for event in told] == [row[:-1] for row in rows[1:]]
    assert [abs(event["seconds"] - float(row[-1])) < 0.002 for event, row in zip(told, rows[1:])] == [True, True]
    steps = [event for event in middle if event["event"] == "step"]
    assert [(event["epoch"], event["step"]) for event in steps] == [(epoch, step) for epoch in (1, 2) for step in (1, 2, 3, 4)]
    assert [steps[3]["train_loss"], steps[7]["train_loss"]] == [event["train_loss"] for event in told]
    assert steps[0]["learning_rate"] == told[0]["learning_rate"] and steps[7]["learning_rate"] < steps[4]["learning_rate"]
    assert last["reason"] == "complete" and last["message"] is None and last["model"] == f"{run}/best.ferm"
    assert last["best_val_accuracy"] == max(event["val_accuracy"] for event in told)


def test_the_same_run_has_the_same_events_and_the_same_files_as_one_without(whole, data, tmp_path):
    run, all, _ = whole
    words = ["--data", data, "--val", "0.25", *quick, "--epochs", 2]
    again, _ = log(*words, "--out", tmp_path / "run")
    times = ("seconds", "run", "model")
    assert without(times, again) == without(times, all)
    assert train(*words, "--out", tmp_path / "plain").returncode == 0
    for name in ("last.ferm", "best.ferm"):
        assert (run / name).read_bytes() == (tmp_path / "plain" / name).read_bytes()
    assert "--log" not in (run / "args.json").read_text()


def test_a_run_that_stops_or_ends_early_or_fails_says_so(data, tmp_path):
    run = tmp_path / "run"
    process = start("--data", data, "--val", "0.25", "--out", run, *endless, "--log", "jsonl", stdout=subprocess.PIPE)
    wait_for(run / "last.ferm", process)
    process.terminate()
    stopped = events(process.communicate(timeout=60)[0])
    assert stopped[-1]["event"] == "end" and stopped[-1]["reason"] == "stopped" and stopped[-1]["best_epoch"] >= 1

    words = ["--data", data, "--val", "0.25", *quick, "--epochs", 50]
    early, _ = log(*words, "--early-stop", 1, "--lr", 1e-9, "--out", tmp_path / "early")
    assert early[-2] == {"event": "early_stop", "epoch": early[-1]["epoch"]} and early[-1]["reason"] == "complete"
    failed, said = log(*words, "--lr", 1000, "--clip", 0, "--optimizer", "sgd", "--out", tmp_path / "failed", status=3)
    assert failed[-1]["reason"] == "failed" and failed[-1]["message"] in said

    done, said = log("--resume", "--out", tmp_path / "early")
    assert [event["event"] for event in done][::len(done) - 1] == ["start", "end"] and done[0]["resumed"]


def test_without_faces_to_validate_on_the_figures_are_null(data, tmp_path):
    all, _ = log("--data", data, "--val", "none", *quick, "--epochs", 1, "--out", tmp_path / "run")
    assert all[-2]["val_loss"] is None and all[-2]["val_accuracy"] is None and all[-1]["best_val_accuracy"] is None


def test_a_run_outlives_the_reader_of_its_log(data, tmp_path):
    process = start("--data", data, "--out", tmp_path / "run", *quick, "--epochs", 3, "--log", "jsonl", stdout=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read()
    assert process.wait(timeout=120) == 0
    assert said.count("the log of events ends here") == 1
    assert (tmp_path / "run/results.csv").read_text().count("\n") == 4
    with open("/dev/full", "w") as full:
        assert subprocess.run([*map(str, process.args[:-2]), "--overwrite", "--log", "jsonl"], stdout=full).returncode == 0


def test_a_kind_of_log_that_there_is_not_is_refused(data, tmp_path):
    refused = train("--data", data, "--out", tmp_path / "run", *quick, "--log", "json")
    assert refused.returncode == 2 and "did you mean jsonl?" in refused.stderr and not (tmp_path / "run").exists()


@pytest.mark.parametrize("name, module", [("to_tensorboard", "tensorboardX"), ("to_wandb", "wandb"), ("to_mlflow", "mlflow")])
def test_the_examples_understand_it(name, module, whole, monkeypatch):
    """Beside what stands for the services here, which takes every call down."""
    calls = []

    class Service(types.ModuleType):
        def __getattr__(self, attribute):
            if attribute.startswith("__"):
                raise AttributeError(attribute)
            return lambda *values, **named: calls.append((attribute, values, named)) or self

    monkeypatch.setitem(sys.modules, module, Service(module))
    monkeypatch.setattr(sys, "argv", [name, "place"])
    monkeypatch.setattr(sys, "stdin", [json.dumps(event) for event in whole[1]])
    exec(compile((root / f"Examples/live/{name}.py").read_text(), name, "exec"), {"__name__": "__main__"})
    told = [event for event in whole[1] if event["event"] == "epoch"]
    given = re.findall(r"[\d.e-]+", repr(calls))
    assert all(repr(event["val_loss"]) in given and repr(event["val_accuracy"]) in given for event in told)
    assert "train.optimizer" in repr(calls) or module == "tensorboardX"
