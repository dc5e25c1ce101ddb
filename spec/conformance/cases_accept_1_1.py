# SPDX-License-Identifier: CC0-1.0
"""The files of version 1.1 that a reader of it MUST accept, and those that a reader of 1.0 MUST, too."""
from builder import Model, Numbers, Tensor
from cases_accept import classify, convolve, norm, pads, same, smallest, through

CASES = {}


def case(function):
    CASES[function.__name__.replace("_", "-")] = function
    return function


# ---- what stays a file of version 1.0 ----

@case
def crop_rule():
    m = smallest()
    m.crop_rules(("blazeface-short", 1.25, 0.0, -0.0625, 0))
    return m


@case
def crop_rules_of_all_kinds():
    m = smallest()
    m.crop_rules(("A", 2.0 ** -10, -16, 16, 1), ("a", 2.0 ** 10, 16, -16, 0), ("a/b", 0.1, 0.2, -0.3, 1),
                 *[(f"b{i:02}", 1 + i / 8, i / 16, -i / 16, i % 2) for i in range(13)])
    m.note("behind", "it")
    return m


@case
def private_chunks():
    """A lower-case third letter is reserved, and readers pass over it."""
    m = smallest()
    m.chunk("fxXX", ("payload", b"private"))
    m.chunk("fxxx", ("payload", b"private, with a reserved letter"))
    m.chunk("fXxX", ("payload", b"public, with a reserved letter"))
    m.chunk("nLeN", ("payload", b"no nLEN"))
    m.chunk("cRoP", ("payload", b"no cROP"))
    return m


@case
def lengths_of_set_1():
    m = through(31, (1, 6, 6), lambda m, n: (convolve(m, n, 3, 1, (3, 3)), m.node("relu")), 48)
    m.lengths = True
    return m


# ---- operator set 2 ----

def channels(m, numbers, count, name="k", inputs=(0,)):
    """A value of so many channels, of both signs."""
    return convolve(m, numbers, count, m.input[0], (1, 1), inputs=list(inputs), name=name)


def on_map(name, input, count, output, *nodes):
    """Nodes as (operator, attributes), one on the other, on a map of `count` channels."""
    def add(m, n):
        channels(m, n, count)
        for operator, attributes in nodes:
            m.node(operator, **{key: value(m, n) if callable(value) else value for key, value in attributes.items()})
    CASES[name] = lambda: through(len(name) + output, input, add, output)


def on_vector(name, outputs, *nodes):
    def make():
        m, numbers = Model((1, 3, 4), [f"{i}" for i in range(outputs)]), Numbers(len(name))
        m.node("flatten")
        w = m.tensor("z.weight", [outputs, 12], numbers(12 * outputs, low=-3, high=3))
        m.node("linear", weight=w)
        for operator, attributes in nodes:
            m.node(operator, **{key: value(m, numbers) if callable(value) else value for key, value in attributes.items()})
        return m
    CASES[name] = make


def slope(count, type="fp32", name="slope"):
    return lambda m, n: (m.tensors.append(Tensor(name, [count], n(count, bits=7, low=-0.5, high=1.5), type)), name)[1]


on_map("prelu-of-one-slope", (1, 5, 4), 3, 60, ("prelu", {"slope": slope(1)}))
on_map("prelu-of-a-map", (3, 4, 5), 17, 340, ("prelu", {"slope": slope(17)}))
on_map("prelu-of-one-channel", (1, 4, 5), 1, 20, ("prelu", {"slope": slope(1)}))
on_map("prelu-of-half-precision", (3, 3, 3), 5, 45, ("prelu", {"slope": slope(5, "fp16")}), ("relu", {}),
       ("prelu", {"slope": slope(1, "bf16", "other")}))
on_vector("prelu-of-a-vector", 7, ("prelu", {"slope": slope(7)}))
on_vector("prelu-of-a-vector-with-one-slope", 5, ("prelu", {"slope": slope(1)}))
on_map("clip-of-a-map", (3, 5, 3), 19, 285, ("clip", {"low": -0.25, "high": 0.5}))
CASES["clip-relu6"] = lambda: through(32, (1, 4, 4), lambda m, n: (
    m.node("convolution", weight=m.tensor("w", [5, 1, 1, 1], n(5, low=-9, high=9))), m.node("clip")), 80)
