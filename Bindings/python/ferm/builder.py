"""Writes .ferm files: a network that is described layer by layer, with its weights.

    import numpy
    from ferm.builder import Network, fresh

    net = Network((1, 44, 44), labels=["happy", "sad"], resized=(48, 48), name="small")
    x = net.convolution(net.input, "conv", fresh(16, 1, 3, 3), fresh(16), padding=1)
    x = net.adaptive_average_pool(net.prelu(x, "act", numpy.full(16, 0.25)), 1)
    face = net.flatten(x)
    net.scores(net.linear(face, "last", fresh(2, 16), fresh(2)))
    net.embedding(face, "face")
    net.write("small.ferm")

It needs numpy. What is written is the oldest version of the format that has what the network uses, so that as many readers as
possible take it: spec/ferm-1.md says how, and sections in brackets below are that page's. A layer whose shapes or numbers break a
rule is refused with a ValueError when it is added. `fer-inspect --verify FILE` looks at the whole; `fer-train export` makes a copy
with self-tests, and with weights of fewer bits.

Arrays of float16 are stored as fp16, all others as fp32; a `Tensor` may say another type. Weights that are yet to be trained are `fresh(...)`: zeros, in whose place
`fer-train --network FILE` draws its own.
"""
from __future__ import annotations

import hashlib
import math
import os
import struct
import zlib
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Set, Tuple, Union

import numpy
from numpy.typing import ArrayLike, NDArray

#: A number for both directions or all sides, or one for each.
Pair = Union[int, Sequence[int]]
#: A tensor, or its numbers.
Weights = Union["Tensor", ArrayLike]

__all__ = ["TYPES", "Network", "Tensor", "Value", "fresh"]


def fresh(*shape: int) -> NDArray[numpy.float32]:
    """Zeros that stand for weights which training will draw."""
    made: NDArray[numpy.float32] = numpy.zeros(shape, numpy.float32)
    return made


# name: (code, attributes in file order (section 6): "tensor", "optional", "real", or the whole numbers from low to high)
_PADS = [(f"pad_{side}", (0, 1024)) for side in ("top", "left", "bottom", "right")]
_STRIDES = [("stride_height", (1, 64)), ("stride_width", (1, 64))]
_WINDOW = [("window_height", (1, 64)), ("window_width", (1, 64))] + _STRIDES + _PADS
_CONVOLUTION = [("weight", "tensor"), ("bias", "optional")] + _STRIDES + _PADS + [("groups", (1, 65534))]
_DILATIONS = [("dilation_height", (1, 64)), ("dilation_width", (1, 64))]
_SCALES = [("scale_height", (1, 64)), ("scale_width", (1, 64))]
_OPERATORS: Dict[str, Tuple[int, List[Tuple[str, Any]]]] = {
    "convolution": (1, _CONVOLUTION),
    "linear": (2, [("weight", "tensor"), ("bias", "optional")]),
    "batch_norm": (3, [(name, "tensor") for name in ("weight", "bias", "mean", "variance")] + [("epsilon", "real")]),
    "relu": (4, []),
    "max_pool": (5, _WINDOW),
    "adaptive_average_pool": (6, [("height", (1, 1024)), ("width", (1, 1024))]),
    "flatten": (7, []),
    "silu": (8, []),
    "sigmoid": (9, []),
    "average_pool": (10, _WINDOW + [("count_padding", (0, 1))]),
    "add": (11, []),
    "multiply": (12, []),
    "softmax": (13, []),
    "concatenate": (14, []),
    "prelu": (15, [("slope", "tensor")]),
    "clip": (16, [("low", "real"), ("high", "real")]),
    "hard_swish": (17, []),
    "pad": (18, [("pad_front", (0, 65534)), ("pad_back", (0, 65534))] + _PADS),
    "upsample_nearest": (19, _SCALES),
    "upsample_bilinear": (20, _SCALES),
}
_FIRST_OF_SET_2 = 14
_KINDS = {"scores": 1, "embedding": 2, "detection": 3}


