"""FER+'s votes beside FER2013's table, and faces that count more or less than others."""
import csv
import json

import pytest
from trainer import evaluate, fit, put_classes, row, train

classes = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"]
head = "Usage,Image name," + ",".join(classes) + ",unknown,NF"


def votes(*counts):
    """Ten votes: pairs of a column, from 0, and how many are for it."""
    line = [0] * 10
    for column, count in counts:
        line[column] = count
    assert sum(line) == 10
    return line


kinds = [votes((1, 10)), votes((0, 6), (3, 4)), votes((2, 5), (6, 5)), votes((4, 4), (5, 3), (3, 3)), votes((8, 6), (0, 4)), votes((9, 10)),
         votes((7, 7), (0, 2), (4, 1))]


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """A table of FER2013's layout, 6 faces for each line of votes, and FER+'s table of the same faces."""
    folder = tmp_path_factory.mktemp("plus")
    usages = ["Training"] * 4 + ["PublicTest", "PrivateTest"]
    faces = [(kind, usage) for usage in usages for kind in range(len(kinds))]
    (folder / "fer2013.csv").write_text("\n".join(
        ["emotion,pixels,Usage", *[row(kind, usage, n) for n, (kind, usage) in enumerate(faces)]]) + "\n")
    write(folder / "fer2013new.csv", [[usage, f"fer{n:07}.png", *kinds[kind]] for n, (kind, usage) in enumerate(faces)])
    return folder


def write(path, rows):
    path.write_text("\n".join([head, *[",".join(map(str, line)) for line in rows]]) + "\r\n")
    return path


def settings(run):
    return json.loads((run / "args.json").read_text())


# Which lines of votes train in each way: no class with more than half, an unknown emotion and no face are left out.
kept = {"majority": [0, 1, 6], "multi-target": [0, 1, 2, 3, 6], "distribution": [0, 1, 2, 3, 6], "probabilistic": [0, 1, 2, 3, 6]}


@pytest.mark.parametrize("way", kept)
def test_votes_take_the_place_of_the_labels(way, tables, tmp_path):
    words = ["--votes", tables / "fer2013new.csv", "--votes-as", way, "--epochs", "2"]
    said = fit(tables / "fer2013.csv", tmp_path / "r", *words)
    assert f"{4 * (7 - len(kept[way]))} of 28 train faces are left out, as their votes do not agree enough ({way})" in said
    assert f"{4 * len(kept[way])} training faces, 3 for validation (public), 8 classes" in said
    values = settings(tmp_path / "r")
    assert values["train.votes.as"] == way and values["train.classes"] == ",".join(classes)
    report = evaluate(tmp_path / "r", tables / "fer2013.csv", "--votes", tables / "fer2013new.csv")
    assert report["n"] == 3 and list(report["per_class"]) == ["neutral", "happiness", "contempt"]
    assert "the faces that chose it" in report["protocol"]
    trained = evaluate(tmp_path / "r", tables / "fer2013.csv", "--votes", tables / "fer2013new.csv", "--split", "train")
    assert "the faces that it was trained on" in trained["protocol"]


def test_the_ways_teach_otherwise_and_each_the_same_again(tables, tmp_path):
    best = {}
    for way in ["distribution", "probabilistic", "multi-target", "distribution"]:
        run = tmp_path / f"{len(best)}{way}"
        fit(tables / "fer2013.csv", run, "--votes", tables / "fer2013new.csv", "--votes-as", way, "--epochs", "2")
        files = (run / "last.ferm").read_bytes()
        assert best.setdefault(way, files) == files
    assert len(set(best.values())) == 3
    usual = tmp_path / "usual"
    fit(tables / "fer2013.csv", usual, "--votes", tables / "fer2013new.csv", "--epochs", "2")
    assert (usual / "last.ferm").read_bytes() == best["distribution"]


def test_a_run_goes_on_with_its_own_votes_alone(tables, tmp_path):
    words = ["--votes", tables / "fer2013new.csv", "--votes-as", "probabilistic", "--schedule", "constant"]
    fit(tables / "fer2013.csv", tmp_path / "r", *words)
    fit(tables / "fer2013.csv", tmp_path / "whole", *words, "--epochs", "3")
    train("--resume", "--out", tmp_path / "r", "--epochs", "3")
    assert (tmp_path / "r/last.ferm").read_bytes() == (tmp_path / "whole/last.ferm").read_bytes()
    lines = (tables / "fer2013new.csv").read_text().splitlines()
    other = [line.split(",") for line in lines[1:] if line]
    other[0][3] = 9
    write(tmp_path / "other.csv", other)
    said = train("--resume", "--out", tmp_path / "r", "--votes", tmp_path / "other.csv", "--epochs", "4", status=3)[0]
    assert "train.votes is" in said


def test_pictures_are_known_by_their_names(tmp_path):
    data = put_classes(tmp_path / "d/train", 4, names=["a", "b"])
    put_classes(tmp_path / "d/val", 4, names=["a", "b"], first=50)
    rows = [["", f"{n}.png", *kinds[n % 2]] for n in [*range(4), *range(50, 54)]]
    table = write(tmp_path / "v.csv", [["Training", *line[1:]] for line in rows])
    said = fit(tmp_path / "d", tmp_path / "r", "--votes", table)
    assert "8 training faces, 8 for validation (val), 8 classes" in said and data.exists()


