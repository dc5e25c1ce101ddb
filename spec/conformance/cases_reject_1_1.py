# SPDX-License-Identifier: CC0-1.0
"""The files that a reader of version 1.1 MUST refuse, with the code and offset of section 11: one broken rule each, but for those
named `two-faults-*`, which show the order of section 7.1."""
import struct

import cases_reject
from builder import Model, Numbers, Tensor, f32, string, u16, u32, u8
from cases_accept import classify, smallest
from cases_accept_1_1 import face, level
from cases_reject import changed, one, put, rest

ALL, LARGE = {}, {}


def base():
    """A small network with every operator of set 2, every kind of output and every new chunk."""
    m, n = Model((1, 4, 4)), Numbers(1)
    m.node("convolution 2", [0], weight=m.tensor("c.weight", [2, 1, 3, 3], n(18)), bias=None, dilation_height=2,
           dilation_width=2, pad_top=2, pad_left=2, pad_bottom=2, pad_right=2)        # 1: [2, 4, 4]
    m.node("prelu", slope=m.tensor("p.slope", [2], n(2)))                                      # 2
    m.node("clip", low=-1.0, high=1.0)                                                         # 3
    m.node("hard_swish")                                                                       # 4
    m.node("pad", pad_front=1, pad_bottom=1)                                                   # 5: [3, 5, 4]
    near = m.node("upsample_nearest")                                                          # 6: [3, 10, 8]
    linear = m.node("upsample_bilinear", [5])                                                  # 7
    m.node("concatenate", [near, linear])                                                      # 8: [6, 10, 8]
    mean = m.node("adaptive_average_pool")                                                     # 9: [6, 1, 1]
    flat = m.node("flatten")                                                                   # 10: [6]
    scores = classify(m, n, flat, 6)                                                           # 11
    faces = level(m, n, mean, 6, [(1, 1), (2, 3)], 1, "d")                                     # 12, 13
    m.output("scores", "scores", scores)
    m.output("embedding", "embedding", flat)
    m.output("faces", "detection", key_points=1, levels=[faces])
    m.tests((1, 1, 1, [7], 3e38, [0.0] * (3 + 6 + 2 + 12)))
    m.crop_rules(("a", 1.5, 0.25, -0.25, 0), ("b", 1.0, 0.0, 0.0, 1))
    m.note("n", "a note")
    return m


def add(name, rule, code, at, make=base, into=ALL, **options):
    cases_reject.add(name, rule, code, at, make, into=into, **options)


def put_in(name, rule, code, label, raw, at=None, make=base):
    """The field `label` overridden."""
    add(name, rule, code, at or label, make=changed(put(label, raw), make))


def short(name, label, at=None, raw=b""):
    cases_reject.short(name, label, at, raw, make=base, into=ALL)


def ordered(change):
    """`change` puts the chunks of `base` into another order."""
    return changed(lambda m: setattr(m, "order", change), base)


def featured(bits, make=base):
    return changed(lambda m: setattr(m, "features", bits), make)


# ---- the header ----

for bit in (0, 4, 5, 15, 23, 24, 30, 31):
    add(f"header-feature-{bit}", "features", "unsupported", "features", make=featured(6 | 1 << bit))
add("header-all-features", "features", "unsupported", "features", make=featured(0xFFFFFFFF))
add("header-features-of-version-0", "features, whatever the minor version", "unsupported", "features",
    make=changed(lambda m: setattr(m, "minor", 0), featured(6 | 1 << 4)))

# ---- features and what they say ----

PLAIN = smallest


def of_set_2():
    m = Model((1, 1, 1), ["a"])
    m.node("hard_swish")
    m.node("flatten")
    return m


add("set-2-without-feature", "operator set", "unsupported", "HEAD.set", make=featured(0, of_set_2))
add("set-1-with-feature", "feature 1, and operator set 1", "value", "HEAD.set", make=featured(2, PLAIN))
put_in("set-0-with-feature", "operator set", "unsupported", "HEAD.set", u16(0))
put_in("set-3-with-feature", "operator set", "unsupported", "HEAD.set", u16(3))
put_in("set-1-of-new-operators", "feature 1, and operator set 1", "value", "HEAD.set", u16(1))
add("outputs-missing", "order of chunks", "structure", "FEND", make=featured(4, PLAIN))
add("outputs-missing-before-others", "order of chunks", "structure", "nLEN", make=changed(lambda m: m.outputs.clear(), featured(6)))
add("outputs-without-feature", "a critical chunk whose feature bit is not set", "unsupported", "OUTP", make=featured(2))
add("outputs-twice", "order of chunks", "structure", "OUTP#2",
    make=ordered(lambda r: [*r[:7], r[6], *r[7:]]))