on_vector("clip-of-a-vector", 6, ("clip", {"low": -1.5, "high": 1.0}))
on_vector("clip-to-one-value", 3, ("clip", {"low": 0.375, "high": 0.375}), ("linear", {
    "weight": lambda m, n: m.tensor("y.weight", [3, 3], n(9))}))
on_vector("clip-to-the-largest-numbers", 4, ("clip", {"low": -3.4028234663852886e38, "high": 3.4028234663852886e38}))
CASES["hard-swish-of-a-map"] = lambda: through(33, (3, 4, 4), lambda m, n: (
    m.node("convolution", weight=m.tensor("w", [9, 3, 1, 1], n(27, low=-5, high=5))), m.node("hard_swish")), 144)
on_vector("hard-swish-of-a-vector", 11, ("hard_swish", {}))
on_map("pad-channels", (3, 4, 3), 5, 108, ("pad", {"pad_front": 1, "pad_back": 3}))
on_map("pad-channels-in-front", (1, 3, 3), 3, 180, ("pad", {"pad_front": 17}))
on_map("pad-of-four-sizes", (1, 3, 4), 2, 126, ("pad", {"pad_top": 1, "pad_left": 2, "pad_bottom": 3, "pad_right": 3}))
on_map("pad-of-six-sizes", (3, 3, 2), 3, 240, ("pad", {"pad_front": 2, "pad_back": 1, "pad_top": 2, "pad_left": 1, "pad_bottom": 0,
                                                      "pad_right": 5}))
on_map("pad-of-nothing", (1, 3, 3), 4, 36, ("pad", {}))


@case
def pad_before_a_batch_norm():
    """What was padded is a zero like any other, and so no longer one after a norm."""
    def add(m, n):
        channels(m, n, 3)
        m.node("pad", pad_back=2, pad_top=1)
        norm(m, n, 5)
        m.node("relu")
    return through(34, (1, 4, 3), add, 75)


for _name in ("nearest", "bilinear"):
    _operator = f"upsample_{_name}"
    on_map(f"upsample-{_name}-2x2", (3, 3, 4), 5, 240, (_operator, {}))
    on_map(f"upsample-{_name}-3x1", (1, 4, 3), 17, 612, (_operator, {"scale_height": 3, "scale_width": 1}))
    on_map(f"upsample-{_name}-1x4", (1, 3, 2), 2, 48, (_operator, {"scale_height": 1, "scale_width": 4}))
    on_map(f"upsample-{_name}-of-one-pixel", (3, 1, 1), 3, 105, (_operator, {"scale_height": 5, "scale_width": 7}))
    on_map(f"upsample-{_name}-of-nothing", (1, 3, 3), 3, 27, (_operator, {"scale_height": 1, "scale_width": 1}))
    CASES[f"upsample-{_name}-64x64"] = lambda operator=_operator: through(35, (1, 2, 1), lambda m, n: (
        m.node(operator, scale_height=64, scale_width=64), m.node("adaptive_average_pool", height=16, width=4)), 64)