@pytest.mark.parametrize("change, said", [
    (lambda lines: lines[:1], "there are no votes in it"),
    (lambda lines: [lines[0].replace("contempt", "scorn"), *lines[1:]], "and contempt is missing"),
    (lambda lines: [*lines[:2], lines[2] + ",3", *lines[3:]], "line 3: it has 13 fields where the first line names 12"),
    (lambda lines: [*lines[:2], lines[2].replace(",0,", ",-1,", 1), *lines[3:]], "line 3: -1 is no number of votes"),
    (lambda lines: lines[:-1], "there are no votes on"),
    (lambda lines: [*lines[:2], lines[2].replace("Training", "PublicTest"), *lines[3:]], "line 3: these are votes on a face of public"),
    (lambda lines: [*lines[:2], lines[2].replace("Training", "x"), *lines[3:]], "line 3: the Usage is x"),
])
def test_a_table_of_votes_that_does_not_fit_is_a_sentence(change, said, tables, tmp_path):
    lines = (tables / "fer2013new.csv").read_text().split()
    lines = [head, *lines[2:]]
    (tmp_path / "v.csv").write_text("\n".join(change(lines)) + "\n")
    assert said in fit(tables / "fer2013.csv", tmp_path / "r", "--votes", tmp_path / "v.csv", status=3)
    assert not (tmp_path / "r").exists()


def test_how_votes_teach_needs_votes(tables, tmp_path):
    assert "--votes-as needs --votes FILE" in fit(
        tables / "fer2013.csv", tmp_path / "r", "--votes-as", "majority", status=2)


# Weights

def weights(path, rows, title=("path", "weight")):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([title, *rows])
    return path


def test_what_weights_there_are_is_said(tmp_path):
    data = put_classes(tmp_path / "d", 4)
    said = fit(data, tmp_path / "r", "--val", "none", "--weights", weights(tmp_path / "w.csv", [("happy/1.png", 0), ("sad/1.png", 2)]))
    assert "faces count by their weights, 0.0 to 2.0; 1 of them count for nothing" in said
    assert "6 training faces have no row in it" in said


def test_a_column_of_the_table_weighs_as_a_table_of_weights_does(tmp_path):
    faces = [row(label, "Training", n) for label in range(7) for n in range(3)]
    values = [round(1 + n / 4, 2) for n in range(21)]
    (tmp_path / "t.csv").write_text("emotion,pixels,Usage,weight\n" + "\n".join(f"{f},{w}" for f, w in zip(faces, values)) + "\n")
    (tmp_path / "plain.csv").write_text("emotion,pixels,Usage\n" + "\n".join(faces) + "\n")
    table = weights(tmp_path / "w.csv", [(f"plain.csv, line {n + 2}", value) for n, value in enumerate(values)])
    said = fit(tmp_path / "t.csv", tmp_path / "column", "--val", "none")
    assert "faces count by their weights, 1.0 to 6.0" in said
    fit(tmp_path / "plain.csv", tmp_path / "table", "--val", "none", "--weights", table)
    fit(tmp_path / "plain.csv", tmp_path / "without", "--val", "none")
    same = weights(tmp_path / "same.csv", [(f"plain.csv, line {n + 2}", 1) for n in range(21)])
    fit(tmp_path / "plain.csv", tmp_path / "ones", "--val", "none", "--weights", same)
    column, other, without, ones = (tmp_path / name / "last.ferm" for name in ("column", "table", "without", "ones"))
    assert column.read_bytes() == other.read_bytes() != without.read_bytes() == ones.read_bytes()
    assert "train.weights" in settings(tmp_path / "table") and "train.weights" not in settings(tmp_path / "without")


@pytest.mark.parametrize("value", ["-1", "nan", "inf", "x", "1e99", ""])
def test_a_weight_that_is_none_is_named(value, tmp_path):
    data = put_classes(tmp_path / "d", 3)
    table = weights(tmp_path / "w.csv", [("happy/1.png", value)])
    said = fit(data, tmp_path / "r", "--val", "none", "--weights", table, status=3)
    assert "happy/1.png: the weight is" in said and "it must be a number of at least 0" in said
    faces = [row(label, "Training") + (f",{value}" if label == 3 else ",1") for label in range(7)]
    (tmp_path / "t.csv").write_text("emotion,pixels,Usage,weight\n" + "\n".join(faces) + "\n")
    assert "t.csv, line 5: the weight is" in fit(tmp_path / "t.csv", tmp_path / "r", "--val", "none", status=3)


def test_faces_none_of_which_counts_are_refused(tmp_path):
    data = put_classes(tmp_path / "d", 3)
    table = weights(tmp_path / "w.csv", [(f"{name}/{n}.png", 0) for name in ("happy", "sad") for n in range(3)])
    assert "the weight of every training face is 0" in fit(data, tmp_path / "r", "--val", "none", "--weights", table, status=3)
