"""A sweep trains every combination, in any order and after any end to the same table; settings come out of files, too."""
import csv
import json
import os
import re
import signal
import statistics
import time

import pytest
from training import faces, quick, start, train, wait_for

short = [*quick, "--val", "0.25", "--epochs", "2"]
grid = ["--grid", "optimizer=sgd,adam", "--grid", "lr=0.001,0.01"]
files = ["table.csv", "runs.csv", "sweep.json"]


def rows(folder, name="table.csv"):
    with open(folder / name, newline="") as file:
        return list(csv.DictReader(file))


def sweep(*words, status=0, **options):
    done = train("sweep", *words, **options)
    assert done.returncode == status, done.stderr
    return done


def contents(folder):
    return {name: (folder / name).read_bytes() for name in files}


@pytest.fixture(scope="module")
def whole(data, tmp_path_factory):
    """A sweep that nothing disturbed, and what it printed."""
    folder = tmp_path_factory.mktemp("sweeps") / "whole"
    return folder, sweep("--data", data, *short, *grid, "--seeds", 2, "--out", folder).stdout


def test_every_run_is_what_fer_train_would_have_trained(whole, data, tmp_path):
    folder, _ = whole
    runs = rows(folder, "runs.csv")
    assert len(runs) == 8 and {run["state"] for run in runs} == {"finished"}
    chosen = next(run for run in runs if (run["optimizer"], run["lr"], run["seed"]) == ("adam", "0.01", "1"))
    alone = train("--data", data, *short, "--optimizer", "adam", "--lr", "0.01", "--seed", "1", "--out", tmp_path / "run")
    assert alone.returncode == 0
    own = folder / "runs" / chosen["run"]
    assert (own / "best.ferm").read_bytes() == (tmp_path / "run/best.ferm").read_bytes()
    best = max(float(row["val_accuracy"]) for row in rows(own, "results.csv"))
    assert float(chosen["val_accuracy"]) == best and "epoch 2/2" in (own / "log.txt").read_text()