def _need(condition: Any, sentence: str) -> None:
    if not condition:
        raise ValueError(sentence)


def _pair(value: Any) -> Tuple[int, int]:
    """A number for both directions, or (height, width)."""
    return (value, value) if isinstance(value, int) else tuple(value)


def _around(padding: Pair) -> Dict[str, int]:
    """A number for all sides, or (top, left, bottom, right)."""
    sides = (padding,) * 4 if isinstance(padding, int) else tuple(padding)
    return {f"pad_{side}": n for side, n in zip(("top", "left", "bottom", "right"), sides)}


def _name(text: str) -> bytes:
    raw = text.encode()
    good = text.isascii() and all(c.isalnum() or c in "._/-" for c in text)
    _need(good and 1 <= len(raw) <= 128, f"{text!r} is no name: 1 to 128 letters, digits and ._/-")
    return struct.pack("<H", len(raw)) + raw


class Value:
    """What a layer gives: `shape` is (C, H, W) of a map, or (F,) of a vector; the batch is not in it."""

    def __init__(self, network: Network, index: int, shape: Tuple[int, ...]) -> None:
        self.network, self.index, self.shape = network, index, tuple(shape)

    def __repr__(self) -> str:
        return f"Value {self.index} of shape {self.shape}"


class Tensor:
    """A named tensor of a network; one that several layers are given is stored once.

    type: one of `TYPES`, how its numbers are stored; by default fp16 for arrays of float16, else fp32. `values` are the numbers that
    a reader makes of what is stored.
    """

    def __init__(self, name: str, values: Any, type: Optional[str] = None) -> None:
        values = numpy.asarray(values)
        self.name, self.type = name, type or ("fp16" if values.dtype == numpy.float16 else "fp32")
        _need(self.type in TYPES, f"{name} is {', '.join(TYPES)}, not {self.type!r}")
        _need(values.ndim <= 5 and 0 not in values.shape, f"{name} has the shape {values.shape}")
        _need(self.type != "int8" or values.ndim >= 2, f"{name} has no output channels that int8 could scale")
        with numpy.errstate(over="ignore"):
            self._stored: bytes
            self.values: NDArray[numpy.float32]
            self._stored, self.values = _STORED[self.type](numpy.ascontiguousarray(values, "<f4"))
        _need(numpy.isfinite(self.values).all(), f"{name} has numbers that are not finite, as they are or as {self.type}")

    @property
    def shape(self) -> Tuple[int, ...]:
        return self.values.shape

    def record(self) -> Tuple[bytes, bytes]:
        """Its entry in TIDX (4.5) and its stored bytes, by the codec that takes the fewest (5.2)."""
        raw, width = self._stored, TYPES[self.type][1]
        stored = [raw, zlib.compress(raw, 9)]
        if width > 1:
            block = 65536 * width
            planes = b"".join(raw[start:start + block][k::width] for start in range(0, len(raw), block) for k in range(width))
            stored.append(zlib.compress(planes, 9))
        codec = min(range(len(stored)), key=lambda i: len(stored[i]))
        # A reader refuses what DEFLATE could not have made.
        if len(raw) > 1032 * len(stored[codec]) + 64:
            codec = 0
        packed = stored[codec]
        index = _name(self.name) + struct.pack("<BBB", TYPES[self.type][0], codec, len(self.shape))
        return index + struct.pack(f"<{len(self.shape)}I", *self.shape) + struct.pack("<II", len(packed), zlib.crc32(packed)), packed


#: How the numbers of a tensor can be stored (5.1): the code, and the bytes of an element.
TYPES = {"fp32": (1, 4), "fp16": (2, 2), "bf16": (3, 2), "int8": (4, 1)}


def _half(values: Any) -> Any:
    half = values.astype("<f2")
    return half.tobytes(), half.astype("<f4")


def _upper_half(values: Any) -> Any:
    bits = values.view("<u4")
    upper = (bits + (0x7FFF + (bits >> 16 & 1)) >> 16).astype("<u2")
    return upper.tobytes(), (upper.astype("<u4") << 16).view("<f4")


