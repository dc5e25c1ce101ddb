"""Operations that change shapes alone, or put values together."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Tuple

import numpy

from ._errors import need
from ._held import Held, Pad, Spread, Take
from ._rules import Rules

if TYPE_CHECKING:
    from ._translator import Translator

rule = Rules()

ROWS = "it takes rows, columns or elements apart, for which the format has no operator; channels can be taken apart"


@rule("clone", "alias", "detach", "contiguous", "lift_fresh_copy", "lift_fresh", "to", "_to_copy", "type_as", "float")
def same(t: Translator, x: Held, **_: Any) -> Any:
    need(t.node.meta["val"].is_floating_point(), "its results are whole numbers")
    return x


@rule("dropout", "feature_dropout", "alpha_dropout", "native_dropout")
def dropout(t: Translator, x: Held, train: Any = False, **_: Any) -> Any:
    need(not train, "it drops values although the module is in evaluation mode; give it training=self.training")
    return x


@rule("view", "_unsafe_view", "reshape", "flatten", "squeeze", "unsqueeze", "unflatten", "view_as")
def view(t: Translator, x: Held, **_: Any) -> Any:
    return x.viewed(t.result)


@rule("slice", "select")
def cut(t: Translator, x: Held, dim: Any = 0, start: Any = None, end: Any = None, step: Any = 1, index: Any = None) -> Any:
    if t.result == x.shape:
        return x
    axis, places = axis_of(dim, x), places_in(x)
    chosen = slice(start, end, step) if index is None else index
    return taken(t, x, places[(slice(None),) * axis + (chosen,)], t.result)


@rule("chunk", "split", "split_with_sizes", "unbind")
def parts(t: Translator, x: Held, dim: Any = 0, **_: Any) -> Any:
    axis, places = axis_of(dim, x), places_in(x)
    shapes = [tuple(part.shape[1:]) for part in t.node.meta["val"]]
    sizes = [shape[axis] if len(shape) == len(x.shape) else 1 for shape in shapes]
    ends = numpy.cumsum(sizes)[:-1]
    return [taken(t, x, part, shape) for part, shape in zip(numpy.split(places, ends, axis), shapes)]


def axis_of(dim: Any, x: Held) -> Any:
    """A dimension of channels, or of groups of them, counted behind the batch."""
    axis = dim % (1 + len(x.shape)) - 1
    need(0 <= axis < len(x.shape) - 2, ROWS)
    return axis


def places_in(x: Held) -> Any:
    """The number of each channel where x has it."""
    need(len(x.natural) == 3 and x.shape[-2:] == x.natural[-2:], ROWS)
    return numpy.arange(x.natural[0]).reshape(x.shape[:-2])


def taken(t: Translator, x: Held, places: Any, shape: Tuple[int, ...]) -> Any:
    """The channels at these places; the layer that gets them may choose them by weights of zero."""
    value, own = (x.value, x.change.channels) if isinstance(x.change, Take) else (t.plain(x), range(x.natural[0]))
    return Held(value, shape, Take(tuple(own[i] for i in places.ravel().tolist())))


@rule("permute", "transpose", "movedim", "t", "swapaxes")
def permute(t: Translator, x: Held, dims: Any = None, dim0: Any = None, dim1: Any = None, **_: Any) -> Any:
    order, rank = list(range(1 + len(x.shape))), 1 + len(x.shape)
    if dims is not None:
        order = [d % rank for d in dims]
    else:
        need(dim0 is not None, "it reorders dimensions; only those of one element can be moved")
        order[dim0], order[dim1] = order[dim1], order[dim0]
    wide = [d for d in order if d and x.shape[d - 1] > 1]
    if order[0] == 0 and wide == sorted(wide):
        return x.viewed(t.result)
    need(order[0] == 0 and order[-2:] == [rank - 2, rank - 1] and len(x.natural) == 3 and x.shape[-2:] == x.natural[-2:],
         "it reorders dimensions, and the format keeps channels, rows, columns; groups of channels can change places")
    return taken(t, x, places_in(x).transpose([d - 1 for d in order[1:-2]]), t.result)


@rule("expand", "expand_as", "repeat", "broadcast_to")
def repeat(t: Translator, x: Held, **_: Any) -> Any:
    wide = t.result
    if wide == x.shape:
        return x
    need(len(wide) == len(x.shape) == 3, f"{['N', *x.shape]} cannot be repeated to {['N', *wide]}")
    value = t.plain(x)
    need(value.shape + (1,) * (3 - len(value.shape)) == x.shape, "it repeats a view of other maps")
    if wide[1:] == x.shape[1:]:
        return Held(value, wide, Take(tuple(range(x.shape[0])) * (wide[0] // x.shape[0])))
    need(wide[0] == x.shape[0] and x.shape[1:] == (1, 1), "only channels, or maps of one pixel, can be repeated")
    return Held(value, wide, Spread(numpy.ones((wide[1], 1)), numpy.ones((wide[2], 1))))


@rule("cat", "concat", "concatenate")
def concatenate(t: Translator, tensors: Any, dim: Any = 0) -> Any:
    need(all(isinstance(x, Held) for x in tensors), "it puts constants beside values of the network")
    need(dim % (1 + len(tensors[0].shape)) == 1, "only channels, or vectors, can be put together (dim=1)")
    shape = (sum(x.shape[0] for x in tensors), *tensors[0].shape[1:])
    are_vectors = len(shape) == 1 or any(len(t.plain(x).shape) == 1 for x in tensors)
    values = [t.vector(x) if are_vectors else t.map(x) for x in tensors]
    while len(values) > 1:
        # A layer takes eight.
        groups = [values[i:i + 8] for i in range(0, len(values), 8)]
        values = [t.net.concatenate(*group) if len(group) > 1 else group[0] for group in groups]
    return t.held(values[0]).viewed(shape)


@rule("pad", "constant_pad_nd")
def pad(t: Translator, x: Held, pad: Any, mode: Any = "constant", value: Any = None) -> Any:
    need(mode == "constant", f"the format pads with zeros, not by {mode}")
    need(min(pad, default=0) >= 0, "it cuts off a part of the map, for which the format has no operator")
    left, right, top, bottom, front, back = (list(pad) + [0] * 6)[:6]
    if not any(pad):
        return x
    need(not any(pad[6:]) and len(x.shape) == 3, "only maps can be padded")
    if front or back:
        need(not value, "the format pads with zeros")
        return t.held(t.net.pad(t.map(x), (top, left, bottom, right), front=front, back=back))
    plain = t.map(x)
    return Held(plain, t.result, Pad((top, left, bottom, right), float(value or 0)))


@rule("upsample_nearest2d", "_upsample_nearest_exact2d")
def nearest(t: Translator, x: Held, **sizes: Any) -> Any:
    return upsampled(t, t.net.upsample_nearest, x, **sizes)


@rule("upsample_bilinear2d")
def bilinear(t: Translator, x: Held, align_corners: Any, **sizes: Any) -> Any:
    need(not align_corners, "the format's bilinear upsampling has align_corners=False")
    return upsampled(t, t.net.upsample_bilinear, x, **sizes)


def upsampled(t: Translator, layer: Any, x: Held, scale_factors: Any = None, scales_h: Any = None, scales_w: Any = None, **_: Any) -> Any:
    small, large = x.shape[1:], t.result[1:]
    scales = tuple(b // a for a, b in zip(small, large))
    asked = scale_factors or (scales_h, scales_w)
    need(all(a * s == b and f in (None, s) for a, b, s, f in zip(small, large, scales, asked)),
         f"maps grow by whole factors, and {list(small)} becomes {list(large)}")
    return x if scales == (1, 1) else t.held(layer(t.map(x), scales))
