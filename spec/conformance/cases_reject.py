# SPDX-License-Identifier: CC0-1.0
"""The files that every reader MUST refuse: one broken rule each, with the code and offset of section 11."""
import struct
import zlib

from builder import Model, Numbers, Tensor, f32, string, u16, u32, u8
from cases_accept import classify, convolve, norm, smallest


def base():
    """A small network with every kind of chunk, field and value."""
    m, numbers = Model((1, 4, 4)), Numbers(1)
    m.resized = (5, 6)
    convolve(m, numbers, 2, 1, (3, 3), name="c", pad_top=1, pad_left=1, pad_bottom=1, pad_right=1)
    norm(m, numbers, 2, "n")
    m.node("relu")
    m.node("max_pool")
    m.node("average_pool", window_height=1, window_width=1)
    m.node("flatten")
    m.node("add", [6, 6])
    classify(m, numbers, 7, 2)
    m.tests((2, 3, 3, range(18), 1.0, [0.0, 0.0, 0.0]), (1, 1, 1, [7], 1.0, [0.0, 0.0, 0.0]))
    m.provenance(("a", "text"), ("b", -7), ("c", 0.5), ("d", True))
    m.note("n", "a note")
    return m


ALL = {}


def add(name, rule, code, at, make=base, verify=False, into=ALL, **change):
    """Registers a case: `change` overrides fields (dots as __), `at` is a label, or one with a distance, or None."""
    def build():
        m = make()
        for label, raw in change.items():
            m.fields[label.replace("__", ".")] = raw
        data, offsets = m.encoded()
        label, distance = at if isinstance(at, tuple) else (at, 0)
        offset = None if at is None else at if isinstance(at, int) else offsets[label] + distance
        return data, rule, code, offset, verify
    assert name not in into, name
    into[name] = build


def fields(name, rule, code, at, **change):
    add(name, rule, code, at, **change)


def cut(name, rule, code, at, count, make=base):
    """The first `count` bytes of a file; `at` None stands for that count."""
    def build():
        data, offsets = make().encoded()
        length = count(offsets) if callable(count) else count
        return data[:length], rule, code, length if at is None else at, False
    ALL[name] = build


def changed(change, make=base):
    """A maker of a model that `change` spoils."""
    def build():
        m = make()
        change(m)
        return m
    return build


def put(label, raw):
    return lambda m: m.fields.__setitem__(label, raw)


# ---- 1: the header ----

cut("header-empty-file", "there is at least one byte", "signature", 0, 0)
cut("header-one-byte", "the file has 16 bytes", "truncated", None, 1)
cut("header-short", "the file has 16 bytes", "truncated", None, 15)
add("header-signature-first-byte", "signature", "signature", 0, signature=b"\x88FERM\r\n\x1a\n")
add("header-signature-text-mode", "signature: a copy in text mode loses a carriage return", "signature", 0, signature=b"\x89FERM\n\x1a\n")
add("header-signature-last-byte", "signature", "signature", 0, signature=b"\x89FERM\r\n\x1a\r")
add("header-major-0", "major version", "unsupported", "major", major=u8(0))
add("header-major-2", "major version", "unsupported", "major", major=u8(2))
add("header-feature-0", "features", "unsupported", "features", features=u32(1))
add("header-feature-30", "features", "unsupported", "features", features=u32(1 << 30))
add("header-feature-31", "features: bit 31 marks drafts", "unsupported", "features", features=u32(1 << 31))

# ---- 2: chunks ----

cut("chunks-none", "a chunk lies within the file", "truncated", None, 16)
cut("chunks-half-a-type", "a chunk lies within the file", "truncated", None, 18)
cut("chunks-no-length", "a chunk lies within the file", "truncated", None, 23)
cut("chunks-end-missing", "a chunk lies within the file", "truncated", None, lambda offsets: offsets["FEND"])
cut("chunks-end-cut", "a chunk lies within the file", "truncated", None, lambda offsets: offsets["end"] - 1)
cut("chunks-cut-in-weights", "a chunk lies within the file", "truncated", None, lambda offsets: offsets["TDAT.z.weight"] + 2)
add("chunk-length-4-gigabytes", "a chunk lies within the file", "truncated", "end", GRPH__length=u32(0xFFFFFFFF))
add("chunk-length-wraps", "a chunk lies within the file", "truncated", "end", HEAD__length=u32(0xFFFFFFF8))
add("chunk-type-digit", "a type is four letters", "structure", "PREP", PREP=b"PRE0")
add("chunk-type-high-bit", "a type is four letters", "structure", "GRPH", GRPH=b"GRP\xc8")
add("chunk-type-nul", "a type is four letters", "structure", "TIDX", TIDX=bytes(4))
add("chunk-type-at-sign", "a type is four letters", "structure", "HEAD", HEAD=b"HEA@")
add("chunk-type-bracket", "a type is four letters", "structure", "HEAD", HEAD=b"HEA[")


def sixty_five():
    m = smallest()
    for i in range(58):
        m.note(f"n{i}", "")
    return m


add("chunks-65", "at most 64 chunks", "limit", "FEND", make=sixty_five)


def with_tail(m):
    m.tail = b"\0"


add("chunks-byte-behind-end", "nothing follows FEND", "truncated", "end", make=changed(with_tail))


