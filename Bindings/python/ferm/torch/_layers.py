"""Operations with weights, and pools."""
from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Sequence

import numpy
import torch

from ._errors import need
from ._held import Held, Pad, Spread, Take, adaptive
from ._rules import Rules

if TYPE_CHECKING:
    from ._translator import Translator

BATCH_NORM = ("weight", "bias", "running_mean", "running_var")

rule = Rules()


def constant(tensor: torch.Tensor, what: str) -> Any:
    need(tensor is None or isinstance(tensor, torch.Tensor), f"its {what} is computed from the image, and the format's are constants")
    return tensor


def pair(value: Any) -> Any:
    value = [value] if isinstance(value, int) else list(value)
    return tuple(value * 2 if len(value) == 1 else value)


@rule("conv2d", "convolution")
def convolution(t: Translator, x: Held, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
                dilation: Any = 1, groups: Any = 1, transposed: Any = False, **_: Any) -> Any:
    need(not transposed, "the format has no transposed convolution; interpolate and then convolve")
    weight, bias = constant(weight, "weight"), constant(bias, "bias")
    need(isinstance(x, Held) and weight.ndim == 4, "only convolutions of images, in two dimensions, can be written")
    stride, dilation, kernel = pair(stride), pair(dilation), tuple(weight.shape[2:])
    sides = pair(padding) * 2 if not isinstance(padding, str) else same(kernel, dilation) if padding == "same" else (0,) * 4
    is_whole = kernel == x.shape[1:] and dilation == (1, 1) and sides == (0,) * 4
    if x.natural == x.shape:
        # What the value is still waiting for, as far as the convolution can do it in passing.
        if isinstance(x.change, Spread) and is_whole:
            weight, x = derived(x.change.folded(numbers(weight))), x.before
        elif isinstance(x.change, Take) and groups == 1 and is_cheaper(x, weight):
            weight, x = derived(x.change.folded(numbers(weight), x.before.shape[0])), x.before
        elif isinstance(x.change, Pad) and x.change.fill == 0:
            sides, x = tuple(a + b for a, b in zip(sides, x.change.sides)), x.before
    if len(x.value.shape) == 1 and x.change is None and is_whole and groups == 1:
        # A vector as one pixel: the same as a linear layer.
        made = t.net.linear(x.value, t.node.name, t.tensor(weight.flatten(1), "weight"), t.tensor(bias, "bias"))
        return t.held(made, (*made.shape, 1, 1))
    return t.held(t.net.convolution(t.map(x), t.node.name, t.tensor(weight, "weight"), t.tensor(bias, "bias"), stride=stride,
                                    padding=sides, dilation=dilation, groups=groups))


def is_cheaper(x: Held, weight: Any) -> Any:
    """Whether to give weights of zero to the channels that are left out, rather than to take the others by a layer of its own."""
    left_out = max(0, x.before.shape[0] - x.shape[0])
    return weight[:, 0].numel() * left_out <= x.before.shape[0] * x.shape[0]


