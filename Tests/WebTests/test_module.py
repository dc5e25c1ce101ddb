"""libferm as WebAssembly, in node, beside libferm with the portable kernels: the same sentences, and the same numbers to the last bit."""
import base64
import gzip
import json
import math
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

root = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(root / "Tests/ConformanceTests"), str(root / "Bindings/python")]
Image = pytest.importorskip("PIL.Image")
import ferm  # noqa: E402
from library import Library, Refused  # noqa: E402

web = root / "build/web"
model_path, detector_path, photo_path = root / "models/default.ferm", root / "models/face.ferm", root / "docs/photo.jpg"
faces = sorted((root / "Examples/faces").rglob("*.png")) + sorted((root / "Examples/faces").rglob("*.jpg"))
VALUE, ARGUMENT, UNSUPPORTED = 7, 100, 3

if not shutil.which("node"):
    pytest.skip("there is no node", allow_module_level=True)
if not (web / "ferm.wasm").exists():
    pytest.skip("there is no build/web/ferm.wasm; make wasm says why", allow_module_level=True)


@pytest.fixture(autouse=True)
def portable(monkeypatch):
    monkeypatch.setenv("FERM_INSTRUCTIONS", "portable")


def ask(tasks, timeout=900):
    lines = "".join(json.dumps(task) + "\n" for task in tasks)
    outcome = subprocess.run(["node", root / "Tests/WebTests/answers.mjs"], input=lines, capture_output=True, text=True, timeout=timeout)
    assert outcome.returncode == 0 and not outcome.stderr, outcome.stderr
    return [json.loads(line) for line in outcome.stdout.splitlines()]


def ask_one(**task):
    return ask([task])[0]


def image(pixels, mode="RGB"):
    pixels = pixels.convert(mode)
    return {"pixels": base64.b64encode(pixels.tobytes()).decode(), "width": pixels.width, "height": pixels.height}


def bits(numbers):
    return struct.pack(f"<{len(numbers)}f", *numbers).hex()


@pytest.mark.parametrize("folder", ["accept", "1.1/accept"])
def test_sound_files_of_the_corpus_give_the_same_bits(folder):
    paths = sorted((root / "spec/conformance" / folder).glob("*.ferm"))
    assert len(paths) >= 30
    library = Library()
    for path, got in zip(paths, ask([{"ask": "outputs", "file": str(path), "once": True} for path in paths]), strict=True):
        assert "answer" in got, f"{path.name}: {got}"
        count = math.prod(got["answer"]["shape"])
        wanted = library.run(path.read_bytes(), [((31 * i + 7) % 17) / 8 - 1 for i in range(count)])
        assert got["answer"]["outputs"] == {name: bits(numbers) for name, numbers in wanted.items()}, path.name


@pytest.mark.parametrize("folder", ["reject", "1.1/reject"])
def test_bad_files_of_the_corpus_get_the_same_sentence(folder):
    paths = sorted((root / "spec/conformance" / folder).glob("*.ferm"))
    assert len(paths) >= 100
    library = Library()
    for path, got in zip(paths, ask([{"ask": "facts", "file": str(path), "once": True} for path in paths]), strict=True):
        try:
            library.run(path.read_bytes())
            assert "answer" in got, f"{path.name}: {got}"
        except Refused as refused:
            assert got.get("error") == str(refused), path.name


def test_faces_get_the_same_probabilities():
    model = ferm.Model(model_path, threads=1, batch=1)
    assert len(faces) >= 4
    tasks = [(path, mode) for path in faces for mode in ("L", "RGB")]
    answers = ask([{"ask": "predict", "file": str(model_path), "image": image(Image.open(path), mode)} for path, mode in tasks])
    for (path, mode), got in zip(tasks, answers, strict=True):
        assert got["answer"] == model.predict(Image.open(path).convert(mode))[0], path.name


@pytest.mark.skipif(not detector_path.exists(), reason="there is no models/face.ferm; make detector says why")
@pytest.mark.parametrize("options", [{}, {"minScore": 0.3, "smallestFace": 1e6}, {"mostFaces": 1, "margin": 1.3, "overlap": 0.5}])
def test_a_photo_gets_the_same_faces(options):
    photo = Image.open(photo_path).convert("RGB")
    got = ask_one(ask="detect", file=str(model_path), detector=str(detector_path), image=image(photo), options=options)["answer"]
    names = {"minScore": "min_score", "smallestFace": "smallest_face", "mostFaces": "most_faces", "overlap": "overlap"}
    finder, model = ferm.Detector(detector_path, threads=1), ferm.Model(model_path, threads=1, batch=1)
    found = finder.detect(photo, **{names[name]: value for name, value in options.items() if name in names})
    labelled = model.predict_faces(photo, found, finder, margin=options.get("margin", 1))
    assert got == [{**face, "prediction": answer} for face, answer in zip(found, labelled)] and got


