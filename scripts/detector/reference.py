"""Runs a graph of tflite.py in numpy, as TensorFlow Lite describes its operators: slow, and independent of ferm."""
import numpy

__all__ = ["run"]


def run(graph, image):
    """Each output's array for an image [H, W, C] of preprocessed numbers, in the order of the graph's outputs."""
    values = {i: tensor.values for i, tensor in enumerate(graph.tensors) if tensor.values is not None}
    values[graph.inputs[0]] = numpy.asarray(image, numpy.float32)[None]
    for operator in graph.operators:
        inputs = [values[i] for i in operator.inputs]
        if operator.name == "RESHAPE":  # a shape may come as an input or as an option; it always stands with the output
            inputs = [inputs[0], graph.tensors[operator.outputs[0]].shape]
        values[operator.outputs[0]] = _OPERATORS[operator.name](operator.options, *inputs)
    return [values[i] for i in graph.outputs]


def _windows(x, size, stride, padding, fill):
    """The windows [N, h, w, C, kH, kW] of a map [N, H, W, C]; SAME pads by as little as gives ceil(side / stride), more behind."""
    sides = []
    for side, window, step in zip(x.shape[1:3], size, stride):
        pad = max((-(-side // step) - 1) * step + window - side, 0) if padding == 0 else 0
        sides.append((pad // 2, pad - pad // 2))
    x = numpy.pad(x, [(0, 0), *sides, (0, 0)], constant_values=fill)
    return numpy.lib.stride_tricks.sliding_window_view(x, size, (1, 2))[:, ::stride[0], ::stride[1]]


def _strides(options):
    return options["stride_height"], options["stride_width"]


def _convolution(options, x, weight, bias):
    x = _windows(x, weight.shape[1:3], _strides(options), options["padding"], 0)
    return numpy.einsum("nhwcuv,ouvc->nhwo", x, weight, optimize=True) + bias


def _depthwise(options, x, weight, bias):
    x = _windows(x, weight.shape[1:3], _strides(options), options["padding"], 0)
    return numpy.einsum("nhwcuv,uvc->nhwc", x, weight[0], optimize=True) + bias


def _max_pool(options, x):
    size = (options["window_height"], options["window_width"])
    return _windows(x, size, _strides(options), options["padding"], -numpy.inf).max((4, 5))


def _resize(options, x, size):
    for axis, target in zip((1, 2), size):
        side = x.shape[axis]
        place = numpy.maximum((numpy.arange(target) + 0.5) * (side / target) - 0.5, 0)
        first = place.astype(int)
        share = (place - first).astype(numpy.float32).reshape([-1 if i == axis else 1 for i in range(4)])
        x = x.take(first, axis) * (1 - share) + x.take(numpy.minimum(first + 1, side - 1), axis) * share
    return x


_OPERATORS = {
    "ADD": lambda options, a, b: a + b,
    "CONCATENATION": lambda options, *parts: numpy.concatenate(parts, options["axis"]),
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _depthwise,
    "DEQUANTIZE": lambda options, x: x.astype(numpy.float32),
    "MAX_POOL_2D": _max_pool,
    "PAD": lambda options, x, sides: numpy.pad(x, sides),
    "RELU": lambda options, x: numpy.maximum(x, 0),
    "RESHAPE": lambda options, x, shape: x.reshape(shape),
    "RESIZE_BILINEAR": _resize,
}
