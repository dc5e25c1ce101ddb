"""Makes a ferm.builder.Network of a face detector in a TensorFlow Lite file."""
import re
import sys
from pathlib import Path
from typing import NamedTuple

import numpy

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Bindings/python"))
from ferm.builder import Network, Value

__all__ = ["OFFSET", "SCALE", "network", "numbers"]

#: What MediaPipe makes of a pixel: -1 to 1.
SCALE, OFFSET = 1 / 127.5, -1.0


class _Rows(NamedTuple):
    """Maps whose channels were cut into rows of so many numbers, one map's rows after the other's: [1, rows, width]."""

    maps: tuple
    width: int


def network(graph, name):
    """The network of a graph (see tflite.py) that gives rows of scores (1 number) and rows of boxes (16), and so has anchors of 1 x 1.

    Each map that these rows come from is a level of the output `faces`. Raises ValueError where the graph is of another kind.
    """
    _need(len(graph.inputs) == 1, f"the graph has {len(graph.inputs)} inputs, not one")
    shape = graph.tensors[graph.inputs[0]].shape
    _need(len(shape) == 4 and shape[0] == 1 and shape[3] == 3, f"the input is {shape}, not 1 x height x width x 3")
    net = Network((3, *shape[1:3]), name=name, colour="rgb", fit="pad", scale=SCALE, offset=OFFSET)
    values = {i: tensor.values for i, tensor in enumerate(graph.tensors) if tensor.values is not None}
    values[graph.inputs[0]] = net.input
    for operator in graph.operators:
        missing = [graph.tensors[i].name for i in operator.inputs if i not in values]
        _need(not missing, f"{operator.name} comes before its input {missing[:1]}")
        _need(len(operator.outputs) == 1, f"{operator.name} has {len(operator.outputs)} outputs, not one")
        _need(operator.options.get("activation", 0) == 0, f"{operator.name} has an activation of its own, which is not known here")
        out = graph.tensors[operator.outputs[0]]
        layer = re.sub(r"[^A-Za-z0-9._/-]", "_", out.name)
        inputs = [values[i] for i in operator.inputs]
        try:
            values[operator.outputs[0]] = _OPERATORS[operator.name](net, layer, out.shape, operator.options, *inputs)
        except (TypeError, AttributeError, IndexError):
            raise ValueError(f"{operator.name} ({out.name}) has inputs of kinds or shapes that are not known here") from None
    rows = {out.width: out.maps for out in (values.get(i) for i in graph.outputs) if isinstance(out, _Rows)}
    _need(sorted(rows) == [1, 16] and len(graph.outputs) == 2, "the outputs are not rows of one score, and rows of 16 numbers of a box")
    _need(len(rows[1]) == len(rows[16]), "scores and boxes come from a different number of maps")
    net.detection("faces", [(scores, boxes, [(1.0, 1.0)] * scores.shape[0]) for scores, boxes in zip(rows[1], rows[16])], key_points=6)
    return net


def numbers(net, outputs):
    """What a self-test of the network expects (4.7 of the format), from the graph's outputs [1, rows, width] for its image."""
    rows = {output.shape[2]: output[0] for output in outputs}
    found = []
    (_, _, levels, _), = net.outputs
    for level in levels:
        for width, value in zip((1, 16), level):
            channels, height, across = value.shape
            count = channels * height * across // width
            part, rows[width] = rows[width][:count], rows[width][count:]
            found.append(part.reshape(height, across, channels).transpose(2, 0, 1).ravel())
    return numpy.concatenate(found)


def _need(condition, sentence):
    if not condition:
        raise ValueError(sentence)


def _same(x, size, options):
    """The padding (top, left, bottom, right) of SAME: as little as gives ceil(side / stride), more of it behind."""
    if options["padding"] != 0:
        return 0, 0, 0, 0
    sides = []
    for side, window, stride in zip(x.shape[1:], size, _strides(options)):
        _need(stride > 0, "a stride is above zero")
        pad = max((-(-side // stride) - 1) * stride + window - side, 0)
        sides.append((pad // 2, pad - pad // 2))
    return sides[0][0], sides[1][0], sides[0][1], sides[1][1]


def _strides(options):
    return options["stride_height"], options["stride_width"]


def _convolve(net, layer, options, x, weight, bias, groups):
    _need((options["dilation_height"], options["dilation_width"]) == (1, 1), f"{layer} is dilated, which is not known here")
    return net.convolution(x, layer, weight, bias, stride=_strides(options), padding=_same(x, weight.shape[2:], options), groups=groups)


def _convolution(net, layer, shape, options, x, weight, bias):
    """From [O, kH, kW, C] to [O, C, kH, kW]."""
    return _convolve(net, layer, options, x, weight.transpose(0, 3, 1, 2), bias, 1)


def _depthwise(net, layer, shape, options, x, weight, bias):
    """From [1, kH, kW, C] to [C, 1, kH, kW]."""
    return _convolve(net, layer, options, x, weight.transpose(3, 0, 1, 2), bias, x.shape[0])


def _max_pool(net, layer, shape, options, x):
    size = (options["window_height"], options["window_width"])
    return net.max_pool(x, size, stride=_strides(options), padding=_same(x, size, options))


def _pad(net, layer, shape, options, x, sides):
    """sides: [[before, behind] of N, H, W and C]."""
    (_, _), (top, bottom), (left, right), (front, back) = sides.tolist()
    _need(not sides[0].any(), f"{layer} pads the batch")
    return net.pad(x, (top, left, bottom, right), front=front, back=back)


def _resize(net, layer, shape, options, x, size):
    _need(options["half_pixel_centers"] == 1 and options["align_corners"] == 0, f"{layer} does not take pixels' centres at halves")
    height, width = size.tolist()
    _need(height % x.shape[1] == width % x.shape[2] == 0, f"{layer} resizes by a share, not a whole number")
    return net.upsample_bilinear(x, (height // x.shape[1], width // x.shape[2]))


def _reshape(net, layer, shape, options, x, *size):
    _need(isinstance(x, Value) and len(shape) == 3 and shape[0] == 1 and shape[2] > 0 and x.shape[0] % shape[2] == 0 and
          shape[1] * shape[2] == x.shape[0] * x.shape[1] * x.shape[2], f"{layer} is no map made rows: {shape}")
    return _Rows((x,), shape[2])


def _concatenate(net, layer, shape, options, *parts):
    _need(options["axis"] == 1 and all(isinstance(p, _Rows) for p in parts) and len({p.width for p in parts}) == 1,
          f"{layer} joins something else than rows of boxes")
    return _Rows(tuple(m for p in parts for m in p.maps), parts[0].width)


def _constant(net, layer, shape, options, x):
    """Numbers of 16 bits stay what they are: the file stores them like that."""
    _need(isinstance(x, numpy.ndarray) and x.dtype == numpy.float16, f"{layer} widens something else than constants of 16 bits")
    return x


_OPERATORS = {
    "ADD": lambda net, layer, shape, options, a, b: net.add(a, b),
    "CONCATENATION": _concatenate,
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _depthwise,
    "DEQUANTIZE": _constant,
    "MAX_POOL_2D": _max_pool,
    "PAD": _pad,
    "RELU": lambda net, layer, shape, options, x: net.relu(x),
    "RESHAPE": _reshape,
    "RESIZE_BILINEAR": _resize,
}
