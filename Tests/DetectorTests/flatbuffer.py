"""Writes small TensorFlow Lite files for the tests: tables as a list of (field, form, value)."""
import struct

import numpy

CODES = {"ADD": 0, "CONCATENATION": 2, "CONV_2D": 3, "DEPTHWISE_CONV_2D": 4, "DEQUANTIZE": 6, "MAX_POOL_2D": 17, "RELU": 19,
         "RESHAPE": 22, "RESIZE_BILINEAR": 23, "PAD": 34}
TYPES = {"float32": 0, "float16": 1, "int32": 2}


class Table(list):
    """Fields (number, form, value): a form of struct's for a number, "ref" for what is written elsewhere."""


def file(root):
    """The bytes of a FlatBuffer with this table at its root."""
    out = bytearray(struct.pack("<I4s", 0, b"TFL3"))
    struct.pack_into("<I", out, 0, _table(out, root))
    return bytes(out)


def _table(out, table):
    count = max((field for field, _, _ in table), default=-1) + 1
    index, size, places = [0] * count, 4, []
    for field, form, value in table:
        index[field] = size
        places.append((size, form, value))
        size += 4
    start = len(out)
    out += struct.pack(f"<HH{count}H", 4 + 2 * count, size, *index)
    out += bytes(-len(out) % 4)
    at = len(out)
    out += struct.pack("<i", at - start) + bytes(size - 4)
    for offset, form, value in places:
        if form == "ref":
            struct.pack_into("<I", out, at + offset, _written(out, value) - at - offset)
        else:
            struct.pack_into("<" + form, out, at + offset, value)
    return at


def _written(out, value):
    out += bytes(-len(out) % 4)
    at = len(out)
    if isinstance(value, Table):
        return _table(out, value)
    if isinstance(value, (str, bytes)):
        raw = value.encode() if isinstance(value, str) else value
        out += struct.pack("<I", len(raw)) + raw
        return at
    if value and isinstance(value[0], Table):
        out += struct.pack("<I", len(value)) + bytes(4 * len(value))
        for i, table in enumerate(value):
            out += bytes(-len(out) % 4)
            struct.pack_into("<I", out, at + 4 + 4 * i, _table(out, table) - at - 4 - 4 * i)
        return at
    out += struct.pack(f"<I{len(value)}i", len(value), *value)
    return at


class Maker:
    """A graph in the making: `constant`, `layer`, then `bytes`."""

    def __init__(self, *input):
        self.tensors, self.buffers, self.operators, self.codes = [], [Table()], [], []
        self.input = self._tensor("input", input)

    def constant(self, values):
        """A constant; of numbers of 16 bits, the place of what DEQUANTIZE makes of it."""
        values = numpy.asarray(values)
        self.buffers.append(Table([(0, "ref", values.tobytes())]))
        place = self._tensor(f"constant{len(self.tensors)}", values.shape, TYPES[values.dtype.name], len(self.buffers) - 1)
        return self.layer("DEQUANTIZE", [place], values.shape) if values.dtype == numpy.float16 else place

    def layer(self, name, inputs, shape, *options):
        """options: (field, form, value). The place of its output."""
        code = CODES.get(name, name)
        if code not in self.codes:
            self.codes.append(code)
        place = self._tensor(f"{name}/{len(self.tensors)}", shape)
        self.operators.append(Table([(0, "I", self.codes.index(code)), (1, "ref", list(inputs)), (2, "ref", [place]),
                                     (4, "ref", Table(options))]))
        return place

    def bytes(self, outputs):
        graph = Table([(0, "ref", self.tensors), (1, "ref", [self.input]), (2, "ref", list(outputs)), (3, "ref", self.operators)])
        codes = [Table([(0, "b", code), (3, "i", code)]) for code in self.codes]
        return file(Table([(0, "I", 3), (1, "ref", codes), (2, "ref", [graph]), (4, "ref", self.buffers)]))

    def _tensor(self, name, shape, type=0, buffer=0):
        self.tensors.append(Table([(0, "ref", list(shape)), (1, "b", type), (2, "I", buffer), (3, "ref", name)]))
        return len(self.tensors) - 1
