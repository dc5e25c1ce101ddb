"""Pictures, what is to be said of them, and the loss of a worker, for the tests of Ray, Spark and Dask."""
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy
from PIL import Image, ImageEnhance

import ferm

root = Path(__file__).resolve().parents[3]
#: The picture at which a worker is lost.
FATAL = "face-20.jpg"

# Workers find this module and the tests by name.
os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])])
os.environ["PYSPARK_PYTHON"] = sys.executable


def pictures(folder):
    """Forty crops, and among them two that are none."""
    face = Image.open(root / "Examples/faces/astronaut-colour.png").convert("RGB").resize((60, 70))
    for i in range(40):
        turned = ImageEnhance.Brightness(face.rotate(3 * i - 60)).enhance(0.6 + 0.02 * i)
        turned.save(folder / f"face-{i:02}.{'png' if i % 4 == 3 else 'jpg'}")
    (folder / "note.jpg").write_bytes(b"no picture")
    (folder / "short.jpg").write_bytes((folder / "face-00.jpg").read_bytes()[:600])
    return sorted(folder.iterdir())


def check(rows, paths):
    """That there is one row for each path, with the very numbers that the package gives elsewhere."""
    rows = {Path(row["path"].removeprefix("file:")).name: row for row in rows}
    assert sorted(rows) == sorted(path.name for path in paths)
    model = ferm.Model(threads=1, batch=64)
    for path in paths:
        row = rows[path.name]
        if path.name in ("note.jpg", "short.jpg"):
            assert not row["ok"] and path.name in row["error"] and row["label"] is None and row["probabilities"] is None
            continue
        (answer,) = model.predict(path)
        assert row["ok"] and row["error"] is None and row["label"] == answer["label"]
        assert (numpy.float32(list(row["probabilities"])) == numpy.float32(list(answer["probs"].values()))).all()
        assert numpy.float32(row["score"]) == numpy.float32(answer["score"])


def die_at(path, mark):
    """Ends this process at the fatal picture as the loss of its machine would, the first time."""
    if not path.endswith(FATAL):
        return
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def photos(folder):
    """Photos with two faces and none for the detector of squares.py, its model's bytes and the detector's path."""
    import squares

    squares.network().write(folder / "finder.ferm")
    squares.labeller().write(folder / "labels.ferm")
    (folder / "photos").mkdir()
    Image.fromarray(squares.photo(600, 400, [(30, 50), (300, 101)], 40)).save(folder / "photos/two.png")
    Image.fromarray(squares.photo(200, 200, [], 0)).save(folder / "photos/wall.png")
    return folder / "photos", (folder / "labels.ferm").read_bytes(), folder / "finder.ferm"


def check_faces(rows, folder):
    """The rows of those photos."""
    rows = sorted(rows, key=lambda row: (row["path"], row["face"]))
    assert [(Path(row["path"]).name, row["faces"], row["ok"]) for row in rows] == [("two.png", 2, True), ("two.png", 2, True), ("wall.png", 0, True)]
    finder, model = ferm.Detector(folder.parent / "finder.ferm", threads=1), ferm.Model(folder.parent / "labels.ferm", threads=1)
    found = finder.detect(folder / "two.png")
    for row, face, answer in zip(rows, found, model.predict_faces(folder / "two.png", found, finder)):
        assert row["label"] == answer["label"] and list(row["box"]) == [round(side, 2) for side in face["box"]]
        assert numpy.float32(row["face_score"]) == numpy.float32(face["score"])


def example(name, *words):
    """What a program of Examples/scale writes."""
    import pyarrow.parquet

    ran = subprocess.run([sys.executable, root / "Examples/scale" / name, *map(str, words)], capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    return pyarrow.parquet.read_table(words[1]).to_pylist()


def check_example(rows):
    """The rows of Examples/photos."""
    seen = sorted((Path(row["path"]).name, row["faces"], row["label"]) for row in rows if row["ok"])
    assert [row[:2] for row in seen] == [("brick.jpg", 0), ("coffee.jpg", 0), ("dark-and-turned.jpg", 1), ("two-portraits.jpg", 2), ("two-portraits.jpg", 2)]
    assert {label for _, faces, label in seen if faces} == {"happy"}
