"""Evaluation across data sets: classes mapped, left out and merged, and accuracy by groups of faces."""
import csv
import subprocess

import pytest
from trainer import evaluate, fit, model, program, put_classes, train

names = ["anger", "happiness", "contempt", "disgust"]


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    """Faces of another data set's classes."""
    return put_classes(tmp_path_factory.mktemp("foreign") / "ck", 6, names=names)


map_all = ["--map", "anger=angry,happiness=happy", "--leave-out", "contempt"]


def test_a_class_of_another_name_is_mapped_and_one_that_the_model_lacks_left_out(foreign, tmp_path):
    report = evaluate(model, foreign, *map_all)
    assert report["n"] == 18 and list(report["per_class"]) == ["angry", "disgust", "happy"]
    assert report["mapped"] == {"anger": "angry", "happiness": "happy"} and report["left_out"] == ["contempt"]
    assert "the data's anger counted as angry and happiness counted as happy; contempt left out" in report["protocol"]
    # The same faces under the model's own names.
    for label, name in enumerate(["angry", "happy", None, "disgust"]):
        if name:
            (tmp_path / "own").mkdir(exist_ok=True)
            (tmp_path / "own" / name).symlink_to(foreign / names[label])
    own = evaluate(model, tmp_path / "own")
    assert {key: own[key] for key in ("n", "top1", "top2", "loss", "ece", "confusion")} == {
        key: report[key] for key in ("n", "top1", "top2", "loss", "ece", "confusion")}
    assert not {"mapped", "left_out", "merged", "by"} & own.keys()


def test_merged_classes_are_one_in_data_and_model(foreign):
    apart = evaluate(model, foreign, *map_all)
    report = evaluate(model, foreign, *map_all, "--merge", "disgust+angry")
    assert report["merged"] == [["disgust", "angry"]] and "disgust and angry merged" in report["protocol"]
    assert list(report["per_class"]) == ["angry+disgust", "happy"] and len(report["confusion"]) == 6
    assert report["per_class"]["angry+disgust"]["support"] == 12
    # What was right apart from each other stays right, unless their sum now beats it; mistakes between them are gone.
    between = apart["confusion"][0][1] + apart["confusion"][1][0]
    assert report["confusion"][0][0] >= between + apart["confusion"][0][0] + apart["confusion"][1][1]
    said = train("eval", model, "--data", foreign, *map_all, "--merge", "disgust+angry")[1]
    assert "disgust and angry merged" in said and "angry+disgust" in said


def test_the_predictions_of_every_face_are_of_the_classes_that_are_told_apart(foreign, tmp_path):
    report = evaluate(model, foreign, *map_all, "--merge", "disgust+angry", "--predictions", tmp_path / "p.csv")
    rows = list(csv.DictReader(open(tmp_path / "p.csv")))
    assert len(rows) == 18 and {row["truth"] for row in rows} == {"angry+disgust", "happy"}
    assert "anger/0.png" in {row["name"] for row in rows} and "p_angry+disgust" in rows[0]
    assert sum(row["truth"] == row["predicted"] for row in rows) == round(18 * report["top1"])
    for row in rows:
        assert abs(sum(float(value) for key, value in row.items() if key.startswith("p_")) - 1) < 1e-4
    assert "is an input" in train(
        "eval", model, "--data", foreign, *map_all, "--predictions", foreign / "anger/0.png", status=2)[0]


def test_a_class_that_is_left_out_is_no_answer(foreign):
    report = evaluate(model, foreign, *map_all[:2], "--leave-out", "contempt,neutral,sad")
    assert len(report["confusion"]) == 5 and report["n"] == 18


@pytest.mark.parametrize("words, said, status", [
    ("", "does not know the class anger", 3), ("--map anger", "--map takes pairs", 2),
    ("--map anger=angry,anger=sad", "names the class anger twice", 2), ("--map rage=angry", "there is no class rage in it", 3),
    ("--leave-out bored", "--leave-out names the class bored, which neither", 2), ("--merge angry", "--merge takes classes", 2),
    ("--merge angry+bored", "has no class bored to be merged", 2), ("--merge angry+sad,sad+fear", "name it once", 2),
    ("--merge angry+disgust+fear+happy+sad+surprise+neutral", "Fewer than two classes", 2),
    ("--map anger=angry -o x.ferm", "-o writes figures by the model's own classes", 2), ("--by nowhere.csv", "nowhere.csv", 3),
])
def test_what_cannot_be_meant_is_a_sentence(foreign, tmp_path, words, said, status):
    words = words.split()
    if words[:1] in (["--leave-out"], ["--merge"]):
        words = ["--map", "anger=angry,happiness=happy,contempt=sad", *words]
    assert said in train("eval", model, "--data", foreign, *words, status=status, cwd=tmp_path)[0]


