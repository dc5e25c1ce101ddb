"""Videos for tests: frames as arrays, written as Y4M, PNM and JPEG."""
import io

import numpy
from PIL import Image

side = 256
cell = side // 16


def frame(*fields):
    """A dark square picture whose bright fields (column, row) of a grid of 16 are faces to the tests' detector."""
    picture = numpy.full((side, side), 40, numpy.uint8)
    for column, row in fields:
        picture[row * cell:(row + 1) * cell, column * cell:(column + 1) * cell] = 252
    return picture


def y4m(pictures, rate="25:1", more="", kind="mono"):
    """Grey pictures, or triples of planes."""
    pictures = [p if isinstance(p, tuple) else (p,) for p in pictures]
    height, width = pictures[0][0].shape
    head = f"YUV4MPEG2 W{width} H{height} F{rate} Ip A1:1 C{kind}{more}\n".encode()
    return head + b"".join(b"FRAME\n" + b"".join(plane.tobytes() for plane in planes) for planes in pictures)


def pnm(pictures):
    return b"".join(b"P%d %d %d 255\n" % (6 if p.ndim == 3 else 5, p.shape[1], p.shape[0]) + p.tobytes() for p in pictures)


def jpeg(pictures, **options):
    """JPEGs one after another, each with a thumbnail that has an end marker of its own."""
    def encoded(picture, **options):
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "JPEG", quality=95, **options)
        return file.getvalue()

    def one(picture):
        small = encoded(picture[:32, :32])
        return encoded(picture, exif=b"Exif\0\0" + small, **options)
    return b"".join(map(one, pictures))
