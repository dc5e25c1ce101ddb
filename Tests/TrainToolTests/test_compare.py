"""Runs are compared face by face, and what is noise is called so."""
import csv
import math
import signal
import xml.etree.ElementTree as xml

import pytest
from trainer import fit, put_classes, quick, train
from training import start, wait_for


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("faces")
    put_classes(root / "train", 12)
    put_classes(root / "val", 40, first=100)
    put_classes(root / "test", 25, first=200)
    return root


@pytest.fixture(scope="module")
def runs(data, tmp_path_factory):
    """Two optimisers by two schedules by two seeds, named a_constant_0."""
    root = tmp_path_factory.mktemp("runs")
    for name, rate in (("adam", 0.01), ("sgd", 0.3)):
        for schedule in ("constant", "cosine"):
            for seed in (0, 1):
                fit(data, root / f"{name}_{schedule}_{seed}", "--optimizer", name, "--lr", rate, "--schedule", schedule,
                    "--seed", seed, "--epochs", 4)
    return root


def compare(*words, **options):
    return train("compare", *words, **options)


def table(out):
    with open(out / "compare.csv", newline="") as file:
        return list(csv.DictReader(file))


def right(run):
    with open(run / "predictions.csv", newline="") as file:
        return {(row["face"], row["truth"]): row["truth"] == row["predicted"] for row in csv.DictReader(file)}


def share(run):
    return sum(right(run).values()) / 80


def exact(b, c):
    return min(1, 2 * sum(math.comb(b + c, k) for k in range(min(b, c) + 1)) / 2 ** (b + c))


def test_two_runs_are_compared_on_the_same_faces_as_their_predictions_say(runs, tmp_path):
    first, second = runs / "adam_constant_0", runs / "sgd_constant_0"
    _, shown = compare(first, second, "--out", tmp_path / "out")
    a, b = right(first), right(second)
    assert a.keys() == b.keys()
    own, other = sum(b[face] and not a[face] for face in a), sum(a[face] and not b[face] for face in a)
    reference, row = table(tmp_path / "out")
    assert (reference["name"], row["name"]) == (first.name, second.name) and reference["verdict"] == "reference"
    assert (int(row["only_this"]), int(row["only_reference"])) == (own, other)
    assert float(row["difference"]) == pytest.approx((own - other) / 80)
    assert float(reference["accuracy"]) == pytest.approx(sum(a.values()) / 80)
    if own + other < 25:
        assert row["test"] == "McNemar, exact" and float(row["p"]) == pytest.approx(exact(own, other))
    else:
        assert float(row["p"]) == pytest.approx(
            math.erfc(math.sqrt(max(0, abs(own - other) - 1) ** 2 / (own + other) / 2)))
    assert row["p_holm"] == row["p"] and "Holm" not in shown
    assert row["verdict"] == ("noise" if float(row["p"]) >= 0.05 else "better" if own > other else "worse")
    assert row["verdict"] in shown and first.name in shown


def test_a_run_is_no_better_than_itself(runs, data, tmp_path):
    fit(data, tmp_path / "again", "--optimizer", "adam", "--lr", 0.01, "--schedule", "constant", "--epochs", 4)
    _, shown = compare(runs / "adam_constant_0", tmp_path / "again", "--out", tmp_path / "out")
    row = table(tmp_path / "out")[1]
    assert (row["difference"], row["p"], row["verdict"]) == ("0.0", "1.0", "noise") and "noise: p is" in shown


def test_seeds_of_a_setting_are_one_row_and_are_paired(runs, tmp_path):
    names = ["adam_constant", "adam_cosine", "sgd_constant", "sgd_cosine"]
    folders = [runs / f"{name}_{seed}" for name in names for seed in (0, 1)]
    _, shown = compare(*folders, "--out", tmp_path / "out")
    rows = table(tmp_path / "out")
    assert [row["name"] for row in rows] == [
        f"optimizer {a}, schedule {b}" for a in ("adam", "sgd") for b in ("constant", "cosine")]
    assert all(row["runs"] == "2" and row["seeds"] == "0 1" for row in rows)
    reference = [share(runs / f"adam_constant_{seed}") for seed in (0, 1)]
    tested = []
    for name, row in zip(names, rows):
        a, b = (share(runs / f"{name}_{seed}") for seed in (0, 1))
        assert float(row["accuracy"]) == pytest.approx((a + b) / 2)
        assert float(row["deviation"]) == pytest.approx(abs(a - b) / math.sqrt(2))
        # Student's t with one degree of freedom is Cauchy's distribution; a share ends at 0 and 1.
        reach = math.tan(0.475 * math.pi) * abs(a - b) / 2
        assert float(row["low"]) == pytest.approx(max((a + b) / 2 - reach, 0))
        assert float(row["high"]) == pytest.approx(min((a + b) / 2 + reach, 1))
        x, y = a - reference[0], b - reference[1]
        if name == names[0]:
            continue
        assert float(row["difference"]) == pytest.approx((x + y) / 2)
        if x != y:
            assert float(row["p"]) == pytest.approx(1 - 2 / math.pi * math.atan(abs((x + y) / (x - y))))
            tested.append((float(row["p"]), float(row["p_holm"])))
        else:
            assert row["p"] == ("1.0" if x == 0 else "")
    tested.sort()
    if len(tested) == 3:
        assert tested[0][1] == pytest.approx(min(1, 3 * tested[0][0])) and "Holm's correction for 3 comparisons" in shown