def table(path, rows, head=("path", "age", "sex")):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def test_groups_have_their_accuracy_and_interval_and_a_word_where_they_are_small(tmp_path):
    data = put_classes(tmp_path / "d", 60, names=["happy", "sad"])
    rows = [(f"{name}/{n}.png", 10 if n < 55 else 9, "" if n < 2 else "ab"[n % 2])
            for name in ("happy", "sad") for n in range(59)]
    report = evaluate(model, data, "--by", table(tmp_path / "g.csv", rows))
    age, sex = report["by"]["age"], report["by"]["sex"]
    assert [(g["value"], g["n"], g["too_few"]) for g in age] == [("9", 8, True), ("10", 110, False), (None, 2, True)]
    assert [(g["value"], g["n"]) for g in sex] == [("a", 58), ("b", 56), (None, 4 + 2)]
    right = sum(report["confusion"][i][i] for i in range(7))
    for groups in (age, sex):
        assert sum(g["n"] for g in groups) == 120 and round(sum(g["n"] * g["top1"] for g in groups)) == right
    assert all(g["interval95"][0] - 1e-9 <= g["top1"] <= g["interval95"][1] + 1e-9 for g in age + sex)
    said = train("eval", model, "--data", data, "--by", tmp_path / "g.csv")[1]
    assert "by age" in said and said.count("too few faces to tell") == 5 and "(not said)" in said


def test_a_table_of_groups_that_does_not_fit_is_a_sentence(tmp_path):
    data = put_classes(tmp_path / "d", 3, names=["happy", "sad"])

    def said(*rows, head=("path", "age"), status=3):
        return train("eval", model, "--data", data, "--by", table(tmp_path / "g.csv", rows, head), status=status)[0]

    assert "line 2: 1.png could be" in said(("1.png", 3))
    assert "line 3: line 2 says something else of happy/1.png" in said(("happy/1.png", 3), ("./happy/1.png", 4))
    assert "no row names one of the faces; there is x.png where a face is called" in said(("x.png", 3))
    assert "the first line must name the columns: path" in said(("happy/1.png", 3), head=("where", "age"))
    assert "beside path there is no column" in said(("happy/1.png",), head=("path",))
    assert "line 2: it has 1 fields where the first line names 2" in said(("happy/1.png",))
    assert "1 of its 2 rows name none of these faces" in said(("happy/1.png", 3), ("x.png", 3), status=0)


def test_the_reference_s_own_protocol_is_named(tmp_path):
    for split, first in (("train", 0), ("PrivateTest", 20), ("PublicTest", 40)):
        put_classes(tmp_path / "d" / split, 4, first=first)
    own = "the reference's own protocol (arXiv 2105.03588)"
    for name, words in {"own": ["--val", "private", "--final-on", "all"], "ours": ["--val", "public", "--final-on", "all"],
                        "chosen": ["--val", "private"]}.items():
        said = fit(tmp_path / "d", tmp_path / name, *words, "--final-epochs", "1")
        assert (own in said) == (name == "own")
        assert (own in evaluate(tmp_path / name, tmp_path / "d", "--split", "public")["protocol"]) == (name == "own")


def test_other_framings_are_measured_face_by_face_and_stay_in_the_file(tmp_path):
    bare = model.with_name("teacher.ferm")  # It states no framings of its own.
    data = put_classes(tmp_path / "faces", 4, names=["happy", "sad", "neutral"])
    report = evaluate(bare, data, "--framings")
    framings = report["framings"]
    assert {"side-80", "side-90", "side-110", "side-125", "turned-10", "turned-20", "small-32", "small-16"} < framings.keys()
    assert report["top1"] == evaluate(bare, data)["top1"]
    for framing in framings.values():
        assert abs(framing["top1"] - report["top1"] - framing["change"]) < 1e-9
        assert framing["interval95"][0] <= framing["top1"] <= framing["interval95"][1]
        assert framing["change95"][0] <= framing["change"] <= framing["change95"][1]
    said = train("eval", bare, "--data", data, "--framings", "-o", tmp_path / "m.ferm", "--html", tmp_path / "m.html")[1]
    assert "10 % wider" in said and "turned by 15 degrees" in said and "24 x 24 pixels" in said
    assert "In other framings" in (tmp_path / "m.html").read_text()
    card = subprocess.run([program.with_name("fer-inspect"), "--card", tmp_path / "m.ferm"], capture_output=True, text=True).stdout
    rows = [line.split(" | ") for line in card[card.index("In other framings"):].splitlines() if line.startswith("| ")][1:]
    rows = {row[0][2:]: row[1] for row in rows}
    assert rows["10 % tighter"] == f"{100 * framings['side-90']['top1']:.1f}"
    assert rows["32 x 32 pixels"] == f"{100 * framings['small-32']['top1']:.1f}" and len(rows) >= len(framings)
    # Measured again without them, the file has none.
    train("eval", tmp_path / "m.ferm", "--data", data, "-o", tmp_path / "m.ferm")
    again = subprocess.run([program.with_name("fer-inspect"), "--card", tmp_path / "m.ferm"], capture_output=True, text=True).stdout
    assert "In other framings" not in again