def with_second_end(m):
    m.tail = m.encoded()[0][-56:]


add("chunks-second-end", "nothing follows FEND", "truncated", "end", make=changed(with_second_end))

# ---- 3: order ----


def order(change):
    def spoil(m):
        m.order = lambda records: change(dict(enumerate(records)))
    return changed(spoil)


for i, type in enumerate(["HEAD", "PREP", "LABL", "GRPH", "TIDX", "TDAT"]):
    following = ["PREP", "LABL", "GRPH", "TIDX", "TDAT", "tEST"][i]
    add(f"order-without-{type}", "order of chunks", "structure", following,
        make=order(lambda r, i=i: [r[k] for k in r if k != i]))
    add(f"order-{type}-twice", "order of chunks", "structure", f"{type}#2",
        make=order(lambda r, i=i: [r[k] for k in r for _ in range(2 if k == i else 1)]))
add("order-swapped", "order of chunks", "structure", "LABL", make=order(lambda r: [r[k] for k in (0, 2, 1, *list(r)[3:])]))
add("order-end-first", "order of chunks", "structure", "FEND", make=order(lambda r: [r[len(r) - 1]]))
add("order-ancillary-too-early", "order of chunks", "structure", "nOTe",
    make=order(lambda r: [r[k] for k in (0, 8, *range(1, 8), 9)]))
add("order-required-behind-data", "order of chunks", "structure", "PREP#2", make=order(lambda r: [*(r[k] for k in range(9)), r[1], r[9]]))
add("order-data-first", "order of chunks", "structure", "TDAT", make=order(lambda r: [r[k] for k in (5, 0, 1, 2, 3, 4, *range(6, 10))]))
for type, number in (("tEST", 6), ("pROV", 7)):
    add(f"order-{type}-twice", "order of chunks: at most once", "structure", f"{type}#2",
        make=order(lambda r, n=number: [r[k] for k in r for _ in range(2 if k == n else 1)]))


def with_states(m):
    m.chunk("trST", ("payload", b"1"))
    m.chunk("trST", ("payload", b"2"))


add("order-trST-twice", "order of chunks: at most once", "structure", "trST#2", make=changed(with_states))
add("chunk-unknown-critical", "a critical chunk that the reader does not know", "unsupported", "NEWC",
    make=changed(lambda m: m.chunk("NEWC", ("payload", b"x"))))
add("chunk-unknown-critical-case", "a critical chunk that the reader does not know", "unsupported", "Prov",
    make=changed(lambda m: m.chunk("Prov", ("payload", b"x"))))

# ---- 4: frames of chunks ----

for type in ("HEAD", "PREP", "LABL", "GRPH", "TIDX", "TDAT", "tEST", "pROV", "nOTe", "FEND"):
    fields(f"frame-{type}-checksum", "checksum of a chunk", "checksum", f"{type}.crc", **{f"{type}__crc": u32(12345)})
    fields(f"frame-{type}-reserved", "reserved field of a chunk", "structure", f"{type}.reserved", **{f"{type}__reserved": u32(1)})
_data, _offsets = base().encoded()
for type in ("HEAD", "PREP", "LABL", "GRPH", "TIDX", "tEST", "pROV", "nOTe"):
    # Of the filling bytes, where there are any, the last one is not zero.
    count = _offsets[f"{type}.crc"] - _offsets[f"{type}.zeros"]
    if count:
        add(f"frame-{type}-zeros", "a filling zero", "structure", (f"{type}.zeros", count - 1),
            **{f"{type}__zeros": bytes(count - 1) + b"\1"})


def unsummed(type):
    m = smallest()
    m.chunk(type, ("payload", b"12345678"))
    return m


add("frame-unknown-checksum", "checksum of a chunk, of skipped ones too", "checksum", "aAAA.crc", verify=True,
    make=lambda: unsummed("aAAA"), aAAA__crc=u32(1))
add("frame-trST-reserved", "reserved field of a chunk, of skipped ones too", "structure", "trST.reserved", verify=True,
    make=lambda: unsummed("trST"), trST__reserved=u32(256))
add("frame-note-of-17-megabytes", "the limit of a payload", "truncated", "end", nOTe__length=u32(17 << 20))

# ---- 4: records ----

for type, what in (("HEAD", "name"), ("PREP", "offset0"), ("LABL", "2"), ("GRPH", "8.bias"), ("TIDX", "z.weight.crc"),
                   ("pROV", "3.value"), ("FEND", "digest")):
    add(f"record-{type}-long", "nothing is left of a record", "structure", f"{type}.rest",
        make=lambda type=type, what=what: rest(type, what))


def rest(type, what, make=base):
    """A record with bytes behind its last field, which get the label `rest`."""
    m = make()
    encoded = m.encoded

    def marked():
        m.after[f"{type}.{what}"] = bytes(8)
        if type == "FEND":
            m.fields["FEND.size"] = struct.pack("<Q", len(encoded()[0]))
        data, offsets = encoded()
        offsets[f"{type}.rest"] = offsets[f"{type}.zeros"] - 8
        return data, offsets
    m.encoded = marked
    return m


