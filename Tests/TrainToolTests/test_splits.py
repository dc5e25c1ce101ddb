"""Training faces divided by share, fold and group: whole groups, every class, and the same again from the run's file."""
import csv
import json
import signal

import pytest
from PIL import Image
from trainer import evaluate, face, fit, put_classes, quick, train
from training import start, wait_for

emotions = ["anger", "happy", "surprise"]


def people(folder, subjects=10, name="S{subject:03}_{label:03}_{number:08}.png"):
    """CK+'s names: subjects of 3 to 9 faces, not every one with every class."""
    for subject in range(subjects):
        for label, emotion in enumerate(emotions):
            if (subject + label) % 5 == 0:
                continue
            (folder / emotion).mkdir(parents=True, exist_ok=True)
            for number in range(1 + subject % 3):
                file = folder / emotion / name.format(subject=subject, label=label, number=number)
                Image.fromarray(face(label, 100 * subject + number)).save(file)
    return folder


@pytest.fixture(scope="module")
def ck(tmp_path_factory):
    return people(tmp_path_factory.mktemp("people") / "ck")


def settings(run):
    return json.loads((run / "args.json").read_text())


def drawn(run, data, split, *words):
    """The subjects of a split, as eval draws it again, and how many faces they have."""
    folder = run.parent / f"{run.name}-{split}.csv"
    files = sorted(data.glob("*/*.png"))
    with open(folder, "w", newline="") as table:
        csv.writer(table).writerows([["path", "subject"], *[(f"{f.parent.name}/{f.name}", f.name[:4]) for f in files]])
    report = evaluate(run, data, "--split", split, "--by", folder, *words)
    return {group["value"]: group["n"] for group in report["by"]["subject"]}, report


def test_no_subject_stands_on_two_sides_of_a_60_20_20_division(ck, tmp_path):
    said = fit(ck, tmp_path / "r", "--group", "subject", "--val", "0.2", "--test", "0.2")
    assert "no subject stands on two sides: " in said and " judge" in said
    values = settings(tmp_path / "r")
    assert values["validation.group"] == "subject" and values["test.split"] == "0.2 of train"
    assert values["validation.drawn"] == "by class and group"
    val, report = drawn(tmp_path / "r", ck, "val")
    assert "the faces that chose it" in report["protocol"]
    test, report = drawn(tmp_path / "r", ck, "test")
    assert "not the faces that trained or chose it" in report["protocol"]
    train_, report = drawn(tmp_path / "r", ck, "train")
    assert "the faces that it was trained on" in report["protocol"]
    assert not val.keys() & test.keys() and not (val.keys() | test.keys()) & train_.keys()
    counts = [sum(side.values()) for side in (train_, val, test)]
    files = sorted(ck.glob("*/*.png"))
    assert sum(counts) == len(files) and len(val | test | train_) == 10
    for count, share in zip(counts, (0.6, 0.2, 0.2)):
        assert abs(count - share * len(files)) <= 4
    assert len(report["per_class"]) == 3
    # Another seed divides otherwise; the same one does not.
    fit(ck, tmp_path / "again", "--group", "subject", "--val", "0.2", "--test", "0.2")
    fit(ck, tmp_path / "other", "--group", "subject", "--val", "0.2", "--test", "0.2", "--seed", "5")
    assert drawn(tmp_path / "again", ck, "val")[0] == val
    assert any(drawn(tmp_path / "other", ck, split)[0] != side for split, side in (("val", val), ("test", test)))


def test_a_pattern_and_a_table_divide_as_the_names_do(ck, tmp_path):
    files = sorted(ck.glob("*/*.png"))
    with open(tmp_path / "groups.csv", "w", newline="") as table:
        csv.writer(table).writerows([["path", "group"], *[(f.name, f.name[:4]) for f in files]])
    rules = {"name": "subject", "pattern": "^(S...)_", "folders": "/[a-z]+/(S[0-9]+)", "table": tmp_path / "groups.csv"}
    for name, rule in rules.items():
        said = fit(ck, tmp_path / name, "--group", rule, "--val", "0.25")
        assert ("subject" if name == "name" else "group") + " stands on two sides: " in said
    digests = {settings(tmp_path / name)["validation.faces.digest"] for name in rules}
    assert len(digests) == 1
    # What came out of a table needs the table again.
    run = tmp_path / "table"
    refused = train("eval", run, "--data", ck, "--split", "val", status=3)[0]
    assert "--group with its table" in refused
    assert "that chose it" in evaluate(run, ck, "--split", "val", "--group", tmp_path / "groups.csv")["protocol"]


