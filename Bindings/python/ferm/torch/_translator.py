"""From operations of torch to layers of the format."""
from __future__ import annotations

import math
import operator
import re
from typing import TYPE_CHECKING, Any, Dict, Optional, Tuple

import numpy
import torch

from ..builder import Tensor, Value
from ._errors import Refusal, need, refused
from ._held import Held, Pad, Take
from ._layers import BATCH_NORM
from ._operations import ADVICE, OPERATIONS
from ._trace import needed

if TYPE_CHECKING:
    from ._trace import Trace
    from ..builder import Network


class Translator:
    """Adds the layers of a trace to a network of `ferm.builder`."""

    def __init__(self, trace: Trace, net: Network, weights: Any = "fp32") -> None:
        self.trace, self.net, self.weights = trace, net, weights
        self.batch = trace.input.meta["val"].shape[0]
        self.values: Dict[Any, Any] = {trace.input: Held(net.input, net.input.shape), **trace.constants}
        self.tensors: Dict[int, Tuple[Any, Tensor]] = {}
        self.vectors: Dict[int, Value] = {}
        self.node: Any = None

    def run(self, wanted: Any) -> None:
        """Adds what the wanted nodes need; `values` then has them."""
        for self.node in needed(self.trace.graph, wanted):
            try:
                self.values[self.node] = self.translated(self.node)
            except (Refusal, ValueError) as error:
                raise refused(self.node, str(error)) from None

    def translated(self, node: Any) -> Any:
        def value(argument: Any) -> Any:
            return torch.fx.node.map_arg(argument, self.values.__getitem__)

        arguments, named = value(node.args), value(node.kwargs)
        flat = torch.utils._pytree.tree_leaves((arguments, named))
        if node.op == "get_attr":
            raise Refusal("it reads a part of the traced program")
        if node.target is operator.getitem:
            need(not isinstance(arguments[0], Held) or arguments[1] == 0, "only its first result can be written")
            return arguments[0] if isinstance(arguments[0], Held) else arguments[0][arguments[1]]
        need(isinstance(node.target, torch._ops.OpOverload), "it is no single operation; export without it")
        need(torch.Tag.nondeterministic_seeded not in node.target.tags or any(isinstance(x, Held) for x in flat),
             "it draws random numbers, and a model file gives the same for the same image")
        if not any(isinstance(x, Held) for x in flat):
            return node.target(*arguments, **named)  # of constants
        schema = node.target._schema
        name = schema.name.split("::")[-1]
        rule = OPERATIONS.get(name)
        if rule is None or not schema.name.startswith("aten::"):
            raise Refusal(ADVICE.get(name, "the format has no such operator; docs/from-pytorch.md lists what is understood, and what "
                                     "computes the same by that can stand in its place"))
        given = dict(zip((argument.name for argument in schema.arguments), arguments), **named)
        for argument in schema.arguments:
            if argument.name not in given and argument.has_default_value():
                given[argument.name] = argument.default_value
        x = "self" if "self" in given else "input"
        if x in given:
            given["x"] = given.pop(x)
        return rule(self, **given)

    # ---- what rules ask for ----

    @property
    def result(self) -> Any:
        """The shape of the node's result without the batch, which must be what it was."""
        made = self.node.meta["val"]
        shape = tuple((made[0] if isinstance(made, (tuple, list)) else made).shape)
        need(shape and shape[0] == self.batch, "it mixes the images of a batch, or drops the batch; use flatten(1) or squeeze(2) "
             "and the like, which leave dimension 0 alone")
        return shape[1:]

    def held(self, value: Any, shape: Optional[Tuple[int, ...]] = None) -> Any:
        """A new value; its shape is torch's where that is another."""
        return Held(value, value.shape if shape is None else tuple(shape))

    def name(self, constant: Any) -> Any:
        """The tensor's path in the module, or None for one that was computed."""
        path = self.trace.names.get(id(constant))
        return path and re.sub(r"[^A-Za-z0-9._/-]", "_", path)

    def tensor(self, constant: Any, role: str) -> Any:
        """A tensor of the file: one for each tensor of the module, however many layers take it."""
        if constant is None:
            return None
        key = id(constant)
        if key not in self.tensors:
            wide = role == "weight" and constant.ndim >= 2
            name = self.name(constant) or f"{self.unique(role)}.{role}"
            self.tensors[key] = constant, Tensor(name, array(constant), self.weights if wide else "fp32")
        return self.tensors[key][1]

    def plain(self, x: Held) -> Any:
        """The value of x with its change made."""
        if x.change is None:
            return x.value
        if not x.made:
            x.made.append(self.changed(x.value, x.change))
        return x.made[0]

    def changed(self, value: Any, change: Any) -> Any:
        need(len(value.shape) == 3, "a vector becomes a map only beside one, in a sum or product")
        if isinstance(change, Pad):
            need(change.fill == 0, f"padding is with zeros, not with {change.fill}, except before a max pool that pads with -inf")
            return self.net.pad(value, change.sides)
        if isinstance(change, Take):
            own = numpy.eye(value.shape[0], dtype=numpy.float32)[list(change.channels)]
            return self.net.convolution(value, self.unique("weight"), own[:, :, None, None])
        scales, windows = zip(*(stretched(matrix) for matrix in (change.rows, change.columns)))
        value = self.net.upsample_nearest(value, scales) if scales != (1, 1) else value
        return self.net.average_pool(value, windows) if windows != (1, 1) else value

    def vector(self, x: Held) -> Any:
        """x as a vector; its elements in order."""
        value = self.plain(x)
        if len(value.shape) == 1:
            return value
        if value.index not in self.vectors:
            self.vectors[value.index] = self.net.flatten(value)
        return self.vectors[value.index]

    def map(self, x: Held) -> Any:
        """x as the map that it is in torch."""
        need(len(x.shape) == 3, f"it takes a map [N, C, H, W], not {['N', *x.shape]}")
        value = self.plain(x)
        need(len(value.shape) == 3, "a vector becomes a map only beside one, in a sum or product")
        need(value.shape == x.shape, f"a view makes {['N', *x.shape]} of {['N', *value.shape]}, which moves elements between maps")
        return value

    def channels(self, x: Held) -> Any:
        """x as something with the channels that it has in torch, whatever is behind them."""
        value = self.plain(x)
        if len(x.shape) == 1:
            return value if value.shape[0] == x.shape[0] else self.vector(x)
        need(value.shape[0] == x.shape[0], f"a view makes {['N', *x.shape]} of {['N', *value.shape]}, which moves elements between maps")
        return value

    def per_channel(self, constant: Any, x: Held) -> Any:
        """A constant as one number, or one for each channel of x."""
        if not isinstance(constant, torch.Tensor):
            return numpy.float64(constant)
        shape = (1,) * (1 + len(x.shape) - constant.ndim) + tuple(constant.shape)
        need(len(shape) == 1 + len(x.shape) and math.prod(shape) in (1, shape[1]) and (shape[1] in (1, x.shape[0])),
             f"a constant of the shape {list(constant.shape)} is not one number, or one for each channel, of {['N', *x.shape]}")
        numbers = array(constant, numpy.float64).reshape(-1)
        return numbers if len(numbers) > 1 else numbers[0]

    def affine(self, x: Held, gain: Any = 1.0, shift: Any = 0.0) -> Any:
        """`gain x + shift`, each a number or one for each channel: a batch norm that has nothing else to do."""
        if numpy.all(gain == 1) and numpy.all(shift == 0):
            return x
        is_one = numpy.ndim(gain) == numpy.ndim(shift) == 0
        if is_one and x.is_widened:
            return Held(self.affine(x.before, gain, shift).value, x.shape, x.change)
        value = self.plain(x) if is_one else self.channels(x)
        own = value.shape[:1]
        weight, bias, zero, one = (numpy.broadcast_to(numpy.float32(v), own) for v in (gain, shift, 0, 1))
        # Beside 1 the smallest epsilon is nothing.
        return self.held(self.net.batch_norm(value, self.unique(*BATCH_NORM), weight, bias, zero, one, epsilon=2**-126), x.shape)

    def unique(self, *roles: str) -> Any:
        """A name for a layer of this node, whose tensors have no names in the module."""
        taken = {*self.net.tensors, *map(self.name, self.trace.constants.values())}
        ends = ["", *(f".{i}" for i in range(1, 4096))]
        return next(name for name in (self.node.name + end for end in ends) if taken.isdisjoint(f"{name}.{role}" for role in roles))


def array(tensor: torch.Tensor, kind: Any = numpy.float32) -> Any:
    """A constant's numbers."""
    need(not tensor.is_complex(), "the format has no complex numbers")
    return tensor.detach().cpu().to(torch.float64).numpy().astype(kind)


def stretched(matrix: Any) -> Any:
    """The whole scale and the window of the mean behind it that give the same as the matrix."""
    size, length = matrix.shape
    scale, window = (size // length, 1) if size % length == 0 else (size, length)
    means = numpy.kron(numpy.eye(size), numpy.full((1, window), 1 / window))
    made = means @ numpy.kron(numpy.eye(length), numpy.ones((scale, 1)))
    need(numpy.allclose(made, matrix), f"a map of {length} rows or columns does not become one of {size} by whole factors; "
         "take a larger image or a smaller grid")
    return scale, window
