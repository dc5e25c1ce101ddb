"""Reads the graph of a TensorFlow Lite file: tensors, constants and the operators that the face detectors are made of.

It needs numpy alone. A file is a FlatBuffer (tables of fields that are found by offsets) after TensorFlow Lite's schema, version 3.
Every offset is checked, so that a damaged or hostile file ends in a ValueError of one sentence.
"""
import math
import struct
from typing import NamedTuple

import numpy

__all__ = ["Graph", "Operator", "Tensor", "read"]

#: Code: name, and the options that are read: (name, field, type, what it is where the file leaves it out).
_ACTIVATION = "activation"
_WINDOW = [("padding", 0, "b", 0), ("stride_width", 1, "i", 0), ("stride_height", 2, "i", 0)]
_OPERATORS = {
    0: ("ADD", [(_ACTIVATION, 0, "b", 0)]),
    2: ("CONCATENATION", [("axis", 0, "i", 0), (_ACTIVATION, 1, "b", 0)]),
    3: ("CONV_2D", _WINDOW + [(_ACTIVATION, 3, "b", 0), ("dilation_width", 4, "i", 1), ("dilation_height", 5, "i", 1)]),
    4: ("DEPTHWISE_CONV_2D", _WINDOW + [(_ACTIVATION, 4, "b", 0), ("dilation_width", 5, "i", 1), ("dilation_height", 6, "i", 1)]),
    6: ("DEQUANTIZE", []),
    17: ("MAX_POOL_2D", _WINDOW + [("window_width", 3, "i", 0), ("window_height", 4, "i", 0), (_ACTIVATION, 5, "b", 0)]),
    19: ("RELU", []),
    22: ("RESHAPE", []),
    23: ("RESIZE_BILINEAR", [("align_corners", 2, "b", 0), ("half_pixel_centers", 3, "b", 0)]),
    34: ("PAD", []),
}
#: Codes of the types that constants have here.
_TYPES = {0: "<f4", 1: "<f2", 2: "<i4"}


class Tensor(NamedTuple):
    """shape: as the file says, NHWC of maps. values: an array of a constant's numbers, else None."""

    name: str
    shape: tuple
    values: object


class Operator(NamedTuple):
    """inputs, outputs: places in the graph's list of tensors. options: numbers by name; padding is 0 for SAME, 1 for VALID."""

    name: str
    inputs: list
    outputs: list
    options: dict


class Graph(NamedTuple):
    """Operators are in running order."""

    tensors: list
    operators: list
    inputs: list
    outputs: list


def read(data):
    """The only graph of a file's bytes. Raises ValueError."""
    if data[4:8] != b"TFL3":
        raise ValueError("this is no TensorFlow Lite file: the bytes 4 to 7 are not TFL3")
    try:
        return _graph(_Table(data, _at(data, "I", 0)))
    except (struct.error, UnicodeDecodeError):
        raise ValueError("the TensorFlow Lite file is damaged: something lies outside the file or is no text") from None


def _graph(model):
    graphs, buffers = model.tables(2), model.tables(4)
    if len(graphs) != 1:
        raise ValueError(f"the TensorFlow Lite file has {len(graphs)} graphs, not one")
    tensors = [_tensor(table, buffers) for table in graphs[0].tables(0)]
    codes = [max(table.number(0, "b"), table.number(3, "i")) for table in model.tables(1)]
    operators = [_operator(table, codes) for table in graphs[0].tables(3)]
    graph = Graph(tensors, operators, graphs[0].numbers(1), graphs[0].numbers(2))
    named = graph.inputs + graph.outputs + [i for operator in operators for i in operator.inputs + operator.outputs]
    if not all(0 <= i < len(tensors) for i in named):
        raise ValueError("the TensorFlow Lite file is damaged: an operator names a tensor that is not there")
    return graph


def _tensor(table, buffers):
    name, shape, type, buffer = table.text(3), tuple(table.numbers(0)), table.number(1, "b"), table.number(2, "I")
    if buffer >= len(buffers):
        raise ValueError(f"the TensorFlow Lite file is damaged: the tensor {name!r} has no buffer")
    raw = buffers[buffer].raw(0)
    if not raw:
        return Tensor(name, shape, None)
    if type not in _TYPES:
        raise ValueError(f"the constant {name!r} of the TensorFlow Lite file has the type {type}; known are {sorted(_TYPES)}")
    if min(shape, default=1) < 1 or math.prod(shape) * int(_TYPES[type][2]) != len(raw):
        raise ValueError(f"the constant {name!r} of the TensorFlow Lite file has {len(raw)} bytes, which {shape} does not take")
    return Tensor(name, shape, numpy.frombuffer(raw, _TYPES[type]).reshape(shape))


def _operator(table, codes):
    index = table.number(0, "I")
    code = codes[index] if index < len(codes) else None
    if code not in _OPERATORS:
        raise ValueError(f"the TensorFlow Lite file uses the operator {code}; known are "
                         f"{', '.join(f'{code} ({name})' for code, (name, _) in _OPERATORS.items())}")
    name, fields = _OPERATORS[code]
    options = table.table(4)
    values = {key: options.number(field, form, default) if options else default for key, field, form, default in fields}
    return Operator(name, table.numbers(1), table.numbers(2), values)


def _at(data, form, offset):
    """One number; a struct.error outside the data (a negative offset would count from its end)."""
    if offset < 0:
        raise struct.error
    return struct.unpack_from("<" + form, data, offset)[0]


class _Table:
    """A FlatBuffer's table at a place of the data; its fields are counted from 0."""

    def __init__(self, data, at):
        self._data, self._place = data, at
        self._index = at - _at(data, "i", at)
        self._fields = (_at(data, "H", self._index) - 4) // 2

    def number(self, field, form, default=0):
        at = self._field(field)
        return default if at is None else _at(self._data, form, at)

    def table(self, field):
        at = self._target(field)
        return None if at is None else _Table(self._data, at)

    def tables(self, field):
        places, start = self._vector(field, "I"), self._target(field)
        return [_Table(self._data, start + 4 + 4 * i + place) for i, place in enumerate(places)]

    def numbers(self, field):
        return list(self._vector(field, "i"))

    def raw(self, field):
        return bytes(self._vector(field, "B"))

    def text(self, field):
        return self.raw(field).decode()

    def _field(self, field):
        offset = _at(self._data, "H", self._index + 4 + 2 * field) if field < self._fields else 0
        return self._place + offset if offset else None

    def _target(self, field):
        at = self._field(field)
        return None if at is None else at + _at(self._data, "I", at)

    def _vector(self, field, form):
        at = self._target(field)
        if at is None:
            return ()
        return struct.unpack_from(f"<{_at(self._data, 'I', at)}{form}", self._data, at + 4)