def short(name, label, at=None, raw=b"", make=base, into=ALL):
    """A record that ends in the field `label`, of which `raw` is left; `at` is where that shows."""
    type = label.split(".")[0]

    def spoil(m):
        _, offsets = m.encoded()
        payload, start = offsets[f"{type}.zeros"], offsets[label]
        for other, offset in offsets.items():
            if other.startswith(f"{type}.") and start < offset < payload and other not in (f"{type}.length",):
                m.drop.add(other)
        m.fields[label] = raw
        if type == "FEND":
            m.fields["FEND.size"] = struct.pack("<Q", len(m.encoded()[0])) if label != "FEND.size" else raw
    add(f"short-{name}", "a record has all its fields", "structure", at or label, make=changed(spoil, make), into=into)


short("HEAD", "HEAD.set")
short("HEAD-reserved", "HEAD.zero", raw=b"\0")
short("HEAD-name", "HEAD.name", ("HEAD.name", 2), raw=u16(5) + b"abcd")
short("HEAD-name-length", "HEAD.name", raw=b"\1")
short("PREP", "PREP.channels")
short("PREP-side", "PREP.cropped_width", raw=b"\4")
short("PREP-factor", "PREP.offset0", raw=b"\0\0\0")
short("LABL", "LABL.count", raw=b"\3")
short("LABL-labels", "LABL.2")
short("GRPH-node", "GRPH.8")
short("GRPH-attribute", "GRPH.1.groups", raw=b"\1")
short("GRPH-input", "GRPH.7.input1")
short("TIDX-dimension", "TIDX.z.weight.dimension1", raw=b"\2\0\0")
short("TIDX-crc", "TIDX.z.weight.crc")
short("tEST-pixels", "tEST.1.pixels")
short("tEST-logit", "tEST.1.logit2", raw=b"\0\0")
short("pROV-value", "pROV.2.value", raw=bytes(7))
short("pROV-text", "pROV.0.value", ("pROV.0.value", 2), raw=u16(4) + b"tex")
short("nOTe-name", "nOTe.name")
short("FEND-digest", "FEND.digest", raw=bytes(31))

fields("head-set-0", "operator set", "unsupported", "HEAD.set", HEAD__set=u16(0))
# Whatever sets come: without a feature there is only set 1.
fields("head-set-2", "operator set", "unsupported", "HEAD.set", HEAD__set=u16(2))
fields("head-reserved", "reserved field of HEAD", "structure", "HEAD.zero", HEAD__zero=u16(1))
fields("head-name-empty", "a name has 1 to 128 characters", "value", "HEAD.name", HEAD__name=string(""))
fields("head-name-129", "a string's length", "limit", "HEAD.name", HEAD__name=string("a" * 129))
fields("head-name-space", "a name has only its characters", "value", "HEAD.name", HEAD__name=string("a b"))
fields("head-name-umlaut", "a name has only its characters", "value", "HEAD.name", HEAD__name=string("ä"))
fields("head-name-nul", "a string is UTF-8 without NUL", "value", "HEAD.name", HEAD__name=string("a\0"))

fields("prep-channels-0", "channels", "value", "PREP.channels", PREP__channels=u8(0))
fields("prep-channels-2", "channels", "value", "PREP.channels", PREP__channels=u8(2))
fields("prep-channels-4", "channels", "value", "PREP.channels", PREP__channels=u8(4))
fields("prep-colour-0", "colour", "unsupported", "PREP.colour", PREP__colour=u8(0))
fields("prep-colour-3", "colour", "unsupported", "PREP.colour", PREP__colour=u8(3))
fields("prep-rgb-of-one-channel", "RGB has three channels", "value", "PREP.colour", PREP__colour=u8(2))
fields("prep-fit-3", "fit", "unsupported", "PREP.fit", PREP__fit=u8(3))
fields("prep-resampling-0", "resampling", "unsupported", "PREP.resampling", PREP__resampling=u8(0))
fields("prep-resampling-2", "resampling", "unsupported", "PREP.resampling", PREP__resampling=u8(2))
fields("prep-height-0", "sides of PREP", "value", "PREP.resized_height", PREP__resized_height=u16(0))
fields("prep-width-1025", "sides of PREP", "value", "PREP.resized_width", PREP__resized_width=u16(1025))
fields("prep-crop-0", "sides of PREP", "value", "PREP.cropped_width", PREP__cropped_width=u16(0))
fields("prep-crop-beyond-resize", "sides of PREP", "value", "PREP.cropped_height", PREP__cropped_height=u16(6))
fields("prep-scale-nan", "scale is finite", "value", "PREP.scale0", PREP__scale0=u32(0x7FC00000))
fields("prep-scale-infinite", "scale is finite", "value", "PREP.scale0", PREP__scale0=u32(0xFF800000))
fields("prep-offset-infinite", "offset is finite", "value", "PREP.offset0", PREP__offset0=u32(0x7F800000))