add("outputs-behind-an-ancillary-chunk", "order of chunks", "structure", "nLEN",
    make=ordered(lambda r: [*r[:6], r[7], r[6], *r[8:]]))
add("outputs-before-the-data", "order of chunks", "structure", "OUTP",
    make=ordered(lambda r: [*r[:5], r[6], r[5], *r[7:]]))
add("outputs-behind-the-notes", "order of chunks", "structure", "tEST",
    make=ordered(lambda r: [*r[:6], *r[8:-1], r[6], r[-1]]))
add("outputs-in-lower-case", "order of chunks: oUTP is another chunk", "structure", "OUTP", make=changed(put("OUTP", b"oUTP"), base))
for type in ("nLEN", "cROP"):
    def twice(m, type=type):
        m.order = lambda r: [c for chunk in r for c in [chunk] * (2 if chunk[0] == type else 1)]
    add(f"order-{type}-twice", "order of chunks: at most once", "structure", f"{type}#2", make=changed(twice, base))
add("chunk-private-critical", "a critical chunk that the reader does not know", "unsupported", "FxXX",
    make=changed(lambda m: m.chunk("FxXX", ("payload", b"x")), PLAIN))
add("chunk-private-critical-behind-outputs", "a critical chunk that the reader does not know", "unsupported", "OuTP",
    make=changed(lambda m: m.chunk("OuTP", ("payload", b"x")), base))


def labelled(count, features):
    def make():
        m = Model((1, 1, count), [f"{i}" for i in range(count)])
        m.features = features
        m.node("flatten")
        return m
    return make


add("labels-257-without-feature", "count of labels", "limit", "LABL.count", make=labelled(257, 0))
add("labels-256-with-feature", "feature 3, and 256 labels or fewer", "value", "LABL.count", make=labelled(256, 8))
add("labels-1-with-feature", "feature 3, and 256 labels or fewer", "value", "LABL.count", make=labelled(1, 8))
put_in("labels-0-with-feature", "feature 3, and 256 labels or fewer", "value", "LABL.count", u16(0), make=labelled(257, 8))
put_in("labels-0-without-outputs", "count of labels", "limit", "LABL.count", u16(0), make=of_set_2)
add("labels-257-with-outputs-alone", "count of labels", "limit", "LABL.count",
    make=changed(lambda m: (m.output("s", "scores", 1)), labelled(257, 4)))


def repeated_label():
    m = labelled(300, None)()
    m.labels[299] = "17"
    return m


add("label-repeated-far-away", "a label is new", "value", "LABL.299", make=repeated_label)

# ---- frames and records of the new chunks ----

_offsets = base().encoded()[1]
for type in ("OUTP", "nLEN", "cROP", "tEST"):
    put_in(f"frame-{type}-checksum", "checksum of a chunk", "checksum", f"{type}.crc", u32(12345))
    put_in(f"frame-{type}-reserved", "reserved field of a chunk", "structure", f"{type}.reserved", u32(1))
    count = _offsets[f"{type}.crc"] - _offsets[f"{type}.zeros"]
    if count:
        put_in(f"frame-{type}-zeros", "a filling zero", "structure", f"{type}.zeros", bytes(count - 1) + b"\1",
               at=(f"{type}.zeros", count - 1))
for type, last in (("OUTP", "2.0.1.height"), ("nLEN", "length13"), ("cROP", "1.reserved"), ("tEST", "0.logit22")):
    add(f"record-{type}-long", "nothing is left of a record", "structure", f"{type}.rest",
        make=lambda type=type, last=last: rest(type, last, base))
short("OUTP", "OUTP.count", raw=b"\1")
short("OUTP-output", "OUTP.1")
short("OUTP-name", "OUTP.1", ("OUTP.1", 2), raw=u16(5) + b"abcd")
short("OUTP-kind", "OUTP.0.kind", raw=b"\1")
short("OUTP-value", "OUTP.1.value", raw=b"\1")
short("OUTP-coding", "OUTP.2.coding")
short("OUTP-levels", "OUTP.2.levels")
short("OUTP-level", "OUTP.2.0.boxes", raw=b"\1")
short("OUTP-anchor", "OUTP.2.0.1.height", raw=b"\0\0")
short("nLEN", "nLEN.kinds")
short("nLEN-name", "nLEN.kind2.name", ("nLEN.kind2.name", 2), raw=u16(11) + b"prelu")
short("nLEN-length", "nLEN.length3", raw=b"\6")
short("cROP", "cROP.count", raw=b"\2")
short("cROP-side", "cROP.1.side", raw=b"\0\0")
short("cROP-reserved", "cROP.1.reserved")
short("tEST-of-outputs", "tEST.0.logit22", raw=b"\0\0\0")
short("tEST-without-an-output", "tEST.0.logit11")
add("record-tEST-of-scores-alone", "a record has all its fields", "structure", "tEST.zeros",
    make=changed(lambda m: (m.ancillary.pop(0), m.tests((1, 1, 1, [7], 3e38, [0.0] * 3))), base))

