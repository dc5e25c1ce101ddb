# SPDX-License-Identifier: CC0-1.0
"""The files that every reader MUST accept: each of these functions makes one."""
import struct

from builder import Model, Numbers, Tensor, f32, string, u16, u8

CASES = {}


def case(function):
    CASES[function.__name__.replace("_", "-")] = function
    return function


def classify(m, numbers, x, features, labels=None):
    """A fully connected layer from a vector of so many features to the logits."""
    count = len(labels or m.labels)
    w = m.tensor("z.weight", [count, features], numbers(count * features))
    b = m.tensor("z.bias", [count], numbers(count))
    return m.node("linear", [x], weight=w, bias=b)


def through(seed, input, add, output, labels=("a", "b", "c")):
    """A network with the nodes that `add` adds to the input, and a fully connected layer from its `output` numbers."""
    m, numbers = Model(input, labels), Numbers(seed)
    add(m, numbers)
    m.node("flatten")
    classify(m, numbers, len(m.nodes), output)
    return m


def convolve(m, numbers, outputs, channels, window, bias=True, inputs=None, name="c", **attributes):
    groups = attributes.get("groups", 1)
    shape = [outputs, channels // groups, *window]
    count = shape[0] * shape[1] * shape[2] * shape[3]
    w = m.tensor(f"{name}.weight", shape, numbers(count, low=-0.5, high=0.5))
    b = m.tensor(f"{name}.bias", [outputs], numbers(outputs)) if bias else None
    return m.node("convolution", inputs, weight=w, bias=b, **attributes)


def norm(m, numbers, channels, name="n", inputs=None, epsilon=1e-5):
    names = [m.tensor(f"{name}.{part}", [channels], numbers(channels, low=low, high=1.5))
             for part, low in (("bias", -1), ("mean", -1), ("variance", 0.25), ("weight", 0.5))]
    return m.node("batch_norm", inputs, bias=names[0], mean=names[1], variance=names[2], weight=names[3], epsilon=epsilon)


def pads(top, left, bottom, right):
    return {"pad_top": top, "pad_left": left, "pad_bottom": bottom, "pad_right": right}


# ---- the container ----

@case
def smallest():
    m = Model((1, 1, 1), ["a"])
    m.node("flatten")
    return m


@case
def later_minor_version():
    m = smallest()
    m.minor = 65535
    return m


@case
def sixty_four_chunks():
    m = smallest()
    for i in range(57):
        m.note(f"n{i}", "")
    return m


@case
def unknown_ancillary_chunks():
    m = smallest()
    m.chunk("aAAA")
    m.chunk("zzzz", ("payload", bytes(range(9))))
    m.chunk("aAAA", ("payload", b"a second of the same type"))
    return m


@case
def ancillary_chunks_in_any_order():
    m = smallest()
    m.chunk("trST", ("payload", b"the trainer's own"))
    m.note("b", "one")
    m.provenance(("k", 1))
    m.note("a", "two")
    m.tests((1, 1, 1, [128], 0.0, [0.0]))
    m.note("b", "the same name again")
    return m


@case
def names_of_all_characters():
    m = Model((1, 1, 2), ["a", "b"], name="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/-")
    w = m.tensor("/" * 128, [2, 2], [1.0, 2.0, 3.0, 4.0])
    b = m.tensor("-", [2], [0.5, -0.5])
    m.node("flatten")
    m.node("linear", weight=w, bias=b)
    return m


@case
def labels_of_all_kinds():
    m = Model((1, 4, 2), [" ", "a", "A", "müde", "笑顔", "🙂" * 16, "a b", "\u202e"])
    m.temperature = 2.0 ** -20
    m.node("flatten")
    return m


@case
def most_labels():
    m = Model((1, 16, 16), [f"{i}" for i in range(256)])
    m.temperature = 2.0 ** 20
    m.node("flatten")
    return m


@case
def provenance_of_all_types():
    m = smallest()
    m.provenance(("", 0)[:0] or ("A", "text\twith \"marks\" \\ and ünïcode \u0001"), ("B", ""), ("a/b.c_d-e", -2 ** 63), ("b", 2 ** 63 - 1),
                 ("c", 0.1), ("c0", 5e-324), ("c1", -1.7976931348623157e308), ("d", True), ("e", False), ("f", 3.0))
    return m


@case
def provenance_without_entries():
    m = smallest()
    m.provenance()
    return m


@case
def notes():
    m = smallest()
    m.note("card.md", "# A card\n\nwith two lines \u2014 and more.\n")
    m.note("empty", "")
    return m


# ---- preprocessing, shown by networks that only hand on their input ----

def identity(fit, colour, channels, resized, cropped, image):
    m = Model((channels, *cropped), [f"{i}" for i in range(channels * cropped[0] * cropped[1])])
    m.fit, m.colour, m.resized = fit, colour, resized
    m.scale = [1 / 255, 1 / 64, 0.1][:channels]
    m.offset = [-0.5, 0.25, 1e-3][:channels]
    m.node("flatten")
    height, width, pixel = image
    numbers = Numbers(height * 31 + width)
    pixels = [int(v) for v in numbers(height * width * pixel, bits=8, low=0, high=255)]
    # The reader under test is not asked: the generator fills in what the second reader finds.
    m.images = [(height, width, pixel, pixels)]
    return m


@case
def prep_stretch():
    return identity(0, 1, 1, (8, 8), (8, 8), (13, 5, 1))


@case
def prep_crop_wide():
    return identity(1, 1, 1, (9, 7), (8, 6), (11, 20, 3))


@case
def prep_crop_tall():
    return identity(1, 2, 3, (8, 8), (5, 6), (23, 10, 3))


@case
def prep_pad_wide():
    return identity(2, 2, 3, (8, 9), (8, 9), (4, 11, 3))


@case
def prep_pad_tall():
    return identity(2, 1, 3, (9, 9), (8, 8), (31, 6, 3))


@case
def prep_grey_as_rgb():
    return identity(1, 2, 3, (6, 6), (6, 6), (6, 6, 1))


@case
def prep_one_pixel():
    return identity(2, 1, 1, (7, 3), (7, 3), (1, 1, 1))


@case
def prep_enlarge():
    return identity(0, 1, 1, (16, 12), (15, 11), (3, 4, 3))


@case
def prep_extreme_crop():
    return identity(1, 1, 1, (1, 64), (1, 64), (2, 3, 1))


# ---- tensors ----

def dense(type, codec, seed, side=(3, 5), outputs=3, **options):
    m, numbers = Model((1, *side), [f"{i}" for i in range(outputs)]), Numbers(seed)
    count = outputs * side[0] * side[1]
    if type == "int8":
        values = [int(v) for v in numbers(count, bits=8, low=-127, high=127)]
        scales = [2.0 ** -126, 0.0123, 1.0, 3e-5][:outputs]
        w = Tensor("w", [outputs, side[0] * side[1]], values, type, codec, scales)
    else:
        bits = {"fp32": 22, "fp16": 10, "bf16": 7}[type]
        w = Tensor("w", [outputs, side[0] * side[1]], numbers(count, bits=bits), type, codec)
    m.tensors.append(w)
    m.node("flatten")
    m.node("linear", weight="w")
    return m


for _type in ("fp32", "fp16", "bf16", "int8"):
    for _codec in ("stored", "zlib", "shuffle"):
        if (_type, _codec) != ("int8", "shuffle"):
            CASES[f"tensor-{_type}-{_codec}"] = lambda t=_type, c=_codec: dense(t, c, 7)


@case
def tensor_of_three_blocks():
    m = Model((1, 230, 300), ["a", "b"])
    values = [((i * 7) % 61 - 30) / 512 for i in range(2 * 69000)]
    m.tensors.append(Tensor("w", [2, 69000], values, "fp32", "shuffle"))
    m.node("flatten")
    m.node("linear", weight="w")
    return m


@case
def tensor_of_odd_values():
    """The smallest and largest numbers of each type, subnormals and both zeros."""
    m = Model((1, 1, 6), [f"{i}" for i in range(9)])
    big, small = 2.0 ** 96, 2.0 ** -149
    m.tensors.append(Tensor("a", [3, 6], [0.0, -0.0, small, -small, 2.0 ** -126, 1.0] + [big, -big] * 3 + [1.0] * 6))
    m.tensors.append(Tensor("b", [3, 6], [65504.0, -65504.0, 2.0 ** -24, -2.0 ** -24, 2.0 ** -14, -0.0] * 3, "fp16"))
    m.tensors.append(Tensor("c", [3, 6], [2.0 ** 96, 2.0 ** -133, -2.0 ** -133, 2.0 ** -126, -0.0, 1.0] * 3, "bf16"))
    m.node("flatten")
    values = [m.node("linear", [1], weight=name) for name in "abc"]
    # Three vectors side by side: each has its place by a layer of zeros and ones.
    total = None
    for number, value in enumerate(values):
        place = m.tensor(f"p{number}", [9, 3], [float(row == 3 * number + column) for row in range(9) for column in range(3)])
        spread = m.node("linear", [value], weight=place)
        total = spread if total is None else m.node("add", [total, spread])
    return m


@case
def tensor_used_twice():
    m, numbers = Model((1, 3, 3), ["a", "b", "c", "d"]), Numbers(5)
    w = m.tensor("w", [4, 4], numbers(16))
    first = m.tensor("v", [4, 9], numbers(36))
    m.node("flatten")
    m.node("linear", weight=first)
    for _ in range(3):
        m.node("linear", weight=w)
    return m


@case
def stream_stored_blocks():
    """A zlib stream that does not compress is as good as any."""
    import zlib
    m = dense("fp32", "zlib", 9)
    stream = zlib.compressobj(0)
    m.tensors[0].packed = stream.compress(m.tensors[0].raw) + stream.flush()
    return m


@case
def stream_of_small_window():
    import zlib
    m = dense("fp32", "zlib", 10)
    stream = zlib.compressobj(9, zlib.DEFLATED, 9)
    m.tensors[0].packed = stream.compress(m.tensors[0].raw) + stream.flush()
    return m


# ---- operators ----

def convolution(name, input, outputs, window, output, labels=3, **attributes):
    def make():
        return through(len(name), input, lambda m, n: convolve(m, n, outputs, input[0], window, **attributes), output)
    CASES[f"convolution-{name}"] = make


same = pads(1, 1, 1, 1)
convolution("3x3", (1, 12, 12), 4, (3, 3), 576, **same)
convolution("3x3-map-of-20", (3, 20, 20), 5, (3, 3), 2000, **same)
convolution("3x3-odd", (3, 11, 7), 5, (3, 3), 385, **same)
convolution("3x3-many-channels", (3, 6, 6), 33, (3, 3), 1188, **same)
convolution("3x3-without-padding", (1, 9, 9), 4, (3, 3), 196)
convolution("1x1", (3, 5, 5), 6, (1, 1), 150)
convolution("without-bias", (1, 5, 5), 3, (3, 3), 27, bias=False)
convolution("stride", (3, 9, 10), 4, (3, 3), 80, stride_height=2, stride_width=3, **pads(1, 1, 1, 1))
convolution("padding-of-four-sizes", (1, 5, 6), 3, (2, 3), 243, **pads(0, 3, 5, 2))
convolution("groups", (3, 6, 6), 9, (3, 3), 324, groups=3, **same)
convolution("window-beyond-map", (1, 2, 3), 2, (5, 7), 16, **pads(2, 3, 2, 4))
convolution("only-padding", (1, 2, 2), 2, (1, 1), 80, stride_height=2, **pads(3, 4, 3, 4))
convolution("stride-64", (1, 65, 66), 2, (2, 1), 8, stride_height=63, stride_width=64)
convolution("7x7", (3, 14, 14), 4, (7, 7), 196, stride_height=2, stride_width=2, **pads(3, 3, 3, 3))


@case
def convolution_tall_padding():
    def add(m, n):
        convolve(m, n, 1, 1, (1, 1), pad_top=1024)
        m.node("adaptive_average_pool", height=5, width=1)
    return through(3, (1, 1, 1), add, 5)


@case
def convolution_int8():
    m = through(8, (3, 8, 8), lambda m, n: convolve(m, n, 4, 3, (3, 3), **same), 256)
    for i, t in enumerate(m.tensors):
        if t.name == "c.weight":
            values = [int(v) for v in Numbers(4)(108, bits=8, low=-127, high=127)]
            m.tensors[i] = Tensor("c.weight", t.shape, values, "int8", "zlib", [0.001, 0.002, 0.003, 0.004])
    return m


@case
def depthwise_and_pointwise():
    def add(m, n):
        convolve(m, n, 10, 3, (3, 3), name="a", **same)
        convolve(m, n, 20, 10, (3, 3), name="b", groups=10, stride_height=2, stride_width=2, **pads(0, 0, 1, 1))
        convolve(m, n, 7, 20, (1, 1), name="d", bias=False)
    return through(6, (3, 10, 10), add, 175)


@case
def batch_norm_of_a_map():
    return through(2, (3, 5, 4), lambda m, n: norm(m, n, 3), 60)


@case
def batch_norm_of_a_vector():
    m, numbers = Model((1, 2, 3)), Numbers(3)
    m.node("flatten")
    classify(m, numbers, 1, 6)
    norm(m, numbers, 3, epsilon=2.0 ** -126)
    return m


@case
def batch_norm_after_padding():
    """Folding into a convolution must leave what lies beside the map at zero."""
    def add(m, n):
        norm(m, n, 1, "a")
        convolve(m, n, 3, 1, (3, 3), **same)
        norm(m, n, 3, "b")
        m.node("relu")
    return through(4, (1, 6, 6), add, 108)


def pool(name, operator, input, output, **attributes):
    CASES[f"{operator.replace('_', '-')}-{name}"] = lambda: through(
        len(name) + output, input, lambda m, n: m.node(operator, **attributes), output)


for _kind in ("max_pool", "average_pool"):
    pool("2x2", _kind, (1, 8, 6), 12)
    pool("odd", _kind, (3, 7, 9), 36)
    pool("overlap", _kind, (1, 9, 9), 25, window_height=3, window_width=3, **pads(1, 1, 1, 1))
    pool("padding", _kind, (1, 6, 5), 36, window_height=3, window_width=4, stride_height=1, stride_width=1, **pads(2, 3, 0, 1))
pool("count-padding", "average_pool", (1, 6, 5), 36, window_height=3, window_width=4, stride_height=1, stride_width=1,
     count_padding=1, **pads(2, 3, 0, 1))
pool("window-64", "max_pool", (1, 64, 64), 1, window_height=64, window_width=64, stride_height=64, stride_width=64)
pool("even", "adaptive_average_pool", (3, 8, 6), 36, height=4, width=3)
pool("uneven", "adaptive_average_pool", (1, 7, 10), 12, height=3, width=4)
pool("global", "adaptive_average_pool", (3, 9, 5), 3, height=1, width=1)
pool("same", "adaptive_average_pool", (1, 4, 3), 12, height=4, width=3)


def elementwise(operator):
    def on_map():
        return through(11, (3, 4, 5), lambda m, n: m.node(operator), 60)

    def on_vector():
        m, numbers = Model((1, 3, 3)), Numbers(12)
        m.node("flatten")
        classify(m, numbers, 1, 9)
        m.node(operator)
        return m
    CASES[f"{operator}-of-a-map"], CASES[f"{operator}-of-a-vector"] = on_map, on_vector


for _name in ("relu", "silu", "sigmoid", "softmax"):
    elementwise(_name)


@case
def flatten_of_a_vector():
    m = Model((1, 1, 3))
    m.node("flatten")
    m.node("flatten")
    return m


def combine(operator):
    def broadcast():
        def add(m, n):
            a = convolve(m, n, 6, 3, (3, 3), inputs=[0], name="a")               # [6, 4, 5]
            row = m.node("adaptive_average_pool", [a], height=1, width=5)          # [6, 1, 5]
            column = m.node("adaptive_average_pool", [a], height=4, width=1)       # [6, 4, 1]
            plane = convolve(m, n, 1, 6, (1, 1), inputs=[a], name="b")             # [1, 4, 5]
            point = m.node("adaptive_average_pool", [plane], height=1, width=1)    # [1, 1, 1]
            crossed = m.node(operator, [row, column])                              # [6, 4, 5]
            both = m.node(operator, [crossed, plane])
            whole = m.node(operator, [point, both])
            m.node(operator, [whole, whole])
        return through(13, (3, 6, 7), add, 120)

    def vector():
        def add(m, n):
            a = convolve(m, n, 6, 3, (3, 3), inputs=[0], name="a")
            mean = m.node("adaptive_average_pool", [a], height=1, width=1)
            flat = m.node("flatten", [mean])
            beside = m.node(operator, [a, flat])
            m.node(operator, [flat, beside])
        return through(14, (3, 6, 7), add, 120)
    CASES[f"{operator}-broadcast"], CASES[f"{operator}-vector-beside-map"] = broadcast, vector


combine("add")
combine("multiply")


@case
def add_of_one_value_twice():
    m, numbers = Model((1, 3, 3)), Numbers(15)
    m.node("flatten")
    classify(m, numbers, 1, 9)
    m.node("add", [2, 2])
    return m


@case
def multiply_vectors_of_one():
    m, numbers = Model((1, 3, 3)), Numbers(16)
    m.node("flatten")
    classify(m, numbers, 1, 9)
    w = m.tensor("one", [1, 9], numbers(9))
    m.node("linear", [1], weight=w)
    m.node("multiply", [3, 2])
    return m


# ---- whole networks ----

@case
def network_vgg():
    m, numbers = Model((1, 16, 16), ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"], "vgg-tiny"), Numbers(17)
    m.resized, m.scale, m.offset = (20, 20), [1 / 255], [0.0]
    channels = 1
    for block, width in enumerate((6, 12)):
        for half in "ab":
            convolve(m, numbers, width, channels, (3, 3), name=f"conv{block}{half}", **same)
            norm(m, numbers, width, f"bn{block}{half}")
            m.node("relu")
            channels = width
        m.node("max_pool")
    m.node("flatten")
    hidden = m.tensor("lin1.weight", [24, 192], numbers(24 * 192, low=-0.25, high=0.25))
    m.node("linear", weight=hidden, bias=m.tensor("lin1.bias", [24], numbers(24)))
    m.node("relu")
    classify(m, numbers, len(m.nodes), 24)
    for t in m.tensors:
        t.codec = "shuffle" if len(t.raw) > 1000 else "stored"
    m.images = [(30, 24, 3, [(i * 37 + i // 72 * 11) % 256 for i in range(30 * 24 * 3)])]
    m.provenance(("tool", "generate.py"), ("validation.accuracy", 0.5), ("validation.split", "none"))
    return m


@case
def network_residual():
    def add(m, n):
        stem = convolve(m, n, 8, 3, (3, 3), inputs=[0], name="stem", **same)
        norm(m, n, 8, "stem.bn")
        top = m.node("relu")
        for i in range(2):
            convolve(m, n, 8, 8, (3, 3), inputs=[top], name=f"r{i}a", bias=False, **same)
            norm(m, n, 8, f"r{i}a.bn")
            m.node("relu")
            convolve(m, n, 8, 8, (3, 3), name=f"r{i}b", bias=False, **same)
            branch = norm(m, n, 8, f"r{i}b.bn")
            m.node("add", [branch, top])
            top = m.node("relu")
        short = convolve(m, n, 12, 8, (1, 1), inputs=[top], name="short", bias=False, stride_height=2, stride_width=2)
        long = convolve(m, n, 12, 8, (3, 3), inputs=[top], name="long", stride_height=2, stride_width=2, **same)
        m.node("add", [long, short])
        m.node("adaptive_average_pool")
        assert stem == 1
    return through(18, (3, 12, 12), add, 12)


@case
def network_squeeze_and_excitation():
    def add(m, n):
        a = convolve(m, n, 8, 3, (3, 3), inputs=[0], name="a", stride_height=2, stride_width=2, **pads(0, 0, 1, 1))
        norm(m, n, 8, "a.bn")
        stem = m.node("silu")
        convolve(m, n, 24, 8, (1, 1), name="expand", bias=False)
        m.node("silu")
        convolve(m, n, 24, 24, (5, 5), name="depth", groups=24, **pads(2, 2, 2, 2))
        wide = m.node("silu")
        m.node("adaptive_average_pool")
        convolve(m, n, 4, 24, (1, 1), name="squeeze")
        m.node("silu")
        convolve(m, n, 24, 4, (1, 1), name="excite")
        gate = m.node("sigmoid")
        m.node("multiply", [wide, gate])
        project = convolve(m, n, 8, 24, (1, 1), name="project", bias=False)
        m.node("add", [project, stem])
        m.node("adaptive_average_pool")
        assert a == 1
    return through(19, (3, 12, 14), add, 8)


@case
def self_tests_of_all_kinds():
    m, numbers = Model((1, 4, 4)), Numbers(20)
    m.fit, m.resized = 2, (5, 5)
    m.node("flatten")
    classify(m, numbers, 1, 16)
    m.images = [(h, w, c, [(i * 53) % 256 for i in range(h * w * c)]) for h, w, c in
                [(1, 1, 1), (1, 1, 3), (40, 3, 1), (2, 61, 3), (4, 4, 1), (5, 5, 3)] + [(3, 3, 1)] * 10]
    m.tolerance = 1e-5
    return m
