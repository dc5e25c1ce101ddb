"""Pictures in files and in encoded bytes. Pillow decodes them, and they become what fer-infer makes of them."""
from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

#: What fer-infer reads, and no more: some of Pillow's other formats start programs.
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "PPM")


def is_encoded(image: object) -> bool:
    """Whether this is a file's path or its bytes."""
    return isinstance(image, (str, os.PathLike, bytes, bytearray)) or (isinstance(image, memoryview) and image.ndim == 1)


def decoded(source: Any, index: int | str) -> Picture:
    """The picture, upright as its EXIF data says, and of 8 bits. Messages call it by its number or its name."""
    is_path = isinstance(source, (str, os.PathLike))
    what = f"image {index} ({os.fsdecode(source)})" if is_path else f"image {index}"
    try:
        from PIL import Image, ImageOps, UnidentifiedImageError
    except ImportError:
        raise ImportError(f"{what} is a file, and files are read by Pillow: pip install pillow, or pass arrays") from None
    with open(source, "rb") if is_path else io.BytesIO(source) as file:
        try:
            with Image.open(file, formats=_FORMATS) as picture:
                picture.load()
                return _of_8_bits(ImageOps.exif_transpose(picture) or picture)
        except MemoryError:
            raise
        except UnidentifiedImageError:
            raise ValueError(f"{what} is not JPEG, PNG, WebP, BMP or PNM; open it with PIL.Image.open, or convert it to one of these") from None
        except Exception as error:  # Pillow's decoders raise many kinds for damaged files
            raise ValueError(f"{what} cannot be read: {' '.join(str(error).split())}; it is damaged or too large") from None


def _of_8_bits(picture: Picture) -> Picture:
    """Greys of 16 bits scaled and rounded; all else as it is."""
    if not picture.mode.startswith("I"):
        return picture
    return picture.convert("I").point(lambda value: value * (1 / 257) + 0.5).convert("L")