# ---- operators ----

put_in("operator-21", "operator and its version", "unsupported", "GRPH.4", u16(21))
put_in("operator-private", "operator and its version", "unsupported", "GRPH.4", u16(0xF000))
put_in("operator-last-private", "operator and its version", "unsupported", "GRPH.4", u16(0xFFFE))
for name, code, version in (("convolution-version-3", 1, 3), ("convolution-version-0", 1, 0), ("prelu-version-2", 15, 2),
                            ("relu-version-2", 4, 2), ("hard-swish-version-0", 17, 0)):
    put_in(f"operator-{name}", "operator and its version", "unsupported", "GRPH.4", u16(code) + u8(version) + u8(1) + u16(3))
for code in range(14, 21):
    put_in(f"operator-{code}-of-set-1", "operator and its version, of the file's set", "unsupported", "GRPH.1", u16(code), make=PLAIN)
add("operator-convolution-2-of-set-1", "operator and its version, of the file's set", "unsupported", "GRPH.1",
    make=changed(put("GRPH.1", u16(1) + u8(2)), changed(lambda m: m.drop.add("GRPH.1.version"), PLAIN)))
for node, operator in ((1, "convolution 2"), (2, "prelu"), (3, "clip"), (4, "hard_swish"), (5, "pad"), (6, "upsample_nearest"), (8, "concatenate")):
    name = operator.replace("_", "-").replace(" 2", "")

    def inputs(m, count, node=node):
        operator, old, attributes = m.nodes[node - 1]
        m.nodes[node - 1] = (operator, [node - 1] * count, attributes)
    for count in ((0, 2) if operator != "concatenate" else (0, 1)):
        add(f"graph-{name}-of-{count}-inputs", "the number of inputs", "graph", f"GRPH.{node}",
            make=changed(lambda m, count=count, inputs=inputs: inputs(m, count), base))
put_in("inputs-9", "count of a node's inputs", "limit", "GRPH.8.inputs", u8(9))
for label, value in (("1.dilation_height", 0), ("1.dilation_height", 65), ("1.dilation_width", 0), ("1.dilation_width", 65535),
                     ("1.stride_height", 0), ("1.groups", 0), ("5.pad_front", 65535), ("5.pad_back", 65535), ("5.pad_top", 1025),
                     ("5.pad_left", 1025), ("5.pad_bottom", 1025), ("5.pad_right", 65535), ("6.scale_height", 0),
                     ("6.scale_width", 65), ("7.scale_height", 65), ("7.scale_width", 0)):
    put_in(f"attribute-{label.replace('.', '-').replace('_', '-')}-{value}", "attributes", "value", f"GRPH.{label}", u16(value))
for label in ("low", "high"):
    for name, raw in (("nan", u32(0x7FC00000)), ("infinite", u32(0x7F800000)), ("minus-infinite", u32(0xFF800000))):
        put_in(f"attribute-clip-{label}-{name}", "attributes", "value", f"GRPH.3.{label}", raw)
put_in("graph-clip-low-above-high", "low is at most high", "graph", "GRPH.3.low", u32(0x3F800001), at="GRPH.3")
put_in("graph-prelu-tensor-missing", "tensors exist", "graph", "GRPH.2.slope", u16(200), at="GRPH.2")
put_in("graph-prelu-tensor-65535", "tensors exist", "graph", "GRPH.2.slope", u16(65535), at="GRPH.2")
for name, shape in (("of-other-channels", [3]), ("of-rank-2", [2, 1]), ("of-rank-0", [])):
    def slope(m, shape=shape):
        m.tensors = [t for t in m.tensors if t.name != "p.slope"]
        m.tensor("p.slope", shape, [0.5] * (shape[0] if shape == [3] else 2 if shape else 1))
    add(f"graph-prelu-slope-{name}", "shape of a slope", "graph", "GRPH.2", make=changed(slope, base))


