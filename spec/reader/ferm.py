#!/usr/bin/env python3
# SPDX-License-Identifier: CC0-1.0
"""A second reader of .ferm files, written from ../ferm-1.md alone, with nothing but Python's standard library.

    python3 ferm.py FILE                      verify the whole file, self-tests included
    python3 ferm.py FILE --json               the same, and everything but the weights as JSON
    python3 ferm.py FILE --digest             the same, and the content digest
    python3 ferm.py FILE --logits INPUT.f32   the same, and a line of logits for each input [C, H, W] of fp32 numbers
    python3 ferm.py FILE --outputs INPUT.f32  the same, and a line of JSON for each input: by the name of each output the
                                              elements of every value that it names

Exit status 0 for a sound file, 3 for a bad one, 2 for a command line that cannot be used. It is there to be compared with: short
and plain rather than fast. Section numbers are those of the specification.
"""
import hashlib
import json
import math
import struct
import sys
import zlib
from operator import mul

LIMITS = {"file": 1 << 30, "chunks": 64, "record": 1 << 24, "tensors": 4096, "nodes": 4096, "inputs": 8, "rank": 5,
          "dimension": 1 << 20, "elements": 1 << 27, "decoded": 1 << 30, "alive": 1 << 29, "multiply_adds": 1 << 40, "named": 1 << 28,
          "outputs": 1 << 24, "fitted": 1 << 28}
SIGNATURE = b"\x89FERM\r\n\x1a\n"
FEATURES = {1: "operator set 2", 2: "outputs", 3: "many labels"}
REQUIRED = ["HEAD", "PREP", "LABL", "GRPH", "TIDX", "TDAT"]
ELEMENTS = {1: ("fp32", 4), 2: ("fp16", 2), 3: ("bf16", 2), 4: ("int8", 1)}
CODECS = {0: "stored", 1: "zlib", 2: "shuffle+zlib"}


class Refusal(Exception):
    """A broken rule: the name of its code, the offset or None, a sentence (section 11)."""

    def __init__(self, code, offset, sentence):
        super().__init__(sentence)
        self.code, self.offset = code, offset

    def __str__(self):
        place = "" if self.offset is None else f", byte {self.offset}"
        return f"{self.args[0]} [{self.code}{place}]"


def require(condition, code, offset, sentence):
    if not condition:
        raise Refusal(code, offset, sentence)


def f32(value):
    """The nearest fp32 number."""
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)


def shortest(value):
    """The fp32 number with the fewest digits that tell it from all others."""
    for digits in range(1, 10):
        text = float(f"{value:.{digits - 1}e}")
        if f32(text) == value:
            return text
    return value


# ---- records (sections 2 to 4) ----

class Record:
    """The fields of a chunk's payload in order."""

    def __init__(self, payload, start):
        self.payload, self.start, self.place = payload, start, 0

    @property
    def offset(self):
        return self.start + self.place

    @property
    def rest(self):
        return len(self.payload) - self.place

    def bytes(self, count):
        require(count <= self.rest, "structure", self.offset, "The chunk ends in the middle of a field.")
        self.place += count
        return self.payload[self.place - count:self.place]

    def number(self, code):
        return struct.unpack("<" + code, self.bytes(struct.calcsize("<" + code)))[0]

    def string(self, limit, name=False):
        place = self.offset
        count = self.number("H")
        require(count <= limit, "limit", place, f"A text has {count} bytes.")
        raw = self.bytes(count)
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise Refusal("value", place, "A text is not UTF-8.") from None
        require("\0" not in text, "value", place, "A text holds NUL.")
        if name:
            allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/-"
            require(text and all(c in allowed for c in text), "value", place, "A name has other characters.")
        return text

    def within(self, code, low, high, error="value", what="A number"):
        place = self.offset
        value = self.number(code)
        # The comparison is false for NaN.
        require(low <= value <= high, error, place, f"{what} is {value}.")
        return value

    def finite(self, code="f", low=-sys.float_info.max):
        return self.within(code, low, sys.float_info.max)

    def finish(self):
        require(self.rest == 0, "structure", self.offset, f"{self.rest} bytes are left of a record.")


class Chunk:
    def __init__(self, data, start, type, length):
        self.data, self.start, self.type, self.length = data, start, type, length
        self.payload = start + 8
        self.trailer = self.payload + (length + 7) // 8 * 8
        self.end = self.trailer + 8

    def check(self):
        """Checksum, reserved field, zeros."""
        guarded = self.payload if self.type == "TDAT" else self.trailer
        sum, reserved = struct.unpack_from("<II", self.data, self.trailer)
        require(sum == zlib.crc32(self.data[self.start:guarded]), "checksum", self.trailer,
                f"The checksum of chunk {self.type} does not match.")
        require(reserved == 0, "structure", self.trailer + 4, "A reserved field is not zero.")
        if self.type != "TDAT":
            check_zeros(self.data, self.payload + self.length, self.trailer)

    def record(self):
        require(self.length <= LIMITS["record"], "limit", self.start + 4, f"The chunk {self.type} is too long.")
        self.check()
        return Record(self.data[self.payload:self.payload + self.length], self.payload)


def check_zeros(data, start, end):
    for place in range(start, end):
        require(data[place] == 0, "structure", place, "A filling byte is not zero.")


# ---- operators (section 6) ----

def need(condition, sentence):
    if not condition:
        raise Refusal("graph", None, sentence)


def vector(tensor, count):
    need(tensor["shape"] == [count], f"{tensor['name']} is no vector of {count}.")