def test_seeds_with_validation_faces_of_their_own_are_paired_seed_by_seed(tmp_path):
    put_classes(tmp_path / "d", 40)
    # Limits draw faces of all classes, of which shares are not always equally many.
    drawn = ["--val", "0.3", "--limit", "45"]
    for seed in (0, 1, 2):
        for name in ("adam", "sgd"):
            fit(tmp_path / "d", tmp_path / f"{name}{seed}", *drawn, "--optimizer", name, "--seed", seed)
    folders = [tmp_path / f"{name}{seed}" for name in ("adam", "sgd") for seed in (0, 1, 2)]
    assert len({frozenset(right(folder)) for folder in folders}) == 3
    compare(*folders, "--out", tmp_path / "out")
    rows = table(tmp_path / "out")
    assert [(row["name"], row["seeds"]) for row in rows] == [("optimizer adam", "0 1 2"), ("optimizer sgd", "0 1 2")]
    said, _ = compare(tmp_path / "adam0", tmp_path / "sgd1", status=3)
    assert "their validation faces differ" in said


def test_the_best_can_be_what_the_others_are_compared_with(runs, tmp_path):
    folders = [runs / name for name in ("adam_constant_0", "sgd_constant_0", "sgd_cosine_0")]
    compare(*folders, "--against", "best", "--out", tmp_path / "out")
    rows = table(tmp_path / "out")
    best = max(rows, key=lambda row: float(row["accuracy"]))
    assert [row["name"] for row in rows] == [folder.name for folder in folders]
    assert best["verdict"] == "reference" and sum(row["verdict"] == "reference" for row in rows) == 1