for name, rule, make, code in (
    ("dilation-window", "the window fits the padded map",
     one("convolution 2", tensors=[("w", [3, 1, 3, 3])], weight="w", dilation_height=2), "graph"),
    ("dilation-window-across", "the window fits the padded map",
     one("convolution 2", tensors=[("w", [3, 1, 1, 2])], weight="w", dilation_width=5, pad_left=1), "graph"),
    ("dilation-of-a-vector", "convolution takes maps", one("convolution 2", vector=True, tensors=[("w", [3, 16, 1, 1])], weight="w"), "graph"),
    ("dilation-groups", "groups divide O", one("convolution 2", (3, 4, 4), tensors=[("w", [4, 1, 1, 1])], weight="w", groups=3), "graph"),
    ("pad-of-a-vector", "pad takes maps", one("pad", vector=True), "graph"),
    ("upsample-nearest-of-a-vector", "upsampling takes maps", one("upsample_nearest", vector=True), "graph"),
    ("upsample-bilinear-of-a-vector", "upsampling takes maps", one("upsample_bilinear", vector=True), "graph"),
    ("prelu-of-a-vector", "shape of a slope", one("prelu", vector=True, tensors=[("w", [15])], slope="w"), "graph"),
    ("pad-elements", "elements of a value", one("pad", (1, 1024, 1024), pad_back=128), "limit"),
    ("upsample-elements", "elements of a value", one("upsample_bilinear", (3, 1024, 1024), scale_height=6, scale_width=8), "limit"),
    ("flatten-dimension", "a dimension of a value", one("flatten", (3, 1024, 1024)), "limit"),
):
    at = "GRPH.2" if make().nodes[0][0] == "flatten" and "flatten" not in name else "GRPH.1"
    add(f"graph-{name}", rule, code, at, make=make)


def upsampled_twice(operator):
    def make():
        m = Model((1, 1024, 1), ["a"])
        m.node(operator, [0], scale_height=64, scale_width=1)
        m.node(operator, scale_height=17, scale_width=1)
        return m
    return make


add("graph-upsample-dimension", "a dimension of a value", "limit", "GRPH.2", make=upsampled_twice("upsample_nearest"))


def concatenated(*shapes):
    """Maps cut out of the input by pools, or vectors, side by side."""
    def make():
        m = Model((3, 4, 4))
        values = [m.node("flatten", [0]) if len(s) == 1 else m.node("adaptive_average_pool", [0], height=s[1], width=s[2]) for s in shapes]
        m.node("concatenate", values)
        return m
    return make


add("graph-concatenate-heights", "shapes of concatenate", "graph", "GRPH.3", make=concatenated((3, 2, 4), (3, 4, 4)))
add("graph-concatenate-widths", "shapes of concatenate", "graph", "GRPH.4", make=concatenated((3, 4, 4), (3, 4, 4), (3, 4, 1)))
add("graph-concatenate-map-and-vector", "shapes of concatenate", "graph", "GRPH.3", make=concatenated((3, 1, 1), (48,)))
add("graph-concatenate-vector-and-map", "shapes of concatenate", "graph", "GRPH.3", make=concatenated((48,), (3, 1, 1)))


def concatenated_to_many():
    m = Model((1, 1, 1), ["a"])
    m.node("pad", [0], pad_front=65534, pad_back=65534)
    m.node("concatenate", [1] * 8)
    m.node("concatenate", [2, 2])
    return m


add("graph-concatenate-channels", "a dimension of a value", "limit", "GRPH.3", make=concatenated_to_many)

# ---- outputs ----

put_in("outputs-0", "count of outputs", "limit", "OUTP.count", u16(0))
put_in("outputs-17", "count of outputs", "limit", "OUTP.count", u16(17))
put_in("output-name-empty", "a name has 1 to 128 characters", "value", "OUTP.1", string(""))
put_in("output-name-129", "a string's length", "limit", "OUTP.1", string("a" * 129))
put_in("output-name-space", "a name has only its characters", "value", "OUTP.1", string("a b"))
put_in("output-name-twice", "names of outputs are new", "value", "OUTP.2", string("scores"))
for kind in (0, 4, 65535):
    put_in(f"output-kind-{kind}", "kind of an output", "unsupported", "OUTP.1.kind", u16(kind))
put_in("output-second-scores", "one output is of kind scores", "value", "OUTP.1.kind", u16(1))
for coding in (0, 2, 255):
    put_in(f"output-coding-{coding}", "coding", "unsupported", "OUTP.2.coding", u8(coding))
