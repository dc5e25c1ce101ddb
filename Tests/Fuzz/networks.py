"""Makes sound files of random small networks: every operator of every set, several outputs, self-tests, crop rules."""
import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "spec/conformance"))
from builder import Model, Numbers  # noqa: E402

MOST = 4000  # elements of a value


class Network:
    """A model in the making: the shape of every value, and which are used."""

    def __init__(self, rng):
        self.rng = rng
        self.numbers = Numbers(rng.getrandbits(32))
        shape = [rng.choice((1, 1, 3)), rng.randint(1, 12), rng.randint(1, 12)]
        self.model = Model(tuple(shape), [])
        self.model.scale, self.model.offset = [1 / 128] * shape[0], [-1.0] * shape[0]
        self.shapes, self.used = [shape], [False]

    def node(self, operator, inputs, shape, **attributes):
        if math.prod(shape) > MOST or min(shape) < 1:
            return None
        for value in inputs:
            self.used[value] = True
        self.model.node(operator, inputs, **attributes)
        self.shapes.append(shape)
        self.used.append(False)
        return len(self.shapes) - 1

    def tensor(self, shape, low=-1.0, high=1.0):
        name, type = f"t{len(self.model.tensors):03}", self.rng.choice(("fp32", "fp32", "fp32", "fp16", "bf16", "int8"))
        count = math.prod(shape)
        codec = self.rng.choice(("stored", "zlib") if type == "int8" else ("stored", "zlib", "shuffle"))
        if type == "int8" and len(shape) >= 2 and low < 0:
            values = [int(v) for v in self.numbers(count, bits=8, low=-127, high=127)]
            return self.model.tensor(name, shape, values, type, codec, [high / 127] * shape[0])
        if type == "int8":
            type = "fp32"
        return self.model.tensor(name, shape, self.numbers(count, bits=7, low=low, high=high), type, codec)

    def value(self, rank=None):
        """One of the values, more often a late one."""
        fitting = [v for v, shape in enumerate(self.shapes) if rank is None or len(shape) == rank]
        if not fitting:
            return None
        return fitting[-1 - min(int(self.rng.expovariate(0.7)), len(fitting) - 1)]

    def pads(self, most):
        return {f"pad_{side}": self.rng.choice((0, 0, 1, self.rng.randint(0, most))) for side in ("top", "left", "bottom", "right")}