def test_a_sweep_ends_where_its_starter_ignores_the_ends_of_processes(data, tmp_path):
    """As some service managers and shells do; the system keeps no word of them then."""
    sweep("--data", data, *short, "--grid", "lr=0.01,0.02", "--out", tmp_path / "s",
          preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    assert [run["state"] for run in rows(tmp_path / "s", "runs.csv")] == ["finished", "finished"]


def test_the_table_has_means_deviations_and_students_interval(whole):
    folder, printed = whole
    table = rows(folder)
    assert [float(row["mean"]) for row in table] == sorted((float(row["mean"]) for row in table), reverse=True)
    for row in table:
        own = [float(run["val_accuracy"]) for run in rows(folder, "runs.csv")
               if (run["optimizer"], run["lr"]) == (row["optimizer"], row["lr"])]
        deviation = statistics.stdev(own)
        # Student's 97.5 % quantile for one degree of freedom.
        reach = 12.706204736432095 * deviation / 2 ** 0.5
        expected = statistics.mean(own), deviation, max(0, statistics.mean(own) - reach), min(1, statistics.mean(own) + reach)
        assert [float(row[key]) for key in ("mean", "deviation", "low", "high")] == pytest.approx(expected, abs=1e-9)
        assert row["finished"] == "2" and row["interval_over"] == "seeds"
    assert max(map(len, printed.split("Best validation")[0].splitlines())) <= 80
    assert "not told apart" in printed or "is better than the second" in printed
    command = printed.splitlines()[-1].split()
    assert command[0] == "fer-train" and dict(zip(command, command[1:]))["--optimizer"] == table[0]["optimizer"]
    again = train(*[word.strip("'") for word in command[1:]])
    assert again.returncode == 0, again.stderr


def test_two_jobs_give_the_same_table(whole, data, tmp_path):
    folder, printed = whole
    done = sweep("--data", data, *short, "--threads", 2, *grid, "--seeds", 2, "--jobs", 2, "--out", tmp_path / "two")
    assert contents(tmp_path / "two") == contents(folder)
    assert done.stdout.replace(str(tmp_path / "two"), "S") == printed.replace(str(folder), "S")


def test_a_sweep_killed_in_the_middle_goes_on_to_the_same_table(whole, data, tmp_path):
    folder, kills = tmp_path / "killed", 0
    process = start("sweep", "--data", data, *short, *grid, "--seeds", 2, "--jobs", 2, "--out", folder)
    for _ in range(5):
        time.sleep(0.5)
        if process.poll() is not None:
            break
        process.kill()
        process.communicate()
        kills += 1
        process = start("sweep", "--resume", "--out", folder)
    process.communicate(timeout=120)
    assert process.returncode == 0 and kills > 0
    assert contents(folder) == contents(whole[0])
    before = {path: path.stat().st_mtime_ns for path in folder.glob("runs/*/best.ferm")}
    again = sweep("--resume", "--out", folder)
    assert again.stdout.replace(str(folder), "S") == whole[1].replace(str(whole[0]), "S")
    assert before == {path: path.stat().st_mtime_ns for path in folder.glob("runs/*/best.ferm")}


def test_a_signal_stops_the_runs_with_a_checkpoint_each(data, tmp_path):
    folder = tmp_path / "sweep"
    process = start("sweep", "--data", data, *quick, "--epochs", 100000, "--grid", "lr=0.001,0.002,0.003", "--jobs", 2, "--out", folder)
    runs = [folder / f"runs/lr-{rate}_seed-0" for rate in ("0.001", "0.002")]
    for run in runs:
        wait_for(run / "last.ferm", process)
    refused = train("sweep", "--resume", "--out", folder)
    assert refused.returncode == 3 and f"{folder}: a sweep is under way in this folder (process {process.pid}" in refused.stderr
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0 and f"fer-train sweep --resume --out {folder}" in said
    assert all("go on with" in (run / "log.txt").read_text() for run in runs) and not (folder / "runs/lr-0.003_seed-0").exists()
    assert [run["state"] for run in rows(folder, "runs.csv")] == ["unfinished"] * 3


def test_runs_that_diverge_are_recorded_and_passed_over(data, tmp_path):
    folder = tmp_path / "sweep"
    done = sweep("--data", data, *short, "--optimizer", "sgd", "--clip", 0, "--precision", "fp32", "--warmup", 0, "--epochs", 8,
                 "--grid", "lr=1000,0.01", "--out", folder, status=1)
    runs = rows(folder, "runs.csv")
    assert [run["state"] for run in runs] == ["diverged", "finished"] and "learning rate" in runs[0]["reason"]
    assert [(row["lr"], row["diverged"]) for row in rows(folder)] == [("0.01", "0"), ("1000", "1")]
    assert "1 diverged" in done.stdout and "best: lr=0.01" in done.stdout
    ended = (folder / "runs/lr-1000_seed-0/log.txt").read_text()
    sweep("--resume", "--out", folder, status=1)
    assert (folder / "runs/lr-1000_seed-0/log.txt").read_text() == ended


def test_a_run_that_is_killed_is_tried_again(data, tmp_path):
    folder = tmp_path / "sweep"
    process = start("sweep", "--data", data, *quick, "--val", "0.25", "--epochs", 60, "--grid", "lr=0.001,0.002", "--out", folder)
    lock = folder / "runs/lr-0.001_seed-0/.lock"
    wait_for(lock.parent / "last.ferm", process)
    os.kill(int(re.search(r"process (\d+)", lock.read_text()).group(1)), signal.SIGKILL)
    process.communicate(timeout=120)
    assert process.returncode == 1
    assert [(run["state"], run["reason"]) for run in rows(folder, "runs.csv")] == [("failed", "It was ended by signal 9."), ("finished", "")]
    sweep("--resume", "--out", folder)
    assert {run["state"] for run in rows(folder, "runs.csv")} == {"finished"}
    assert len(rows(folder / "runs/lr-0.001_seed-0", "results.csv")) == 60


def test_the_seed_draws_some_of_a_grid(data, tmp_path):
    words = ["--data", data, *quick, "--val", "0.25", "--epochs", 1, "--grid", "lr=" + ",".join(f"0.0{i}" for i in range(1, 10)),
             "--grid", "ema=0,0.9", "--random", 2]
    drawn = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        sweep(*words, "--seed", seed, "--out", tmp_path / name)
        drawn.append({(row["lr"], row["ema"]) for row in rows(tmp_path / name)})
    assert len(drawn[0]) == 2 and drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize("schedule, grows", [("cosine", False), ("constant", True)])
def test_halving_keeps_the_best_third_for_longer(schedule, grows, data, tmp_path):
    folder = tmp_path / "sweep"
    words = ["--data", data, *quick, "--val", "0.25", "--epochs", 9, "--schedule", schedule,
             "--grid", "lr=0.0001,0.001,0.01,0.02", "--halving"]
    sweep(*words, "--out", folder)
    runs = rows(folder, "runs.csv")
    assert [run["epochs"] for run in runs] == ["3"] * 4 + ["9"] * 2
    first = sorted(runs[:4], key=lambda run: -float(run["val_accuracy"]))
    assert {run["lr"] for run in runs[4:]} >= {run["lr"] for run in first[:2] if run["val_accuracy"] != first[2]["val_accuracy"]}
    assert [row["epochs"] for row in rows(folder)] == ["9", "9", "3", "3"]
    for run in runs[4:]:
        assert (run["run"] == next(other["run"] for other in runs[:4] if other["lr"] == run["lr"])) == grows
        own = folder / "runs" / run["run"]
        alone = train(*words[:-3], "--lr", run["lr"], "--seed", 0, "--out", tmp_path / run["lr"])
        assert alone.returncode == 0, alone.stderr
        assert (own / "last.ferm").read_bytes() == (tmp_path / run["lr"] / "last.ferm").read_bytes()


def test_a_file_describes_a_sweep_or_a_run(data, tmp_path):
    own = tmp_path / "own.json"
    own.write_text(json.dumps({"data": str(data), "val": 0.25, "width": 0.0625, "sizes": 32, "batch": 4, "warmup": 0, "calm-epochs": 0,
                               "threads": 1, "epochs": 1, "seeds": 2, "skip-bad": True,
                               "grid": {"lr": [0.01, "0.02"], "sizes": ["32@0.5,40", 32]}}))
    own.write_text(own.read_text().replace('"sizes": 32, ', ""))
    sweep("--config", own, "--out", tmp_path / "a", "--epochs", 2)
    assert len(rows(tmp_path / "a", "runs.csv")) == 8 and {row["sizes"] for row in rows(tmp_path / "a")} == {"32@0.5,40", "32"}
    run = next((tmp_path / "a/runs").iterdir())
    assert len(rows(run, "results.csv")) == 2
    # What it came to describes it again, and what is said beside it holds instead.
    sweep("--config", tmp_path / "a/sweep.json", "--grid", "lr=0.01", "--sizes", 32, "--out", tmp_path / "b")
    assert [(row["lr"], row["mean"]) for row in rows(tmp_path / "b")] == [
        (row["lr"], row["mean"]) for row in rows(tmp_path / "a") if (row["lr"], row["sizes"]) == ("0.01", "32")]

    again = train("--config", run / "args.json", "--out", tmp_path / "again", "--threads", 1)
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "again/last.ferm").read_bytes() == (run / "last.ferm").read_bytes()
    assert json.loads((tmp_path / "again/args.json").read_text())["command"] == json.loads((run / "args.json").read_text())["command"]
    other = train("--config", run / "args.json", "--epochs", 1, "--out", tmp_path / "other", "--threads", 1)
    assert other.returncode == 0 and len(rows(tmp_path / "other", "results.csv")) == 1


