"""Values of the module, as far as they have become layers.

Torch changes shapes, pads and repeats by operations of their own, where the format's layers do much of that themselves. So a value
keeps what is still to be done to it, and the layer that takes it may do it in passing.
"""
from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, List, Optional, Tuple, Union

import numpy

from ..builder import Value


@dataclass(frozen=True)
class Pad:
    """`fill` around each map: top, left, bottom, right."""

    sides: Tuple[int, int, int, int]
    fill: float

    def shape(self, shape: Tuple[int, ...]) -> Any:
        top, left, bottom, right = self.sides
        return (shape[0], shape[1] + top + bottom, shape[2] + left + right)


@dataclass(frozen=True)
class Take:
    """Some of the channels, in any order, any of them several times."""

    channels: Tuple[int, ...]

    def shape(self, shape: Tuple[int, ...]) -> Any:
        return (len(self.channels), *shape[1:])

    def folded(self, weight: Any, channels: int) -> Any:
        """The weight [O, channels, ...] that does to all channels what [O, C, ...] does to these."""
        full = numpy.zeros((weight.shape[0], channels, *weight.shape[2:]))
        places: Any = (slice(None), list(self.channels))
        numpy.add.at(full, places, weight)
        return full.astype(numpy.float32)


@dataclass(frozen=True, eq=False)
class Spread:
    """A larger map: its rows are `rows` [h, H] times the rows, its columns likewise."""

    rows: numpy.ndarray
    columns: numpy.ndarray

    def shape(self, shape: Tuple[int, ...]) -> Any:
        return (shape[0], len(self.rows), len(self.columns))

    def folded(self, weight: Any) -> Any:
        """The weight [..., H, W] that does to the smaller map what [..., h, w] does to the larger one."""
        return numpy.einsum("...hw,hi,wj->...ij", weight.astype(numpy.float64), self.rows, self.columns).astype(numpy.float32)


@dataclass(eq=False)
class Held:
    """A value of the module: the elements of `value` after `change`, in row-major order, in torch's `shape` without the batch."""

    value: Value
    shape: Tuple[int, ...]
    change: Optional[Union[Pad, Spread, Take]] = None
    #: The value with its change made, once it has been; views share it.
    made: List[Value] = field(default_factory=list)

    @property
    def natural(self) -> Any:
        """The shape before views: that of the value after its change."""
        return self.change.shape(self.before.shape) if self.change else self.value.shape

    @property
    def is_widened(self) -> Any:
        """Whether it waits for channels to be repeated or reordered, and none to be left out, so that others can be done first."""
        return isinstance(self.change, Take) and len(self.change.channels) >= self.value.shape[0]

    @property
    def before(self) -> Any:
        """The value without its change, as a map."""
        return Held(self.value, self.value.shape + (1,) * (3 - len(self.value.shape)))

    def viewed(self, shape: Tuple[int, ...]) -> Any:
        assert math.prod(shape) == math.prod(self.shape)
        return self if shape == self.shape else Held(self.value, shape, self.change, self.made)


def adaptive(length: int, size: int) -> Any:
    """[size, length]: which elements each region of an adaptive average pool takes, and with what weight."""
    matrix = numpy.zeros((size, length))
    for i in range(size):
        first, end = i * length // size, -(-(i + 1) * length // size)
        matrix[i, first:end] = 1 / (end - first)
    return matrix