def slide(x, window, attributes):
    """The sides of the output of a window (6.2)."""
    sides = []
    for side, size, before, after, step in ((x[1], window[0], "pad_top", "pad_bottom", "stride_height"),
                                            (x[2], window[1], "pad_left", "pad_right", "stride_width")):
        room = side + attributes[before] + attributes[after] - size
        need(room >= 0, "The window is larger than the padded map.")
        sides.append(room // attributes[step] + 1)
    return sides


def is_map(x):
    need(len(x) == 3, "The input is no map.")


class Window:
    """Places that a window looks at: for each output row (column) the range of rows (columns) inside the map."""

    def __init__(self, side, size, step, before, outputs):
        self.ranges = []
        for i in range(outputs):
            first = i * step - before
            self.ranges.append((max(first, 0), min(first + size, side), first))


def convolution_shape(inputs, a):
    x, w = inputs[0], a["weight"]["shape"]
    is_map(x)
    groups = a["groups"]
    need(len(w) == 4 and x[0] % groups == 0 and w[0] % groups == 0 and w[1] == x[0] // groups,
         "The weight does not fit the input's channels.")
    if a["bias"]:
        vector(a["bias"], w[0])
    return [w[0]] + slide(x, [(side - 1) * a.get(f"dilation_{way}", 1) + 1 for side, way in zip(w[2:], ("height", "width"))], a)


def convolution(inputs, shapes, output, a):
    x, (c, height, width) = inputs[0], shapes[0]
    o_count, per_group, kh, kw = a["weight"]["shape"]
    weight = a["weight"]["values"]
    bias = a["bias"]["values"] if a["bias"] else [0.0] * o_count
    rows, columns = output[1:]
    size = per_group * kh * kw
    down, across = a.get("dilation_height", 1), a.get("dilation_width", 1)
    y = [0.0] * math.prod(output)
    for g in range(a["groups"]):
        outputs = range(g * (o_count // a["groups"]), (g + 1) * (o_count // a["groups"]))
        filters = [weight[o * size:(o + 1) * size] for o in outputs]
        for i in range(rows):
            for j in range(columns):
                patch = []
                left = j * a["stride_width"] - a["pad_left"]
                # The taps from `first` up to, not including, `end` lie within the row.
                first, end = max(0, -(left // across)), min(kw, -((left - width) // across))
                for channel in range(g * per_group, (g + 1) * per_group):
                    for u in range(kh):
                        row = i * a["stride_height"] + u * down - a["pad_top"]
                        if not 0 <= row < height or first >= end:
                            patch += [0.0] * kw
                        else:
                            start = (channel * height + row) * width + left
                            inside = x[start + first * across:start + (end - 1) * across + 1:across]
                            patch += [0.0] * first + inside + [0.0] * (kw - end)
                for o, w in zip(outputs, filters):
                    y[(o * rows + i) * columns + j] = bias[o] + sum(map(mul, w, patch))
    return y


def linear_shape(inputs, a):
    x, w = inputs[0], a["weight"]["shape"]
    need(len(x) == 1 and len(w) == 2 and w[1] == x[0], "The weight does not fit the input.")
    if a["bias"]:
        vector(a["bias"], w[0])
    return [w[0]]


def linear(inputs, shapes, output, a):
    x, w, f = inputs[0], a["weight"]["values"], shapes[0][0]
    bias = a["bias"]["values"] if a["bias"] else [0.0] * output[0]
    return [bias[o] + sum(map(mul, w[o * f:(o + 1) * f], x)) for o in range(output[0])]


def batch_norm_shape(inputs, a):
    x = inputs[0]
    need(len(x) in (1, 3), "The input is neither map nor vector.")
    for name in ("weight", "bias", "mean", "variance"):
        vector(a[name], x[0])
    return x


def batch_norm(inputs, shapes, output, a):
    x, plane = inputs[0], math.prod(shapes[0][1:])
    y = []
    for c in range(shapes[0][0]):
        scale = a["weight"]["values"][c] / math.sqrt(a["variance"]["values"][c] + a["epsilon"])
        mean, bias = a["mean"]["values"][c], a["bias"]["values"][c]
        y += [(v - mean) * scale + bias for v in x[c * plane:(c + 1) * plane]]
    return y


def pool_shape(inputs, a):
    is_map(inputs[0])
    need(max(a["pad_top"], a["pad_bottom"]) < a["window_height"]
         and max(a["pad_left"], a["pad_right"]) < a["window_width"], "The padding is not smaller than the window.")
    return [inputs[0][0]] + slide(inputs[0], (a["window_height"], a["window_width"]), a)


def pool(inputs, shapes, output, a):
    """Both kinds: a max pool has no attribute count_padding."""
    (c, height, width), x = shapes[0], inputs[0]
    down = Window(height, a["window_height"], a["stride_height"], a["pad_top"], output[1]).ranges
    across = Window(width, a["window_width"], a["stride_width"], a["pad_left"], output[2]).ranges
    y = []
    for channel in range(c):
        for top, bottom, _ in down:
            for left, right, _ in across:
                values = []
                for row in range(top, bottom):
                    start = (channel * height + row) * width
                    values += x[start + left:start + right]
                if "count_padding" not in a:
                    y.append(max(values))
                elif a["count_padding"]:
                    y.append(sum(values) / (a["window_height"] * a["window_width"]))
                else:
                    y.append(sum(values) / len(values))
    return y


def adaptive_shape(inputs, a):
    x = inputs[0]
    is_map(x)
    need(a["height"] <= x[1] and a["width"] <= x[2], "The map is smaller than the output.")
    return [x[0], a["height"], a["width"]]


def adaptive_pool(inputs, shapes, output, a):
    (c, height, width), x = shapes[0], inputs[0]
    down = [(i * height // output[1], -(-(i + 1) * height // output[1])) for i in range(output[1])]
    across = [(i * width // output[2], -(-(i + 1) * width // output[2])) for i in range(output[2])]
    y = []
    for channel in range(c):
        for top, bottom in down:
            for left, right in across:
                values = []
                for row in range(top, bottom):
                    start = (channel * height + row) * width
                    values += x[start + left:start + right]
                y.append(sum(values) / len(values))
    return y


def exp(x):
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def sigmoid(x):
    return 1 / (1 + exp(-x))


def each(function):
    return lambda inputs, shapes, output, a: [function(x) for x in inputs[0]]


def broadcast_shape(inputs, a):
    rank = max(map(len, inputs))
    padded = [shape + [1] * (rank - len(shape)) for shape in inputs]
    for m, n in zip(*padded):
        need(m == n or m == 1 or n == 1, "The inputs do not fit each other.")
    return [max(m, n) for m, n in zip(*padded)]


def broadcast(function):
    def compute(inputs, shapes, output, a):
        shape = output + [1] * (3 - len(output))
        views = []
        for values, own in zip(inputs, shapes):
            c, h, w = own + [1] * (3 - len(own))
            steps = (h * w if c > 1 else 0, w if h > 1 else 0, 1 if w > 1 else 0)
            views.append((values, steps))
        (p, (pc, ph, pw)), (q, (qc, qh, qw)) = views
        return [function(p[c * pc + i * ph + j * pw], q[c * qc + i * qh + j * qw])
                for c in range(shape[0]) for i in range(shape[1]) for j in range(shape[2])]
    return compute


def softmax(inputs, shapes, output, a):
    x, c, plane = inputs[0], shapes[0][0], math.prod(shapes[0][1:])
    y = [0.0] * len(x)
    for place in range(plane):
        values = x[place::plane]
        largest = max(values)
        powers = [exp(v - largest) for v in values]
        y[place::plane] = [v / sum(powers) for v in powers]
    return y


def concatenate_shape(inputs, a):
    need(all(len(x) == len(inputs[0]) and len(x) in (1, 3) and x[1:] == inputs[0][1:] for x in inputs),
         "The inputs do not fit each other.")
    return [sum(x[0] for x in inputs)] + inputs[0][1:]


def prelu_shape(inputs, a):
    x = inputs[0]
    need(a["slope"]["shape"] in ([1], [x[0]]), "There is neither one slope nor one a channel.")
    return x


def prelu(inputs, shapes, output, a):
    slopes, plane = a["slope"]["values"], math.prod(shapes[0][1:])
    return [x if x >= 0 else slopes[i // plane % len(slopes)] * x for i, x in enumerate(inputs[0])]


def clip_shape(inputs, a):
    need(a["low"] <= a["high"], "The lower bound is above the upper one.")
    return inputs[0]


def clip(inputs, shapes, output, a):
    return [min(max(x, a["low"]), a["high"]) for x in inputs[0]]


def pad_shape(inputs, a):
    is_map(inputs[0])
    return [side + a[f"pad_{before}"] + a[f"pad_{after}"]
            for side, (before, after) in zip(inputs[0], (("front", "back"), ("top", "bottom"), ("left", "right")))]


def pad(inputs, shapes, output, a):
    (channels, height, width), x = shapes[0], inputs[0]
    y = [0.0] * math.prod(output)
    for c in range(channels):
        for i in range(height):
            start = ((c + a["pad_front"]) * output[1] + i + a["pad_top"]) * output[2] + a["pad_left"]
            y[start:start + width] = x[(c * height + i) * width:(c * height + i + 1) * width]
    return y


def upsample_shape(inputs, a):
    x = inputs[0]
    is_map(x)
    return [x[0], x[1] * a["scale_height"], x[2] * a["scale_width"]]


def nearest(side, scale):
    """For each row of the output two of the input, and the share of the second."""
    return [(i // scale, 0, 0.0) for i in range(side * scale)]


def bilinear(side, scale):
    places = [max((i + 0.5) / scale - 0.5, 0.0) for i in range(side * scale)]
    return [(int(place), min(int(place) + 1, side - 1), place - int(place)) for place in places]


def upsample(rows_of):
    def compute(inputs, shapes, output, a):
        (channels, height, width), x = shapes[0], inputs[0]
        down, across = rows_of(height, a["scale_height"]), rows_of(width, a["scale_width"])
        y = []
        for c in range(channels):
            rows = [x[(c * height + i) * width:(c * height + i + 1) * width] for i in range(height)]
            rows = [[row[p] + share * (row[q] - row[p]) if share else row[p] for p, q, share in across] for row in rows]
            for p, q, share in down:
                y += [m + share * (n - m) for m, n in zip(rows[p], rows[q])] if share else rows[p]
        return y
    return compute


def same(inputs, a):
    return inputs[0]


def no_work(inputs, output, a):
    return 0


T, OPTIONAL = "tensor", "optional tensor"
PADS = [(f"pad_{side}", 0, 1024) for side in ("top", "left", "bottom", "right")]
STRIDES = [("stride_height", 1, 64), ("stride_width", 1, 64)]
WINDOWS = [("window_height", 1, 64), ("window_width", 1, 64)]
DILATIONS = [("dilation_height", 1, 64), ("dilation_width", 1, 64)]
SCALES = [("scale_height", 1, 64), ("scale_width", 1, 64)]
CONVOLUTION = [("weight", T), ("bias", OPTIONAL)] + STRIDES + PADS + [("groups", 1, 65534)]
FINITE = sys.float_info.max


class Operator:
    """Its name, attributes and shape rule, the fewest and most inputs; `set` is the first set of operators that has it."""

    def __init__(self, name, attributes, shape, compute, inputs=(1, 1), work=no_work, set=1):
        self.name, self.attributes, self.shape, self.compute = name, attributes, shape, compute
        self.inputs, self.work, self.set = inputs, work, set


def convolution_work(inputs, output, a):
    return math.prod(output) * math.prod(a["weight"]["shape"][1:])


# By code and version.
OPERATORS = {
    (1, 1): Operator("convolution", CONVOLUTION, convolution_shape, convolution, work=convolution_work),
    (1, 2): Operator("convolution", CONVOLUTION + DILATIONS, convolution_shape, convolution, work=convolution_work, set=2),
    (2, 1): Operator("linear", [("weight", T), ("bias", OPTIONAL)], linear_shape, linear,
                     work=lambda inputs, output, a: math.prod(a["weight"]["shape"])),
    (3, 1): Operator("batch_norm", [("weight", T), ("bias", T), ("mean", T), ("variance", T), ("epsilon", "f32", 2.0 ** -126)],
                     batch_norm_shape, batch_norm, work=lambda inputs, output, a: math.prod(output)),
    (4, 1): Operator("relu", [], same, each(lambda x: max(x, 0.0))),
    (5, 1): Operator("max_pool", WINDOWS + STRIDES + PADS, pool_shape, pool),
    (6, 1): Operator("adaptive_average_pool", [("height", 1, 1024), ("width", 1, 1024)], adaptive_shape, adaptive_pool),
    (7, 1): Operator("flatten", [], lambda inputs, a: [math.prod(inputs[0])], each(lambda x: x)),
    (8, 1): Operator("silu", [], same, each(lambda x: x * sigmoid(x))),
    (9, 1): Operator("sigmoid", [], same, each(sigmoid)),
    (10, 1): Operator("average_pool", WINDOWS + STRIDES + PADS + [("count_padding", 0, 1)], pool_shape, pool),
    (11, 1): Operator("add", [], broadcast_shape, broadcast(lambda p, q: p + q), inputs=(2, 2)),
    (12, 1): Operator("multiply", [], broadcast_shape, broadcast(lambda p, q: p * q), inputs=(2, 2)),
    (13, 1): Operator("softmax", [], same, softmax),
    (14, 1): Operator("concatenate", [], concatenate_shape, lambda inputs, shapes, output, a: sum(inputs, []), inputs=(2, 8), set=2),
    (15, 1): Operator("prelu", [("slope", T)], prelu_shape, prelu, set=2),
    (16, 1): Operator("clip", [("low", "f32", -FINITE), ("high", "f32", -FINITE)], clip_shape, clip, set=2),
    (17, 1): Operator("hard_swish", [], same, each(lambda x: x * min(max(x + 3, 0.0), 6.0) / 6), set=2),
    (18, 1): Operator("pad", [("pad_front", 0, 65534), ("pad_back", 0, 65534)] + PADS, pad_shape, pad, set=2),
    (19, 1): Operator("upsample_nearest", SCALES, upsample_shape, upsample(nearest), set=2),
    (20, 1): Operator("upsample_bilinear", SCALES, upsample_shape, upsample(bilinear), set=2),
}


# ---- the file ----

class File:
    """A file, checked in the order of 7.1; `verify` does the last step."""

    def __init__(self, data):
        self.data = data
        self.read_header()
        self.walk()
        self.check_order()
        self.read_end()
        self.read_head()
        self.read_preprocessing()
        self.read_labels()
        self.read_graph()
        self.read_index()
        self.read_outputs()
        self.check_data()
        self.tests, self.provenance, self.notes, self.crop_rules = [], [], [], []
        readers = {"tEST": self.read_tests, "pROV": self.read_provenance, "nOTe": self.read_note, "nLEN": self.read_lengths,
                   "cROP": self.read_crop_rules}
        # How many numbers a self-test of several outputs has is only known once the graph is.
        late = ["tEST"] if 2 in self.features else []
        self.read_ancillary({type: reader for type, reader in readers.items() if type not in late})
        self.check_graph()
        self.read_ancillary({type: reader for type, reader in readers.items() if type in late})
        self.read_weights()

    def read_ancillary(self, readers):
        for chunk in self.chunks:
            if chunk.type in readers:
                record = chunk.record()
                readers[chunk.type](record)
                record.finish()

    # Sections 1 to 3.

    def read_header(self):
        data = self.data
        require(len(data) <= LIMITS["file"], "limit", None, "The file is too large.")
        require(data and SIGNATURE.startswith(data[:9]), "signature", 0, "This is not a .ferm file.")
        require(len(data) >= 16, "truncated", len(data), "The file ends within its header.")
        self.major, self.minor, features = struct.unpack_from("<BHI", data, 9)
        require(self.major == 1, "unsupported", 9, f"The file has version {self.major}.")
        self.features = [bit for bit in range(32) if features >> bit & 1]
        unknown = ", ".join(str(bit) for bit in self.features if bit not in FEATURES)
        require(not unknown, "unsupported", 12, f"The file needs features that are not known: {unknown}.")

    def walk(self):
        data, place, self.chunks = self.data, 16, []
        while not self.chunks or self.chunks[-1].type != "FEND":
            require(place + 8 <= len(data), "truncated", len(data), "The file ends between or within chunks.")
            letters, length = data[place:place + 4], struct.unpack_from("<I", data, place + 4)[0]
            require(letters.isalpha(), "structure", place, "No chunk begins here.")
            require(len(self.chunks) < LIMITS["chunks"], "limit", place, "There are too many chunks.")
            chunk = Chunk(data, place, letters.decode("ascii"), length)
            require(chunk.end <= len(data), "truncated", len(data), f"The file ends within {chunk.type}.")
            self.chunks.append(chunk)
            place = chunk.end
        require(place == len(data), "truncated", place, "Bytes follow the end.")

    def check_order(self):
        seen, required = [], REQUIRED + (["OUTP"] if 2 in self.features else [])
        for i, chunk in enumerate(self.chunks):
            if i < len(required):
                require(chunk.type == required[i], "structure", chunk.start,
                        f"{chunk.type} stands where {required[i]} must.")
            elif chunk.type[0].isupper() and chunk.type != "FEND":
                known = chunk.type in required
                raise Refusal("structure" if known else "unsupported", chunk.start, f"The chunk {chunk.type} must not stand here.")
            elif chunk.type in ("tEST", "pROV", "trST", "nLEN", "cROP"):
                require(chunk.type not in seen, "structure", chunk.start, f"{chunk.type} is repeated.")
            seen.append(chunk.type)

    def chunk(self, type):
        return next(chunk for chunk in self.chunks if chunk.type == type)

    # Section 4.

    def read_end(self):
        record = self.chunk("FEND").record()
        place = record.offset
        require(record.number("Q") == len(self.data), "structure", place, "The stated length is wrong.")
        self.digest_place = record.offset
        self.digest = record.bytes(32)
        record.finish()

    def read_head(self):
        record = self.chunk("HEAD").record()
        place = record.offset
        newest = max(operator.set for operator in OPERATORS.values()) if 1 in self.features else 1
        self.set = record.within("H", 1, newest, "unsupported", "The operator set")
        require(self.set > 1 or 1 not in self.features, "value", place, "The operator set is 1 in spite of the feature.")
        record.within("H", 0, 0, "structure", "A reserved field")
        self.name = record.string(128, name=True)
        record.finish()

    def read_preprocessing(self):
        record = self.chunk("PREP").record()
        place = record.offset
        channels = record.number("B")
        require(channels in (1, 3), "value", place, f"There are {channels} channels.")
        place = record.offset
        self.colour = record.within("B", 1, 2, "unsupported", "The colour")
        require(self.colour == 1 or channels == 3, "value", place, "RGB needs three channels.")
        self.fit = record.within("B", 0, 2, "unsupported", "The fit")
        record.within("B", 1, 1, "unsupported", "The resampling")
        self.resized = [record.within("H", 1, 1024), record.within("H", 1, 1024)]
        self.cropped = [record.within("H", 1, side) for side in self.resized]
        self.scale, self.shift = [], []
        for _ in range(channels):
            self.scale.append(record.finite())
            self.shift.append(record.finite())
        self.input = [channels] + self.cropped
        record.finish()

    def read_labels(self):
        record = self.chunk("LABL").record()
        if 3 in self.features:
            count = record.within("H", 257, 65535, "value", "The number of labels")
        else:
            count = record.within("H", 0 if 2 in self.features else 1, 256, "limit", "The number of labels")
        self.temperature = record.within("f", 2.0 ** -20, 2.0 ** 20)
        self.labels, seen = [], set()
        for _ in range(count):
            place = record.offset
            label = record.string(64)
            require(label and label not in seen, "value", place, "A label is empty or repeated.")
            require(not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in label), "value", place, "A label has a control character.")
            self.labels.append(label)
            seen.add(label)
        record.finish()

    def read_graph(self):
        record = self.chunk("GRPH").record()
        self.nodes = []
        for _ in range(record.within("H", 1, LIMITS["nodes"], "limit", "The number of nodes")):
            place = record.offset
            code, version = record.number("H"), record.number("B")
            operator = OPERATORS.get((code, version))
            require(operator and operator.set <= self.set, "unsupported", place,
                    f"Operator {code} version {version} is not known, or not of the file's operator set.")
            count = record.within("B", 0, LIMITS["inputs"], "limit", "The number of inputs")
            inputs = [record.number("H") for _ in range(count)]
            attributes = {}
            for name, *kind in operator.attributes:
                if kind == [T]:
                    attributes[name] = record.number("H")
                elif kind == [OPTIONAL]:
                    index = record.number("H")
                    attributes[name] = None if index == 65535 else index
                elif kind[0] == "f32":
                    attributes[name] = record.finite("f", kind[1])
                else:
                    attributes[name] = record.within("H", *kind, what=name)
            self.nodes.append({"place": place, "code": code, "version": version, "operator": operator, "inputs": inputs,
                               "attributes": attributes, "length": record.offset - place})
        record.finish()

    def read_index(self):
        record = self.chunk("TIDX").record()
        self.tensors, total = [], 0
        for _ in range(record.within("H", 0, LIMITS["tensors"], "limit", "The number of tensors")):
            start = record.offset
            name = record.string(128, name=True)
            require(not self.tensors or self.tensors[-1]["name"].encode() < name.encode(), "value", start,
                    f"The tensor {name} is repeated or out of order.")
            element = record.within("B", 1, 4, "unsupported", "The element type")
            type, width = ELEMENTS[element]
            place = record.offset
            codec = record.within("B", 0, 2, "unsupported", "The codec")
            require(codec != 2 or width > 1, "value", place, "Elements of one byte have no planes.")
            place = record.offset
            rank = record.within("B", 0, LIMITS["rank"], "limit", "The rank")
            shape = [record.number("I") for _ in range(rank)]
            self.check_size(shape, place)
            require(element != 4 or rank >= 2, "value", place, "int8 needs a rank of 2 or more.")
            decoded = math.prod(shape) * width + (4 * shape[0] if element == 4 else 0)
            place = record.offset
            stored = record.number("I")
            require(stored == decoded if codec == 0 else decoded <= 1032 * stored + 64, "weights", place,
                    f"{decoded} bytes cannot come from {stored}.")
            crc = record.number("I")
            total += decoded
            require(total <= LIMITS["decoded"], "limit", start, "The tensors are too large together.")
            self.tensors.append({"name": name, "type": type, "width": width, "codec": codec, "shape": shape,
                                 "decoded": decoded, "stored": stored, "crc": crc, "used": False, "variance": False})
        record.finish()

    def read_outputs(self):
        """Each output with the values that it names, and the places where the file names them."""
        self.outputs = [{"name": "scores", "kind": "scores", "values": [len(self.nodes)]}]
        if 2 not in self.features:
            return
        record = self.chunk("OUTP").record()
        self.outputs_place, self.outputs = record.offset, []
        for _ in range(record.within("H", 1, 16, "limit", "The number of outputs")):
            place = record.offset
            output = {"name": record.string(128, name=True), "values": [], "places": []}
            require(all(output["name"] != other["name"] for other in self.outputs), "value", place, "The name of an output is repeated.")

            def value():
                output["places"].append(record.offset)
                output["values"].append(record.number("H"))
                return output["values"][-1]

            place = record.offset
            output["kind"] = {1: "scores", 2: "embedding", 3: "detection"}[record.within("H", 1, 3, "unsupported", "The kind of an output")]
            if output["kind"] == "detection":
                record.within("B", 1, 1, "unsupported", "The coding of boxes")
                record.within("B", 0, 0, "structure", "A reserved field")
                output["key_points"] = record.within("H", 0, 64, what="The number of key points")
                output["levels"] = []
                for _ in range(record.within("H", 1, 8, "limit", "The number of levels")):
                    level = {"scores": value(), "boxes": value(), "anchors": []}
                    for _ in range(record.within("H", 1, 64, "limit", "The number of anchors")):
                        level["anchors"].append([record.finite("f", 2.0 ** -126), record.finite("f", 2.0 ** -126)])
                    output["levels"].append(level)
            else:
                repeated = output["kind"] == "scores" and any(other["kind"] == "scores" for other in self.outputs)
                require(not repeated, "value", place, "A second output is scores.")
                value()
            self.outputs.append(output)
        record.finish()

    @staticmethod
    def check_size(shape, place):
        product = 1
        for dimension in shape:
            require(1 <= dimension <= LIMITS["dimension"], "limit", place, f"A dimension is {dimension}.")
            product *= dimension
            require(product <= LIMITS["elements"], "limit", place, "There are too many elements.")

    def check_data(self):
        chunk = self.chunk("TDAT")
        place = chunk.payload
        for tensor in self.tensors:
            tensor["gap"] = place
            tensor["place"] = (place + 63) // 64 * 64
            place = tensor["place"] + tensor["stored"]
        require(place == chunk.payload + chunk.length, "structure", chunk.start + 4, "TDAT has not the length that TIDX implies.")
        chunk.check()

    def read_tests(self, record):
        for _ in range(record.within("H", 1, 16, "limit", "The number of self-tests")):
            height = record.within("H", 1, 1024, "limit", "A side")
            width = record.within("H", 1, 1024, "limit", "A side")
            place = record.offset
            channels = record.number("B")
            require(channels in (1, 3), "value", place, f"An image has {channels} channels.")
            record.within("B", 0, 0, "structure", "A reserved field")
            pixels = record.bytes(height * width * channels)
            tolerance = record.finite("f", 0)
            count = self.output_elements() if 2 in self.features else len(self.labels)
            logits = [record.finite() for _ in range(count)]
            self.tests.append({"height": height, "width": width, "channels": channels, "pixels": pixels,
                               "tolerance": tolerance, "logits": logits})

    def read_provenance(self, record):
        for _ in range(record.within("H", 0, 1024, "limit", "The number of entries")):
            start = record.offset
            key = record.string(128, name=True)
            require(not self.provenance or self.provenance[-1][0].encode() < key.encode(), "value", start,
                    f"The key {key} is repeated or out of order.")
            kind = record.within("B", 1, 4, "unsupported", "The type of an entry")
            if kind == 1:
                value = record.string(65535)
            elif kind == 2:
                value = record.number("q")
            elif kind == 3:
                value = record.finite("d")
            else:
                value = record.within("B", 0, 1) == 1
            self.provenance.append((key, value))

    def read_note(self, record):
        name = record.string(128, name=True)
        place = record.offset
        raw = record.bytes(record.rest)
        require(len(raw) <= 1 << 20, "limit", place, "A note is too long.")
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise Refusal("value", place, "A note is not UTF-8.") from None
        require("\0" not in text, "value", place, "A note holds NUL.")
        self.notes.append((name, text))

    def read_lengths(self, record):
        def agreed(code, number, what):
            place = record.offset
            require(record.number(code) == number, "value", place, f"{what} is not that of the graph.")

        def count(number, what):
            place = record.offset
            require(record.within("H", 1, LIMITS["nodes"], "limit", what) == number, "value", place, f"{what} is not that of the graph.")

        kinds = sorted({(node["code"], node["version"]) for node in self.nodes})
        count(len(kinds), "The number of kinds")
        for code, version in kinds:
            agreed("H", code, "An operator")
            agreed("B", version, "A version")
            place = record.offset
            require(record.string(128, name=True) == OPERATORS[code, version].name, "value", place, "An operator has another name.")
        count(len(self.nodes), "The number of nodes")
        for node in self.nodes:
            agreed("H", node["length"], "The length of a node")

    def read_crop_rules(self, record):
        for _ in range(record.within("H", 1, 16, "limit", "The number of crop rules")):
            place = record.offset
            detector = record.string(128, name=True)
            require(not self.crop_rules or self.crop_rules[-1]["detector"].encode() < detector.encode(), "value", place,
                    f"The detector {detector} is repeated or out of order.")
            rule = {"detector": detector, "side": record.within("f", 2.0 ** -10, 2.0 ** 10), "right": record.within("f", -16, 16),
                    "down": record.within("f", -16, 16), "level": record.within("B", 0, 1) == 1}
            record.within("B", 0, 0, "structure", "A reserved field")
            self.crop_rules.append(rule)

    # Section 7.

    def check_graph(self):
        self.shapes, last_use = [self.input], [-1]
        for number, node in enumerate(self.nodes):
            operator = node["operator"]
            try:
                fewest, most = operator.inputs
                need(fewest <= len(node["inputs"]) <= most, f"{operator.name} takes {fewest} to {most} inputs.")
                need(all(i < len(self.shapes) for i in node["inputs"]), "An input does not exist yet.")
                node["values"] = dict(node["attributes"])
                for name, *kind in operator.attributes:
                    index = node["attributes"][name]
                    if kind in ([T], [OPTIONAL]) and index is not None:
                        need(index < len(self.tensors), f"Tensor {index} does not exist.")
                        node["values"][name] = self.tensors[index]
                        self.tensors[index]["used"] = True
                inputs = [self.shapes[i] for i in node["inputs"]]
                output = operator.shape(inputs, node["values"])
                if operator.name == "batch_norm":
                    node["values"]["variance"]["variance"] = True
                self.check_size(output, node["place"])
            except Refusal as refusal:
                refusal.offset = node["place"]
                raise
            for i in node["inputs"]:
                last_use[i] = number
            node["work"] = operator.work(inputs, output, node["values"])
            self.shapes.append(output)
            last_use.append(-1)
        place, n = self.nodes[-1]["place"], len(self.nodes)
        if 2 in self.features:
            self.check_outputs()
        else:
            require(self.shapes[n] == [len(self.labels)], "graph", place, "The output is no vector of a number for each label.")
        # An output needs its value to the end.
        for output in self.outputs:
            for value in output["values"]:
                last_use[value] = n
        require(all(use >= 0 for use in last_use), "graph", place, "A value is never used.")
        require(all(tensor["used"] for tensor in self.tensors), "graph", place, "A tensor is never used.")
        named = (value for node in self.nodes for value in node["values"].values() if isinstance(value, dict))
        require(sum(math.prod(tensor["shape"]) for tensor in named) <= LIMITS["named"], "limit", place,
                "The nodes name tensors of too many elements.")
        self.work = sum(node["work"] for node in self.nodes)
        require(self.work <= LIMITS["multiply_adds"], "limit", place, "There are too many multiply-adds.")
        sizes = [4 * math.prod(shape) for shape in self.shapes]
        self.alive = max(sum(sizes[v] for v in range(k + 1) if last_use[v] >= k) + sizes[k + 1] for k in range(n))
        require(self.alive <= LIMITS["alive"], "limit", place, "Too many bytes are alive at once.")
        require(2 not in self.features or self.output_elements() <= LIMITS["outputs"], "limit", place,
                "The outputs have too many elements.")

    def check_outputs(self):
        scored = any(output["kind"] == "scores" for output in self.outputs)
        require(scored or not self.labels, "graph", self.outputs_place, "There are labels, and no output is scores.")
        for output in self.outputs:
            for number, (value, place) in enumerate(zip(output["values"], output["places"])):
                require(1 <= value < len(self.shapes), "graph", place, f"Value {value} is no node's output.")
                shape = self.shapes[value]
                if output["kind"] == "scores":
                    require(shape == [len(self.labels)], "graph", place, "The scores are no vector of a number for each label.")
                elif output["kind"] == "embedding":
                    require(len(shape) == 1, "graph", place, "The embedding is no vector.")
                else:
                    level = output["levels"][number // 2]
                    channels = len(level["anchors"]) * (1 if number % 2 == 0 else 4 + 2 * output["key_points"])
                    require(len(shape) == 3 and shape[0] == channels, "graph", place, f"A map of {channels} channels is needed.")
                    require(number % 2 == 0 or shape[1:] == self.shapes[level["scores"]][1:], "graph", place,
                            "The maps of a level have different sides.")

    def output_elements(self):
        return sum(math.prod(self.shapes[value]) for output in self.outputs for value in output["values"])

    # Section 5.

    def read_weights(self):
        for tensor in self.tensors:
            check_zeros(self.data, tensor["gap"], tensor["place"])
            stored = self.data[tensor["place"]:tensor["place"] + tensor["stored"]]
            raw = self.decoded(tensor, stored)
            require(zlib.crc32(stored) == tensor["crc"], "checksum", tensor["place"],
                    f"The checksum of {tensor['name']} does not match.")
            tensor["values"] = self.elements(tensor, raw)
        chunk = self.chunk("TDAT")
        check_zeros(self.data, chunk.payload + chunk.length, chunk.trailer)

    @staticmethod
    def decoded(tensor, stored):
        if tensor["codec"] == 0:
            return stored
        bad = Refusal("weights", tensor["place"], f"{tensor['name']} does not decompress to its size.")
        stream, raw = zlib.decompressobj(), b""
        try:
            raw = stream.decompress(stored, tensor["decoded"] + 1)
            while not stream.eof and stream.unconsumed_tail and len(raw) <= tensor["decoded"]:
                raw += stream.decompress(stream.unconsumed_tail, 1)
        except zlib.error:
            raise bad from None
        if not stream.eof or stream.unused_data or len(raw) != tensor["decoded"]:
            raise bad
        if tensor["codec"] == 2:
            width, elements = tensor["width"], bytearray(len(raw))
            for start in range(0, len(raw), 65536 * width):
                planes = raw[start:start + 65536 * width]
                count = len(planes) // width
                for k in range(width):
                    elements[start + k:start + len(planes):width] = planes[k * count:(k + 1) * count]
            raw = bytes(elements)
        return raw

    @staticmethod
    def elements(tensor, raw):
        count, place = math.prod(tensor["shape"]), tensor["place"]
        if tensor["type"] == "int8":
            channels = tensor["shape"][0]
            scales = struct.unpack_from(f"<{channels}f", raw)
            bytes = struct.unpack_from(f"<{count}b", raw, 4 * channels)
            require(-128 not in bytes, "weights", place, "An element is -128.")
            require(all(2.0 ** -126 <= s < math.inf for s in scales), "weights", place, "A scale is no positive number.")
            row = count // channels
            values = [f32(byte * scales[i // row]) for i, byte in enumerate(bytes)]
        elif tensor["type"] == "bf16":
            values = [struct.unpack("<f", b"\0\0" + raw[i:i + 2])[0] for i in range(0, 2 * count, 2)]
        else:
            values = list(struct.unpack(f"<{count}{'f' if tensor['type'] == 'fp32' else 'e'}", raw))
        require(all(map(math.isfinite, values)) or tensor["type"] == "int8", "weights", place, "An element is not finite.")
        require(not tensor["variance"] or min(values) >= 0, "weights", place, "A variance is below zero.")
        return values

    # Step 9 of 7.1.

    def verify(self):
        for chunk in self.chunks:
            if chunk.type != "TDAT":
                chunk.check()
        require(hashlib.sha256(self.data[:self.chunks[-1].start]).digest() == self.digest, "checksum", self.digest_place,
                "The SHA-256 does not match.")
        for test in self.tests:
            numbers = [x for values in self.run(self.preprocess(test)).values() for value in values for x in value]
            require(all(abs(a - b) <= test["tolerance"] for a, b in zip(numbers, test["logits"])), "self-test", None,
                    "A self-test gives other logits.")

    # Sections 6, 8, 9 and 12.

    def run(self, input):
        """For one input `[C, H, W]`, by the name of each output the elements of each value that it names, in fp64."""
        values = [list(input)]
        for number, node in enumerate(self.nodes):
            values.append(node["operator"].compute(
                [values[i] for i in node["inputs"]], [self.shapes[i] for i in node["inputs"]], self.shapes[number + 1],
                node["values"]))
        return {output["name"]: [values[value] for value in output["values"]] for output in self.outputs}

    def logits(self, input):
        """The class scores of one input; none where no output is scores."""
        names = [output["name"] for output in self.outputs if output["kind"] == "scores"]
        return self.run(input)[names[0]][0] if names else []

    def probabilities(self, logits):
        largest = max(logits)
        powers = [exp((logit - largest) / self.temperature) for logit in logits]
        return [power / sum(powers) for power in powers]

    def content_digest(self):
        digest = hashlib.sha256()
        for type in ["HEAD", "PREP", "LABL", "GRPH"] + (["OUTP"] if 2 in self.features else []):
            chunk = self.chunk(type)
            digest.update(self.data[chunk.start:chunk.payload + chunk.length])
        for t in self.tensors:
            name, code = t["name"].encode(), {type: code for code, (type, _) in ELEMENTS.items()}[t["type"]]
            digest.update(struct.pack("<H", len(name)) + name + struct.pack(f"<BB{len(t['shape'])}I", code, len(t["shape"]), *t["shape"]))
            digest.update(self.decoded(t, self.data[t["place"]:t["place"] + t["stored"]]))
        return digest.hexdigest()

    def preprocess(self, image):
        height, width, channels = image["height"], image["width"], image["channels"]
        planes = [[list(image["pixels"][(y * width) * channels + c:((y + 1) * width) * channels:channels])
                   for y in range(height)] for c in range(channels)]
        if self.fit == 2:
            # What the padding of `fitted` gives, before memory is taken for it.
            h, w = self.resized
            size = width * max(height, width * h // w) if width * h > height * w else height * max(width, height * w // h)
            require(size <= LIMITS["fitted"], "limit", None, "An image has too many pixels when it is fitted.")
        planes = [self.fitted(plane) for plane in planes]
        if self.colour == 1 and channels == 3:
            planes = [[[(19595 * r + 38470 * g + 7471 * b + 32768) >> 16 for r, g, b in zip(*rows)] for rows in zip(*planes)]]
        elif self.colour == 2 and channels == 1:
            planes *= 3
        planes = [self.cut(self.resize(plane)) for plane in planes]
        if len(planes) < len(self.scale):
            planes *= len(self.scale)
        input = []
        for plane, scale, shift in zip(planes, self.scale, self.shift):
            for row in plane:
                input += [f32(pixel * scale + shift) for pixel in row]
        return input

    def fitted(self, rows):
        H, W, (h, w) = len(rows), len(rows[0]), self.resized
        wide = W * h > H * w
        if self.fit == 1 and wide:
            k = max(1, H * w // h)
            return [row[(W - k) // 2:(W - k) // 2 + k] for row in rows]
        if self.fit == 1:
            k = max(1, W * h // w)
            return rows[(H - k) // 2:(H - k) // 2 + k]
        if self.fit == 2 and wide:
            k = max(H, W * h // w)
            above = (k - H) // 2
            return [[0] * W] * above + rows + [[0] * W] * (k - H - above)
        if self.fit == 2:
            k = max(W, H * w // h)
            left = (k - W) // 2
            return [[0] * left + row + [0] * (k - W - left) for row in rows]
        return rows

    def resize(self, rows):
        h, w = self.resized
        rows = self.resampled(rows, w)
        return [list(row) for row in zip(*self.resampled([list(column) for column in zip(*rows)], h))]

    @staticmethod
    def resampled(rows, m):
        """Each row with m pixels."""
        n = len(rows[0])
        scale = n / m
        support = max(scale, 1)
        inverse = 1 / support
        filters = []
        for i in range(m):
            centre = (i + 0.5) * scale
            first, end = max(0, int(centre - support + 0.5)), min(n, int(centre + support + 0.5))
            weights, total = [], 0.0
            for s in range(first, end):
                d = abs((s - centre + 0.5) * inverse)
                weights.append(1 - d if d < 1 else 0.0)
                total += weights[-1]
            filters.append((first, [int(0.5 + weight / total * (1 << 22)) for weight in weights]))
        return [[min(255, max(0, (sum(map(mul, q, row[first:first + len(q)])) + (1 << 21)) >> 22)) for first, q in filters]
                for row in rows]

    def cut(self, rows):
        top, left = ((self.resized[i] - self.cropped[i]) // 2 for i in (0, 1))
        return [row[left:left + self.cropped[1]] for row in rows[top:top + self.cropped[0]]]

    # The dump, as fer-inspect --json gives it.

    def dump(self):
        def attribute(kind, value):
            if kind in ([T], [OPTIONAL]):
                return None if value is None else self.tensors[value]["name"]
            return shortest(value) if kind[0] == "f32" else value

        def described(output):
            if output["kind"] != "detection":
                return {"name": output["name"], "kind": output["kind"], "values": output["values"]}
            levels = [{**level, "anchors": [list(map(shortest, anchor)) for anchor in level["anchors"]]} for level in output["levels"]]
            return {"name": output["name"], "kind": "detection", "coding": "linear", "key_points": output["key_points"], "levels": levels}

        def only(key, value):
            """Keys that came with 1.1 stand only where a file has what they tell of."""
            return {key: value} if value else {}

        return {
            "format": {"version": f"{self.major}.{self.minor}", "bytes": len(self.data), "sha256": self.digest.hex(),
                       **only("features", [FEATURES[bit] for bit in self.features])},
            "chunks": [{"type": c.type, "offset": c.start, "length": c.length} for c in self.chunks],
            "name": self.name,
            "preprocessing": {
                "colour": ["grey", "rgb"][self.colour - 1], "fit": ["stretch", "crop", "pad"][self.fit],
                "resized": self.resized, "cropped": self.cropped, "scale": list(map(shortest, self.scale)),
                "offset": list(map(shortest, self.shift))},
            "labels": {"names": self.labels, "temperature": shortest(self.temperature)},
            **only("outputs", [described(output) for output in self.outputs] if 2 in self.features else []),
            "graph": [{
                "operator": node["operator"].name, **only("version", node["version"] if node["version"] > 1 else 0),
                "inputs": node["inputs"],
                "attributes": {name: attribute(kind, node["attributes"][name]) for name, *kind in node["operator"].attributes},
                "output": shape, "multiply_adds": node["work"]} for node, shape in zip(self.nodes, self.shapes[1:])],
            "tensors": [{"name": t["name"], "type": t["type"], "shape": t["shape"], "codec": CODECS[t["codec"]],
                         "stored_bytes": t["stored"], "crc32": t["crc"]} for t in self.tensors],
            "parameters": sum(math.prod(t["shape"]) for t in self.tensors),
            "multiply_adds": self.work,
            "peak_bytes": self.alive,
            "provenance": dict(self.provenance),
            "self_tests": [{"height": t["height"], "width": t["width"], "channels": t["channels"], "pixels": t["pixels"].hex(),
                            "tolerance": shortest(t["tolerance"]), "logits": list(map(shortest, t["logits"]))} for t in self.tests],
            "notes": [{"name": name, "text": text} for name, text in self.notes],
            **only("crop_rules", [{key: shortest(value) if isinstance(value, float) else value for key, value in rule.items()}
                                  for rule in self.crop_rules]),
        }


def main(words):
    one, two = words[1:] in ([], ["--json"], ["--digest"]), len(words) == 3 and words[1] in ("--logits", "--outputs")
    if not words or not one and not two:
        print(__doc__, file=sys.stderr)
        return 2
    path = words[0]
    try:
        with open(path, "rb") as file:
            data = file.read()
        model = File(data)
        model.verify()
        if words[1:] == ["--json"]:
            print(json.dumps(model.dump(), ensure_ascii=False, indent=2, allow_nan=False))
        elif words[1:] == ["--digest"]:
            print(model.content_digest())
        elif two:
            if words[1] == "--logits" and not any(output["kind"] == "scores" for output in model.outputs):
                raise Refusal("value", None, f"{path} has no class scores.")
            with open(words[2], "rb") as file:
                raw = file.read()
            size = math.prod(model.input)
            if len(raw) % (4 * size):
                raise Refusal("value", None, f"{words[2]} does not hold whole inputs of {size} numbers.")
            run = model.logits if words[1] == "--logits" else model.run
            for start in range(0, len(raw), 4 * size):
                print(json.dumps(run(struct.unpack_from(f"<{size}f", raw, start))))
        else:
            print(f"{path}: sound: {model.name}, {len(model.nodes)} nodes, {len(model.tensors)} tensors")
    except Refusal as refusal:
        print(f"ferm.py: {path}: {refusal}", file=sys.stderr)
        return 3
    except OSError as error:
        print(f"ferm.py: {path}: {error.strerror} [io]", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
