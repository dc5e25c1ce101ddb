"""Faces in photos, found by a detector whose answers are known."""
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
import pytest

import ferm
import squares

root = Path(__file__).resolve().parents[3]

corners = [(30, 50), (300, 101), (557, 358)]
picture = squares.photo(600, 400, corners, 40)


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("detection")
    squares.network().write(folder / "finder.ferm")
    squares.labeller().write(folder / "labels.ferm")
    return folder / "finder.ferm", folder / "labels.ferm"


@pytest.fixture(scope="module")
def finder(paths):
    return ferm.Detector(paths[0], threads=1)


@pytest.fixture(scope="module")
def model(paths):
    return ferm.Model(paths[1], threads=1)



def test_faces_are_found_with_their_boxes_scores_and_points(finder):
    faces = finder.detect(picture)
    assert len(faces) == 3 and [f["score"] for f in faces] == sorted((f["score"] for f in faces), reverse=True)
    for face in faces:
        x, y, width, height = face["box"]
        assert any(abs(x - a) < 12 and abs(y - b) < 12 for a, b in corners) and abs(width - 40) < 2 and abs(height - 40) < 2
        (left, right) = face["points"]
        assert left[1] == right[1] and abs(right[0] - left[0] - width / 2) < 0.5 and 0.5 < face["score"] <= 1
    assert finder.name == "squares" and "squares" in repr(finder)


def test_options_are_heeded(finder):
    assert finder.detect(picture, smallest_face=1e9) == []
    assert finder.detect(picture, most_faces=2) == finder.detect(picture)[:2]
    assert len(finder.detect(picture, min_score=0)) >= 3
    assert all(f["score"] >= 0.99 for f in finder.detect(picture, min_score=0.99))


@pytest.mark.parametrize(("options", "words"), [
    ({"min_score": 2}, "least score"), ({"min_score": float("nan")}, "least score"), ({"overlap": -1}, "overlap"),
    ({"smallest_face": -1}, "smallest face"), ({"most_faces": 0}, "most_faces"), ({"most_faces": 2000}, "most_faces")])
def test_options_out_of_range_are_refused(finder, options, words):
    with pytest.raises(ferm.FermError, match=words):
        finder.detect(picture, **options)


def test_pictures_of_all_kinds_are_searched(finder):
    from PIL import Image
    wanted = finder.detect(picture)
    assert finder.detect(Image.fromarray(picture)) == wanted
    turned = numpy.asfortranarray(picture)
    assert finder.detect(turned) == wanted
    framed = numpy.zeros((410, 620, 3), numpy.uint8)
    framed[5:405, 10:610] = picture
    assert finder.detect(framed[5:405, 10:610]) == wanted
    assert finder.detect(picture[..., 0]) == []
    assert finder.detect(Image.fromarray(picture).convert("RGBA")) == wanted
    assert finder.detect(picture[..., ::-1].copy(), order="bgr") == wanted and finder.detect(picture, order="bgr") == []


def test_threads_processes_and_pickles_find_the_same(paths, finder):
    wanted = finder.detect(picture)
    assert ferm.Detector(paths[0], threads=2).detect(picture) == wanted
    assert ferm.Detector(paths[0].read_bytes(), threads=1).detect(picture) == wanted
    with ThreadPoolExecutor(3) as pool:
        assert all(faces == wanted for faces in pool.map(finder.detect, [picture] * 6))
    assert pickle.loads(pickle.dumps(finder)).detect(picture) == wanted


def test_crops_have_scores(finder):
    red, wall = squares.photo(48, 48, [(0, 0)], 48), squares.photo(48, 48, [], 0)
    (face, none) = finder.scores([red, wall])
    assert face > 0.9 and none < 0.01
    assert finder.scores([]) == [] and finder.scores(red) == [face]


def test_faces_are_labelled_as_their_crops_are(finder, model):
    rule = model.crop_rule("squares")
    assert rule == ferm.CropRule(2, 0, 0.25, False, True)
    noise = numpy.random.default_rng(3).integers(0, 256, (400, 600, 3), numpy.uint8)
    faces = [{"box": [100, 80, 40, 60]}, {"box": [300, 200, 20, 20], "score": 0.9, "points": [[305, 205], [315, 210]]}]
    wanted = model.predict([noise[85:185, 70:170], noise[200:240, 290:330]])
    assert model.predict_faces(noise, faces, finder) == wanted
    assert model.predict_faces(noise, faces, "squares") == wanted
    assert model.predict_faces(noise, faces, rule=rule) == wanted
    assert model.predict_faces(noise, faces[1:], finder, margin=1.5) == model.predict([noise[190:250, 280:340]])
    assert model.predict_faces(noise, [], finder) == []
    level = model.predict_faces(noise, faces, rule=ferm.CropRule(2, 0, 0.25, level=True))
    assert level[0] == wanted[0] and level[1] != wanted[1]
    assert len(model.predict_faces(picture, finder.detect(picture), finder)) == 3


def test_a_model_without_a_rule_gets_the_usual_one(model):
    rule = model.crop_rule("another")
    assert not rule.stated and 0.5 < rule.side < 2


def test_what_makes_no_sense_is_refused(paths, finder, model):
    with pytest.raises(ferm.FermError, match="finds no faces"):
        ferm.Detector(paths[1])
    with pytest.raises(TypeError, match="detector"):
        model.predict_faces(picture, [])
    with pytest.raises(TypeError, match="list"):
        model.predict_faces(picture, {"box": [0, 0, 1, 1]}, finder)
    with pytest.raises(ferm.FermError, match="Face 0"):
        model.predict_faces(picture, [{"box": [0, 0, float("nan"), 1]}], finder)


def test_without_numpy_faces_are_found_too(paths):
    program = (
        "import sys\nsys.modules['numpy'] = None\nimport ferm\n"
        "pixels = bytearray(bytes([90]) * (3 * 96 * 64))\n"
        "for y in range(16, 48):\n    pixels[3 * (96 * y + 32):3 * (96 * y + 64)] = bytes([255, 0, 0]) * 32\n"
        "image = memoryview(pixels).cast('B', (64, 96, 3))\n"
        f"finder = ferm.Detector({str(paths[0])!r}, threads=1)\nmodel = ferm.Model({str(paths[1])!r}, threads=1)\n"
        "faces = finder.detect(image)\nprint(len(faces), len(model.predict_faces(image, faces, finder)), finder.scores([image])[0] > 0.5)\n")
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stderr
    assert int(outcome.stdout.split()[0]) >= 1 and outcome.stdout.split()[0] == outcome.stdout.split()[1]