def dilated(name, input, outputs, window, output, channel_count=None, **attributes):
    def make():
        def add(m, n):
            count = channel_count or input[0]
            if channel_count:
                channels(m, n, count)
            groups = attributes.get("groups", 1)
            size = count // groups * window[0] * window[1]
            w = m.tensor("c.weight", [outputs, count // groups, *window], n(outputs * size, low=-0.5, high=0.5))
            b = m.tensor("c.bias", [outputs], n(outputs)) if name != "without-bias" else None
            m.node("convolution 2", weight=w, bias=b, **attributes)
        return through(len(name) + 36, input, add, output)
    CASES[f"dilation-{name}"] = make


two = {"dilation_height": 2, "dilation_width": 2}
dilated("3x3", (1, 10, 9), 4, (3, 3), 120, **two)
dilated("3x3-same", (3, 8, 7), 5, (3, 3), 280, **two, **pads(2, 2, 2, 2))
dilated("of-two-sizes", (3, 9, 12), 17, (3, 2), 680, dilation_height=3, dilation_width=2, **pads(0, 0, 1, 0))
dilated("with-stride", (1, 11, 13), 3, (3, 3), 90, stride_height=2, stride_width=3, dilation_height=2, dilation_width=3,
        **pads(1, 4, 2, 5))
dilated("of-groups", (3, 7, 7), 6, (3, 3), 54, groups=3, **two)
dilated("depthwise", (3, 9, 9), 18, (3, 3), 1458, channel_count=18, groups=18, **two, **pads(2, 2, 2, 2))
dilated("1x1", (3, 4, 4), 4, (1, 1), 64, dilation_height=64, dilation_width=63)
dilated("64", (1, 66, 65), 2, (2, 2), 4, dilation_height=64, dilation_width=64)
dilated("beyond-the-map", (1, 3, 2), 2, (3, 3), 4, dilation_height=5, dilation_width=4, **pads(5, 4, 3, 4))
dilated("without-bias", (1, 7, 7), 3, (3, 3), 27, **two)
dilated("of-1", (1, 5, 5), 3, (3, 3), 27)


@case
def dilation_int8():
    m = CASES["dilation-3x3-same"]()
    for i, t in enumerate(m.tensors):
        if t.name == "c.weight":
            values = [int(v) for v in Numbers(4)(135, bits=8, low=-127, high=127)]
            m.tensors[i] = Tensor("c.weight", t.shape, values, "int8", "zlib", [0.001 * (k + 1) for k in range(5)])
    return m


def concatenated(name, input, counts, output, tail=lambda m, n: None):
    def add(m, n):
        values = [channels(m, n, count, f"k{i}") for i, count in enumerate(counts)]
        m.node("concatenate", values)
        tail(m, n)
    CASES[f"concatenate-{name}"] = lambda: through(len(name) + 37, input, add, output)


concatenated("of-odd-channels", (3, 3, 4), (3, 5), 96)
concatenated("of-whole-blocks", (1, 3, 3), (16, 32), 432)
concatenated("of-eight", (1, 2, 3), (1, 2, 3, 4, 5, 6, 7, 17), 270)
concatenated("before-a-convolution", (3, 5, 5), (4, 7, 9), 300,
             lambda m, n: convolve(m, n, 12, 20, (3, 3), name="z0", **same))


@case
def concatenate_of_one_value_twice():
    def add(m, n):
        a = channels(m, n, 5)
        m.node("concatenate", [a, 0, a])
    return through(38, (3, 3, 3), add, 117)


@case
def concatenate_of_vectors():
    m, numbers = Model((1, 3, 3), [f"{i}" for i in range(12)]), Numbers(39)
    flat = m.node("flatten")
    one = m.node("linear", [flat], weight=m.tensor("w", [1, 9], numbers(9)))
    two_ = m.node("linear", [flat], weight=m.tensor("v", [2, 9], numbers(18)))
    m.node("concatenate", [one, flat, two_])
    return m


@case
def set_2_of_old_nodes():
    """A writer states the lowest set; a reader takes any that it knows."""
    m = through(40, (1, 4, 4), lambda m, n: m.node("relu"), 16)
    m.set = 2
    return m


@case
def set_2_without_lengths():
    m = CASES["prelu-of-a-map"]()
    m.lengths = False
    return m


@case
def set_2_of_a_later_minor_version():
    m = CASES["hard-swish-of-a-vector"]()
    m.minor = 65535
    return m


# ---- labels ----

@case
def labels_257():
    m = Model((1, 1, 257), [f"{i}" for i in range(257)])
    m.temperature = 0.5
    m.node("flatten")
    return m


@case
def labels_65535():
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO"
    m = Model((1, 1, 1), [a + b + c for a in letters for b in letters for c in letters][:65535])
    m.node("pad", pad_front=32767, pad_back=32767)
    m.node("flatten")
    return m


# ---- outputs ----

def face(seed=41, labels=("a", "b", "c")):
    """A network with an embedding and scores; returns the values of both."""
    m, numbers = Model((1, 6, 6), labels), Numbers(seed)
    convolve(m, numbers, 5, 1, (3, 3), **same)
    m.node("relu")
    m.node("adaptive_average_pool", height=2, width=2)
    m.node("flatten")
    w = m.tensor("e.weight", [6, 20], numbers(120))
    embedding = m.node("linear", weight=w)
    return m, embedding, classify(m, numbers, embedding, 6) if labels else None


@case
def outputs_of_another_name():
    m, _, scores = face()
    m.output("expression", "scores", scores)
    return m


@case
def outputs_scores_and_embedding():
    m, embedding, scores = face()
    m.output("scores", "scores", scores)
    m.output("embedding", "embedding", embedding)
    m.images = [(6, 6, 1, [(i * 29) % 256 for i in range(36)]), (9, 4, 3, [(i * 31) % 256 for i in range(108)])]
    m.temperature = 1.5
    return m


@case
def outputs_embedding_alone():
    m, embedding, _ = face(labels=())
    m.output("embedding", "embedding", embedding)
    m.images = [(3, 5, 1, [(i * 41) % 256 for i in range(15)])]
    return m


@case
def outputs_scores_before_the_last_node():
    """The last node need not be the scores, and an output may be used."""
    m, embedding, scores = face()
    last = m.node("add", [scores, scores])
    m.output("twice", "embedding", last)
    m.output("scores", "scores", scores)
    m.output("features", "embedding", embedding)
    return m


@case
def outputs_of_one_value():
    m, embedding, scores = face()
    m.output("a", "embedding", scores)
    m.output("b", "scores", scores)
    m.output("c", "embedding", scores)
    m.output("d", "embedding", embedding)
    return m


@case
def outputs_16():
    m, embedding, scores = face()
    m.output("/" * 128, "scores", scores)
    for i in range(15):
        m.output(f"{15 - i}", "embedding", embedding)
    return m


@case
def outputs_keep_their_values():
    """A value that is an output lives to the end, which counts as bytes alive."""
    m, numbers = Model((1, 4, 4)), Numbers(42)
    first = m.node("flatten")
    for i in range(3):
        m.node("linear", weight=m.tensor(f"w{i}", [16, 16], numbers(256)))
    scores = classify(m, numbers, len(m.nodes), 16)
    m.output("first", "embedding", first)
    m.output("scores", "scores", scores)
    return m


def level(m, numbers, value, channel_count, anchors, key_points, name):
    scores = convolve(m, numbers, len(anchors), channel_count, (1, 1), inputs=[value], name=f"{name}.scores")
    boxes = convolve(m, numbers, len(anchors) * (4 + 2 * key_points), channel_count, (1, 1), inputs=[value], name=f"{name}.boxes")
    return scores, boxes, anchors


@case
def detection_of_one_level():
    m, numbers = Model((3, 6, 8), ()), Numbers(43)
    value = convolve(m, numbers, 4, 3, (3, 3), stride_height=2, stride_width=2, **pads(0, 0, 1, 1))
    m.output("faces", "detection", levels=[level(m, numbers, value, 4, [(1, 1)], 0, "a")])
    return m


@case
def detection_of_two_levels_with_key_points():
    m, numbers = Model((3, 8, 8), ()), Numbers(44)
    first = convolve(m, numbers, 6, 3, (3, 3), stride_height=2, stride_width=2, name="first", **pads(0, 0, 1, 1))
    second = convolve(m, numbers, 6, 6, (3, 3), inputs=[first], stride_height=2, stride_width=2, name="second", **pads(0, 0, 1, 1))
    m.output("faces", "detection", key_points=6, levels=[
        level(m, numbers, first, 6, [(1, 1), (2.5, 0.1)], 6, "a"),
        level(m, numbers, second, 6, [(2.0 ** -126, 3.4028234663852886e38), (3, 4), (5, 6)], 6, "b")])
    m.images = [(16, 16, 3, [(i * 37) % 256 for i in range(768)])]
    return m


@case
def detection_most_of_all():
    """64 anchors, 64 key points, 8 levels that name the same two values."""
    m = Model((1, 1, 2), ())
    scores = m.node("pad", [0], pad_back=63)
    boxes = m.node("pad", [0], pad_front=255)
    points = m.node("pad", [0], pad_front=99, pad_back=32)
    m.output("anchors", "detection", levels=[(scores, boxes, [(i + 1, 0.5) for i in range(64)])])
    m.output("points", "detection", key_points=64, levels=[(m.node("relu", [0]), points, [(k + 1, 2.0 ** -126)]) for k in range(8)])
    return m


@case
def detection_beside_scores():
    m, numbers = Model((1, 6, 6)), Numbers(45)
    value = convolve(m, numbers, 5, 1, (3, 3), **same)
    faces = level(m, numbers, value, 5, [(3, 3)], 1, "a")
    m.node("flatten", [value])
    scores = classify(m, numbers, len(m.nodes), 180)
    m.output("scores", "scores", scores)
    m.output("faces", "detection", key_points=1, levels=[faces])
    return m


# ---- whole networks ----

@case
def network_of_set_2():
    """PReLU, concatenation, upsampling, hard-swish and dilation, with scores and an embedding."""
    m, n = Model((1, 12, 12), ["angry", "happy", "neutral"], "set-2"), Numbers(46)
    m.resized, m.scale, m.offset = (14, 14), [1 / 255], [0.0]
    convolve(m, n, 6, 1, (3, 3), inputs=[0], name="stem", **same)
    norm(m, n, 6, "stem.bn")
    stem = m.node("prelu", slope=m.tensor("stem.slope", [6], n(6)))
    down = m.node("max_pool", [stem])
    w = m.tensor("wide.weight", [8, 6, 3, 3], n(432, low=-0.25, high=0.25))
    m.node("convolution 2", [down], weight=w, dilation_height=2, dilation_width=2, **pads(2, 2, 2, 2))
    deep = m.node("hard_swish")
    up = m.node("upsample_bilinear", [deep])
    both = m.node("concatenate", [up, stem])
    convolve(m, n, 5, 14, (1, 1), inputs=[both], name="join")
    m.node("clip", low=0.0, high=6.0)
    m.node("adaptive_average_pool", height=2, width=2)
    m.node("flatten")
    embedding = m.node("linear", weight=m.tensor("e.weight", [8, 20], n(160)))
    scores = classify(m, n, embedding, 8)
    m.output("scores", "scores", scores)
    m.output("embedding", "embedding", embedding)
    m.images = [(20, 16, 3, [(i * 37 + i // 48 * 11) % 256 for i in range(20 * 16 * 3)])]
    m.crop_rules(("blazeface-short", 1.5, 0.0, 0.0, 1))
    m.provenance(("tool", "generate.py"))
    return m


@case
def network_of_a_detector():
    """Depthwise blocks whose shortcut pools and pads channels, as small face detectors have them."""
    m, n = Model((3, 16, 16), (), "detector"), Numbers(47)
    x = convolve(m, n, 8, 3, (5, 5), inputs=[0], name="stem", stride_height=2, stride_width=2, **pads(1, 1, 2, 2))
    levels = []
    for i, (count, wider) in enumerate(((8, 12), (12, 16))):
        depth = convolve(m, n, count, count, (3, 3), inputs=[x], name=f"{i}.depth", groups=count, stride_height=2, stride_width=2,
                         **pads(0, 0, 1, 1))
        point = convolve(m, n, wider, count, (1, 1), inputs=[depth], name=f"{i}.point")
        pooled = m.node("max_pool", [x])
        short = m.node("pad", [pooled], pad_back=wider - count)
        m.node("add", [point, short])
        x = m.node("prelu", slope=m.tensor(f"{i}.slope", [1], [0.25]))
        levels.append(level(m, n, x, wider, [(1, 1)] * (2 + 2 * i), 2, f"{i}.out"))
    m.output("faces", "detection", key_points=2, levels=levels)
    return m