@pytest.mark.parametrize("words, said, status", [
    ("--group [ --val 0.2", "--group takes subject (CK+'s names), a table (.csv), or a regular expression", 2),
    ("--group nowhere.csv --val 0.2", "nowhere.csv: it cannot be read", 3),
    ("--group ^Q --val 0.2", "its name does not match --group ^Q, nor does that of", 3),
    ("--group S --val 0.2", "are of one group, which cannot be divided into 2 parts", 3),
    ("--group subject --val 1/50", "are of 10 groups, which cannot be divided into 50 parts", 3),
    ("--val 0.5 --test 0.5", "--val and --test leave no faces to train on", 2), ("--test 1", "--test takes a number", 2),
    ("--folds 1", "--folds takes a whole number from 2 to 100", 2), ("--folds 3 --val 0.1", "--val has no effect with --folds", 2),
])
def test_what_cannot_be_divided_is_a_sentence(ck, tmp_path, words, said, status):
    assert said in fit(ck, tmp_path / "r", *words.split(), status=status, cwd=tmp_path)
    assert not (tmp_path / "r").exists()


def test_names_that_tell_no_subject_are_refused(tmp_path):
    data = put_classes(tmp_path / "d", 3)
    said = fit(data, tmp_path / "r", "--group", "subject", "--val", "0.2", status=3)
    assert "happy/0.png: its name does not tell its subject as CK+'s do" in said and "5 more faces" in said


def test_a_group_on_both_sides_of_a_given_division_is_refused(ck, tmp_path):
    data = tmp_path / "d"
    people(data / "train")
    people(data / "val", subjects=3)
    said = fit(data, tmp_path / "r", "--group", "subject", status=3)
    assert "the subject S000 stands on both sides" in said and "of its faces choose" in said


def test_folds_are_runs_of_their_own_that_together_validate_every_face_once(ck, tmp_path):
    said, shown = train("--data", ck, "--out", tmp_path / "r", *quick, "--folds", "3", "--group", "subject")
    rows = list(csv.DictReader(open(tmp_path / "r/folds.csv")))
    files = sorted(ck.glob("*/*.png"))
    assert [row["fold"] for row in rows] == ["1", "2", "3"] and sum(int(row["faces"]) for row in rows) == len(files)
    assert "mean " in shown and "deviation " in shown and f"all {len(files)} faces together" in shown
    seen = {}
    for fold in (1, 2, 3):
        run = tmp_path / f"r/fold_{fold}"
        assert settings(run)["validation.split"] == f"fold {fold}/3 of train"
        subjects, report = drawn(run, ck, "val")
        assert "that chose it" in report["protocol"] and not subjects.keys() & seen.keys()
        seen |= subjects
    assert sum(seen.values()) == len(files) and said.count("no subject stands on two sides") == 3
    # A fold is an ordinary run.
    fit(ck, tmp_path / "own", "--val", "2/3", "--group", "subject")
    assert (tmp_path / "own/best.ferm").read_bytes() == (tmp_path / "r/fold_2/best.ferm").read_bytes()
    assert "there is a run in this folder" in fit(ck, tmp_path / "r", "--folds", "3", status=3)


def test_folds_go_on_after_kill_9_to_the_same_table(ck, tmp_path):
    words = ["--data", ck, *quick, "--epochs", "3", "--folds", "3"]
    train(*words, "--out", tmp_path / "whole")
    process = start(*words, "--out", tmp_path / "cut")
    wait_for(tmp_path / "cut/fold_2/last.ferm", process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (tmp_path / "cut/folds.csv").exists()
    train("--resume", "--out", tmp_path / "cut")
    for name in ["folds.csv", *[f"fold_{fold}/{file}" for fold in (1, 2, 3) for file in ("best.ferm", "last.ferm")]]:
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
    refused = train("--resume", "--out", tmp_path / "cut", "--folds", "4", status=3)[0]
    assert "the run has --folds 3" in refused


def test_folds_that_cannot_be_begun_leave_nothing_behind(ck, tmp_path):
    for words in (["--data", tmp_path / "nowhere"], ["--data", ck, "--width", "99"], ["--data", ck, "--group", "^Q"]):
        status = 2 if "99" in words else 3
        train(*words, "--out", tmp_path / "r", "--folds", "3", status=status)
        assert not (tmp_path / "r").exists()
    assert "would lie among the faces" in train("--data", ck, "--out", ck / "r", "--folds", "3", status=2)[0]


def test_a_division_that_was_not_asked_for_is_not_stated(ck, tmp_path):
    fit(ck, tmp_path / "r", "--val", "0.2")
    values = settings(tmp_path / "r")
    assert values["validation.drawn"] == "by class" and not [key for key in values if key.startswith("test.")]
    assert "validation.group" not in values
    said = train("eval", tmp_path / "r", "--data", ck, "--group", "subject", status=2)[0]
    assert "is of no run that was divided by groups" in said