fields("labels-0", "count of labels", "limit", "LABL.count", LABL__count=u16(0))
fields("labels-257", "count of labels", "limit", "LABL.count", LABL__count=u16(257))
fields("labels-65535", "count of labels", "limit", "LABL.count", LABL__count=u16(65535))
fields("label-empty", "a label is not empty", "value", "LABL.1", LABL__1=string(""))
fields("label-twice", "a label is new", "value", "LABL.2", LABL__2=string("a"))
fields("label-65", "a string's length", "limit", "LABL.1", LABL__1=string("x" * 65))
fields("label-latin-1", "a string is UTF-8 without NUL", "value", "LABL.1", LABL__1=string(b"m\xfcde"))
fields("label-surrogate", "a string is UTF-8 without NUL", "value", "LABL.1", LABL__1=string(b"\xed\xa0\x80"))
fields("label-overlong", "a string is UTF-8 without NUL", "value", "LABL.1", LABL__1=string(b"\xc1\x81"))
fields("label-beyond-unicode", "a string is UTF-8 without NUL", "value", "LABL.1", LABL__1=string(b"\xf4\x90\x80\x80"))
fields("label-line-feed", "a label has no control character", "value", "LABL.1", LABL__1=string("a\n"))
fields("label-escape", "a label has no control character", "value", "LABL.1", LABL__1=string("\x1b[2J"))
fields("label-delete", "a label has no control character", "value", "LABL.1", LABL__1=string("\x7f"))
fields("label-c1", "a label has no control character", "value", "LABL.1", LABL__1=string("\x9f"))
fields("label-nul", "a string is UTF-8 without NUL", "value", "LABL.0", LABL__0=string("\0"))
fields("temperature-0", "temperature", "value", "LABL.temperature", LABL__temperature=f32(0))
fields("temperature-nan", "temperature", "value", "LABL.temperature", LABL__temperature=u32(0x7FC00000))
fields("temperature-negative", "temperature", "value", "LABL.temperature", LABL__temperature=f32(-1))
fields("temperature-small", "temperature", "value", "LABL.temperature", LABL__temperature=f32(2.0 ** -21))
fields("temperature-large", "temperature", "value", "LABL.temperature", LABL__temperature=u32(0x49800001))

fields("nodes-0", "count of nodes", "limit", "GRPH.count", GRPH__count=u16(0))
fields("nodes-4097", "count of nodes", "limit", "GRPH.count", GRPH__count=u16(4097))
fields("operator-0", "operator and its version", "unsupported", "GRPH.3", GRPH__3=u16(0))
# The file states set 1, in which the code behind its last operator's is unknown for ever, whatever later sets bring.
fields("operator-14", "operator and its version", "unsupported", "GRPH.3", GRPH__3=u16(14))
fields("operator-65535", "operator and its version", "unsupported", "GRPH.3", GRPH__3=u16(65535))
add("operator-version-0", "operator and its version", "unsupported", "GRPH.3", **{"GRPH__3__version": u8(0)})
add("operator-version-2", "operator and its version", "unsupported", "GRPH.3", **{"GRPH__3__version": u8(2)})
add("inputs-9", "count of a node's inputs", "limit", "GRPH.3.inputs", **{"GRPH__3__inputs": u8(9)})
for label, raw in (("1.stride_height", 0), ("1.stride_width", 65), ("1.pad_top", 1025), ("1.pad_right", 65535), ("1.groups", 0),
                   ("1.groups", 65535), ("4.window_height", 0), ("4.window_width", 65), ("4.stride_height", 65), ("4.pad_left", 1025),
                   ("5.count_padding", 2)):
    name = label.replace(".", "-").replace("_", "-")
    add(f"attribute-{name}-{raw}", "attributes", "value", f"GRPH.{label}", **{f"GRPH__{label.replace('.', '__')}": u16(raw)})
for name, raw in (("nan", u32(0x7FC00000)), ("infinite", u32(0x7F800000)), ("0", f32(0)), ("negative", f32(-1e-5)),
                  ("subnormal", u32(0x007FFFFF))):
    add(f"attribute-epsilon-{name}", "attributes", "value", "GRPH.2.epsilon", **{"GRPH__2__epsilon": raw})

fields("tensors-4097", "count of tensors", "limit", "TIDX.count", TIDX__count=u16(4097))
add("tensor-name-slashes", "a name has only its characters", "value", "TIDX.c.bias", **{"TIDX__c__bias": string("c\\bias")})
add("tensor-name-129", "a string's length", "limit", "TIDX.c.bias", **{"TIDX__c__bias": string("c" * 129)})
add("tensor-names-out-of-order", "tensor names are in order and new", "value", "TIDX.c.weight", **{"TIDX__c__weight": string("a")})
add("tensor-name-twice", "tensor names are in order and new", "value", "TIDX.c.weight", **{"TIDX__c__weight": string("c.bias")})
for type in (0, 5, 255):
    add(f"tensor-type-{type}", "element type", "unsupported", "TIDX.n.mean.type", **{"TIDX__n__mean__type": u8(type)})
for codec in (3, 255):
    add(f"tensor-codec-{codec}", "codec", "unsupported", "TIDX.n.mean.codec", **{"TIDX__n__mean__codec": u8(codec)})