put_in("output-reserved", "reserved field of an output", "structure", "OUTP.2.reserved", u8(1))
put_in("output-key-points-65", "key points", "value", "OUTP.2.key_points", u16(65))
put_in("output-levels-0", "count of levels", "limit", "OUTP.2.levels", u16(0))
put_in("output-levels-9", "count of levels", "limit", "OUTP.2.levels", u16(9))
put_in("output-anchors-0", "count of anchors", "limit", "OUTP.2.0.anchors", u16(0))
put_in("output-anchors-65", "count of anchors", "limit", "OUTP.2.0.anchors", u16(65))
for name, raw in (("0", f32(0)), ("negative", f32(-1)), ("subnormal", u32(0x007FFFFF)), ("infinite", u32(0x7F800000)), ("nan", u32(0x7FC00000))):
    put_in(f"output-anchor-width-{name}", "anchor", "value", "OUTP.2.0.0.width", raw)
    put_in(f"output-anchor-height-{name}", "anchor", "value", "OUTP.2.0.1.height", raw)
for name, label in (("scores", "0.value"), ("embedding", "1.value"), ("level-scores", "2.0.scores"), ("level-boxes", "2.0.boxes")):
    for value, word in ((0, "input"), (14, "none"), (65535, "65535")):
        put_in(f"output-{name}-of-value-{word}", "the value of an output exists", "graph", f"OUTP.{label}", u16(value))
put_in("output-scores-of-a-map", "shape of the scores", "graph", "OUTP.0.value", u16(1))
put_in("output-scores-too-long", "the scores have a number for each label", "graph", "OUTP.0.value", u16(10))
put_in("output-embedding-of-a-map", "shape of an embedding", "graph", "OUTP.1.value", u16(9))
put_in("output-level-scores-of-a-vector", "shape of a level's scores", "graph", "OUTP.2.0.scores", u16(11))
put_in("output-level-scores-channels", "shape of a level's scores", "graph", "OUTP.2.0.scores", u16(5))
put_in("output-level-boxes-of-a-vector", "shape of a level's boxes", "graph", "OUTP.2.0.boxes", u16(11))
put_in("output-level-boxes-channels", "shape of a level's boxes", "graph", "OUTP.2.0.boxes", u16(12))
put_in("output-key-points-of-other-boxes", "shape of a level's boxes", "graph", "OUTP.2.key_points", u16(2), at="OUTP.2.0.boxes")
put_in("output-key-points-0-of-other-boxes", "shape of a level's boxes", "graph", "OUTP.2.key_points", u16(0), at="OUTP.2.0.boxes")


def other_sides(height, width):
    def make():
        m = Model((1, 4, 4), ())
        scores = m.node("relu", [0])
        boxes = m.node("pad", [0], pad_back=3, pad_bottom=height, pad_right=width)
        m.output("faces", "detection", levels=[(scores, boxes, [(1, 1)])])
        return m
    return make


add("output-level-heights", "the maps of a level have the same sides", "graph", "OUTP.0.0.boxes", make=other_sides(1, 0))
add("output-level-widths", "the maps of a level have the same sides", "graph", "OUTP.0.0.boxes", make=other_sides(0, 1))


add("output-none-for-labels", "where no output is scores, there are no labels", "graph", "OUTP.count",
    make=changed(lambda m: (m.outputs.pop(0), m.ancillary.pop(0)), base))
add("output-scores-without-labels", "the scores have a number for each label", "graph", "OUTP.0.value",
    make=changed(lambda m: (m.labels.clear(), m.ancillary.pop(0)), base))
add("output-value-unused", "every value is used or an output", "graph", "GRPH.13",
    make=changed(lambda m: (m.outputs.pop(2), m.ancillary.pop(0)), base))
add("output-last-node-unused", "every value is used or an output", "graph", "GRPH.7",
    make=changed(lambda m: (m.node("relu", [6]), m.output("scores", "scores", 6)), lambda: face()[0]))
add("output-tensor-unused", "every tensor is used", "graph", "GRPH.13", make=changed(lambda m: m.tensor("extra", [1], [0.0]), base))


def too_many_elements():
    """17 times 2^20."""
    m = Model((1, 1024, 1024), ())
    m.node("pad", pad_back=3)
    m.node("relu", [0])
    m.output("a", "detection", levels=[(2, 1, [(1, 1)])] * 3)
    m.output("b", "detection", levels=[(2, 1, [(1, 1)])])
    return m