def test_a_detector_finds_faces_by_itself_and_a_wall_has_none():
    if not detector_path.exists():
        pytest.skip("there is no models/face.ferm; make detector says why")
    wall = Image.new("RGB", (640, 480), (180, 170, 160))
    alone, none, no_detector, no_finder = ask([
        {"ask": "detect", "file": str(detector_path), "image": image(Image.open(photo_path))},
        {"ask": "detect", "file": str(model_path), "detector": str(detector_path), "image": image(wall)},
        {"ask": "detect", "file": str(model_path), "image": image(wall)},
        {"ask": "detect", "file": str(model_path), "detector": str(model_path), "image": image(wall)},
    ])
    assert alone["answer"] and all("prediction" not in face for face in alone["answer"])
    assert none["answer"] == []
    assert no_detector["code"] == no_finder["code"] == UNSUPPORTED


def test_what_is_transparent_shows_white():
    grey = Image.open(faces[0]).convert("L")
    clear = Image.merge("LA", (grey, Image.new("L", grey.size, 0))).convert("RGBA")
    solid, seen, white, blank = ask([
        {"ask": "predict", "file": str(model_path), "image": image(picture, mode)}
        for picture, mode in ((grey, "RGB"), (grey, "RGBA"), (Image.new("L", grey.size, 255), "RGB"), (clear, "RGBA"))
    ])
    assert solid == seen and white == blank and solid != white


def test_facts_and_self_tests():
    facts, tests = ask([{"ask": "facts", "file": str(model_path)}, {"ask": "self-test", "file": str(model_path)}])
    model = ferm.Model(model_path, threads=1)
    assert facts["answer"] == {
        "name": model.name, "labels": model.labels, "shape": list(model.input_shape),
        "outputs": [{"name": output.name, "kind": output.kind, "numbers": output.numbers} for output in model.outputs],
    }
    assert tests["answer"] == model.self_test() > 0


def test_bad_images_get_a_sentence_and_the_model_lives_on():
    good = image(Image.open(faces[0]))
    bad = [{**good, "width": 3}, {**good, "channels": 2}, {**good, "width": 0, "height": 0, "pixels": ""}, {**good, "width": -48}]
    # As many bytes as its sides say, but a side that no image has.
    bad += [{"pixels": base64.b64encode(bytes(65536)).decode(), "width": 65536, "height": 1}]
    answers = ask([{"ask": "predict", "file": str(model_path), "image": picture} for picture in [*bad, good]])
    for got in answers[:-1]:
        assert got["code"] in (VALUE, ARGUMENT) and re.match(r"^[A-Z0-9].*\.( \[value\])?$", got["error"]), got
    assert answers[-1]["answer"]["label"] in ferm.Model(model_path).labels


def test_the_module_asks_its_host_for_nothing_and_is_small():
    code = "const m = new WebAssembly.Module(require('fs').readFileSync(process.argv[1])); console.log(JSON.stringify(WebAssembly.Module.imports(m)))"
    assert subprocess.run(["node", "-e", code, web / "ferm.wasm"], capture_output=True, text=True).stdout.strip() == "[]"
    assert len(gzip.compress((web / "ferm.wasm").read_bytes(), 9, mtime=0)) < 270_000
    assert len((web / "ferm.js").read_bytes()) < 20_000


def test_the_types_name_what_a_model_has():
    code = ("import('%s').then(({ Model }) => console.log(JSON.stringify([...Object.getOwnPropertyNames(Model.prototype), 'load'])))" % (web / "ferm.js"))
    has = json.loads(subprocess.run(["node", "-e", code], capture_output=True, text=True, check=True).stdout)
    types = (web / "ferm.d.ts").read_text().split("declare class Model")[1]
    assert sorted(re.findall(r"^  (?:static )?(\w+)\(|^  private (constructor)\(", types, re.M)) == sorted(
        (name, "") if name != "constructor" else ("", name) for name in has)