@pytest.mark.parametrize("words, said", [
    ("", "sweep needs something that varies"), ("--grid lr", "--grid takes a setting and its values"),
    ("--grid lr=", "lr has no values"), ("--grid lr=0.1,,0.2", "a value with nothing in it"),
    ("--grid lr=0.1,0.1", "the value 0.1 is there twice"), ("--grid lr=0.1 --grid lr=0.2", "--grid lr is there twice"),
    ("--grid lr=0.1 --lr 0.2", "--lr is given beside --grid lr"), ("--grid optimiser=adam", "did you mean optimizer?"),
    ("--grid learning_rate=1", "did you mean lr?"), ("--grid weight_decay=0", "did you mean weight-decay?"),
    ("--grid seed=1,2", "--seeds N"), ("--grid quiet=1", "has no values to choose from"), ("--grid out=a,b", "has no values to choose from"),
    ("--grid lr=0.1,x", "With lr=x, --lr takes a number"), ("--grid optimizer=adam,adm", "did you mean adam?"),
    ("--grid optimizer=sgd,adam --momentum 0.8", "With optimizer=adam, --momentum has no effect"),
    ("--grid schedule=constant,step --period 3", "With schedule=constant, --period has no effect"),
    ("--grid 'schedule=step period=3' --grid period=2,3", "period varies by itself"),
    ("--grid lr=0.1,0.2 --val none", "nothing to compare by"), ("--grid lr=0.1,0.2 --halving", "at least three settings"),
    ("--grid lr=1,2,3 --grid epochs=3,4 --halving", "--halving sets the epochs"), ("--grid lr=0.1,0.2 more", "more is no option of a sweep"),
    ("--grid lr=0.1,0.2 --jobs 0", "--jobs takes a whole number"), ("--grid lr=0.1,0.2 --seeds x", "--seeds takes a whole number"),
    ("--grid lr=0.1,0.2 --trials 3", "did you mean --random?"), ("--grid lr=0.1 --resume --overwrite", "choose one"),
    ("--grid lr=0.1,0.2 --folds 3", "--folds trains runs of its own"),
    ("--grid lr=0.1 --from-epoch 2", "not with a sweep"), ("--config nowhere.json", "there is no such file"),
    (f"--grid lr={','.join(f'0.{i}' for i in range(1, 200))} --grid batch={','.join(map(str, range(1, 100)))}", "has at most 10,000 runs"),
])
def test_what_makes_no_sweep_is_refused_before_anything_is_written(words, said, data, tmp_path):
    import shlex
    refused = sweep(*shlex.split(words), "--data", data, "--out", tmp_path / "sweep", status=2)
    assert said in refused.stderr and refused.stderr.count("\n") == 1, refused.stderr
    assert "fer-train sweep --help" in refused.stderr and not (tmp_path / "sweep").exists()