add("output-elements", "elements of the values that outputs name", "limit", "GRPH.2", make=too_many_elements)


def kept_maps():
    """Values that no node needs any longer, but outputs do: 9 of 2^24 elements. Without outputs three are alive at once."""
    m = Model((1, 1024, 1024), ())
    m.node("pad", pad_back=15)
    for _ in range(8):
        m.node("relu")
    # One map of 16 channels holds the boxes of 4 anchors; its sides are those of the scores.
    m.node("pad", [0], pad_back=3)
    for k in range(1, 10):
        m.output(f"{k}", "detection", levels=[(10, k, [(1, 1)] * 4)])
    return m


add("output-bytes-alive", "bytes alive, of outputs to the end", "limit", "GRPH.10", make=kept_maps)
add("test-of-outputs-nan", "expected number", "value", "tEST.0.logit22", make=changed(put("tEST.0.logit22", u32(0x7FC00000)), base))


def wrong_second_output():
    m = Model((1, 1, 3))
    first = m.node("flatten")
    second = m.node("relu")
    m.output("scores", "scores", second)
    m.output("raw", "embedding", first)
    m.tests((1, 3, 1, [0, 128, 255], 0.25, [0.0, 0.0, 1.0, -1.0, 0.5, 1.0]))
    return m


add("whole-self-test-of-an-output", "a self-test", "self-test", None, verify=True, make=wrong_second_output)

# ---- lengths of nodes ----

put_in("lengths-kinds-0", "count of kinds", "limit", "nLEN.kinds", u16(0))
put_in("lengths-kinds-4097", "count of kinds", "limit", "nLEN.kinds", u16(4097))
put_in("lengths-kinds-fewer", "counts of nLEN are those of GRPH", "value", "nLEN.kinds", u16(10))
put_in("lengths-kind-other", "kinds of nLEN are those of GRPH", "value", "nLEN.kind3", u16(17))
put_in("lengths-kind-version", "kinds of nLEN are those of GRPH", "value", "nLEN.kind0.version", u8(2))
put_in("lengths-kind-name", "kinds of nLEN are those of GRPH", "value", "nLEN.kind0.name", string("Convolution"))
put_in("lengths-kind-name-129", "a string's length", "limit", "nLEN.kind0.name", string("c" * 129))
put_in("lengths-kind-name-space", "a name has only its characters", "value", "nLEN.kind0.name", string("a convolution"))
put_in("lengths-nodes-0", "count of nodes", "limit", "nLEN.nodes", u16(0))
put_in("lengths-nodes-4097", "count of nodes", "limit", "nLEN.nodes", u16(4097))
put_in("lengths-nodes-more", "counts of nLEN are those of GRPH", "value", "nLEN.nodes", u16(14))
put_in("lengths-node-shorter", "lengths of nLEN are those of GRPH", "value", "nLEN.length4", u16(5))
put_in("lengths-node-0", "lengths of nLEN are those of GRPH", "value", "nLEN.length13", u16(0))
put_in("lengths-in-a-file-of-set-1", "lengths of nLEN are those of GRPH", "value", "nLEN.length1", u16(7),
       make=changed(lambda m: setattr(m, "lengths", True), PLAIN))

# ---- crop rules, in files of version 1.0 too ----

for name, make in (("", base), ("-of-version-0", changed(lambda m: m.crop_rules(("a", 1.5, 0.25, -0.25, 0), ("b", 1.0, 0.0, 0.0, 1)), PLAIN))):
    put_in(f"crop-rules{name}-0", "count of crop rules", "limit", "cROP.count", u16(0), make=make)
    put_in(f"crop-rule-side{name}-nan", "crop rule", "value", "cROP.1.side", u32(0x7FC00000), make=make)
put_in("crop-rules-17", "count of crop rules", "limit", "cROP.count", u16(17))
put_in("crop-rule-name-empty", "a name has 1 to 128 characters", "value", "cROP.0", string(""))
put_in("crop-rule-twice", "detectors are in order and new", "value", "cROP.1", string("a"))
put_in("crop-rules-out-of-order", "detectors are in order and new", "value", "cROP.1", string("Z"))
for field, low, high in (("side", 2.0 ** -11, 1025.0), ("right", -16.5, 16.5), ("down", -17.0, 1e30)):
    put_in(f"crop-rule-{field}-small", "crop rule", "value", f"cROP.0.{field}", f32(low))
    put_in(f"crop-rule-{field}-large", "crop rule", "value", f"cROP.0.{field}", f32(high))
    put_in(f"crop-rule-{field}-infinite", "crop rule", "value", f"cROP.0.{field}", u32(0xFF800000))
