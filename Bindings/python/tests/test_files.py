"""Pictures as files and as encoded bytes are what fer-infer makes of them."""
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
from PIL import Image

import ferm
from ferm.files import decoded

root = Path(__file__).resolve().parents[3]
tool = root / ".build/release/fer-infer"
model = ferm.Model(threads=1)
faces = sorted([*(root / "Examples/faces").glob("*.jpg"), *(root / "Examples/faces").glob("*.png")])
portrait = Image.open(root / "Examples/faces/astronaut-colour.png").convert("RGB").resize((90, 100))
grey = portrait.convert("L")


def clear(kind, colours="RGBA"):
    """The portrait with parts that are transparent by degrees."""
    alpha = Image.fromarray(numpy.add.outer(numpy.arange(100), numpy.arange(90)).astype(numpy.uint8))
    picture = portrait.convert(colours)
    picture.putalpha(alpha)
    return picture, kind, {}


def turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return portrait, "JPEG", {"exif": exif, "quality": 95}


wide = numpy.asarray(grey).astype(numpy.uint16) * 257 + numpy.arange(90, dtype=numpy.uint16)
PICTURES = {
    "a grey JPEG": (grey, "JPEG", {}), "a progressive JPEG": (portrait, "JPEG", {"progressive": True}),
    "a palette": (portrait.convert("P"), "PNG", {}), "a palette with a transparent colour": (portrait.convert("P"), "PNG", {"transparency": 3}),
    "a transparent grey": (grey, "PNG", {"transparency": 40}), "black and white": (grey.convert("1"), "PNG", {}),
    "16 bits": (Image.fromarray(wide), "PNG", {}), "a bitmap": (portrait, "BMP", {}), "a pixmap": (portrait, "PPM", {}),
    "a greymap": (grey, "PPM", {}), "WebP without loss": (portrait, "WEBP", {"lossless": True}),
    "alpha in PNG": clear("PNG"), "grey with alpha": clear("PNG", "LA"),
    **{f"EXIF {i}": turned(i) for i in range(1, 9)},
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    for name, (picture, kind, options) in PICTURES.items():
        picture.save(folder / f"{name}.{kind.lower()}", kind, **options)
    return sorted([*folder.iterdir(), *faces])


def test_files_give_the_records_of_fer_infer(files):
    if not tool.exists():
        pytest.skip("fer-infer is not built: make build")
    ran = subprocess.run([tool, root / "models/default.ferm", *files, "--crops", "--threads", "1", "--batch", "1", "--quiet", "--format", "jsonl"],
                         capture_output=True, text=True)
    records = [json.loads(line) for line in ran.stdout.splitlines()]
    assert ran.returncode == 0 and len(records) == len(files), ran.stderr
    pinned = ferm.Model(threads=1, batch=1)
    for path, record, answer in zip(files, records, pinned.predict(files)):
        assert record["label"] == answer["label"], path
        assert answer["probs"] == pytest.approx(record["probs"], abs=2e-6), path


def test_a_path_its_text_its_bytes_and_its_pixels_are_one_picture():
    pinned = ferm.Model(threads=1, batch=1)
    expected = pinned.predict([numpy.asarray(Image.open(faces[0]))])
    encoded = faces[0].read_bytes()
    for source in (faces[0], str(faces[0]), encoded, bytearray(encoded), memoryview(encoded)):
        assert pinned.predict(source) == expected and pinned.predict([source, source]) == 2 * expected
    assert (pinned.run([faces[0]])["scores"] == pinned.run([encoded])["scores"]).all()


def test_pictures_are_upright_and_over_white(files):
    for path in files:
        if path.stem.startswith("EXIF"):
            stored = numpy.asarray(Image.open(path)).astype(int)
            seen = numpy.asarray(decoded(path, 0)).astype(int)
            i = int(path.stem[-1])
            assert seen.shape[:2] == (stored.shape[:2] if i < 5 else stored.shape[1::-1])
            undo = {1: stored, 2: stored[:, ::-1], 3: stored[::-1, ::-1], 4: stored[::-1], 5: stored.swapaxes(0, 1),
                    6: stored[::-1].swapaxes(0, 1), 7: stored[::-1, ::-1].swapaxes(0, 1), 8: stored.swapaxes(0, 1)[::-1]}
            assert (seen == undo[i]).all()
    pinned = ferm.Model(threads=1, batch=1)
    for name, upright in (("alpha in PNG", portrait), ("grey with alpha", grey.convert("RGB"))):
        (path,) = [path for path in files if path.stem == name]
        alpha = numpy.add.outer(numpy.arange(100), numpy.arange(90)).astype(numpy.uint8)[..., None].astype(int)
        over_white = (numpy.asarray(upright) * alpha + 255 * (255 - alpha) + 127) // 255
        assert pinned.predict(path) == pinned.predict([over_white.astype(numpy.uint8)]) == pinned.predict(Image.open(path))


def test_each_of_16_bits_is_rounded():
    every = numpy.arange(65536, dtype=numpy.uint16).reshape(256, 256)
    file = io.BytesIO()
    Image.fromarray(every).save(file, "PNG")
    assert (numpy.asarray(decoded(file.getvalue(), 0)) == (every.astype(int) * 255 + 32767) // 65535).all()


@pytest.mark.parametrize("change, words", [
    (lambda data: data[: len(data) // 2], "image 1 cannot be read: "), (lambda data: b"", "image 1 is not JPEG, PNG, WebP, BMP or PNM"),
    (lambda data: b"GIF89a" + data, "image 1 is not JPEG"), (lambda data: data[:20000] + bytes(50) + data[20050:], "image 1 cannot be read"),
])
def test_damaged_bytes_are_refused_in_a_sentence(change, words):
    data = next(path for path in faces if path.suffix == ".png").read_bytes()
    with pytest.raises(ValueError, match=words):
        model.predict([data, change(data)])


def test_a_missing_file_is_named():
    with pytest.raises(FileNotFoundError, match="/no/such.jpg"):
        model.predict("/no/such.jpg")
    with pytest.raises(ValueError, match=r"image 0 \(.*README.md\) is not JPEG"):
        model.predict(root / "README.md")


def test_without_pillow_files_are_refused_in_a_sentence_and_arrays_are_taken():
    program = (
        "import sys\nsys.modules['PIL'] = None\nimport ferm\nmodel = ferm.Model(threads=1)\n"
        "print(model.predict(memoryview(bytes(48 * 48)).cast('B', (48, 48)))[0]['label'])\n"
        "try: model.predict('face.jpg')\nexcept ImportError as error: print(error)\n")
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    label, sentence = ran.stdout.splitlines()
    assert label in model.labels and sentence.startswith("image 0 (face.jpg) is a file") and "pip install pillow" in sentence
