"""fer-train explain: panels and numbers of faces, pages of labelled ones, and what it refuses."""
import numpy
import pytest
from PIL import Image

from trainer import face, model, put, put_classes, train
from training import root

faces = root / "Examples/faces"


@pytest.mark.parametrize("method", ["gradient", "smooth-grad", "grad-cam"])
def test_every_face_gets_a_picture_and_numbers(tmp_path, method):
    said, shown = train("explain", model, faces, "--out", tmp_path, "--method", method)
    names = sorted(path.stem for path in faces.iterdir() if path.suffix in (".png", ".jpg"))
    assert [line.split(":")[0] for line in shown.splitlines()] == [
        str(path) for path in sorted(faces.iterdir()) if path.suffix in (".png", ".jpg")]
    assert all("happy, 9" in line for line in shown.splitlines())
    for name in names:
        numbers = numpy.load(tmp_path / f"{name}.npy")
        assert numbers.shape == (40, 40) and numbers.dtype == numpy.float32
        assert numbers.min() == 0 and numbers.max() == 1
        picture = numpy.asarray(Image.open(tmp_path / f"{name}.png"))
        # The first panel is the face that the network sees, six pixels for one.
        assert picture.shape[1] > 3 * 240 and len(numpy.unique(picture[70:300, 24:256])) > 50


def test_what_counts_lies_on_the_face(tmp_path):
    train("explain", model, faces / "astronaut-colour.png", "--out", tmp_path)
    numbers = numpy.load(tmp_path / "astronaut-colour.npy")
    assert numbers[8:36, 6:34].mean() > 1.4 * numpy.concatenate([numbers[:4].ravel(), numbers[37:].ravel()]).mean()


def test_another_class_has_another_map(tmp_path):
    for name in ("happy", "sad"):
        train("explain", model, faces / "astronaut-grey.jpg", "--out", tmp_path / name, "--class", name)
    (happy, sad) = (numpy.load(tmp_path / name / "astronaut-grey.npy") for name in ("happy", "sad"))
    assert abs(happy - sad).max() > 0.1


def test_names_that_meet_get_numbers_and_nothing_of_the_input_is_replaced(tmp_path):
    for folder in ("a", "b"):
        put(tmp_path / folder, 0, [1])
    train("explain", model, tmp_path / "a", tmp_path / "b", "--out", tmp_path / "seen")
    assert sorted(path.name for path in (tmp_path / "seen").iterdir()) == ["1-2.npy", "1-2.png", "1.npy", "1.png"]
    before = (tmp_path / "a/1.png").read_bytes()
    said, _ = train("explain", model, tmp_path / "a", "--out", tmp_path / "a", status=2)
    assert "input" in said and (tmp_path / "a/1.png").read_bytes() == before


@pytest.mark.parametrize("name", ["1.png", "1.npy"])
def test_what_it_has_not_drawn_is_never_replaced(tmp_path, name):
    put(tmp_path / "d", 0, [1])
    (tmp_path / "seen").mkdir()
    if name == "1.png":
        put(tmp_path / "seen", 1, [1])
    else:
        (tmp_path / "seen" / name).write_bytes(b"numbers")
    before = (tmp_path / "seen" / name).read_bytes()
    said, _ = train("explain", model, tmp_path / "d", "--out", tmp_path / "seen", status=2)
    assert f"seen/{name}: it is there already" in said
    assert [path.name for path in (tmp_path / "seen").iterdir()] == [name] and (tmp_path / "seen" / name).read_bytes() == before
    # What it has drawn is drawn again.
    for _ in range(2):
        train("explain", model, tmp_path / "d", "--data", put_classes(tmp_path / "c", 3), "--out", tmp_path / "own")


def test_labelled_faces_fill_pages(tmp_path):
    put_classes(tmp_path / "d", 5, names=("happy", "sad"))
    _, shown = train("explain", model, "--data", tmp_path / "d", "--out", tmp_path / "seen")
    assert [line.rsplit("/", 1)[1] for line in shown.splitlines()] == ["classes.png", "mistakes.png"]
    for name in ("classes.png", "mistakes.png"):
        Image.open(tmp_path / "seen" / name).verify()


@pytest.mark.parametrize("words, status, sentence", [
    (["--out", "seen"], 2, "explain needs a model, pictures of faces or --data"),
    (["1.png"], 2, "--out"),
    (["1.png", "--out", "seen", "--class", "bored"], 2, "--class takes one of angry, disgust"),
    (["1.png", "--out", "seen", "--method", "lime"], 2, "gradient, smooth-grad, grad-cam"),
    (["1.png", "--out", "seen", "--split", "val"], 2, "there is no --data"),
    (["nothing.png", "--out", "seen"], 3, "nothing.png"),
    (["broken.png", "--out", "seen"], 3, "broken.png"),
    (["empty", "--out", "seen"], 3, "there are no pictures in this folder"),
    (["1.png", "--out", "1.png"], 3, "1.png"),
])
def test_what_cannot_be_done_is_said(tmp_path, words, status, sentence):
    put(tmp_path, 0, [1])
    (tmp_path / "broken.png").write_bytes((tmp_path / "1.png").read_bytes()[:200])
    (tmp_path / "empty").mkdir()
    said, _ = train("explain", model, *words, status=status, cwd=tmp_path)
    assert sentence in said and len(said.strip().splitlines()) == 1


def test_bad_pictures_are_left_out_where_that_is_wished(tmp_path):
    put(tmp_path / "d", 0, [1, 2])
    (tmp_path / "d/3.png").write_bytes(b"no image")
    said, shown = train("explain", model, tmp_path / "d", "--out", tmp_path / "seen", "--skip-bad", status=1)
    assert "left out: " in said and "3.png" in said and len(shown.splitlines()) == 2
