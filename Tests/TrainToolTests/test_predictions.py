"""A run that ends says of every validation face what its best.ferm makes of it."""
import csv

import pytest
from trainer import evaluate, fit, put_classes, train

classes = ["happy", "sad"]


def rows(run):
    with open(run / "predictions.csv", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("d")
    put_classes(root / "train", 20)
    put_classes(root / "val", 30, first=100)
    return root


@pytest.mark.parametrize("views", ["none", "flip"])
def test_predictions_are_those_that_an_evaluation_counts(data, tmp_path, views):
    run = tmp_path / "run"
    fit(data, run, "--tta", views)
    table, counted = rows(run), evaluate(run, data, "--split", "val", "--tta", views)
    assert len(table) == counted["n"] == 60
    assert [row["name"] for row in table] == [
        f"val/{name}/{number}.png" for name in classes for number in sorted(range(100, 130), key=str)]
    assert sum(row["truth"] == row["predicted"] for row in table) / 60 == pytest.approx(counted["top1"])
    for row in table:
        shares = [float(row[f"p_{name}"]) for name in classes]
        assert sum(shares) == pytest.approx(1, abs=1e-5)
        assert row["predicted"] == classes[shares.index(max(shares))]
    confusion = [[sum((row["truth"], row["predicted"]) == (a, b) for row in table) for b in classes] for a in classes]
    assert confusion == counted["confusion"]
    assert len({row["face"] for row in table}) == 60 and len({row["model"] for row in table}) == 1


def test_a_face_has_one_number_in_every_folder_network_and_model(data, tmp_path):
    put_classes(tmp_path / "moved/train", 20)
    put_classes(tmp_path / "moved/val", 30, first=100, ending="pgm")
    fit(data, tmp_path / "a")
    fit(tmp_path / "moved", tmp_path / "b", "--seed", 5)
    (tmp_path / "other.net").write_text(
        "network other\ninput 3 24 resized=30\nadaptive_average_pool size=4\nflatten\nlinear fc classes\n")
    train("--data", data, "--out", tmp_path / "c", "--network", tmp_path / "other.net", "--epochs", 1, "--batch", 4)
    faces = [{(row["truth"], row["face"]) for row in rows(tmp_path / name)} for name in "abc"]
    assert faces[0] == faces[1] == faces[2]
    assert len({rows(tmp_path / name)[0]["model"] for name in "abc"}) == 3


def test_a_complete_run_writes_them_again_and_another_in_its_place_begins_without(data, tmp_path):
    run = tmp_path / "run"
    fit(data, run)
    first = (run / "predictions.csv").read_bytes()
    (run / "predictions.csv").unlink()
    train("--resume", "--out", run)
    assert (run / "predictions.csv").read_bytes() == first
    fit(data, run, "--val", "none", "--overwrite")
    assert not (run / "predictions.csv").exists()
    (run / "predictions.csv").write_text("mine")
    for path in run.iterdir():
        if path.name != "predictions.csv":
            path.unlink()
    fit(data, run, status=3)
    assert (run / "predictions.csv").read_text() == "mine"


def test_names_and_classes_that_a_spreadsheet_would_run_are_told(tmp_path):
    names = ["=1+1", 'a "b", c']
    put_classes(tmp_path / "d", 20, names)
    fit(tmp_path / "d", tmp_path / "run", "--val", "0.3")
    table = rows(tmp_path / "run")
    assert {row["truth"] for row in table} == {"'=1+1", 'a "b", c'}
    assert list(table[0])[-2:] == ["p_=1+1", 'p_a "b", c']
    assert all(not row["name"].startswith("=") for row in table)