add("tensor-rank-6", "rank of a tensor", "limit", "TIDX.n.mean.rank", **{"TIDX__n__mean__rank": u8(6)})
add("tensor-rank-255", "rank of a tensor", "limit", "TIDX.n.mean.rank", **{"TIDX__n__mean__rank": u8(255)})
add("tensor-dimension-0", "dimensions of a tensor", "limit", "TIDX.n.mean.rank", **{"TIDX__n__mean__dimension0": u32(0)})
add("tensor-dimension-large", "dimensions of a tensor", "limit", "TIDX.n.mean.rank", **{"TIDX__n__mean__dimension0": u32((1 << 20) + 1)})
add("tensor-elements-overflow", "elements of a tensor", "limit", "TIDX.c.weight.rank",
    **{f"TIDX__c__weight__dimension{k}": u32(1 << 20) for k in range(4)})
add("tensor-elements-many", "elements of a tensor", "limit", "TIDX.z.weight.rank",
    **{"TIDX__z__weight__dimension0": u32(1 << 14), "TIDX__z__weight__dimension1": u32((1 << 13) + 1)})
add("tensor-stored-short", "stored bytes fit the decoded size", "weights", "TIDX.n.mean.stored", **{"TIDX__n__mean__stored": u32(7)})
add("tensor-stored-long", "stored bytes fit the decoded size", "weights", "TIDX.n.mean.stored", **{"TIDX__n__mean__stored": u32(9)})


def dense(type="fp32", codec="stored", shape=(3, 16), values=None, scales=None, packed=None):
    """Flatten and one fully connected layer; `packed` makes other stored bytes out of the decoded ones."""
    def make():
        m = Model((1, 4, 4))
        count = shape[0] * shape[1]
        small = [int(v) for v in Numbers(2)(count, bits=8, low=-127, high=127)] if type == "int8" else Numbers(2)(count, bits=7)
        t = Tensor("w", shape, values(small) if values else small, type, codec, scales or ([0.5] * shape[0] if type == "int8" else None))
        if packed:
            t.packed = packed(t.stored, t.raw)
        m.tensors.append(t)
        m.node("flatten")
        m.node("linear", weight="w")
        return m
    return make


add("tensor-planes-of-int8", "codec 2 has elements of more than one byte", "value", "TIDX.w.codec", make=dense("int8"), TIDX__w__codec=u8(2))


def int8_bias():
    m = dense()()
    m.tensors.append(Tensor("b", [3], [1, 2, 3], "int8", "stored", [1.0, 1.0, 1.0]))
    m.nodes[1] = ("linear", [1], {"weight": "w", "bias": "b"})
    return m


add("tensor-int8-vector", "int8 has rank 2 or more", "value", "TIDX.b.rank", make=int8_bias)
add("tensor-bomb", "stored bytes fit the decoded size", "weights", "TIDX.w.stored", make=dense(codec="zlib"),
    TIDX__w__dimension0=u32(1 << 20), TIDX__w__dimension1=u32(1 << 7))


def too_large_together():
    m = Model((1, 4, 4))
    m.node("flatten")
    for i in range(3):
        t = Tensor(f"w{i}", [3, 16], [0.0] * 48, "fp32", "zlib")
        m.tensors.append(t)
        m.node("linear", [1], weight=f"w{i}")
        for k, d in enumerate((1 << 14, 1 << 13)):
            m.fields[f"TIDX.w{i}.dimension{k}"] = u32(d)
        m.fields[f"TIDX.w{i}.stored"] = u32(1 << 20)
    return m


add("tensors-too-large-together", "decoded bytes of all tensors", "limit", "TIDX.w2", make=too_large_together)

add("test-count-0", "count of self-tests", "limit", "tEST.count", tEST__count=u16(0))
add("test-count-17", "count of self-tests", "limit", "tEST.count", tEST__count=u16(17))
add("test-height-0", "sides of a self-test", "limit", "tEST.0.height", **{"tEST__0__height": u16(0)})
add("test-width-1025", "sides of a self-test", "limit", "tEST.0.width", **{"tEST__0__width": u16(1025)})
add("test-channels-2", "channels", "value", "tEST.0.channels", **{"tEST__0__channels": u8(2)})
add("test-reserved", "reserved field of a self-test", "structure", "tEST.0.reserved", **{"tEST__0__reserved": u8(1)})
add("test-tolerance-negative", "tolerance", "value", "tEST.0.tolerance", **{"tEST__0__tolerance": f32(-1)})
add("test-tolerance-infinite", "tolerance", "value", "tEST.1.tolerance", **{"tEST__1__tolerance": u32(0x7F800000)})
add("test-logit-nan", "logit", "value", "tEST.0.logit1", **{"tEST__0__logit1": u32(0x7FC00000)})

fields("entries-1025", "count of entries", "limit", "pROV.count", pROV__count=u16(1025))
fields("entry-key-empty", "a name has 1 to 128 characters", "value", "pROV.0", pROV__0=string(""))
fields("entry-key-twice", "keys are in order and new", "value", "pROV.1", pROV__1=string("a"))
fields("entry-keys-out-of-order", "keys are in order and new", "value", "pROV.1", pROV__1=string("Z"))
add("entry-type-0", "type of an entry", "unsupported", "pROV.1.type", **{"pROV__1__type": u8(0)})
add("entry-type-5", "type of an entry", "unsupported", "pROV.1.type", **{"pROV__1__type": u8(5)})
add("entry-text-not-utf-8", "a string is UTF-8 without NUL", "value", "pROV.0.value", **{"pROV__0__value": string(b"\xff")})
add("entry-number-nan", "number of an entry", "value", "pROV.2.value", **{"pROV__2__value": struct.pack("<Q", 0x7FF8 << 48)})
add("entry-number-infinite", "number of an entry", "value", "pROV.2.value", **{"pROV__2__value": struct.pack("<Q", 0xFFF0 << 48)})
add("entry-flag-2", "flag of an entry", "value", "pROV.3.value", **{"pROV__3__value": u8(2)})
add("note-name", "a name has only its characters", "value", "nOTe.name", nOTe__name=string("a\n"))
add("note-not-utf-8", "a note's text", "value", "nOTe.text", nOTe__text=b"caf\xe9")
add("note-nul", "a note's text", "value", "nOTe.text", nOTe__text=b"a\0b")