def convolution(n, x):
    (c, h, w), rng = n.shapes[x], n.rng
    outputs = rng.choice((1, 2, 3, 5, 8, 16, 17, c))
    groups = rng.choice([g for g in (1, 1, c, 2, 3) if c % g == 0 and outputs % g == 0])
    kh, kw = rng.choice(((1, 1), (3, 3), (3, 3), (5, 5), (rng.randint(1, 4), rng.randint(1, 4))))
    dh, dw = rng.choice(((1, 1), (1, 1), (2, 2), (rng.randint(1, 4), rng.randint(1, 4))))
    pads = n.pads(4) if rng.random() < 0.5 else dict.fromkeys(("pad_top", "pad_bottom"), (kh - 1) * dh // 2) | dict.fromkeys(
        ("pad_left", "pad_right"), (kw - 1) * dw // 2)
    sh, sw = rng.choice(((1, 1), (1, 1), (2, 2), (rng.randint(1, 3), rng.randint(1, 3))))
    rows, columns = h + pads["pad_top"] + pads["pad_bottom"] - (kh - 1) * dh - 1, w + pads["pad_left"] + pads["pad_right"] - (kw - 1) * dw - 1
    if rows < 0 or columns < 0:
        return
    version = " 2" if (dh, dw) != (1, 1) or rng.random() < 0.1 else ""
    dilation = {"dilation_height": dh, "dilation_width": dw} if version else {}
    shape = [outputs, rows // sh + 1, columns // sw + 1]
    if math.prod(shape) <= MOST:
        bias = n.tensor([outputs]) if rng.random() < 0.5 else None
        n.node(f"convolution{version}", [x], shape, weight=n.tensor([outputs, c // groups, kh, kw], -0.5, 0.5), bias=bias,
               stride_height=sh, stride_width=sw, groups=groups, **pads, **dilation)


def pool(n, x):
    (c, h, w), rng = n.shapes[x], n.rng
    wh, ww = rng.randint(1, 4), rng.randint(1, 4)
    pads = {"pad_top": rng.randrange(wh), "pad_bottom": rng.randrange(wh), "pad_left": rng.randrange(ww), "pad_right": rng.randrange(ww)}
    sh, sw = rng.randint(1, 3), rng.randint(1, 3)
    rows, columns = h + pads["pad_top"] + pads["pad_bottom"] - wh, w + pads["pad_left"] + pads["pad_right"] - ww
    if rows >= 0 and columns >= 0:
        operator = rng.choice(("max_pool", "average_pool"))
        counts = {"count_padding": rng.randrange(2)} if operator == "average_pool" else {}
        n.node(operator, [x], [c, rows // sh + 1, columns // sw + 1], window_height=wh, window_width=ww, stride_height=sh,
               stride_width=sw, **pads, **counts)


def adaptive_pool(n, x):
    c, h, w = n.shapes[x]
    shape = [c, n.rng.randint(1, h), n.rng.randint(1, w)]
    n.node("adaptive_average_pool", [x], shape, height=shape[1], width=shape[2])


def pad(n, x):
    (c, h, w), p = n.shapes[x], n.pads(5)
    front, back = n.rng.choice((0, 0, 1, 3, 16)), n.rng.choice((0, 1, 5, 16))
    n.node("pad", [x], [c + front + back, h + p["pad_top"] + p["pad_bottom"], w + p["pad_left"] + p["pad_right"]], pad_front=front,
           pad_back=back, **p)


def upsample(n, x):
    (c, h, w), sh, sw = n.shapes[x], *n.rng.choice(((2, 2), (2, 2), (n.rng.randint(1, 5), n.rng.randint(1, 5))))
    n.node(n.rng.choice(("upsample_nearest", "upsample_bilinear")), [x], [c, h * sh, w * sw], scale_height=sh, scale_width=sw)


def each(n, x):
    n.node(n.rng.choice(("relu", "silu", "sigmoid", "softmax", "hard_swish")), [x], n.shapes[x])


def clip(n, x):
    low = n.rng.choice((0.0, -1.0, -0.25))
    n.node("clip", [x], n.shapes[x], low=low, high=n.rng.choice((low, 0.5, 6.0)))


def prelu(n, x):
    n.node("prelu", [x], n.shapes[x], slope=n.tensor([n.rng.choice((1, n.shapes[x][0]))], -0.5, 1.5))


def norm(n, x):
    count = [n.shapes[x][0]]
    n.node("batch_norm", [x], n.shapes[x], weight=n.tensor(count), bias=n.tensor(count), mean=n.tensor(count),
           variance=n.tensor(count, 0.25, 2.0), epsilon=1e-5)


def combine(n, x):
    a = n.shapes[x]
    fitting = [v for v, b in enumerate(n.shapes) if a == b or len(b) == 1 and len(a) == 3 and b[0] in (1, a[0])
               or len(a) == len(b) and all(p == q or 1 in (p, q) for p, q in zip(a, b))]
    y = n.rng.choice(fitting)
    b = n.shapes[y] + [1] * (len(a) - len(n.shapes[y]))
    n.node(n.rng.choice(("add", "multiply")), n.rng.sample([x, y], 2) if x != y else [x, x], [max(p, q) for p, q in zip(a, b)])


def concatenate(n, x):
    a = n.shapes[x]
    fitting = [v for v, b in enumerate(n.shapes) if len(a) == len(b) and a[1:] == b[1:]]
    values = [x] + n.rng.choices(fitting, k=n.rng.choice((1, 1, 2, 3, 7)))
    n.rng.shuffle(values)
    n.node("concatenate", values, [sum(n.shapes[v][0] for v in values)] + a[1:])


def linear(n, x, outputs=None):
    outputs = outputs or n.rng.choice((1, 3, 7, 16, 17, 33))
    bias = n.tensor([outputs]) if n.rng.random() < 0.5 else None
    return n.node("linear", [x], [outputs], weight=n.tensor([outputs, n.shapes[x][0]]), bias=bias)


def flatten(n, x):
    n.node("flatten", [x], [math.prod(n.shapes[x])])


ON_MAPS = [convolution] * 6 + [pool, pool, adaptive_pool, pad, pad, upsample, upsample]
ON_ANY = [each, each, clip, prelu, prelu, norm, combine, combine, concatenate, concatenate, flatten]


def model(rng):
    """A model whose file is sound."""
    n = Network(rng)
    for _ in range(rng.randint(1, 14)):
        x = n.value(3) if rng.random() < 0.8 else n.value(1)
        if x is not None:
            rng.choice((ON_MAPS if len(n.shapes[x]) == 3 else [linear, linear]) + ON_ANY)(n, x)
    m, several = n.model, rng.random() < 0.6
    if several and rng.random() < 0.3:
        detect(n)
    unused = [v for v, used in enumerate(n.used) if not used]
    vectors = [vector(n, v) for v in unused]
    if several and rng.random() < 0.3 and len(vectors) < 16:
        for v in vectors:
            m.output(f"e{v}", "embedding", v)
    else:
        classify(n, vectors or [vector(n, 0)], several)
    rng.shuffle(m.outputs)
    m.lengths = rng.choice((None, None, None, True, False))
    if rng.random() < 0.1:
        m.crop_rules(("a", rng.uniform(0.5, 2), rng.uniform(-1, 1), rng.uniform(-1, 1), rng.randrange(2)))
    return m


def vector(n, v):
    """The value as a vector of not too many numbers."""
    c, *sides = n.shapes[v]
    if not sides:
        return v
    if math.prod(n.shapes[v]) > 300:
        v = n.node("adaptive_average_pool", [v], [c, 1, 1], height=1, width=1)
    return n.node("flatten", [v], [math.prod(n.shapes[v])])


def classify(n, vectors, several):
    labels = n.rng.choice((1, 3, 7))
    n.model.labels = [f"{i}" for i in range(labels)]
    parts = [linear(n, v, labels) for v in vectors]
    while len(parts) > 1:
        parts = [n.node("add", parts[:2], [labels])] + parts[2:]
    if several:
        n.model.output("scores", "scores", parts[0])
        others = [v for v, shape in enumerate(n.shapes) if len(shape) == 1]
        for v in n.rng.sample(others, min(len(others), n.rng.randrange(4))):
            n.model.output(f"e{v}", "embedding", v)


def detect(n):
    rng, levels = n.rng, []
    key_points = rng.choice((0, 0, 1, 6))
    for _ in range(rng.randint(1, 3)):
        x, anchors = n.value(3), rng.randint(1, 3)
        c, h, w = n.shapes[x]
        boxes = anchors * (4 + 2 * key_points)
        if h * w * boxes > MOST:
            continue
        scores = n.node("convolution", [x], [anchors, h, w], weight=n.tensor([anchors, c, 1, 1]))
        levels.append((scores, n.node("convolution", [x], [boxes, h, w], weight=n.tensor([boxes, c, 1, 1])),
                       [(rng.uniform(0.1, 9), rng.uniform(0.1, 9)) for _ in range(anchors)]))
        n.used[-1] = n.used[-2] = True
    if levels:
        n.model.output("faces", "detection", key_points=key_points, levels=levels)


def file(rng):
    """The bytes of one; now and then of one with more labels than a file of version 1.0 may have."""
    m = model(rng)
    if rng.random() < 0.01:
        m = Model((1, 1, 257 + rng.randrange(100)))
        m.labels = [f"{i}" for i in range(m.input[2])]
        m.node("flatten")
    return m.encoded()[0]
