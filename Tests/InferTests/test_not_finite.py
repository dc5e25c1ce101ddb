"""Networks whose numbers outgrow fp32: an error with a code, never a label."""
import json

import pytest
from PIL import Image
from hostile import network, write
from tool import program, root, run

labels = ["a", "b"]


def overflowing(kind, path):
    """A network over 2 x 2 grey pixels that gives infinity or NaN for all but black images."""
    m = network((1, 2, 2), labels)
    m.scale, m.offset = [1.0], [0.0]
    m.node("flatten")
    if kind == "weights":
        m.node("linear", weight=m.tensor("w", [2, 4], [3e38] * 8))
    elif kind == "difference":  # infinity less infinity
        m.node("linear", weight=m.tensor("w", [4, 4], [3e38] * 16))
        m.node("linear", weight=m.tensor("x", [2, 4], [1.0, -1.0] * 4))
    elif kind == "preprocessing":
        m.scale = [3e38]
        m.node("linear", weight=m.tensor("w", [2, 4], [1.0] * 8))
    else:  # one class alone
        m.node("linear", weight=m.tensor("w", [2, 4], [0.0] * 4 + [-3e38] * 4))
    return write(m, path)


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for i, value in enumerate([0, 200, 0]):
        (folder / f"{i}.pgm").write_bytes(b"P5 2 2 255\n" + bytes([value] * 4))
    return folder


@pytest.mark.parametrize("kind", ["weights", "difference", "preprocessing", "one class"])
def test_an_image_without_finite_logits_is_an_error_and_the_others_are_answered(kind, images, tmp_path):
    path = overflowing(kind, tmp_path / "m.ferm")
    ran = run(program, path, images, "--format", "jsonl", status=1)
    records = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [r["ok"] for r in records] == [True, False, True]
    assert records[1]["error"]["code"] == "not-finite" and "score" not in records[1]
    assert b"null" not in ran.stdout
    table = run(program, path, images, "--format", "table", status=1).stdout.decode()
    assert "not finite" in table.splitlines()[1]


def test_every_crop_counts(images, tmp_path):
    path = overflowing("weights", tmp_path / "m.ferm")
    for record in run(program, path, images / "1.pgm", "--tta", "flip", status=1).stdout.splitlines():
        assert json.loads(record)["error"]["code"] == "not-finite"


def test_the_trainer_refuses_to_score_such_a_model(tmp_path):
    path = overflowing("weights", tmp_path / "m.ferm")
    for label in labels:
        (tmp_path / "data" / label).mkdir(parents=True)
        for i in range(3):
            Image.frombytes("L", (2, 2), bytes([9, 200, 9, 7])).save(tmp_path / "data" / label / f"{i}.png")
    tool = root / ".build/release/fer-train"
    for words in (["eval", path], ["calibrate", path, "-o", tmp_path / "out.ferm"]):
        ran = run(tool, *words, "--data", tmp_path / "data", "--split", "all", status=3)
        assert b"face 1 of 6 are not finite" in ran.stderr
    assert not (tmp_path / "out.ferm").exists()