fields("end-size", "length of FEND", "structure", "FEND.size", FEND__size=struct.pack("<Q", 1))
fields("end-size-huge", "length of FEND", "structure", "FEND.size", FEND__size=b"\xff" * 8)

# ---- 5 and 8: weights ----


def longer_data(m):
    m.after["TDAT.z.weight"] = bytes(64)


add("data-long", "length of TDAT", "structure", "TDAT.length", make=changed(longer_data))
add("data-short", "length of TDAT", "structure", "TDAT.length", make=changed(lambda m: m.drop.add("TDAT.z.weight")))
add("data-without-tensors", "length of TDAT", "structure", "TDAT.length", make=smallest, TDAT__length=u32(8), TDAT__zeros=bytes(8))

_gap = _offsets["TDAT.n.mean"] - _offsets["TDAT.n.mean.gap"]
add("data-gap", "a zero between tensors", "structure", ("TDAT.n.mean.gap", _gap - 1),
    make=changed(put("TDAT.n.mean.gap", bytes(_gap - 1) + b"\x80")))


def odd_end():
    m = Model((1, 1, 3))
    m.tensors.append(Tensor("w", [3, 3], [0.5] * 9, "fp16"))
    m.node("flatten")
    m.node("linear", weight="w")
    m.fields["TDAT.zeros"] = b"\0\0\0\0\1\0"
    return m


add("data-zeros-behind", "a filling zero", "structure", ("TDAT.zeros", 4), make=odd_end)
add("weights-checksum", "a tensor's checksum", "checksum", "TDAT.n.mean", **{"TIDX__n__mean__crc": u32(0)})
add("weights-zlib-checksum", "a tensor's checksum", "checksum", "TDAT.w", make=dense(codec="zlib"), TIDX__w__crc=u32(7))
for name, packed in {
    "cut": lambda stored, raw: stored[:-5],
    "adler": lambda stored, raw: stored[:-1] + bytes([stored[-1] ^ 1]),
    "tail": lambda stored, raw: stored + b"\0",
    "second": lambda stored, raw: stored + stored,
    "short": lambda stored, raw: zlib.compress(raw[:-4], 9),
    "long": lambda stored, raw: zlib.compress(raw + b"\0", 9),
    "header": lambda stored, raw: b"\x78\xdb" + stored[2:],
    "gzip": lambda stored, raw: b"\x1f\x8b" + stored[2:],
    "raw-deflate": lambda stored, raw: stored[2:-4],
    "method": lambda stored, raw: b"\x79\x9c" + stored[2:],
    "block-type-3": lambda stored, raw: stored[:2] + b"\x07" + stored[3:],
    "distance-too-far": lambda stored, raw: stored[:2] + bytes([0x4B, 0x84, 0x02, 0x00]) + stored[-4:],
}.items():
    add(f"stream-{name}", "a tensor's stream", "weights", "TDAT.w", make=dense(codec="zlib", packed=packed))


def dictionary(stored, raw):
    stream = zlib.compressobj(9, zdict=b"a dictionary of old")
    return stream.compress(raw) + stream.flush()


add("stream-dictionary", "a tensor's stream has no preset dictionary", "weights", "TDAT.w", make=dense(codec="zlib", packed=dictionary))
add("stream-planes-short", "a tensor's stream", "weights", "TDAT.w",
    make=dense("fp16", "shuffle", packed=lambda stored, raw: zlib.compress(raw[:-2], 9)))
for type, bad in (("fp32", float("inf")), ("fp32", float("nan")), ("fp16", float("inf")), ("fp16", float("nan")), ("bf16", float("-inf"))):
    add(f"element-{type}-{bad}".replace("--", "-minus-"), "elements are finite", "weights", "TDAT.w",
        make=dense(type, "zlib", values=lambda v, bad=bad: v[:-1] + [bad]))
add("element-int8-128", "an int8 element is not -128", "weights", "TDAT.w", make=dense("int8", values=lambda v: [-128] + v[1:]))
for name, scale in (("0", 0.0), ("negative", -1.0), ("nan", float("nan")), ("infinite", float("inf")), ("subnormal", 2.0 ** -127)):
    add(f"scale-{name}", "a scale is finite and at least 2^-126", "weights", "TDAT.w", make=dense("int8", scales=[1.0, scale, 1.0]))


def below_zero(m):
    for i, t in enumerate(m.tensors):
        if t.name == "n.variance":
            m.tensors[i] = Tensor("n.variance", [2], [1.0, -(2.0 ** -149)])


