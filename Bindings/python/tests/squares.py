"""A detector whose weights are set by hand: red squares are its faces (as Tests/Support/SquareDetector.swift has it in Swift).

It looks at 32 x 32 pixels through windows of 8 x 8; one that is red for more than three quarters is a face, with its eyes 2 pixels above
and beside the middle.
"""

import numpy
from ferm.builder import Network


def network(gain=40.0, **options):
    net = Network((3, 32, 32), colour="rgb", fit="pad", name="squares", **options)
    red = numpy.zeros((1, 3, 8, 8), numpy.float32)
    red[:, 0], red[:, 1:] = gain / 64, -gain / 64
    scores = net.convolution(net.input, "scores", red, numpy.array([-0.75 * gain], numpy.float32), padding=(3, 3, 4, 4))
    # A window's middle is half a pixel beyond that of its place.
    numbers = numpy.array([0.5, 0.5, 8, 8, -1.5, -1.5, 2.5, -1.5], numpy.float32)
    boxes = net.convolution(net.input, "boxes", numpy.zeros((8, 3, 1, 1), numpy.float32), numbers)
    net.detection("faces", [(scores, boxes, [(1, 1)])], key_points=2)
    net.provenance.update({"detection.smallest": 0.25, "detection.largest": 0.5})
    return net


def labeller():
    """A network of three labels for faces of 8 x 8 pixels, with a crop rule for that detector."""
    net = Network((3, 8, 8), labels=["a", "b", "c"], colour="rgb", name="labels")
    weight = numpy.random.default_rng(1).normal(0, 0.3, (3, 192)).astype(numpy.float32)
    net.scores(net.linear(net.flatten(net.input), "last", weight))
    net.crop_rule("squares", 2, 0, 0.25)
    return net


def photo(width, height, corners, side):
    pixels = numpy.full((height, width, 3), 90, numpy.uint8)
    for x, y in corners:
        pixels[y : y + side, x : x + side] = (255, 0, 0)
    return pixels