put_in("crop-rule-level-2", "crop rule", "value", "cROP.0.level", u8(2))
put_in("crop-rule-reserved", "reserved field of a crop rule", "structure", "cROP.0.reserved", u8(1))

# ---- limits that version 1.0 had no file for ----


def image_beyond_2_28():
    """An image of a self-test that is 2^30 pixels when it has been padded to a map of one column."""
    m = Model((1, 1024, 1), ["a"])
    m.fit = 2
    m.node("adaptive_average_pool")
    m.node("flatten")
    m.tests((1, 1024, 1, bytes(1024), 3e38, [0.0]))
    return m


add("whole-image-beyond-2-28-pixels", "pixels of an image after its fit", "limit", None, verify=True, make=image_beyond_2_28)
add("payload-of-17-megabytes", "the limit of a payload", "limit", "nOTe.length", into=LARGE,
    make=changed(lambda m: m.note("n", bytes(17 << 20)), smallest))
add("note-of-more-than-a-megabyte", "a note's length", "limit", "nOTe.text", into=LARGE,
    make=changed(lambda m: m.note("n", b"a" * ((1 << 20) + 1)), smallest))

# ---- two faults: which one is named ----


def both(name, rule, code, at, *changes, make=base, verify=False):
    def spoil(m):
        for change in changes:
            change(m)
    add(f"two-faults-{name}", rule, code, at, make=changed(spoil, make), verify=verify)


FEATURE, CRC = put("features", u32(16)), u32(1)
both("feature-and-cut-file", "features, before chunks", "unsupported", "features", FEATURE, put("HEAD.length", u32(1 << 30)))
both("feature-and-order", "features, before the order of chunks", "unsupported", "features", FEATURE,
     lambda m: setattr(m, "order", lambda r: r[1:]))
both("order-and-cut-file", "chunks, before their order", "truncated", "end", lambda m: setattr(m, "order", lambda r: r[1:]),
     put("GRPH.length", u32(1 << 30)))
both("end-and-head", "FEND, before HEAD", "structure", "FEND.size", put("FEND.size", struct.pack("<Q", 1)), put("HEAD.zero", u16(1)))
both("head-set-and-reserved", "fields in file order", "unsupported", "HEAD.set", put("HEAD.set", u16(3)), put("HEAD.zero", u16(1)))
both("checksum-and-set", "a chunk, before its record", "checksum", "HEAD.crc", put("HEAD.set", u16(3)), put("HEAD.crc", CRC))
both("checksum-and-reserved", "a checksum, before the reserved field", "checksum", "LABL.crc", put("LABL.crc", CRC), put("LABL.reserved", CRC))
both("reserved-and-zeros", "the reserved field, before zeros", "structure", "OUTP.reserved", put("OUTP.reserved", CRC),
     put("OUTP.zeros", bytes(_offsets["OUTP.crc"] - _offsets["OUTP.zeros"] - 1) + b"\1"))
both("labels-and-temperature", "fields in file order", "limit", "LABL.count", put("LABL.count", u16(300)), put("LABL.temperature", f32(0)))
both("string-long-and-cut", "a string's length, before its bytes", "limit", "TIDX.z.weight", put("TIDX.z.weight", u16(60000)))
both("string-not-utf-8-and-characters", "UTF-8, before a name's characters", "value", "OUTP.0", put("OUTP.0", string(b"\xff \x00")))
both("operator-and-version-and-inputs", "operator and version, before the inputs", "unsupported", "GRPH.4",
     put("GRPH.4", u16(99)), put("GRPH.4.inputs", u8(9)))
both("inputs-and-attribute", "a node's fields in order", "limit", "GRPH.5.inputs", put("GRPH.5.inputs", u8(9)), put("GRPH.5.pad_top", u16(2000)))
both("attribute-and-later-operator", "nodes in order", "value", "GRPH.5.pad_top", put("GRPH.5.pad_top", u16(2000)), put("GRPH.7", u16(99)))
both("attribute-and-input-missing", "records, before the graph", "value", "GRPH.7.scale_width", put("GRPH.2.input0", u16(9)),
     put("GRPH.7.scale_width", u16(0)))
both("tensor-order-and-type", "the order of names, before the record's other fields", "value", "TIDX.p.slope",
     put("TIDX.p.slope", string("a")), put("TIDX.p.slope.type", u8(9)))
