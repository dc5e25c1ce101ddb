"""Pictures of all the kinds that people have, as libferm takes them: 8-bit rows of grey or RGB."""
import ctypes

from ._library import Image
from .files import decoded, is_encoded

try:
    import numpy
except ImportError:
    numpy = None

#: Pillow's modes that are made grey or RGB without loss; those that have alpha; those with more than 8 bits.
_PLAIN = {"L": "L", "RGB": "RGB", "1": "L", "P": "RGB", "CMYK": "RGB", "YCbCr": "RGB", "LAB": "RGB", "HSV": "RGB", "RGBX": "RGB"}
#: Pixels of an image that has to be copied, as a view with gaps or turned around must; libferm itself uses no more.
_MOST_COPIED = 1 << 28
_ALPHA = ("RGBA", "LA", "PA", "RGBa", "La")


def as_list(images):
    """The images of a call: those of a list or of a stack, or one that was given bare."""
    if images is None or is_encoded(images) or _is_pillow(images) or _is_bare(images):
        return [images]
    try:
        return list(images)
    except TypeError:
        raise TypeError(f"predict takes a list of images or one image, not {type(images).__name__}") from None


def pixels(image, index):
    """An Image over the caller's memory, or over a copy where it must be, and what keeps that memory alive."""
    if image is None:
        raise ValueError(f"image {index} is None; whatever read it found no picture (cv2.imread gives None for such a file)")
    if is_encoded(image):
        return _pillow(decoded(image, index), index)
    if _is_pillow(image):
        return _pillow(image, index)
    view = _view(image, index)
    shape = tuple(view.shape)
    _check_shape(shape, index)
    height, width = shape[:2]
    channels = 3 if len(shape) == 3 and shape[2] == 3 else 1
    inner = view.strides[1:] if channels == 3 else view.strides[1:2]
    dense = inner == ((3, 1) if channels == 3 else (1,)) and view.strides[0] >= width * channels
    if dense and numpy is not None:
        owner = numpy.asarray(view)
        return Image(owner.ctypes.data, width, height, channels, view.strides[0]), owner
    if width * height > _MOST_COPIED:
        raise ValueError(
            f"image {index} has {width} x {height} pixels that do not lie row by row, and no more than {_MOST_COPIED} are copied; make it smaller first"
        )
    return _packed(view.tobytes(), width, height, channels)


def _packed(data, width, height, channels):
    """An Image over bytes, which hold one row after the other."""
    address = ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value
    return Image(address, width, height, channels, width * channels), data


def _is_pillow(image):
    return all(hasattr(image, name) for name in ("mode", "size", "convert", "tobytes"))


def _is_bare(images):
    """Whether this is no stack: H x W, or H x W x 1, 3 or 4."""
    shape = getattr(images, "shape", None)
    if shape is None and not isinstance(images, (list, tuple)):
        try:
            shape = memoryview(images).shape
        except TypeError:
            return False
    return shape is not None and (len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3, 4)))


def _pillow(image, index):
    if image.mode in _ALPHA or "transparency" in getattr(image, "info", {}):
        raise ValueError(
            f"image {index} has an alpha channel (Pillow's mode {image.mode}); paste it on a background, or drop alpha with .convert('RGB')"
        )
    if image.mode not in _PLAIN:
        raise ValueError(f"image {index} is of Pillow's mode {image.mode}, not of 8 bits; scale it to 0 to 255 and .convert('L') first")
    wanted = _PLAIN[image.mode]
    if image.mode != wanted:
        image = image.convert(wanted)
    width, height = image.size
    if not width or not height:
        raise ValueError(f"image {index} has no pixels: its size is {image.size}")
    return _packed(image.tobytes(), width, height, 3 if wanted == "RGB" else 1)


def _view(image, index):
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


def _array_view(image, index):
    if numpy is None or not hasattr(image, "__array__"):
        raise TypeError(f"image {index} is a {type(image).__name__}, which is no array; pass numpy.asarray(image, numpy.uint8)")
    try:
        return memoryview(numpy.asarray(image))
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"image {index} is a {type(image).__name__} that gives no array: {error}") from None


def _check_shape(shape, index):
    if 0 in shape:
        raise ValueError(f"image {index} has no pixels: its shape is {shape}")
    if len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3)):
        return
    if len(shape) == 3 and shape[2] == 4:
        advice = "; leave out alpha with image[..., :3]"
    elif len(shape) == 3 and shape[0] in (1, 3):
        advice = "; put the channels last with image.transpose(1, 2, 0), or torch's permute"
    elif len(shape) == 4:
        advice = "; it is a stack, so pass its images"
    else:
        advice = "; a list of images holds one array for each"
    raise ValueError(f"image {index} must be uint8 of shape H x W or H x W x 3, not of shape {shape}{advice}")