add("variance-below-zero", "no variance is below zero", "weights", "TDAT.n.variance", make=changed(below_zero))

# ---- 7: the graph ----


def graph(name, rule, at, change, code="graph", make=base):
    add(f"graph-{name}", rule, code, at, make=changed(change, make))


def node(number, **attributes):
    def change(m):
        operator, inputs, old = m.nodes[number - 1]
        m.nodes[number - 1] = (operator, attributes.pop("inputs", inputs), {**old, **attributes})
    return change


graph("no-input", "the number of inputs", "GRPH.3", lambda m: m.nodes.__setitem__(2, ("relu", [], {})))
graph("two-inputs-of-relu", "the number of inputs", "GRPH.3", lambda m: m.nodes.__setitem__(2, ("relu", [2, 2], {})))
graph("one-input-of-add", "the number of inputs", "GRPH.7", lambda m: m.nodes.__setitem__(6, ("add", [6], {})))
graph("own-output", "inputs exist", "GRPH.3", lambda m: m.nodes.__setitem__(2, ("relu", [3], {})))
graph("later-value", "inputs exist", "GRPH.3", lambda m: m.nodes.__setitem__(2, ("relu", [5], {})))
graph("value-65535", "inputs exist", "GRPH.3", lambda m: m.nodes.__setitem__(2, ("relu", [65535], {})))
graph("tensor-missing", "tensors exist", "GRPH.1", put("GRPH.1.weight", u16(8)))
graph("tensor-65535-where-not-optional", "tensors exist", "GRPH.2", put("GRPH.2.mean", u16(65535)))
graph("bias-missing", "tensors exist", "GRPH.8", put("GRPH.8.bias", u16(65534)))
graph("value-unused", "every value is used", "GRPH.8",
      lambda m: (m.nodes.__setitem__(6, ("relu", [6], {})), m.nodes.__setitem__(7, ("linear", [6], m.nodes[7][2]))))


def input_unused():
    m = smallest()
    m.nodes = []
    m.tensor("w", [1, 1], [1.0])
    m.node("flatten", [0])
    m.node("linear", [1], weight="w")
    m.node("relu", [1])
    return m


add("graph-last-but-one-unused", "every value is used", "graph", "GRPH.3", make=input_unused)
graph("tensor-unused", "every tensor is used", "GRPH.8", lambda m: m.tensor("extra", [1], [0.0]))
graph("output-too-long", "the output has a number for each label", "GRPH.8",
      lambda m: (m.labels.pop(), m.ancillary.pop(0)))
graph("output-is-a-map", "the output is a vector", "GRPH.1", lambda m: None, make=lambda: map_output())


def map_output():
    m = Model((1, 1, 1), ["a"])
    m.node("relu")
    return m


def one(operator, input=(1, 4, 4), tensors=(), inputs=(0,), vector=False, **attributes):
    """The node under test, first of all or behind a flatten; what follows does not matter."""
    def make():
        m = Model(input)
        for name, shape in tensors:
            count = 1
            for d in shape:
                count *= d
            m.tensor(name, shape, [1.0] * count)
        if vector:
            m.node("flatten")
        m.node(operator, [1] if vector else list(inputs), **attributes)
        return m
    return make


W = "weight"
for name, rule, make, code in (
    ("convolution-of-a-vector", "convolution takes maps",
     one("convolution", vector=True, tensors=[("w", [3, 16, 1, 1])], weight="w"), "graph"),
    ("convolution-rank", "shape of a weight", one("convolution", tensors=[("w", [3, 1, 3])], weight="w"), "graph"),
    ("convolution-channels", "shape of a weight", one("convolution", tensors=[("w", [3, 2, 3, 3])], weight="w"), "graph"),
    ("convolution-groups-of-channels", "groups divide C", one("convolution", (3, 4, 4), tensors=[("w", [4, 1, 3, 3])], weight="w", groups=2), "graph"),
    ("convolution-groups-of-outputs", "groups divide O", one("convolution", (3, 4, 4), tensors=[("w", [4, 1, 3, 3])], weight="w", groups=3), "graph"),
    ("convolution-bias", "shape of a bias", one("convolution", tensors=[("b", [4]), ("w", [3, 1, 3, 3])], weight="w", bias="b"), "graph"),
    ("convolution-bias-rank", "shape of a bias", one("convolution", tensors=[("b", [3, 1]), ("w", [3, 1, 3, 3])], weight="w", bias="b"), "graph"),
    ("convolution-window", "the window fits the padded map", one("convolution", tensors=[("w", [3, 1, 5, 3])], weight="w"), "graph"),
    ("convolution-window-across", "the window fits the padded map", one("convolution", tensors=[("w", [3, 1, 1, 8])], weight="w", pad_left=3), "graph"),
    ("linear-of-a-map", "linear takes vectors", one("linear", tensors=[("w", [3, 16])], weight="w"), "graph"),
    ("linear-features", "shape of a weight", one("linear", vector=True, tensors=[("w", [3, 15])], weight="w"), "graph"),
    ("linear-rank", "shape of a weight", one("linear", vector=True, tensors=[("w", [48])], weight="w"), "graph"),
    ("linear-bias", "shape of a bias", one("linear", vector=True, tensors=[("b", [1]), ("w", [3, 16])], weight="w", bias="b"), "graph"),
    ("batch-norm-channels", "shapes of a batch norm",
     one("batch_norm", (3, 2, 2), tensors=[("a", [3]), ("b", [1])], weight="a", bias="a", mean="a", variance="b"), "graph"),
    ("batch-norm-rank", "shapes of a batch norm",
     one("batch_norm", (3, 2, 2), tensors=[("a", [3]), ("b", [3, 1])], weight="b", bias="a", mean="a", variance="a"), "graph"),
    ("max-pool-of-a-vector", "pools take maps", one("max_pool", vector=True), "graph"),
    ("max-pool-padding", "padding is smaller than the window", one("max_pool", pad_top=2), "graph"),
    ("max-pool-padding-right", "padding is smaller than the window", one("max_pool", pad_right=2), "graph"),
    ("max-pool-window", "the window fits the padded map", one("max_pool", window_height=7, pad_top=1, pad_bottom=1), "graph"),
    ("average-pool-of-a-vector", "pools take maps", one("average_pool", vector=True), "graph"),
    ("average-pool-padding", "padding is smaller than the window", one("average_pool", pad_left=2, count_padding=1), "graph"),
    ("adaptive-pool-of-a-vector", "pools take maps", one("adaptive_average_pool", vector=True), "graph"),
    ("adaptive-pool-larger", "the output is at most the map", one("adaptive_average_pool", height=5), "graph"),
    ("adaptive-pool-wider", "the output is at most the map", one("adaptive_average_pool", width=1024), "graph"),
    ("output-elements", "elements of a value", one("convolution", (1, 1, 1), tensors=[("w", [128, 1, 1, 1])], weight="w",
                                                   pad_top=1023, pad_bottom=1, pad_left=1024), "limit"),
):
    at = "GRPH.2" if make().nodes[0][0] == "flatten" else "GRPH.1"
    add(f"graph-{name}", rule, code, at, make=make)