both("tensor-codec-and-rank", "fields in file order", "unsupported", "TIDX.p.slope.codec", put("TIDX.p.slope.codec", u8(3)),
     put("TIDX.p.slope.rank", u8(6)))
both("index-and-outputs", "TIDX, before OUTP", "unsupported", "TIDX.p.slope.type", put("TIDX.p.slope.type", u8(9)), put("OUTP.count", u16(0)))
both("outputs-and-data", "OUTP, before TDAT", "limit", "OUTP.count", put("OUTP.count", u16(0)), lambda m: m.after.__setitem__("TDAT.z.weight", bytes(64)))
both("output-name-and-kind", "fields in file order", "value", "OUTP.2", put("OUTP.2", string("scores")), put("OUTP.2.kind", u16(9)))
both("output-kind-and-second-scores", "fields in file order", "value", "OUTP.1.kind", put("OUTP.1.kind", u16(1)), put("OUTP.2.kind", u16(9)))
both("data-and-note", "TDAT, before ancillary chunks", "checksum", "TDAT.crc", put("TDAT.crc", CRC), put("nOTe.text", b"\xff"))
both("ancillary-in-file-order", "ancillary chunks in file order", "value", "nLEN.length1", put("nLEN.length1", u16(9)), put("cROP.0.level", u8(2)))
both("note-and-graph", "ancillary chunks, before the graph", "value", "nOTe.text", put("nOTe.text", b"\xff"), put("GRPH.2.input0", u16(9)))
both("graph-and-self-test-of-outputs", "with OUTP the graph, before self-tests", "graph", "GRPH.2", put("GRPH.2.input0", u16(9)),
     put("tEST.crc", CRC))
both("self-test-and-graph-without-outputs", "without OUTP self-tests, before the graph", "checksum", "tEST.crc", put("GRPH.1.input0", u16(9)),
     put("tEST.crc", CRC), lambda m: m.tests((1, 1, 1, [7], 3e38, [0.0])), make=PLAIN)
both("self-test-of-outputs-and-weights", "self-tests, before weights", "value", "tEST.0.tolerance", put("tEST.0.tolerance", f32(-1)),
     put("TIDX.p.slope.crc", CRC))
both("nodes-in-order", "nodes in order", "graph", "GRPH.2", put("GRPH.2.slope", u16(99)), put("GRPH.8.input0", u16(99)))
both("inputs-and-tensors", "inputs, before tensors", "graph", "GRPH.2", put("GRPH.2.slope", u16(99)), put("GRPH.2.input0", u16(99)))
both("labels-and-outputs", "no scores and no labels, before values", "graph", "OUTP.count",
     lambda m: (m.outputs.pop(0), m.ancillary.pop(0)), put("OUTP.0.value", u16(99)))
both("outputs-in-order", "outputs in order", "graph", "OUTP.1.value", put("OUTP.1.value", u16(99)), put("OUTP.2.0.scores", u16(99)))
both("output-and-unused-tensor", "outputs, before unused tensors", "graph", "OUTP.1.value", put("OUTP.1.value", u16(9)),
     lambda m: m.tensor("extra", [1], [0.0]))


def compressed(m):
    for t in m.tensors:
        t.codec = "zlib"
    tensor = next(t for t in m.tensors if t.name == "c.weight")
    tensor.packed = tensor.stored[:-1] + bytes([tensor.stored[-1] ^ 1])


both("stream-and-checksum", "a stream, before its checksum", "weights", "TDAT.c.weight", compressed, put("TIDX.c.weight.crc", CRC))


def infinite(m):
    m.tensors = [Tensor("c.weight", [2, 1, 3, 3], [float("inf")] * 18) if t.name == "c.weight" else t for t in m.tensors]


both("checksum-and-elements", "a tensor's checksum, before its elements", "checksum", "TDAT.c.weight", infinite, put("TIDX.c.weight.crc", CRC))
both("gap-and-elements", "tensors in order, gaps before them", "weights", "TDAT.c.weight", infinite,
     put("TDAT.p.slope.gap", bytes(_offsets["TDAT.p.slope"] - _offsets["TDAT.p.slope.gap"] - 1) + b"\1"))
both("digest-and-skipped-chunk", "checksums of chunks, before SHA-256", "checksum", "fxXX.crc", lambda m: m.chunk("fxXX", ("payload", b"x")),
     put("fxXX.crc", CRC), put("FEND.digest", bytes(32)), verify=True)
both("digest-and-self-test", "SHA-256, before self-tests", "checksum", "FEND.digest", put("FEND.digest", bytes(32)),
     make=wrong_second_output, verify=True)
