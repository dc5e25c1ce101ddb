"""The kinds of images that people have, each taken or refused by number, reason and way out."""
import ctypes
from pathlib import Path

import numpy
import pytest
from PIL import Image

import ferm

root = Path(__file__).resolve().parents[3]

model = ferm.Model(root / "models/default.ferm", threads=1)
grey = numpy.random.default_rng(1).integers(0, 256, (50, 48), numpy.uint8)
colour = numpy.random.default_rng(2).integers(0, 256, (50, 48, 3), numpy.uint8)


class Tensor:
    """As much of a torch tensor as counts: a shape and an array, but no buffer."""

    def __init__(self, array, reason=None):
        self.shape, self.array, self.reason = array.shape, array, reason

    def __array__(self, dtype=None, copy=None):
        if self.reason:
            raise TypeError(self.reason)
        return self.array


def of_bytes(array):
    height, width = array.shape
    return (ctypes.c_uint8 * width * height).from_buffer_copy(array.tobytes())


SAME = {
    "H x W x 1": (grey[..., None], grey), "ctypes": (of_bytes(grey), grey), "memoryview": (memoryview(grey), grey),
    "Pillow L": (Image.fromarray(grey), grey), "Pillow RGB": (Image.fromarray(colour), colour),
    "Pillow 1": (Image.fromarray(grey > 99), (grey > 99) * numpy.uint8(255)),
    "Pillow P": (Image.fromarray(grey).convert("P"), numpy.repeat(grey[..., None], 3, 2)),
    "Pillow CMYK": (Image.fromarray(colour).convert("CMYK"), numpy.asarray(Image.fromarray(colour).convert("CMYK").convert("RGB"))),
    "torch": (Tensor(colour), colour), "torch grey": (Tensor(grey), grey), "one column of more": (colour[..., :1], colour[..., 0]),
    "Pillow RGBA": (Image.fromarray(colour).convert("RGBA"), colour), "Pillow LA": (Image.fromarray(grey).convert("LA"), numpy.repeat(grey[..., None], 3, 2)),
    "turned": (colour[::-1, ::-1], colour[::-1, ::-1].copy()), "read-only": (numpy.broadcast_to(grey[:1], grey.shape), numpy.tile(grey[:1], (50, 1))),
}


@pytest.mark.parametrize("name", SAME)
def test_an_image_is_taken_bare_and_in_a_list(name):
    image, array = SAME[name]
    expected = model.predict([array])
    assert model.predict([image]) == expected and model.predict(image) == expected
    assert model.predict((image, image)) == model.predict([array, array])


veil = numpy.random.default_rng(3).integers(0, 256, (50, 48, 1), numpy.uint8)
over_white = ((colour.astype(int) * veil + 255 * (255 - veil.astype(int)) + 127) // 255).astype(numpy.uint8)
ORDERS = {
    "rgb": (colour, colour), "bgr": (colour[..., ::-1], colour), "rgba": (numpy.dstack([colour, veil]), over_white),
    "bgra": (numpy.dstack([colour[..., ::-1], veil]), over_white), "rgbx": (numpy.dstack([colour, veil]), colour),
    "bgrx": (numpy.dstack([colour[..., ::-1], veil]), colour),
}


@pytest.mark.parametrize("order", ORDERS)
def test_an_order_is_said_by_a_word(order):
    image, seen = ORDERS[order]
    wanted = model.predict([seen])
    for array in (image, image.copy(), numpy.asfortranarray(image), Tensor(image)):
        assert model.predict(array, order=order) == model.predict([array], order=order) == wanted
    assert (model.probabilities(numpy.stack([image] * 2), order=order) == model.probabilities([seen] * 2)).all()
    assert (model.run(image, order=order)["scores"] == model.run([seen])["scores"]).all()
    # A grey image has no order, and files and Pillow's images know theirs.
    mixed = [image, grey, Image.fromarray(colour), root / "Examples/faces/astronaut-colour.png"]
    assert model.predict(mixed, order=order) == model.predict([seen, *mixed[1:]])


@pytest.mark.parametrize("image, order, words", [
    (colour, "rgba", "H x W x 4, not of shape .*say order='rgb' or 'bgr'"), (ORDERS["rgba"][0], "bgr", "say order='rgba' or 'bgra'"),
    (colour, "grb", "order must be one of rgb, bgr, rgba, bgra, rgbx, bgrx, not 'grb'"), (grey, 1, "order must be one of"),
])
def test_an_order_that_does_not_fit_is_refused(image, order, words):
    with pytest.raises(ValueError, match=words):
        model.predict([image], order=order)


def test_stacks_are_as_many_images():
    for stack in (numpy.stack([grey] * 3), numpy.stack([colour] * 2), numpy.stack([grey[..., None]] * 2)):
        assert model.predict(stack) == model.predict(list(stack))
    objects = numpy.empty(2, object)
    objects[:] = [grey, colour]
    assert model.predict(objects) == model.predict([grey, colour])
    assert model.predict(iter([grey, colour])) == model.predict([grey, colour])


@pytest.mark.parametrize("image, words", [
    (None, "image 1 is None.*cv2.imread"),
    (grey.tolist(), r"image 1 is a list.*numpy.asarray"), (7, "image 1 is a int"), (b"abc", "image 1 is not JPEG"),
    (Image.fromarray(grey.astype(numpy.int32)), "image 1 is of Pillow's mode I"),
    (numpy.zeros((8, 8, 4), numpy.uint8), r"image 1 .*say order='rgba' or 'bgra'"),
    (numpy.zeros((3, 8, 8), numpy.uint8), r"image 1 .*transpose\(1, 2, 0\)"),
    (numpy.zeros((2, 8, 8, 3), numpy.uint8), "image 1 .*a stack"), (numpy.zeros((8, 8)), "image 1 .*scale it to 0 to 255"),
    (numpy.zeros((8, 8), numpy.int64), "image 1 .*0 to 255 as uint8"), (numpy.zeros((8, 8), bool), "image 1 .*uint8"),
    (Tensor(grey, "can't convert cuda:0 device type tensor"), "image 1 is a Tensor that gives no array.*cuda"),
])
def test_what_is_no_image_is_refused_by_number_reason_and_way_out(image, words):
    with pytest.raises((TypeError, ValueError), match=words):
        model.predict([grey, image])


@pytest.mark.parametrize("image", [None, b"a.jpg", grey.astype(float), numpy.zeros((8, 8, 4), numpy.uint8)])
def test_a_bare_thing_that_is_no_image_is_image_0(image):
    with pytest.raises((TypeError, ValueError), match="image 0"):
        model.predict(image)
    with pytest.raises(TypeError, match="a list of images or one image, not int"):
        model.predict(7)


def test_a_view_is_not_copied_if_it_is_too_large():
    with pytest.raises(ValueError, match="image 0 has 60000 x 60000 pixels"):
        model.predict([numpy.broadcast_to(numpy.zeros((1, 1, 1), numpy.uint8), (60000, 60000, 1))])
