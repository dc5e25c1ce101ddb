"""A detector for tests: in a grey picture, every bright field of a grid over the whole of it is a face."""
import os
import sys

import numpy
from PIL import Image
from tool import root

sys.path.insert(0, str(root / "Bindings/python"))
os.environ.setdefault("FERM_LIBRARY", str(root / "build/lib/libferm.so"))
from ferm import builder  # noqa: E402  (the path is set first)

#: Fields of the grid along each side.
grid = 16


def detector(path, name="blobs", smallest=0.01):
    """Writes it; a field of brightness b (0 to 1) has the score sigmoid(30 b - 24), and its box is the field."""
    net = builder.Network((1, 8 * grid, 8 * grid), name=name, fit="pad")
    means = net.average_pool(net.input, 8, stride=8)
    scores = net.convolution(means, "score", numpy.full((1, 1, 1, 1), 30.0), numpy.array([-24.0]))
    boxes = net.convolution(means, "box", numpy.zeros((4, 1, 1, 1)), numpy.array([0.0, 0.0, 8.0, 8.0]))
    net.detection("faces", [(scores, boxes, [(1, 1)])])
    net.provenance["detection.smallest"] = smallest
    net.write(path)
    return path


def photo(path, side, fields, **options):
    """A dark square picture with fields (column, row, brightness of 255); gives its path."""
    image = Image.new("L", (side, side), 40)
    size = side // grid
    for column, row, brightness in fields:
        image.paste(brightness, (column * size, row * size, (column + 1) * size, (row + 1) * size))
    image.save(path, **options)
    return path