def test_predictions_that_are_missing_or_another_models_are_made_anew(runs, data, tmp_path):
    words = ["--optimizer", "adam", "--lr", "0.001", "--schedule", "constant", "--epochs", "2"]
    fit(data, tmp_path / "a", *words)
    fit(data, tmp_path / "b", *words, "--seed", 3, "--tta", "flip")
    _, before = compare(tmp_path / "a", tmp_path / "b")
    kept = (tmp_path / "a/predictions.csv").read_text()
    (tmp_path / "b/predictions.csv").unlink()
    for damage, reason in ((kept.replace(kept.splitlines()[1].split(",")[4], "0" * 16), "another model's"),
                           (kept[: len(kept) // 2], "no line of predictions"), ("", "its first line")):
        (tmp_path / "a/predictions.csv").write_text(damage)
        said, shown = compare(tmp_path / "a", tmp_path / "b")
        assert shown == before and reason in said and "there is no predictions.csv" in said


def test_other_faces_are_judged_with_test_and_what_they_were_is_told(runs, data, tmp_path):
    folders = [runs / f"{a}_{b}_{seed}" for a in ("adam", "sgd") for b in ("constant", "cosine") for seed in (0, 1)]
    said, shown = compare(*folders, "--test", "test", "--data", data, "--out", tmp_path / "out")
    assert "accuracy of 50 faces, split test" in shown and "not the faces that trained or chose it" in said
    rows = table(tmp_path / "out")
    assert all(row["faces"] == "50" for row in rows)
    for row, name in zip(rows, ("adam_constant", "adam_cosine", "sgd_constant", "sgd_cosine")):
        assert float(row["validation_accuracy"]) == pytest.approx(sum(share(runs / f"{name}_{s}") for s in (0, 1)) / 2)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "compare.csv", "curves.svg", "optimisers.svg", "schedules.svg"}
    texts = {path.stem: "".join(xml.parse(path).getroot().itertext()) for path in (tmp_path / "out").glob("*.svg")}
    for row in rows[:2]:
        value = f"{100 * float(row['validation_accuracy']):.2f} %"
        assert value in texts["optimisers"]
    assert "constant rate" in texts["optimisers"] and "test (test)" in texts["schedules"]
    assert "optimizer adam, schedule cosine (2 seeds)" in texts["curves"]


def test_charts_come_where_runs_have_what_they_show(runs, data, tmp_path):
    compare(runs / "adam_constant_0", runs / "sgd_constant_0", "--out", tmp_path / "two")
    assert {path.name for path in (tmp_path / "two").iterdir()} == {"compare.csv", "curves.svg", "optimisers.svg"}
    fit(data, tmp_path / "<b> & 'c'", "--seed", 7, "--width", "0.125")
    compare(runs / "adam_constant_0", tmp_path / "<b> & 'c'", "--out", tmp_path / "odd")
    assert "<b> & 'c'" in "".join(xml.parse(tmp_path / "odd/curves.svg").getroot().itertext())


def test_what_cannot_be_compared_is_refused_with_a_way_out(runs, data, tmp_path):
    run = runs / "adam_constant_0"
    put_classes(tmp_path / "other/train", 12)
    put_classes(tmp_path / "other/val", 40, first=500)
    put_classes(tmp_path / "third/train", 12, ("happy", "angry"))
    put_classes(tmp_path / "third/val", 40, ("happy", "angry"), first=100)
    for name, folder in (("faces", "other"), ("classes", "third")):
        fit(tmp_path / folder, tmp_path / name)
    fit(data, tmp_path / "blind", "--val", "none")
    (tmp_path / "empty").mkdir()
    cases = [
        ([run, tmp_path / "faces"], 3, "their validation faces differ", "--test SPLIT --data DIR"),
        ([run, tmp_path / "classes"], 3, "angry, happy", "only models of the same classes"),
        ([run, tmp_path / "blind"], 3, "no validation faces", "--test SPLIT --data DIR"),
        ([run, tmp_path / "empty"], 3, "no folder of a run", "args.json"),
        ([run, tmp_path / "nowhere"], 3, "no folder of a run", "nowhere"),
        ([run], 2, "two runs or more", "is one run"),
        ([run, runs / "." / run.name], 2, "named twice", ""),
        ([], 2, "needs the folders of runs", "--help"),
        ([run, tmp_path / "blind", "--test", "test"], 2, "both are needed", ""),
        ([run, tmp_path / "blind", "--test", "tset", "--data", data], 2, "tset", ""),
        ([run, tmp_path / "blind", "--out", run], 2, "a run or a sweep in this folder", "another --out"),
        ([run, tmp_path / "blind", "--against", "worst"], 2, "first, best", ""),
    ]
    for words, status, *parts in cases:
        said, shown = compare(*words, status=status)
        assert said.splitlines()[-1].startswith("fer-train: ") and not shown
        assert all(part in said for part in parts), said
    said, shown = compare(run, tmp_path / "faces", tmp_path / "blind", "--test", "test", "--data", data)
    assert "blind" in shown and "accuracy of 50 faces" in shown


def test_a_run_that_has_not_ended_is_refused(runs, data, tmp_path):
    words = [*quick, "--epochs", "100000"]
    process = start("--data", data, "--out", tmp_path / "run", *words)
    wait_for(tmp_path / "run/last.ferm", process)
    process.send_signal(signal.SIGTERM)
    process.communicate()
    said, _ = compare(runs / "adam_constant_0", tmp_path / "run", status=3)
    assert "the run has not ended" in said and f"fer-train --resume --out {tmp_path}/run" in said


def test_faces_that_changed_since_are_noticed(data, tmp_path):
    put_classes(tmp_path / "d/train", 12)
    put_classes(tmp_path / "d/val", 40, first=100)
    fit(tmp_path / "d", tmp_path / "a")
    fit(tmp_path / "d", tmp_path / "b", "--seed", 1)
    for path in (tmp_path / "d/val/sad").iterdir():
        path.unlink()
    (tmp_path / "a/predictions.csv").unlink()
    said, _ = compare(tmp_path / "a", tmp_path / "b", status=3)
    assert "are not those that it validated on" in said and "--test SPLIT --data DIR" in said


def test_a_sweep_is_compared_by_its_settings_the_best_first(data, tmp_path):
    sweep = tmp_path / "sweep"
    train("sweep", "--data", data, *quick, "--grid", "optimizer=adam,sgd", "--grid", "lr=0.01,0.1", "--seeds", 2, "--out", sweep)
    _, shown = compare(sweep, "--out", tmp_path / "out")
    rows = table(tmp_path / "out")
    means = [float(row["accuracy"]) for row in rows]
    assert means == sorted(means, reverse=True) and rows[0]["verdict"] == "reference"
    assert {row["name"] for row in rows} == {
        f"optimizer {a}, learning rate {b}" for a in ("adam", "sgd") for b in ("0.01", "0.1")}
    with open(sweep / "table.csv", newline="") as file:
        own = {(row["optimizer"], row["lr"]): row for row in csv.DictReader(file)}
    for row in rows:
        _, optimiser, _, _, rate = row["name"].replace(",", "").split()
        assert float(row["accuracy"]) == pytest.approx(float(own[optimiser, rate]["mean"]))
    assert (tmp_path / "out/optimisers.svg").exists() and not (tmp_path / "out/schedules.svg").exists()
    said, _ = compare(sweep, "--out", sweep, status=2)
    assert "a run or a sweep in this folder" in said


def test_the_weights_of_the_last_epoch_are_compared_where_that_is_asked(runs, data, tmp_path):
    first, second = runs / "adam_constant_0", runs / "sgd_cosine_0"
    said, shown = compare(first, second, "--last", "--out", tmp_path / "out")
    assert "looks at" not in said and shown.splitlines()[0] == "accuracy of 80 validation faces (val), after the last epoch"
    for row, run in zip(table(tmp_path / "out"), (first, second)):
        last = (run / "results.csv").read_text().splitlines()[-1].split(",")
        assert abs(float(row["accuracy"]) - float(last[5])) < 1e-9
    _, shown = compare(first, second, "--last", "--test", "test", "--data", data)
    assert shown.splitlines()[0] == "accuracy of 50 faces, split test, after the last epoch"
