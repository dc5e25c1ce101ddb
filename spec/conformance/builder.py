# SPDX-License-Identifier: CC0-1.0
"""Builds .ferm files field by field, so that a case can break one rule and know the offset of the broken field.

It knows the layout of ../ferm-1.md and checks nothing: checksums, lengths and the digest come out right unless a case overrides
them.
"""
import hashlib
import math
import struct
import zlib

# key: (code, version, first set of operators that has it, attributes in file order with their defaults); None is a tensor, a
# whole number a u16, another number an f32. The key is the operator's name, and from version 2 on that with the version behind it.
PADS = [("pad_top", 0), ("pad_left", 0), ("pad_bottom", 0), ("pad_right", 0)]
WINDOW = [("window_height", 2), ("window_width", 2), ("stride_height", 2), ("stride_width", 2)] + PADS
CONVOLUTION = [("weight", None), ("bias", None), ("stride_height", 1), ("stride_width", 1)] + PADS + [("groups", 1)]
SCALES = [("scale_height", 2), ("scale_width", 2)]
OPERATORS = {
    "convolution": (1, 1, 1, CONVOLUTION),
    "linear": (2, 1, 1, [("weight", None), ("bias", None)]),
    "batch_norm": (3, 1, 1, [("weight", None), ("bias", None), ("mean", None), ("variance", None), ("epsilon", 1e-5)]),
    "relu": (4, 1, 1, []),
    "max_pool": (5, 1, 1, WINDOW),
    "adaptive_average_pool": (6, 1, 1, [("height", 1), ("width", 1)]),
    "flatten": (7, 1, 1, []),
    "silu": (8, 1, 1, []),
    "sigmoid": (9, 1, 1, []),
    "average_pool": (10, 1, 1, WINDOW + [("count_padding", 0)]),
    "add": (11, 1, 1, []),
    "multiply": (12, 1, 1, []),
    "softmax": (13, 1, 1, []),
    "convolution 2": (1, 2, 2, CONVOLUTION + [("dilation_height", 1), ("dilation_width", 1)]),
    "concatenate": (14, 1, 2, []),
    "prelu": (15, 1, 2, [("slope", None)]),
    "clip": (16, 1, 2, [("low", 0.0), ("high", 6.0)]),
    "hard_swish": (17, 1, 2, []),
    "pad": (18, 1, 2, [("pad_front", 0), ("pad_back", 0)] + PADS),
    "upsample_nearest": (19, 1, 2, SCALES),
    "upsample_bilinear": (20, 1, 2, SCALES),
}
KINDS = {"scores": 1, "embedding": 2, "detection": 3}
TYPES = {"fp32": (1, 4), "fp16": (2, 2), "bf16": (3, 2), "int8": (4, 1)}
CODECS = {"stored": 0, "zlib": 1, "shuffle": 2}


def u8(v):
    return struct.pack("<B", v)


def u16(*v):
    return struct.pack(f"<{len(v)}H", *v)


def u32(*v):
    return struct.pack(f"<{len(v)}I", *v)


def f32(*v):
    return struct.pack(f"<{len(v)}f", *v)


def string(text):
    raw = text if isinstance(text, bytes) else text.encode()
    return u16(len(raw)) + raw


