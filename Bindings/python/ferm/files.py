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


def decoded(source: Any, index: int) -> Picture:
    """The picture, upright, of Pillow's mode L or RGB.

    It is turned as its EXIF data says, and its transparent parts are laid over white.
    """
    what = f"image {index}"
    if isinstance(source, (str, os.PathLike)):
        what = f"image {index} ({os.fsdecode(source)})"
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise ImportError(f"{what} is a file, and files are read by Pillow: pip install pillow, or pass arrays") from None
    file = open(source, "rb") if isinstance(source, (str, os.PathLike)) else io.BytesIO(source)
    with file:
        try:
            with Image.open(file, formats=_FORMATS) as picture:
                picture.load()
                return _flat(ImageOps.exif_transpose(picture) or picture)
        except MemoryError:
            raise
        except Image.UnidentifiedImageError:
            raise ValueError(f"{what} is not JPEG, PNG, WebP, BMP or PNM; open it with PIL.Image.open, or convert it to one of these") from None
        except Exception as error:  # Pillow's decoders raise many kinds for damaged files
            raise ValueError(f"{what} cannot be read: {' '.join(str(error).split())}; it is damaged or too large") from None


def _flat(picture: Picture) -> Picture:
    """8 bits of grey or RGB, without alpha."""
    if picture.mode.startswith("I"):  # 16 bits
        return picture.convert("I").point(lambda value: value * (1 / 257) + 0.5).convert("L")
    is_grey = picture.mode in ("1", "L", "LA")
    kind = "L" if is_grey else "RGB"
    if picture.mode in ("LA", "PA", "RGBA") or "transparency" in picture.info:
        from PIL import Image

        seen = picture.convert("LA" if is_grey else "RGBA")
        flat = Image.new(kind, seen.size, "white")
        flat.paste(seen.convert(kind), mask=seen.getchannel("A"))
        return flat
    return picture if picture.mode == kind else picture.convert(kind)
