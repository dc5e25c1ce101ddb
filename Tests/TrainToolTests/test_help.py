"""Help by subcommand, and that what it says is true."""
import json
import re
import subprocess
import time

import pytest
from training import faces, quick, start, tool, train

commands = ["eval", "calibrate", "import", "export", "explain", "report", "sweep", "lr-find"]


@pytest.mark.parametrize("words", [["--help"], *[[name, "--help"] for name in commands]])
def test_it_fits_a_terminal_and_has_an_example(words):
    shown = train(*words)
    assert shown.returncode == 0 and shown.stderr == ""
    assert [line for line in shown.stdout.splitlines() if len(line) > 80] == []
    assert re.search(r"^  fer-train " + (words[0] if len(words) > 1 else "--data"), shown.stdout, re.M)
    assert "Exit status:" in shown.stdout


@pytest.mark.parametrize("name", commands)
def test_each_subcommand_has_its_own(name):
    own = train("help", name)
    assert own.returncode == 0 and own.stdout == train(name, "--help").stdout != train("--help").stdout
    # The overview names every option that the subcommand explains.
    usage = re.split(r"usage: ", train("help").stdout)
    overview = next(part for part in usage if part.startswith(f"fer-train {name} ")).split("\n\n")[0]
    explained = set(re.findall(r"^  +(?:-o, )?(--[a-z-]+)", own.stdout, re.M))
    assert explained - {"--output"} <= set(re.findall(r"--[a-z-]+", overview))
    refused = train(name, "--nonsense")
    assert refused.returncode == 2 and f"fer-train {name} --help" in refused.stderr


def test_help_on_nothing_known_is_refused():
    refused = train("help", "evl")
    assert refused.returncode == 2 and "did you mean eval?" in refused.stderr


def settings(run):
    values = json.loads((run / "args.json").read_text())
    return {key: value for key, value in values.items() if key not in ("command", "date")}


@pytest.mark.parametrize("preset", ["default", "reference"])
def test_the_defaults_are_those_that_the_help_tells(preset, data, tmp_path):
    text = re.sub(r"\n {20,}", " ", train("--help").stdout)
    words = []
    for option in ("--dropout", "--momentum", "--weight-decay", "--decay-on", "--clip", "--ema", "--schedule", "--warmup",
                   "--patience", "--early-stop", "--label-smoothing", "--mixup", "--cutmix", "--class-weights", "--scale", "--shift",
                   "--flip", "--rotate", "--small", "--light", "--erase", "--erase-ratio", "--blank", "--surroundings", "--beyond", "--crops", "--tta",
                   "--seed"):
        line = next(line for line in text.splitlines() if re.match(f"  {option} ", line))
        told = re.search(r"\(([^()]*)\)$", line).group(1)
        default, _, reference = told.partition("; reference: ")
        value = (reference if preset == "reference" and reference else default).split(",")[0]
        if option == "--patience" and preset == "default":
            continue
        words += [option, value]
    if preset == "reference":
        words += ["--final-lr", "0.0001", "--final-schedule", "cosine", "--final-on", "training", "--factor", "0.75"]
    own = ["--data", data, "--val", "0.25", "--preset", preset, "--network", "vgg-s", "--width", "0.0625", "--batch", 4,
           "--limit", 4, "--epochs", 1]
    own += ["--final-epochs", 1] if preset == "reference" else []
    assert train(*own, "--out", tmp_path / "plain").returncode == 0
    told = train(*own, *words, "--out", tmp_path / "told")
    assert told.returncode == 0, told.stderr
    a, b = settings(tmp_path / "plain"), settings(tmp_path / "told")
    for extra in ("train.dropout", "train.schedule.factor"):
        b.pop(extra, None)
    assert a == b


def test_a_run_says_what_it_is_and_what_came_of_it(tmp_path):
    run = tmp_path / "my run"
    data = faces(tmp_path / "my faces")
    done = train("--data", data, "--val", "0.25", *quick, "--epochs", 2, "--out", run)
    said = done.stderr
    for words in ("parameters", "nesterov, rate 0.05, schedule cosine", "2 epochs of 4 steps", "best: epoch ",
                  f"fer-train eval '{run}/best.ferm' --data '{data}'", "fer-train export "):
        assert words in said
    assert [line for line in said.splitlines() if line.startswith("epoch") and len(line) > 80] == []
    # The log has the same, also where nothing is said.
    assert (run / "log.txt").read_text().split("\n", 1)[1] == said
    again = train("--resume", "--out", run, "--quiet")
    assert again.stderr == ""
    values = json.loads((run / "args.json").read_text())
    assert values["tool"].startswith("fer-train ") and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", values["date"])


def test_a_log_of_somebody_else_is_left_alone(data, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    with open(run / "log.txt", "w") as log:
        assert subprocess.run([tool, "--data", data, "--out", run, *quick, "--epochs", "1"], stderr=log).returncode == 0
    assert (run / "log.txt").read_text().count("epoch 1/1") == 1


def test_without_a_terminal_something_is_said_before_the_first_epoch_is_over(data, tmp_path):
    # Steps of seconds, and many of them.
    process = start("--data", data, "--val", "0.25", "--out", tmp_path / "run",
                    *"--width 2 --sizes 44 --batch 1 --crops ten --warmup 0 --threads 1".split())
    said, end = "", time.monotonic() + 120
    while " left" not in said and "epoch 2/80" not in said and time.monotonic() < end:
        said += process.stderr.readline()
    process.kill()
    process.communicate()
    assert " left" in said or "epoch 1/80: " in said


def test_a_long_run_says_how_long_at_its_start(data, tmp_path):
    process = start("--data", data, "--out", tmp_path / "run", *quick, "--epochs", 100_000, "--batch", 1)
    for line in process.stderr:
        if "this will take about " in line or "epoch 9/" in line:
            break
    process.kill()
    process.wait()
    assert re.search(r"this will take about \d+ (minutes|hours|days): [\d.]+ .*steps? in all", line), line