def two_maps(operator, channels):
    def make():
        m = Model((3, 4, 4))
        m.tensor("w", [channels, 3, 1, 1], [1.0] * (3 * channels))
        m.node("convolution", [0], weight="w")
        m.node(operator, [0, 1])
        return m
    return make


add("graph-add-channels", "shapes of add", "graph", "GRPH.2", make=two_maps("add", 2))
add("graph-multiply-channels", "shapes of multiply", "graph", "GRPH.2", make=two_maps("multiply", 4))


def vector_beside_map():
    m = Model((3, 4, 4))
    m.node("flatten")
    m.node("add", [0, 1])
    return m


add("graph-add-vector-beside-map", "shapes of add", "graph", "GRPH.2", make=vector_beside_map)


def too_much_work():
    """2^40 multiply-adds and a few more, of a file that is small because its weights are zeros."""
    m = Model((1, 1024, 1024))
    m.tensors.append(Tensor("w", [64, 1, 128, 128], [0.0] * 0, "fp32", "zlib"))
    m.tensors[0].raw = bytes(4 << 20)
    m.node("convolution", weight="w", pad_top=64, pad_left=64, pad_bottom=64, pad_right=64)
    m.node("adaptive_average_pool")
    m.node("flatten")
    m.tensor("z", [3, 64], [0.0] * 192)
    m.node("linear", weight="z")
    return m


add("graph-too-much-work", "multiply-adds", "limit", "GRPH.4", make=too_much_work)


def too_many_bytes():
    m = Model((1, 1024, 1024))
    m.tensor("w", [120, 1, 1, 1], [0.0] * 120)
    m.node("convolution", weight="w")
    m.node("relu")
    m.node("adaptive_average_pool", height=1, width=1)
    m.node("flatten")
    m.tensor("z", [3, 120], [0.0] * 360)
    m.node("linear", weight="z")
    return m


add("graph-too-many-bytes-alive", "bytes alive", "limit", "GRPH.5", make=too_many_bytes)


def too_many_elements_named():
    """One tensor of 2^27 elements, named three times; its 130 kB are never looked at."""
    m = Model((1, 64, 128))
    t = Tensor("w", [1 << 14, 1 << 13], [], "int8", "zlib", [])
    t.packed = bytes(131_000)
    m.tensors.append(t)
    m.node("flatten")
    values = [m.node("linear", [1], weight="w") for _ in range(3)]
    m.node("add", values[:2])
    m.node("add", [5, values[2]])
    m.tensor("z", [3, 1 << 14], [0.0] * (3 << 14), "fp32", "zlib")
    m.node("linear", weight="z")
    return m


add("graph-too-many-elements-named", "elements of the tensors that nodes name", "limit", "GRPH.7", make=too_many_elements_named)

# ---- 9: the whole file ----

add("whole-digest", "SHA-256", "checksum", "FEND.digest", verify=True, FEND__digest=bytes(32))


def wrong_test():
    m = Model((1, 1, 3))
    m.node("flatten")
    m.tests((1, 3, 1, [0, 128, 255], 0.25, [-1.0, 0.0, 1.25]))
    return m


add("whole-self-test", "a self-test", "self-test", None, verify=True, make=wrong_test)


def cases(all=ALL):
    return {name: build() for name, build in all.items()}