def same(kernel: Any, dilation: Any) -> Any:
    """The padding that keeps the size: of an odd sum the larger part is below and on the right."""
    total = [d * (k - 1) for d, k in zip(dilation, kernel)]
    return (*(n // 2 for n in total), *(n - n // 2 for n in total))


def numbers(tensor: torch.Tensor) -> Any:
    return tensor.detach().float().numpy()


def derived(values: Any) -> Any:
    return torch.from_numpy(numpy.ascontiguousarray(values))


@rule("linear")
def linear(t: Translator, x: Held, weight: Any, bias: Any = None) -> Any:
    weight, bias = constant(weight, "weight"), constant(bias, "bias")
    need(isinstance(x, Held), "its input is a constant")
    need(len(x.shape) == 1, f"a linear layer takes a vector [N, F], not {['N', *x.shape]}; flatten maps first")
    if isinstance(x.change, Spread):
        # Before the larger map is flattened: the same from the smaller one, by weights added up.
        weight = derived(x.change.folded(numbers(weight).reshape(-1, *x.natural))).flatten(1)
        x = Held(x.value, (math.prod(x.value.shape),))
    return t.held(t.net.linear(t.vector(x), t.node.name, t.tensor(weight, "weight"), t.tensor(bias, "bias")))


@rule("matmul", "mm", "addmm")
def product(t: Translator, x: Held, mat2: Any = None, other: Any = None, mat1: Any = None, beta: Any = 1, alpha: Any = 1, **_: Any) -> Any:
    bias, x, weight = (x, mat1, mat2) if mat1 is not None else (None, x, other if mat2 is None else mat2)
    need(isinstance(x, Held) and isinstance(weight, torch.Tensor) and weight.ndim == 2,
         "it multiplies values of the network as matrices (as attention does), for which the format has no operator")
    need(beta == alpha == 1 and (bias is None or (isinstance(bias, torch.Tensor) and bias.shape == weight.shape[1:])),
         "only a plain linear layer can be written")
    return linear(t, x, weight.t(), bias)


@rule("batch_norm", "_native_batch_norm_legit_no_training", "_native_batch_norm_legit", "native_batch_norm")
def batch_norm(t: Translator, x: Held, weight: Any, bias: Any, running_mean: Any = None, running_var: Any = None,
               eps: Any = 1e-5, training: Any = False, **_: Any) -> Any:
    need(not training, "it takes its statistics from the batch; give it running statistics, and training=False when it is not trained")
    need(running_mean is not None, "it has no running statistics; a batch norm with track_running_stats=True can be written")
    value = t.channels(x)
    given = zip(BATCH_NORM, (constant(weight, "weight"), constant(bias, "bias"), running_mean, running_var), (1, 0, 0, 1))
    parts = [numpy.full(value.shape[:1], usual, numpy.float32) if tensor is None else t.tensor(tensor, role)
             for role, tensor, usual in given]
    return t.held(t.net.batch_norm(value, t.unique(*BATCH_NORM), *parts, epsilon=eps), x.shape)


@rule("max_pool2d", "max_pool2d_with_indices")
def max_pool(t: Translator, x: Held, kernel_size: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1, **_: Any) -> Any:
    need(pair(dilation) == (1, 1), "the format's max pool has no dilation")
    sides = pair(padding) * 2
    if isinstance(x.change, Pad) and x.change.fill == -math.inf and x.natural == x.shape:
        around = x.change.sides
        x, sides = x.before, tuple(a + b for a, b in zip(sides, around))
    window, stride = pair(kernel_size), pair(stride or kernel_size)
    sides, _ = grown(t, x, window, stride, sides)
    return t.held(t.net.max_pool(t.map(x), window, stride=stride, padding=sides))


@rule("avg_pool2d")
def average_pool(t: Translator, x: Held, kernel_size: Any, stride: Any = (), padding: Any = 0,
                 count_include_pad: Any = True, divisor_override: Any = None, **_: Any) -> Any:
    need(divisor_override is None, "the format's average pool divides by the number of elements")
    window, stride, sides = pair(kernel_size), pair(stride or kernel_size), pair(padding) * 2
    if isinstance(x.change, Pad) and x.change.fill == 0 and x.natural == x.shape and sides == (0,) * 4:
        sides, x, count_include_pad = x.change.sides, x.before, True
    grown_sides, is_grown = grown(t, x, window, stride, sides)
    count = count_include_pad and any(sides)
    need(not (count and is_grown), "with ceil_mode the format counts no padding; use count_include_pad=False")
    return t.held(t.net.average_pool(t.map(x), window, stride=stride, padding=grown_sides, count_padding=count))


def grown(t: Translator, x: Held, window: Any, stride: Any, sides: Any) -> Any:
    """The padding that gives the result its size: ceil_mode asks for more below and on the right."""
    missing = [max(0, (out - 1) * s + k - (length + before + after))
               for out, s, k, length, before, after in zip(t.result[1:], stride, window, x.shape[1:], sides[:2], sides[2:])]
    return (*sides[:2], *(after + more for after, more in zip(sides[2:], missing))), any(missing)


@rule("adaptive_avg_pool2d", "_adaptive_avg_pool2d")
def adaptive_average_pool(t: Translator, x: Held, **_: Any) -> Any:
    return pooled(t, x, t.result[1:])


def pooled(t: Translator, x: Held, size: Sequence[int]) -> Any:
    """The mean of each region of a grid, which may be finer than the map."""
    size = tuple(size)
    if x.shape[1:] == (1, 1) == size:
        return x
    coarse = tuple(map(min, size, x.shape[1:]))
    value = t.map(x)
    value = value if coarse == value.shape[1:] else t.net.adaptive_average_pool(value, coarse)
    spread = None if coarse == size else Spread(*(adaptive(a, b) for a, b in zip(coarse, size)))
    return Held(value, (value.shape[0], *size), spread)


@rule("adaptive_max_pool2d")
def adaptive_max_pool(t: Translator, x: Held, **_: Any) -> Any:
    need(all(a % b == 0 for a, b in zip(x.shape[1:], t.result[1:])), "its grid does not divide the map")
    return t.held(t.net.max_pool(t.map(x), tuple(a // b for a, b in zip(x.shape[1:], t.result[1:]))))


def dimensions(dim: Any, x: Held) -> Any:
    """As numbers from 1; the batch is 0."""
    rank = 1 + len(x.shape)
    found = {d % rank for d in ([dim] if isinstance(dim, int) else dim or range(rank))}
    need(0 not in found, "it takes images of the batch together; name the dimensions")
    return found


@rule("mean")
def mean(t: Translator, x: Held, dim: Any = None, **_: Any) -> Any:
    found, shape = dimensions(dim, x), t.result
    if found == {1} and len(x.shape) == 3:
        weight = torch.full((1, x.shape[0], 1, 1), 1 / x.shape[0])
        return t.held(t.net.convolution(t.map(x), t.node.name, t.tensor(weight, "weight")), (1, *x.shape[1:])).viewed(shape)
    if len(x.shape) == 2 and found == {2} and len(x.natural) == 3:
        # Of a map whose rows and columns were made one dimension.
        need(t.channels(x).shape[1:], "only means over rows, columns or channels can be written")
        x, found = Held(t.plain(x), t.plain(x).shape), {2, 3}
    need(len(x.shape) == 3 and found <= {2, 3}, "only means over rows, columns or channels can be written")
    return pooled(t, x, [1 if d in found else x.shape[d - 1] for d in (2, 3)]).viewed(shape)


@rule("sum")
def total(t: Translator, x: Held, dim: Any = None, **_: Any) -> Any:
    count = math.prod(x.shape[d - 1] for d in dimensions(dim, x))
    return t.affine(mean(t, x, dim), float(count))


@rule("amax")
def largest(t: Translator, x: Held, dim: Any = (), **_: Any) -> Any:
    need(len(x.shape) == 3 and dimensions(dim, x) == {2, 3}, "only maxima over rows and columns can be written")
    value = t.map(x)
    return t.held(t.net.max_pool(value, value.shape[1:])).viewed(t.result)
