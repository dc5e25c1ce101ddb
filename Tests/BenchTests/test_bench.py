"""`ferm-bench` prints what it promises; how fast it is, is for `make bench`."""
import json
import subprocess
from pathlib import Path

import pytest

root = Path(__file__).resolve().parents[2]


def bench(*words):
    return subprocess.run([root / ".build/bench/release/ferm-bench", *map(str, words)], capture_output=True, text=True)


def figures(*words):
    outcome = bench(*words)
    assert outcome.returncode == 0, outcome.stderr
    return [json.loads(line) for line in outcome.stdout.splitlines()]


def test_inference_has_a_line_for_each_batch_and_operator():
    lines = figures("infer", "--model", root / "models/default.ferm", "--batch", "1,3", "--threads", 1,
                    "--repeats", 2, "--operators")
    runs = [line for line in lines if line["name"] == "infer"]
    assert [run["batch"] for run in runs] == [1, 3]
    for run in runs:
        assert run["crops_per_second"] == pytest.approx(1e3 * run["batch"] / run["ms"], rel=0.01)
        assert run["threads"] == 1 and run["peak_rss_mb"] > 1
    operators = [line for line in lines if line["name"] == "operator" and line["batch"] == 3]
    assert any(line["operator"] == "lin2" for line in operators)
    assert sum(line["time_share"] for line in operators) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("precision", ["exact", "fast"])
def test_clients_are_all_served(precision):
    (line,) = figures("infer", "--model", root / "models/default.ferm", "--precision", precision, "--clients", 3, "--repeats", 1)
    assert line["name"] == "clients" and line["clients"] == 3 and line["precision"] in ("exact", precision)
    assert 0 < line["median_ms"] <= line["p99_ms"] <= line["slowest_ms"]
    assert line["crops_per_second"] > 0


def test_figures_say_how_precise_they_are():
    words = ["infer", "--model", root / "models/default.ferm", "--batch", 1, "--repeats", 1]
    assert figures(*words)[0]["precision"] == "exact"
    assert figures(*words, "--precision", "fast")[0]["precision"] in ("exact", "fast")
    assert figures("load", "--model", root / "models/default.ferm", "--precision", "fast", "--repeats", 1)


def test_preprocessing_is_timed_for_one_crop_and_for_ten():
    lines = figures("infer", "--model", root / "models/default.ferm", "--batch", 20, "--repeats", 2, "--preprocessing")
    assert [line["crops"] for line in lines if line["name"] == "preprocessing"] == [1, 10, 1]
    assert all(0 < line["time_share"] < 1 for line in lines if line["name"] == "preprocessing")


def test_training_has_a_line_for_each_operator_and_direction():
    lines = figures("train", "--network", "vgg-s", "--batch", 2, "--repeats", 1, "--operators")
    operators = [line for line in lines if line["name"] == "operator"]
    for way in ("forward", "backward"):
        assert sum(line["operator"] == "convolution" and line["pass"] == way for line in operators) == 8
    assert operators[-1]["operator"] == "update"
    assert sum(line["time_share"] for line in operators) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    "words, keys",
    [
        (["peak", "--threads", 1], ["gflops", "read_gb_per_s", "instructions"]),
        (["train", "--network", "vgg-s", "--batch", 2, "--repeats", 1], ["crops_per_second", "ms", "peak_rss_mb"]),
        (["load", "--model", root / "models/default.ferm", "--repeats", 1], ["records_ms", "weights_ms", "ms", "first_prediction_ms", "anonymous_mb", "kept_mb"]),
    ],
)
def test_every_figure_is_one_json_object(words, keys):
    (line,) = figures(*words)
    assert line["name"] == words[0]
    assert all(line[key] for key in keys)


@pytest.mark.parametrize("words, status", [([], 2), (["infer", "--precision", "bf16"], 2), (["infer", "--clients", 2, "--batch", 8], 2),
                                           (["infer", "--clients", 0], 2), (["infer", "--clients", 2, "--operators"], 2), (["infer", "--batch", "0"], 2), (["load"], 2),
                                           (["load", "--model", "/no/such.ferm"], 3), (["infer", "--network", "x"], 3)])
def test_a_command_line_that_makes_no_sense_gets_one_sentence(words, status):
    outcome = bench(*words)
    assert outcome.returncode == status and len(outcome.stderr.splitlines()) == 1