def _bytes(values: Any) -> Any:
    rows = values.reshape(len(values), -1)
    scales = numpy.maximum(numpy.abs(rows).max(1) / numpy.float32(127), numpy.float32(2**-126)).astype("<f4")
    elements = numpy.clip(numpy.rint(rows / scales[:, None]), -127, 127).astype("i1")
    return scales.tobytes() + elements.tobytes(), (elements * scales[:, None]).reshape(values.shape).astype("<f4")


#: Decoded bytes, and the numbers that they stand for.
_STORED = {"fp32": lambda values: (values.tobytes(), values), "fp16": _half, "bf16": _upper_half, "int8": _bytes}


class Network:
    """A network with one input, in the making.

    input: (channels, height, width) of what the first layer gets, of 1 or 3 channels.
    labels: the classes, in the order of the scores; none for a network without scores.
    resized: height and width that an image is resized to before its centre is cropped to the input's; by default that size.
    colour, fit: "grey" or "rgb"; "stretch", "crop" or "pad", how an image gets the proportions of `resized` (section 8).
    scale, offset: what a pixel of 0 to 255 is multiplied by, and what is then added: one number, or one for each channel.
    """

    def __init__(self, input: Sequence[int], labels: Sequence[str] = (), *, name: str = "network", resized: Optional[Sequence[int]] = None,
                 colour: str = "grey", fit: str = "crop", scale: Union[float, Sequence[float]] = 1 / 255,
                 offset: Union[float, Sequence[float]] = 0.0, temperature: float = 1.0) -> None:
        self.name, self.labels, self.temperature = name, list(labels), temperature
        self.resized, self.colour, self.fit = tuple(resized or input[1:]), colour, fit
        self.scale, self.offset = ([x] * input[0] if isinstance(x, (int, float)) else list(x) for x in (scale, offset))
        _need(input[0] in (1, 3) and len(self.scale) == len(self.offset) == input[0], "the input has 1 or 3 channels, a scale each")
        _need(all(1 <= a <= b <= 1024 for a, b in zip(input[1:], self.resized)), "sides are 1 to 1024, and a crop is no larger")
        _need(colour == "grey" or (colour == "rgb" and input[0] == 3), "colour is grey, or rgb with three channels")
        _need(fit in ("stretch", "crop", "pad"), "fit is stretch, crop or pad")
        self.input = Value(self, 0, tuple(input))
        self.tensors: Dict[str, Tensor] = {}
        self.outputs: List[Any] = []
        self.provenance: Dict[str, Union[str, int, float, bool]] = {}
        self.notes: Dict[str, str] = {}
        self.crop_rules: Dict[str, Tuple[float, float, float, bool]] = {}
        self.self_tests: List[Any] = []
        self._nodes: List[Any] = []
        self._used: Set[int] = set()

    # ---- layers with weights: `name` begins the names of their tensors ----

    def convolution(self, x: Value, name: str, weight: Weights, bias: Optional[Weights] = None, *, stride: Pair = 1, padding: Pair = 0,
                    dilation: Pair = 1, groups: int = 1) -> Value:
        """weight: [outputs, C / groups, kH, kW], bias: [outputs]."""
        (c, height, width), pads = self._map(x), _around(padding)
        down, across = _pair(dilation)
        made = self._tensor(name, "weight", weight)
        w = made.shape
        _need(len(w) == 4 and groups > 0 and c % groups == w[0] % groups == 0 and w[1] * groups == c,
              f"{name}: a weight {w} does not fit {c} channels in {groups} groups")
        attributes = {"weight": made, "bias": self._tensor(name, "bias", bias, (w[0],)), "stride": stride, "groups": groups, **pads}
        if (down, across) != (1, 1):
            attributes["dilation"] = (down, across)
        size = ((w[2] - 1) * down + 1, (w[3] - 1) * across + 1)
        return self._add("convolution", [x], (w[0], *self._slide(x, size, stride, pads)), **attributes)

    def linear(self, x: Value, name: str, weight: Weights, bias: Optional[Weights] = None) -> Value:
        """weight: [outputs, F], bias: [outputs]; x is a vector."""
        made = self._tensor(name, "weight", weight)
        w = made.shape
        _need(len(w) == 2 and (w[1],) == x.shape, f"{name}: a weight {w} does not fit an input of {x.shape}; flatten maps first")
        return self._add("linear", [x], (w[0],), weight=made, bias=self._tensor(name, "bias", bias, (w[0],)))

    def batch_norm(self, x: Value, name: str, weight: Weights, bias: Optional[Weights], running_mean: Weights,
                   running_var: Weights, *, epsilon: float = 1e-5) -> Value:
        """Four vectors of C, named as PyTorch names them."""
        own = x.shape[:1]
        parts = {"weight": weight, "bias": bias, "running_mean": running_mean, "running_var": running_var}
        made = [self._tensor(name, key, values, own) for key, values in parts.items()]
        _need(epsilon >= 2**-126 and (made[3].values >= 0).all(), f"{name}: epsilon is above zero, and no variance below")
        return self._add("batch_norm", [x], x.shape, **dict(zip(("weight", "bias", "mean", "variance"), made)), epsilon=epsilon)

    def prelu(self, x: Value, name: str, slope: Weights) -> Value:
        """x where it is not below zero, else x times the slope: [C], or [1] for all channels."""
        made = self._tensor(name, "slope", slope)
        _need(made.shape in ((1,), x.shape[:1]), f"{name}: a slope of {made.shape} does not fit {x.shape}")
        return self._add("prelu", [x], x.shape, slope=made)

    # ---- elements ----

    def relu(self, x: Value) -> Value:
        return self._add("relu", [x], x.shape)

    def silu(self, x: Value) -> Value:
        return self._add("silu", [x], x.shape)

    def sigmoid(self, x: Value) -> Value:
        return self._add("sigmoid", [x], x.shape)

    def softmax(self, x: Value) -> Value:
        """Over the channels of each place."""
        return self._add("softmax", [x], x.shape)

    def hard_swish(self, x: Value) -> Value:
        return self._add("hard_swish", [x], x.shape)

    def clip(self, x: Value, low: float = 0.0, high: float = 6.0) -> Value:
        """ReLU6 by default."""
        _need(low <= high, "low is at most high")
        return self._add("clip", [x], x.shape, low=low, high=high)

    def add(self, a: Value, b: Value) -> Value:
        """Element by element; a side of 1 is repeated, and a vector beside a map is one number a channel (6.5)."""
        return self._add("add", [a, b], self._broadcast(a, b))

    def multiply(self, a: Value, b: Value) -> Value:
        """As `add`."""
        return self._add("multiply", [a, b], self._broadcast(a, b))

    # ---- shapes ----

    def flatten(self, x: Value) -> Value:
        return self._add("flatten", [x], (math.prod(x.shape),))

    def concatenate(self, *values: Any) -> Value:
        """Two to eight maps of the same sides, or vectors, along the channels."""
        _need(2 <= len(values) <= 8 and len({v.shape[1:] for v in values}) == 1 and len({len(v.shape) for v in values}) == 1,
              f"two to eight values that differ in their channels alone, not {[v.shape for v in values]}")
        return self._add("concatenate", values, (sum(v.shape[0] for v in values), *values[0].shape[1:]))

    def pad(self, x: Value, padding: Pair = 0, *, front: int = 0, back: int = 0) -> Value:
        """Zeros around each map, and channels of zeros before and behind."""
        (c, height, width), pads = self._map(x), _around(padding)
        shape = (front + c + back, pads["pad_top"] + height + pads["pad_bottom"], pads["pad_left"] + width + pads["pad_right"])
        return self._add("pad", [x], shape, pad_front=front, pad_back=back, **pads)

    def upsample_nearest(self, x: Value, scale: Pair = 2) -> Value:
        return self._upsample("upsample_nearest", x, scale)

    def upsample_bilinear(self, x: Value, scale: Pair = 2) -> Value:
        """With centres at halves, as PyTorch has it with align_corners=False."""
        return self._upsample("upsample_bilinear", x, scale)

    def max_pool(self, x: Value, window: Pair = 2, *, stride: Optional[Pair] = None, padding: Pair = 0) -> Value:
        return self._pool("max_pool", x, window, stride, padding)

    def average_pool(self, x: Value, window: Pair = 2, *, stride: Optional[Pair] = None, padding: Pair = 0,
                     count_padding: bool = False) -> Value:
        return self._pool("average_pool", x, window, stride, padding, count_padding=int(count_padding))

    def adaptive_average_pool(self, x: Value, size: Pair = 1) -> Value:
        """The mean of a grid of regions."""
        height, width = _pair(size)
        c, h, w = self._map(x)
        _need(height <= h and width <= w, f"a map of {x.shape} is smaller than {height} x {width}")
        return self._add("adaptive_average_pool", [x], (c, height, width), height=height, width=width)

    # ---- what the network gives ----

    def scores(self, x: Value, name: str = "scores") -> None:
        """A vector with one number, the logit, for each label."""
        _need(x.shape == (len(self.labels),), f"the scores are {x.shape} for {len(self.labels)} labels")
        self.outputs.append((name, "scores", x))

    def embedding(self, x: Value, name: str) -> None:
        """A vector that is compared with others by their cosine."""
        _need(len(x.shape) == 1, "an embedding is a vector")
        self.outputs.append((name, "embedding", x))

    def detection(self, name: str, levels: Sequence[Tuple[Value, Value, Sequence[Tuple[float, float]]]], *, key_points: int = 0) -> None:
        """Boxes (4.12); levels: (scores [A, h, w], boxes [A (4 + 2 key_points), h, w], [(width, height) of each of A anchors])."""
        for scores, boxes, anchors in levels:
            (a, (_, h, w)) = len(anchors), self._map(scores)
            _need(scores.shape == (a, h, w) and boxes.shape == (a * (4 + 2 * key_points), h, w),
                  f"{name}: scores {scores.shape} and boxes {boxes.shape} do not fit {a} anchors")
        self.outputs.append((name, "detection", levels, key_points))

    def crop_rule(self, detector: str, side: float, right: float = 0.0, down: float = 0.0, level: bool = False) -> None:
        """How a face that the detector found is cut from a photo (4.14)."""
        self.crop_rules[detector] = (side, right, down, level)

    def self_test(self, pixels: ArrayLike, expected: ArrayLike, tolerance: float) -> None:
        """An image, uint8 [H, W] or [H, W, 3], and the numbers of each output in turn that a reader must give for it (4.7)."""
        pixels, expected = numpy.asarray(pixels), numpy.asarray(expected, "<f4").ravel()
        _need(pixels.dtype == numpy.uint8 and (pixels.ndim == 2 or pixels.shape[2:] == (3,)) and 1 <= min(pixels.shape) and
              max(pixels.shape[:2]) <= 1024, f"an image of bytes, grey or RGB with sides to 1024, not {pixels.dtype} {pixels.shape}")
        _need(numpy.isfinite(expected).all() and 0 <= tolerance < math.inf, "the expected numbers and the tolerance are finite")
        _need(len(self.self_tests) < 16, "at most 16 self-tests")
        self.self_tests.append((pixels, expected, tolerance))

    # ---- the file ----

    def encoded(self) -> bytes:
        """The file's bytes."""
        operator_set = 2 if any(self._is_of_set_2(node) for node in self._nodes) else 1
        standard = [(name, kind, x.index) for name, kind, x, *_ in self.outputs if kind == "scores"]
        has_outputs = len(self.outputs) != 1 or standard != [("scores", "scores", len(self._nodes))]
        self._check()
        features = 2 * (operator_set > 1) + 4 * has_outputs + 8 * (len(self.labels) > 256)
        file = bytearray(b"\x89FERM\r\n\x1a\n" + struct.pack("<BHI", 1, 1 if features else 0, features))
        tensors = [self.tensors[name] for name in self._tensor_names()]
        records = [tensor.record() for tensor in tensors]
        nodes = [self._node_record(*node) for node in self._nodes]
        self._put(file, b"HEAD", struct.pack("<HH", operator_set, 0) + _name(self.name))
        self._put(file, b"PREP", self._preprocessing())
        self._put(file, b"LABL", self._labels())
        self._put(file, b"GRPH", struct.pack("<H", len(nodes)) + b"".join(nodes))
        self._put(file, b"TIDX", struct.pack("<H", len(records)) + b"".join(index for index, _ in records))
        self._put_data(file, [stored for _, stored in records])
        if has_outputs:
            self._put(file, b"OUTP", self._output_records())
        if operator_set > 1:
            self._put(file, b"nLEN", self._lengths(nodes))
        if self.self_tests:
            self._put(file, b"tEST", self._self_test_records())
        if self.provenance:
            self._put(file, b"pROV", self._provenance())
        if self.crop_rules:
            rules = [_name(key) + struct.pack("<3f2B", *self.crop_rules[key][:3], bool(self.crop_rules[key][3]), 0)
                     for key in sorted(self.crop_rules, key=str.encode)]
            self._put(file, b"cROP", struct.pack("<H", len(rules)) + b"".join(rules))
        for key, text in self.notes.items():
            self._put(file, b"nOTe", _name(key) + text.encode())
        self._put(file, b"FEND", struct.pack("<Q", len(file) + 56) + hashlib.sha256(file).digest())
        return bytes(file)

    def write(self, path: Union[str, "os.PathLike[str]"]) -> None:
        """Writes the file."""
        Path(path).write_bytes(self.encoded())

    # ---- how layers are added ----

    def _map(self, x: Value) -> Tuple[int, int, int]:
        _need(len(x.shape) == 3, f"{x} is no map")
        c, height, width = x.shape
        return c, height, width

    def _tensor(self, layer: str, key: str, values: Any, shape: Optional[Tuple[int, ...]] = None) -> Any:
        """A tensor of a layer: the caller's, or a new one of this name; None stays None."""
        if values is None:
            return None
        tensor = values if isinstance(values, Tensor) else Tensor(f"{layer}.{key}", values)
        _need(self.tensors.setdefault(tensor.name, tensor) is tensor, f"there is a tensor {tensor.name} already")
        _need(shape is None or tensor.shape == shape, f"{tensor.name} is {tensor.shape} where {shape} is needed")
        return tensor

    def _slide(self, x: Value, window: Tuple[int, int], stride: Pair, pads: Dict[str, int]) -> List[int]:
        """The sides of what a window gives (6.2)."""
        room = (x.shape[1] + pads["pad_top"] + pads["pad_bottom"] - window[0], x.shape[2] + pads["pad_left"] + pads["pad_right"] - window[1])
        _need(min(room) >= 0, f"the window {window} is larger than the padded map {x.shape}")
        return [r // s + 1 for r, s in zip(room, _pair(stride))]

    def _pool(self, operator: str, x: Value, window: Pair, stride: Optional[Pair], padding: Pair, **more: Any) -> Value:
        (c, _, _), pads, size = self._map(x), _around(padding), _pair(window)
        steps = _pair(size if stride is None else stride)
        _need(max(pads["pad_top"], pads["pad_bottom"]) < size[0] and max(pads["pad_left"], pads["pad_right"]) < size[1],
              "the padding is smaller than the window")
        return self._add(operator, [x], (c, *self._slide(x, size, steps, pads)), window=size, stride=steps, **pads, **more)

    def _upsample(self, operator: str, x: Value, scale: Pair) -> Value:
        (c, height, width), (down, across) = self._map(x), _pair(scale)
        return self._add(operator, [x], (c, height * down, width * across), scale=(down, across))

    def _broadcast(self, a: Value, b: Value) -> Tuple[int, ...]:
        rank = max(len(a.shape), len(b.shape))
        sides = list(zip(*(v.shape + (1,) * (rank - len(v.shape)) for v in (a, b))))
        _need(all(p == q or 1 in (p, q) for p, q in sides), f"{a.shape} and {b.shape} cannot be broadcast")
        return tuple(max(pair) for pair in sides)

    def _add(self, operator: str, inputs: Any, shape: Tuple[int, ...], **attributes: Any) -> Value:
        for pair in ("stride", "dilation", "window", "scale"):
            if pair in attributes:
                attributes[f"{pair}_height"], attributes[f"{pair}_width"] = _pair(attributes.pop(pair))
        for x in inputs:
            _need(isinstance(x, Value) and x.network is self, f"{operator}: {x} is no value of this network")
            self._used.add(x.index)
        for name, kind in self._attributes(operator, attributes):
            if isinstance(kind, tuple):
                _need(kind[0] <= attributes[name] <= kind[1], f"{operator}: {name} is {kind[0]} to {kind[1]}, not {attributes[name]}")
            elif kind == "real":
                _need(math.isfinite(attributes[name]), f"{operator}: {name} is finite")
        _need(max(shape) <= 1 << 20 and len(self._nodes) < 4096, f"{operator}: {shape} or the number of layers is beyond the limits")
        self._nodes.append((operator, [x.index for x in inputs], attributes))
        return Value(self, len(self._nodes), shape)

    def _check(self) -> None:
        """The rules for the whole."""
        _need(self.outputs, "say what the network gives: scores, embedding or detection")
        _need(len(self.outputs) <= 16 and len({name for name, *_ in self.outputs}) == len(self.outputs), "1 to 16 outputs, no two alike")
        kinds = [kind for _, kind, *_ in self.outputs]
        _need(kinds.count("scores") == (1 if self.labels else 0), "one output of scores where there are labels, none without")
        named = {x.index for output in self.outputs for x in self._values(output)}
        _need(0 not in named, "the network's input is no output")
        for index in range(len(self._nodes) + 1):
            _need(index in self._used or index in named, f"nothing uses value {index}")
        named = set(self._tensor_names())
        _need(len(self.tensors) <= 4096 and set(self.tensors) == named, f"no layer uses {sorted(set(self.tensors) - named)}")

    # ---- records (section 4) ----

    @staticmethod
    def _values(output: Any) -> Any:
        return [x for level in output[2] for x in level[:2]] if output[1] == "detection" else [output[2]]

    def _tensor_names(self) -> List[str]:
        """In the order of TIDX."""
        used = {t.name for _, _, attributes in self._nodes for t in attributes.values() if isinstance(t, Tensor)}
        return sorted(used, key=str.encode)

    @staticmethod
    def _attributes(operator: str, attributes: Any) -> Any:
        """In file order; a convolution without dilation is version 1, which has no such attributes."""
        return _OPERATORS[operator][1] + (_DILATIONS if "dilation_height" in attributes else [])

    @classmethod
    def _kind(cls, node: Any) -> Tuple[int, int, str]:
        """Code, version and name."""
        return (_OPERATORS[node[0]][0], 2 if "dilation_height" in node[2] else 1, node[0])

    @classmethod
    def _is_of_set_2(cls, node: Any) -> bool:
        code, version, _ = cls._kind(node)
        return code >= _FIRST_OF_SET_2 or version > 1

    def _node_record(self, operator: str, inputs: Any, attributes: Any) -> bytes:
        code, version, _ = self._kind((operator, inputs, attributes))
        record = struct.pack(f"<HBB{len(inputs)}H", code, version, len(inputs), *inputs)
        index = {name: i for i, name in enumerate(self._tensor_names())}
        for name, kind in self._attributes(operator, attributes):
            value = attributes[name]
            if isinstance(value, Tensor) or kind == "optional":
                value = 0xFFFF if value is None else index[value.name]
            record += struct.pack("<f" if kind == "real" else "<H", value)
        return record

    def _preprocessing(self) -> bytes:
        _, height, width = self.input.shape
        record = struct.pack("<4B4H", self.input.shape[0], 2 if self.colour == "rgb" else 1, ("stretch", "crop", "pad").index(self.fit),
                             1, *self.resized, height, width)
        return record + b"".join(struct.pack("<2f", *pair) for pair in zip(self.scale, self.offset))

    def _labels(self) -> bytes:
        _need(len(set(self.labels)) == len(self.labels) <= 65535, "at most 65,535 labels, no two alike")
        texts = [label.encode() for label in self.labels]
        _need(all(1 <= len(text) <= 64 for text in texts), "a label has 1 to 64 bytes")
        record = struct.pack("<Hf", len(texts), self.temperature)
        return record + b"".join(struct.pack("<H", len(text)) + text for text in texts)

    def _output_records(self) -> bytes:
        record = struct.pack("<H", len(self.outputs))
        for name, kind, what, *key_points in self.outputs:
            record += _name(name) + struct.pack("<H", _KINDS[kind])
            if kind != "detection":
                record += struct.pack("<H", what.index)
                continue
            record += struct.pack("<BBHH", 1, 0, key_points[0], len(what))
            for scores, boxes, anchors in what:
                record += struct.pack("<HHH", scores.index, boxes.index, len(anchors))
                record += b"".join(struct.pack("<2f", *anchor) for anchor in anchors)
        return record

    def _lengths(self, nodes: Any) -> bytes:
        kinds = sorted({self._kind(node) for node in self._nodes})
        record = struct.pack("<H", len(kinds))
        for code, version, name in kinds:
            record += struct.pack("<HB", code, version) + _name(name)
        return record + struct.pack(f"<H{len(nodes)}H", len(nodes), *map(len, nodes))

    def _self_test_records(self) -> bytes:
        count = sum(math.prod(x.shape) for output in self.outputs for x in self._values(output))
        record = struct.pack("<H", len(self.self_tests))
        for pixels, expected, tolerance in self.self_tests:
            _need(len(expected) == count, f"a self-test expects {len(expected)} numbers of outputs that have {count}")
            record += struct.pack("<HHBB", *pixels.shape[:2], 3 if pixels.ndim == 3 else 1, 0) + pixels.tobytes()
            record += struct.pack("<f", tolerance) + expected.tobytes()
        return record

    def _provenance(self) -> bytes:
        record = struct.pack("<H", len(self.provenance))
        for key in sorted(self.provenance, key=str.encode):
            value = self.provenance[key]
            if isinstance(value, bool):
                packed = struct.pack("<BB", 4, value)
            elif isinstance(value, int):
                packed = struct.pack("<Bq", 2, value)
            elif isinstance(value, float):
                packed = struct.pack("<Bd", 3, value)
            else:
                packed = struct.pack("<BH", 1, len(value.encode())) + value.encode()
            record += _name(key) + packed
        return record

    @staticmethod
    def _put(file: bytearray, type: bytes, payload: bytes) -> None:
        """A chunk (section 2)."""
        start = len(file)
        file += type + struct.pack("<I", len(payload)) + payload + bytes(-len(payload) % 8)
        file += struct.pack("<II", zlib.crc32(file[start:]), 0)

    @staticmethod
    def _put_data(file: bytearray, stored: Sequence[bytes]) -> None:
        """TDAT (4.6): each tensor on a multiple of 64, and a checksum over type and length alone."""
        start = len(file)
        file += b"TDAT" + bytes(4)
        for raw in stored:
            file += bytes(-len(file) % 64) + raw
        length = len(file) - start - 8
        file[start + 4:start + 8] = struct.pack("<I", length)
        file += bytes(-length % 8) + struct.pack("<II", zlib.crc32(file[start:start + 8]), 0)