@pytest.mark.parametrize("text, said", [
    ("nonsense", "no JSON object"), ("[1]", "no JSON object"), ('{"lrr": 1}', "there is no option lrr; did you mean lr?"),
    ('{"batch_size": 1}', "there is no option batch_size"), ('{"lr": [1, 2]}', "lr takes one value"),
    ('{"skip-bad": 1}', "skip-bad takes true or false"), ('{"grid": {"lr": 1}}', "lr takes a list"), ('{"grid": [1]}', "values by key"),
])
def test_a_file_that_describes_nothing_is_refused(text, said, tmp_path):
    (tmp_path / "c.json").write_text(text)
    refused = sweep("--config", tmp_path / "c.json", "--out", tmp_path / "sweep", status=2)
    assert said in refused.stderr and refused.stderr.count("\n") == 1, refused.stderr


def test_a_folder_that_is_taken_or_no_sweep_is_refused(whole, data, tmp_path):
    folder, _ = whole
    before = contents(folder)
    words = ["--data", data, *short, "--grid", "lr=0.01,0.02"]
    assert "there is a sweep in this folder" in sweep(*words, "--out", folder, status=3).stderr
    assert "there is no sweep in this folder" in sweep("--resume", "--out", tmp_path, status=3).stderr
    assert "leave --grid out" in sweep("--resume", "--grid", "lr=0.1", "--out", folder, status=3).stderr
    assert "leave --epochs out" in sweep("--resume", "--epochs", 3, "--out", folder, status=3).stderr
    run = next((folder / "runs").iterdir())
    assert "there are runs in this folder" in sweep(*words, "--out", run, status=3).stderr
    assert "this describes a sweep" in train("--config", folder / "sweep.json", "--out", tmp_path / "run").stderr
    assert contents(folder) == before
    (tmp_path / "sweep.json").write_text("{}")
    assert "this is not what fer-train sweep writes" in sweep("--resume", "--out", tmp_path, status=3).stderr
    later = json.loads((folder / "sweep.json").read_text())
    (tmp_path / "sweep.json").write_text(json.dumps(later | {"command": later["command"] + ["--colour", "blue"]}))
    assert "has no --colour, which the command there has" in sweep("--resume", "--out", tmp_path, status=3).stderr


def test_a_sweep_whose_runs_cannot_begin_ends_with_their_sentence(tmp_path):
    folder = tmp_path / "sweep"
    refused = sweep("--data", tmp_path / "nowhere", *short, *grid, "--out", folder, status=3)
    assert "nowhere" in refused.stderr.splitlines()[-1] and refused.stderr.count("fer-train: ") == 1
    assert [run["state"] for run in rows(folder, "runs.csv")] == ["unfinished"] * 4
    faces(tmp_path / "nowhere", count=4)
    sweep("--resume", "--out", folder)


def test_overwriting_replaces_a_sweep_and_its_runs(data, tmp_path):
    folder = tmp_path / "sweep"
    sweep("--data", data, *short, "--grid", "lr=0.01,0.02", "--out", folder)
    (folder / "notes.txt").write_text("mine")
    sweep("--data", data, *short, "--grid", "lr=0.03", "--out", folder, "--overwrite")
    assert [path.name for path in (folder / "runs").iterdir()] == ["lr-0.03_seed-0"] and (folder / "notes.txt").exists()
    assert (rows(folder)[0]["finished"], rows(folder)[0]["interval_over"]) == ("1", "faces")
