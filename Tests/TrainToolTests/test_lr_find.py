"""A test of learning rates suggests one, and writes nothing but its curve."""
import csv
import re
import xml.dom.minidom

import pytest
from training import quick, train

small = [word for word in quick if word not in ("--warmup", "--calm-epochs", "0")]


def find(*words, status=0):
    done = train("lr-find", *small, *words)
    assert done.returncode == status, done.stderr
    return done


@pytest.mark.parametrize("optimiser", ["nesterov", "adam"])
def test_the_suggestion_lies_between_the_smallest_rate_and_the_one_that_diverges(optimiser, data, tmp_path):
    words = ["--data", data, "--optimizer", optimiser, "--steps", 120, "--to", 1000, "--out", tmp_path / "rates"]
    first, again = find(*words), find(*words)
    assert first.stdout == again.stdout
    rate = float(re.search(rf"--optimizer {optimiser} --lr (\S+)$", first.stdout.strip()).group(1))
    last = float(re.search(r"diverged at ([\d.e+-]+)", first.stdout).group(1))
    rows = list(csv.DictReader(open(tmp_path / "rates/lr-find.csv")))
    rates = [float(row["learning_rate"]) for row in rows]
    assert rates == sorted(rates) and rates[0] < rate < last <= 1000
    assert len(first.stdout.splitlines()) < 30 and max(map(len, first.stdout.splitlines())) <= 80
    assert {path.name for path in (tmp_path / "rates").iterdir()} == {"lr-find.svg", "lr-find.csv"}
    assert "lowest at" in xml.dom.minidom.parse(str(tmp_path / "rates/lr-find.svg")).toxml()


def test_the_command_of_a_run_becomes_one_and_the_run_stays_as_it_is(data, tmp_path):
    run = tmp_path / "run"
    words = ["--data", data, "--val", "0.25", *quick, "--epochs", 1, "--lr", 0.01]
    assert train(*words, "--out", run).returncode == 0
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    done = train("lr-find", *words, "--init", run, "--steps", 40, "--out", run)
    assert done.returncode in (0, 1), done.stderr
    assert "without effect on a test of rates: --epochs, --lr, --warmup and --calm-epochs" in done.stderr
    after = {path.name: path.read_bytes() for path in run.iterdir()}
    assert set(after) - set(before) == {"lr-find.svg", "lr-find.csv"} and before.items() <= after.items()


def test_rates_at_which_nothing_falls_are_said_to_be_that(data):
    done = find("--data", data, "--from", 100000, "--to", 1000000, "--steps", 60, status=1)
    assert "fell at no rate" in done.stdout and "--lr" not in done.stdout


@pytest.mark.parametrize("words, sentence", [
    (["--from", 1, "--to", 0.1], "swap them"), (["--steps", 2], "--steps takes a whole number"), (["faces"], "--data faces"),
    (["--momentum", 0.9, "--optimizer", "adam"], "--momentum has no effect"),
])
def test_what_cannot_be_tested_is_refused_in_a_sentence(words, sentence, data, tmp_path):
    refused = find("--data", data, "--out", tmp_path / "rates", *words, status=2)
    assert sentence in refused.stderr and refused.stderr.count("\n") == 1
    assert not (tmp_path / "rates").exists()


def test_a_curve_among_the_faces_is_refused(data):
    assert "among the faces" in find("--data", data, "--out", data / "rates", status=2).stderr
