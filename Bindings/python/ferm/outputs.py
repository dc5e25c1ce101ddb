"""What a model gives, by name."""
from __future__ import annotations

import ctypes
import math
from typing import Any, NamedTuple, Sequence

from ._library import KINDS, LevelInfo, OutputInfo, Rows
from ._numpy import numpy


class Level(NamedTuple):
    """A level of a detection: its maps, and what boxes are counted from.

    scores   the shape (A, h, w); a score is 1 / (1 + exp(-s))
    boxes    the shape (A * (4 + 2 * key_points), h, w)
    anchors  A pairs of width and height, in pixels of the network's input
    """

    scores: tuple[int, int, int]
    boxes: tuple[int, int, int]
    anchors: tuple[tuple[float, float], ...]


class Output(NamedTuple):
    """One of a model's outputs.

    name        no two of a model have the same
    kind        "scores" (one number for each label), "embedding" (a vector; two are compared by their cosine), "detection", or the
                number of a kind that only a newer library knows
    numbers     how many there are for one image
    key_points  of each box of a detection
    levels      of a detection, else none
    """

    name: str
    kind: str
    numbers: int
    key_points: int = 0
    levels: tuple[Level, ...] = ()


def described(found: list[tuple[OutputInfo, list[LevelInfo]]]) -> tuple[Output, ...]:
    """The outputs as ferm.h describes them."""
    outputs = []
    for info, levels in found:
        points = info.key_points
        outputs.append(
            Output(info.name.decode(), KINDS.get(info.kind, str(info.kind)), info.numbers, points,
                   tuple(_level(level, points) for level in levels)))
    return tuple(outputs)


def _level(info: LevelInfo, points: int) -> Level:
    anchors = tuple((info.anchor_sizes[2 * a], info.anchor_sizes[2 * a + 1]) for a in range(info.anchors))
    return Level((info.anchors, info.height, info.width), (info.anchors * (4 + 2 * points), info.height, info.width), anchors)


class Room:
    """Memory for the rows of some outputs, and what becomes of them."""

    def __init__(self, outputs: Sequence[Output], wanted: Sequence[int], count: int) -> None:
        self._outputs, self._count = [outputs[i] for i in wanted], count
        sizes = [count * output.numbers for output in self._outputs]
        if numpy is not None:
            self._memory = [numpy.empty(size, numpy.float32) for size in sizes]
            addresses = [memory.ctypes.data for memory in self._memory]
        else:
            self._memory = [(ctypes.c_float * size)() for size in sizes]
            addresses = [ctypes.addressof(memory) for memory in self._memory]
        self.rows = (Rows * len(wanted))(*(Rows(*row) for row in zip(wanted, addresses, sizes)))

    def arrays(self) -> dict[str, Any]:
        """By name: an array [N, numbers], or for a detection a list of pairs of arrays, [N, *scores] and [N, *boxes]."""
        return {output.name: self._shaped(output, memory) for output, memory in zip(self._outputs, self._memory)}

    def _shaped(self, output: Output, memory: Any) -> Any:
        if not output.levels:
            return self._array(memory, output.numbers, 0, (output.numbers,))
        pairs: list[tuple[Any, Any]] = []
        start = 0
        for level in output.levels:
            scores = self._array(memory, output.numbers, start, level.scores)
            start += math.prod(level.scores)
            pairs.append((scores, self._array(memory, output.numbers, start, level.boxes)))
            start += math.prod(level.boxes)
        return pairs

    def _array(self, memory: Any, width: int, start: int, shape: tuple[int, ...]) -> Any:
        """Part of every row, as an array or, without numpy, as lists."""
        size = math.prod(shape)
        if numpy is not None:
            return numpy.ascontiguousarray(memory.reshape(self._count, width)[:, start : start + size].reshape(-1, *shape))
        rows = []
        for first in range(start, len(memory), width):
            part = (ctypes.c_float * size)(*memory[first : first + size])
            rows.append(memoryview(part).cast("B").cast("f", shape).tolist())
        return rows
