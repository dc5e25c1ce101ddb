"""Pictures of all the kinds that people have, as libferm takes them: 8-bit rows of grey or colours."""
from __future__ import annotations

import ctypes
from typing import Any, Tuple

from ._library import ORDERS, Image, Picture
from ._numpy import numpy
from .files import decoded, is_encoded

#: Pillow's modes, and what they are made without loss; alpha stays, for libferm to lay it over white.
_PLAIN = {"L": "L", "RGB": "RGB", "1": "L", "P": "RGB", "CMYK": "RGB", "YCbCr": "RGB", "LAB": "RGB", "HSV": "RGB", "RGBX": "RGB",
          "RGBA": "RGBA", "LA": "RGBA", "PA": "RGBA", "RGBa": "RGBA"}
#: Pixels of an image that has to be copied, as a view with gaps or turned around must; libferm itself uses no more.
_MOST_COPIED = 1 << 28

#: A picture, and what keeps its memory alive.
Lent = Tuple[Picture, Any]


def lent(images: Any, order: str | None) -> list[Lent]:
    """The images of a call: those of a list or of a stack, or one that was given bare."""
    _check_order(order)
    if images is None or is_encoded(images) or _is_pillow(images) or _is_bare(images):
        return [pixels(images, 0, order)]
    try:
        listed = list(images)
    except TypeError:
        raise TypeError(f"predict takes a list of images or one image, not {type(images).__name__}") from None
    return [pixels(image, i, order) for i, image in enumerate(listed)]


def photo(image: Any, order: str | None) -> Lent:
    """The one image of a call."""
    _check_order(order)
    return pixels(image, 0, order)


def pixels(image: Any, index: int, order: str | None) -> Lent:
    """A picture over the caller's memory, or over a copy where it must be.

    order: of arrays; Pillow's images and files know their own.
    """
    if image is None:
        raise ValueError(f"image {index} is None; whatever read it found no picture (cv2.imread gives None for such a file)")
    if is_encoded(image):
        return _pillow(decoded(image, index), index)
    if _is_pillow(image):
        return _pillow(image, index)
    view = _view(image, index)
    shape = tuple(view.shape or ())
    strides = tuple(view.strides or ())
    _check_shape(shape, index, order)
    height, width = shape[:2]
    channels = shape[2] if len(shape) == 3 else 1
    used = (order or "rgb") if channels > 1 else "rgb"
    inner = strides[1:] if channels > 1 else strides[1:2]
    dense = inner == ((channels, 1) if channels > 1 else (1,)) and strides[0] >= width * channels
    if dense and numpy is not None:
        owner = numpy.asarray(view)
        return _picture(owner.ctypes.data, width, height, channels, strides[0], used), owner
    if width * height > _MOST_COPIED:
        raise ValueError(
            f"image {index} has {width} x {height} pixels that do not lie row by row, and no more than {_MOST_COPIED} are copied; make it smaller first"
        )
    return _packed(view.tobytes(), width, height, channels, used)


def _picture(address: int, width: int, height: int, channels: int, stride: int, order: str) -> Picture:
    return Picture(Image(address, width, height, channels, stride), ORDERS.index(order))


def _packed(data: bytes, width: int, height: int, channels: int, order: str) -> Lent:
    """A picture over bytes, which hold one row after the other."""
    address = ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value or 0
    return _picture(address, width, height, channels, width * channels, order), data


def _is_pillow(image: Any) -> bool:
    return all(hasattr(image, name) for name in ("mode", "size", "convert", "tobytes"))


def _is_bare(images: Any) -> bool:
    """Whether this is no stack: H x W, or H x W x 1, 3 or 4."""
    shape = getattr(images, "shape", None)
    if shape is None and not isinstance(images, (list, tuple)):
        try:
            shape = memoryview(images).shape
        except TypeError:
            return False
    return shape is not None and (len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3, 4)))


def _pillow(image: Any, index: int) -> Lent:
    wanted = "RGBA" if "transparency" in getattr(image, "info", {}) else _PLAIN.get(image.mode)
    if wanted is None:
        raise ValueError(f"image {index} is of Pillow's mode {image.mode}; first .convert('RGB'), or scale 16 bits and floats to 0 to 255 and .convert('L')")
    if image.mode != wanted:
        image = image.convert(wanted)
    width, height = image.size
    if not width or not height:
        raise ValueError(f"image {index} has no pixels: its size is {image.size}")
    return _packed(image.tobytes(), width, height, {"L": 1, "RGB": 3, "RGBA": 4}[wanted], "rgba" if wanted == "RGBA" else "rgb")


def _view(image: Any, index: int) -> memoryview:
    """The image's memory as a memoryview of bytes."""
    if isinstance(image, (list, tuple)):
        raise TypeError(f"image {index} is a {type(image).__name__}; pass numpy.asarray(image, numpy.uint8)")
    try:
        view = memoryview(image)
    except (TypeError, ValueError):  # a torch tensor, say
        view = _array_view(image, index)
    if view.format.lstrip("@=<>!|") != "B":
        advice = "; scale it to 0 to 255, then .astype(numpy.uint8)" if view.format[-1] in "efdg" else "; it must hold 0 to 255 as uint8"
        raise ValueError(f"image {index} must be uint8 of shape H x W or H x W x 3, not of format {view.format!r}{advice}")
    return view


def _array_view(image: Any, index: int) -> memoryview:
    if numpy is None or not hasattr(image, "__array__"):
        raise TypeError(f"image {index} is a {type(image).__name__}, which is no array; pass numpy.asarray(image, numpy.uint8)")
    try:
        return memoryview(numpy.asarray(image))
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"image {index} is a {type(image).__name__} that gives no array: {error}") from None


def _check_order(order: str | None) -> None:
    if order is not None and order not in ORDERS:
        raise ValueError(f"order must be one of {', '.join(ORDERS)}, not {order!r}")


def _check_shape(shape: tuple[int, ...], index: int, order: str | None) -> None:
    if 0 in shape:
        raise ValueError(f"image {index} has no pixels: its shape is {shape}")
    expected = len(order or "rgb")
    if len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, expected)):
        return
    if len(shape) == 3 and shape[2] == 4:
        advice = "; say order='rgba' or 'bgra', and alpha is laid over white, or 'rgbx' or 'bgrx' where the fourth channel says nothing"
    elif len(shape) == 3 and shape[2] == 3:
        advice = "; say order='rgb' or 'bgr'"
    elif len(shape) == 3 and shape[0] in (1, 3):
        advice = "; put the channels last with image.transpose(1, 2, 0), or torch's permute"
    elif len(shape) == 4:
        advice = "; it is a stack, so pass its images"
    else:
        advice = "; a list of images holds one array for each"
    raise ValueError(f"image {index} must be uint8 of shape H x W or H x W x {expected}, not of shape {shape}{advice}")
