"""`python -m ferm` as people type it."""
import json
import subprocess
import sys
from pathlib import Path

import pytest

import ferm

root = Path(__file__).resolve().parents[3]
face = "Examples/faces/astronaut-colour.png"


def run(*words, status=0):
    ran = subprocess.run([sys.executable, "-m", "ferm", *map(str, words)], capture_output=True, text=True, cwd=root, timeout=300)
    assert ran.returncode == status, ran.stderr
    return ran.stdout if status == 0 else ran


def test_a_face_gets_its_label():
    path, label, score = run("classify", face).split()
    assert (path, label) == (face, "happy") and float(score) > 0.8
    (record,) = map(json.loads, run("classify", "--json", "--model", "models/default.ferm", face).splitlines())
    assert record == {"path": face, **ferm.Model().predict(root / face)[0]}


def test_faces_of_photos_are_found(tmp_path):
    import squares

    squares.network().write(tmp_path / "finder.ferm")
    squares.labeller().write(tmp_path / "labels.ferm")
    from PIL import Image

    Image.fromarray(squares.photo(600, 400, [(30, 50), (300, 101)], 40)).save(tmp_path / "photo.png")
    Image.fromarray(squares.photo(200, 200, [], 0)).save(tmp_path / "wall.png")
    finder, photos = ["--detector", tmp_path / "finder.ferm"], [tmp_path / "photo.png", tmp_path / "wall.png"]
    lines = [line.split("\t") for line in run("classify", "--faces", "--model", tmp_path / "labels.ferm", *finder, *photos).splitlines()]
    assert [len(line) for line in lines] == [4, 4, 2] and lines[2][1] == "no face" and lines[0][2] in "abc"
    lines = [line.split("\t") for line in run("detect", *finder, *photos).splitlines()]
    assert [len(line) for line in lines] == [3, 3, 2]
    records = [json.loads(line) for line in run("detect", "--json", *finder, *photos).splitlines()]
    assert [record["faces"] for record in records] == [2, 2, 0] and [record.get("face") for record in records] == [0, 1, None]


def test_a_model_is_described():
    told = run("inspect")
    assert "angry, disgust" in told and "1 x 40 x 40" in told and "2 passed" in told
    assert "train.seed" not in told and "train.seed" in run("inspect", "--all") and ferm.Model().digest in told
    assert "embedding" in run("inspect", "spec/conformance/1.1/accept/outputs-embedding-alone.ferm")


def test_what_fails_is_one_sentence_and_the_rest_goes_on():
    ran = run("classify", "nothing.jpg", face, "README.md", status=1)
    assert len(ran.stdout.splitlines()) == 1 and "happy" in ran.stdout
    assert ["nothing.jpg" in line or "README.md" in line for line in ran.stderr.splitlines()] == [True, True]
    assert run("inspect", "README.md", status=3).stderr.count("\n") == 1
    assert "usage" in run("classify", status=2).stderr


@pytest.mark.parametrize("words", [[], ["classify"], ["detect"], ["inspect"]])
def test_help_is_there(words):
    assert "usage" in run(*words, "--help")