class Numbers:
    """Numbers from -1 to 1 that fp32, and with 8 bits also bf16, hold exactly; the same on every machine."""

    def __init__(self, seed):
        self.state = seed

    def __call__(self, count, bits=16, low=-1.0, high=1.0):
        values = []
        for _ in range(count):
            self.state = (self.state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
            step = (self.state >> 33) % ((1 << bits) + 1)
            values.append(low + (high - low) * step / (1 << bits))
        return values


class Tensor:
    def __init__(self, name, shape, values, type="fp32", codec="stored", scales=None):
        self.name, self.shape, self.type, self.codec = name, list(shape), type, codec
        if type == "fp32":
            self.raw = f32(*values)
        elif type == "fp16":
            self.raw = struct.pack(f"<{len(values)}e", *values)
        elif type == "bf16":
            self.raw = b"".join(f32(v)[2:] for v in values)
        else:
            self.raw = f32(*scales) + struct.pack(f"<{len(values)}b", *values)
        # A case may put other bytes here; None packs raw.
        self.packed = None

    @property
    def stored(self):
        if self.packed is not None:
            return self.packed
        if self.codec == "stored":
            return self.raw
        raw = self.raw
        if self.codec == "shuffle":
            width, raw = TYPES[self.type][1], b""
            for start in range(0, len(self.raw), 65536 * width):
                block = self.raw[start:start + 65536 * width]
                raw += b"".join(block[k::width] for k in range(width))
        return zlib.compress(raw, 9)


class Model:
    """A file as lists of labelled fields. `fields[label] = bytes` overrides a field, `drop` leaves fields out."""

    def __init__(self, input=(1, 4, 4), labels=("a", "b", "c"), name="m"):
        self.name, self.labels, self.input = name, list(labels), input
        self.colour, self.fit, self.resized = 1, 1, input[1:]
        self.scale, self.offset = [1 / 128] * input[0], [-1.0] * input[0]
        self.temperature = 1.0
        self.nodes, self.tensors, self.outputs, self.ancillary = [], [], [], []
        self.fields, self.after, self.drop = {}, {}, set()
        self.order = None
        self.tail = b""
        # What is None follows from the content, as it does for a writer.
        self.minor = self.features = self.set = None
        self.lengths = None

    # ---- making a network ----

    def node(self, operator, inputs=None, **attributes):
        """Adds a node, by default on the last value, and returns the number of its value."""
        self.nodes.append((operator, [len(self.nodes)] if inputs is None else inputs, attributes))
        return len(self.nodes)

    def tensor(self, *arguments, **options):
        self.tensors.append(Tensor(*arguments, **options))
        return self.tensors[-1].name

    def output(self, name, kind, value=None, key_points=0, levels=()):
        """Adds an output; levels of a detection are (value of scores, value of boxes, anchors as (width, height))."""
        self.outputs.append((name, kind, value, key_points, levels))

    def chunk(self, type, *fields):
        """Adds an ancillary chunk of (label, bytes) fields."""
        self.ancillary.append((type, list(fields)))

    def provenance(self, *entries):
        codes = {str: 1, int: 2, float: 3, bool: 4}
        fields = [("count", u16(len(entries)))]
        for i, (key, value) in enumerate(entries):
            packed = (string(value) if isinstance(value, str) else u8(value) if isinstance(value, bool)
                      else struct.pack("<q" if isinstance(value, int) else "<d", value))
            fields += [(f"{i}", string(key)), (f"{i}.type", u8(codes[type(value)])), (f"{i}.value", packed)]
        self.chunk("pROV", *fields)

    def tests(self, *tests):
        """Self-tests as (height, width, channels, pixels, tolerance, logits)."""
        fields = [("count", u16(len(tests)))]
        for i, (height, width, channels, pixels, tolerance, logits) in enumerate(tests):
            fields += [(f"{i}.height", u16(height)), (f"{i}.width", u16(width)), (f"{i}.channels", u8(channels)),
                       (f"{i}.reserved", u8(0)), (f"{i}.pixels", bytes(pixels)), (f"{i}.tolerance", f32(tolerance))]
            fields += [(f"{i}.logit{k}", f32(logit)) for k, logit in enumerate(logits)]
        self.chunk("tEST", *fields)

    def note(self, name, text):
        self.chunk("nOTe", ("name", string(name)), ("text", text if isinstance(text, bytes) else text.encode()))

    def crop_rules(self, *rules):
        """Rules as (detector, side, right, down, level)."""
        fields = [("count", u16(len(rules)))]
        for i, (detector, side, right, down, level) in enumerate(rules):
            fields += [(f"{i}", string(detector)), (f"{i}.side", f32(side)), (f"{i}.right", f32(right)), (f"{i}.down", f32(down)),
                       (f"{i}.level", u8(level)), (f"{i}.reserved", u8(0))]
        self.chunk("cROP", *fields)

    # ---- bytes ----

    def operator_set(self):
        return self.set or max([1] + [OPERATORS[operator][2] for operator, _, _ in self.nodes])

    def needed(self):
        """The features that the content needs."""
        return 2 * (self.operator_set() > 1) + 4 * bool(self.outputs) + 8 * (len(self.labels) > 256)

    def records(self):
        yield "HEAD", [("set", u16(self.operator_set())), ("zero", u16(0)), ("name", string(self.name))]
        fields = [("channels", u8(self.input[0])), ("colour", u8(self.colour)), ("fit", u8(self.fit)), ("resampling", u8(1)),
                  ("resized_height", u16(self.resized[0])), ("resized_width", u16(self.resized[1])),
                  ("cropped_height", u16(self.input[1])), ("cropped_width", u16(self.input[2]))]
        for i, (scale, offset) in enumerate(zip(self.scale, self.offset)):
            fields += [(f"scale{i}", f32(scale)), (f"offset{i}", f32(offset))]
        yield "PREP", fields
        yield "LABL", ([("count", u16(len(self.labels))), ("temperature", f32(self.temperature))]
                       + [(f"{i}", string(label)) for i, label in enumerate(self.labels)])
        yield "GRPH", list(self.graph())
        self.tensors.sort(key=lambda tensor: tensor.name.encode())
        fields = [("count", u16(len(self.tensors)))]
        for t in self.tensors:
            fields += [(t.name, string(t.name)), (f"{t.name}.type", u8(TYPES[t.type][0])),
                       (f"{t.name}.codec", u8(CODECS[t.codec])), (f"{t.name}.rank", u8(len(t.shape)))]
            fields += [(f"{t.name}.dimension{k}", u32(dimension)) for k, dimension in enumerate(t.shape)]
            fields += [(f"{t.name}.stored", u32(len(t.stored))), (f"{t.name}.crc", u32(zlib.crc32(t.stored)))]
        yield "TIDX", fields
        yield "TDAT", None
        if self.outputs:
            yield "OUTP", list(self.output_fields())
        if self.operator_set() > 1 if self.lengths is None else self.lengths:
            yield "nLEN", list(self.length_fields())
        yield from self.ancillary
        yield "FEND", None

    def graph(self):
        yield "count", u16(len(self.nodes))
        index = {tensor.name: i for i, tensor in enumerate(sorted(self.tensors, key=lambda tensor: tensor.name.encode()))}
        for number, (operator, inputs, attributes) in enumerate(self.nodes, 1):
            code, version, _, known = OPERATORS[operator]
            yield f"{number}", u16(code)
            yield f"{number}.version", u8(version)
            yield f"{number}.inputs", u8(len(inputs))
            for k, value in enumerate(inputs):
                yield f"{number}.input{k}", u16(value)
            for name, default in known:
                value = attributes.get(name, default)
                if isinstance(default, float):
                    packed = f32(value)
                elif default is None:
                    packed = u16(65535 if value is None else index[value])
                else:
                    packed = u16(value)
                yield f"{number}.{name}", packed

    def output_fields(self):
        yield "count", u16(len(self.outputs))
        for i, (name, kind, value, key_points, levels) in enumerate(self.outputs):
            yield f"{i}", string(name)
            yield f"{i}.kind", u16(KINDS[kind])
            if kind != "detection":
                yield f"{i}.value", u16(value)
                continue
            yield f"{i}.coding", u8(1)
            yield f"{i}.reserved", u8(0)
            yield f"{i}.key_points", u16(key_points)
            yield f"{i}.levels", u16(len(levels))
            for k, (scores, boxes, anchors) in enumerate(levels):
                yield f"{i}.{k}.scores", u16(scores)
                yield f"{i}.{k}.boxes", u16(boxes)
                yield f"{i}.{k}.anchors", u16(len(anchors))
                for a, (width, height) in enumerate(anchors):
                    yield f"{i}.{k}.{a}.width", f32(width)
                    yield f"{i}.{k}.{a}.height", f32(height)

    def length_fields(self):
        kinds = sorted({OPERATORS[operator][:2] + (operator.split()[0],) for operator, _, _ in self.nodes})
        yield "kinds", u16(len(kinds))
        for i, (code, version, name) in enumerate(kinds):
            yield f"kind{i}", u16(code)
            yield f"kind{i}.version", u8(version)
            yield f"kind{i}.name", string(name)
        yield "nodes", u16(len(self.nodes))
        lengths = {}
        for label, raw in list(self.graph())[1:]:
            number = label.split(".")[0]
            lengths[number] = lengths.get(number, 0) + len(raw)
        for number, length in lengths.items():
            yield f"length{number}", u16(length)

    def encoded(self):
        """The bytes, and the offset of every field by `CHUNK.label`; of a chunk itself by its type."""
        offsets, file = {}, bytearray()

        def put(label, raw):
            offsets[label] = len(file)
            if label not in self.drop:
                file.extend(self.fields.get(label, raw))
            file.extend(self.after.get(label, b""))

        put("signature", SIGNATURE)
        put("major", u8(1))
        features = self.needed() if self.features is None else self.features
        put("minor", u16((1 if features else 0) if self.minor is None else self.minor))
        put("features", u32(features))
        records = list(self.records())
        if self.order:
            records = self.order(records)
        counts = {}
        for type, fields in records:
            # The second chunk of a type is TYPE#2, and so on.
            counts[type] = counts.get(type, 0) + 1
            label = type if counts[type] == 1 else f"{type}#{counts[type]}"
            start = len(file)
            put(label, type.encode("latin-1"))
            put(f"{label}.length", u32(0))
            payload = len(file)
            if type == "TDAT":
                for tensor in self.tensors:
                    gap = -len(file) % 64
                    if gap:
                        put(f"TDAT.{tensor.name}.gap", bytes(gap))
                    put(f"TDAT.{tensor.name}", tensor.stored)
            elif type == "FEND":
                # Written below, once the length is known.
                put("FEND.size", struct.pack("<Q", start + 56))
                put("FEND.digest", hashlib.sha256(file[:start]).digest())
            else:
                for name, raw in fields:
                    put(f"{label}.{name}", raw)
            length = self.fields.get(f"{label}.length", u32(len(file) - payload))
            file[payload - 4:payload] = length
            body = len(file) - payload
            put(f"{label}.zeros", bytes(-body % 8))
            guarded = file[start:payload] if type == "TDAT" else file[start:]
            put(f"{label}.crc", u32(zlib.crc32(guarded)))
            put(f"{label}.reserved", u32(0))
        offsets["end"] = len(file)
        file += self.tail
        return bytes(file), offsets


SIGNATURE = b"\x89FERM\r\n\x1a\n"
