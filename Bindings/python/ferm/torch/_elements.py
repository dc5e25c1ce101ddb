"""Operations on each element: activations, sums, products."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
import torch

from ._errors import need
from ._held import Held, Spread, Take
from ._rules import Rules

if TYPE_CHECKING:
    from ._translator import Translator

rule = Rules()
_LARGEST = float(numpy.finfo(numpy.float32).max)


def element(t: Translator, x: Held, layer: Any, *arguments: Any) -> Any:
    """A layer that does the same to every element, whatever the shape."""
    if x.is_widened:
        return Held(layer(x.value, *arguments), x.shape, x.change)
    return t.held(layer(t.plain(x), *arguments), x.natural if x.change else x.value.shape).viewed(x.shape)


def _plain(*names: str, layer: Any) -> Any:
    @rule(*names)
    def apply(t: Translator, x: Held, **_: Any) -> Any:
        return element(t, x, getattr(t.net, layer))


_plain("relu", layer="relu")
_plain("silu", layer="silu")
_plain("sigmoid", layer="sigmoid")
_plain("hardswish", layer="hard_swish")


def clipped(t: Translator, x: Held, low: Any, high: Any) -> Any:
    if (low, high) == (0, None):
        return element(t, x, t.net.relu)
    return element(t, x, t.net.clip, -_LARGEST if low is None else float(low), _LARGEST if high is None else float(high))


@rule("relu6")
def relu6(t: Translator, x: Held) -> Any:
    return clipped(t, x, 0, 6)


@rule("hardtanh", "clamp", "clamp_min", "clamp_max")
def clamp(t: Translator, x: Held, min: Any = None, max: Any = None, min_val: Any = None, max_val: Any = None) -> Any:
    bounds = []
    for bound in (min_val if min is None else min, max_val if max is None else max):
        need(not isinstance(bound, Held), "its bounds are computed from the image, and the format's are constants")
        need(not isinstance(bound, torch.Tensor) or bound.numel() == 1, "its bounds are not the same for all elements")
        bounds.append(None if bound is None else float(bound))
    return clipped(t, x, *bounds)


@rule("hardsigmoid")
def hard_sigmoid(t: Translator, x: Held) -> Any:
    return clipped(t, t.affine(x, 1 / 6, 0.5), 0, 1)


@rule("tanh")
def tanh(t: Translator, x: Held) -> Any:
    return t.affine(element(t, t.affine(x, 2.0), t.net.sigmoid), 2.0, -1.0)


@rule("leaky_relu")
def leaky_relu(t: Translator, x: Held, negative_slope: Any = 0.01) -> Any:
    value = t.plain(x)
    return t.held(t.net.prelu(value, t.unique("slope"), numpy.full(1, negative_slope, numpy.float32))).viewed(x.shape)


@rule("prelu", "_prelu_kernel")
def prelu(t: Translator, x: Held, weight: Any) -> Any:
    need(isinstance(weight, torch.Tensor), "its slopes are computed from the image, and the format's are constants")
    slope = t.tensor(weight if weight.ndim == 1 else weight.flatten(), "slope")
    value = t.plain(x) if slope.shape == (1,) else t.channels(x)
    return t.held(t.net.prelu(value, t.unique("slope"), slope)).viewed(x.shape)


@rule("softmax", "_softmax")
def softmax(t: Translator, x: Held, dim: Any, **_: Any) -> Any:
    need(dim % (1 + len(x.shape)) == 1, "the format's softmax is over the channels (dim=1)")
    return t.held(t.net.softmax(t.channels(x)), None).viewed(x.shape)


# ---- sums and products ----


@rule("add")
def add(t: Translator, x: Held, other: Any, alpha: Any = 1) -> Any:
    if isinstance(x, Held) and isinstance(other, Held):
        return both(t, t.net.add, x, t.affine(other, float(alpha)))
    if isinstance(x, Held):
        return t.affine(x, shift=alpha * t.per_channel(other, x))
    return t.affine(other, float(alpha), t.per_channel(x, other))


@rule("sub", "rsub")
def sub(t: Translator, x: Held, other: Any, alpha: Any = 1) -> Any:
    if t.node.target._schema.name == "aten::rsub":
        x, other = other, x
        need(alpha == 1, "alpha is 1")
    if isinstance(x, Held) and not isinstance(other, Held):
        return t.affine(x, shift=-alpha * t.per_channel(other, x))
    if isinstance(x, Held):
        return both(t, t.net.add, x, t.affine(other, -float(alpha)))
    return t.affine(other, -float(alpha), t.per_channel(x, other))


@rule("neg")
def neg(t: Translator, x: Held) -> Any:
    return t.affine(x, -1.0)


@rule("mul")
def mul(t: Translator, x: Held, other: Any) -> Any:
    if isinstance(x, Held) and isinstance(other, Held):
        return both(t, t.net.multiply, x, other)
    return t.affine(x, t.per_channel(other, x)) if isinstance(x, Held) else t.affine(other, t.per_channel(x, other))


@rule("div")
def div(t: Translator, x: Held, other: Any, rounding_mode: Any = None) -> Any:
    need(rounding_mode is None, "the format does not round")
    need(isinstance(x, Held) and not isinstance(other, Held),
         "it divides by what is computed from the image; divisions by constants, and products, can be written")
    return t.affine(x, 1 / t.per_channel(other, x))


@rule("square")
def square(t: Translator, x: Held) -> Any:
    return both(t, t.net.multiply, x, x)


@rule("pow")
def pow(t: Translator, x: Held, exponent: Any) -> Any:
    need(isinstance(x, Held) and exponent in (1, 2), "only squares can be written")
    return x if exponent == 1 else square(t, x)


def both(t: Translator, layer: Any, a: Held, b: Held) -> Any:
    """A sum or product of two values; one of them may have sides of 1, which are repeated."""
    need(len(a.shape) == len(b.shape), f"{['N', *a.shape]} and {['N', *b.shape]} are aligned from the right; unsqueeze the smaller one")
    shape = tuple(max(pair) for pair in zip(a.shape, b.shape))
    a, b = (narrow(x, other) for x, other in ((a, b), (b, a)))
    sides = [t.plain(x) for x in (a, b)]
    if a.shape == b.shape and sides[0].shape == sides[1].shape:
        return t.held(layer(*sides)).viewed(shape)
    if len(shape) == 1:
        return t.held(layer(t.vector(a), t.vector(b)))
    need(len(shape) == 3, f"a sum or product of {['N', *a.shape]} and {['N', *b.shape]} cannot be written: flatten both")
    # A vector beside a map is a map of one pixel.
    sides = [side if side.shape == x.shape[:1] and x.shape[1:] == (1, 1) else t.map(x) for x, side in zip((a, b), sides)]
    if all(len(side.shape) == 1 for side in sides):
        need(a.shape == b.shape, f"{['N', *a.shape]} and {['N', *b.shape]} cannot be written: flatten both")
    return t.held(layer(*sides)).viewed(shape)


def narrow(x: Held, other: Any) -> Any:
    """x before it was repeated to the shape of the other, since sums and products repeat by themselves."""
    is_spread = isinstance(x.change, Spread) and x.before.shape[1:] == (1, 1)
    is_repeat = isinstance(x.change, Take) and x.before.shape[0] == 1
    return x.before if (is_spread or is_repeat) and x.shape == x.natural == other.shape and other.change is None else x
