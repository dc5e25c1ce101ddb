"""Small files that would cost much: refused with one sentence, or run in little time and memory."""
import re
import resource
import subprocess
import time

import pytest
from hostile import classify, network, write, zeros
from tool import program, root

inspect = root / ".build/release/fer-inspect"
side = 1024


def chain(count, operator, channels=1, **attributes):
    """The same operator again and again over the largest map."""
    m = network((3 if channels == 3 else 1, side, side))
    if channels > 3:
        m.node("convolution", weight=zeros(m, "a", [channels, 1, 1, 1]))
    for _ in range(count):
        m.node(operator, **attributes)
    return classify(m, channels)


def window(size, stride=1, pad=None):
    pad = size // 2 if pad is None else pad
    return dict(window_height=size, window_width=size, stride_height=stride, stride_width=stride, pad_top=pad, pad_left=pad,
                pad_bottom=size - 1 - pad, pad_right=size - 1 - pad)


def linears(count, outputs, features):
    """Layers that share a tensor: side by side, and added up."""
    m = network((1, 1, features))
    m.node("flatten")
    zeros(m, "w", [outputs, features])
    total = None
    for _ in range(count):
        value = m.node("linear", [1], weight="w")
        total = value if total is None else m.node("add", [total, value])
    if outputs > 1:
        m.node("linear", weight=zeros(m, "x", [1, outputs]))
    return m


def convolutions(count, channels, window, distinct=False, input=32, groups=1, norm=False):
    m = network((1, input, input))
    shape = [channels, channels // groups, window, window]
    m.node("convolution", weight=zeros(m, "a", [channels, 1, 1, 1]))
    zeros(m, "w", shape)
    for part in ("bias", "mean", "variance", "weight"):
        if norm:
            zeros(m, f"n{part}", [channels])
    for i in range(count):
        name = zeros(m, f"w{i:04}", shape) if distinct else "w"
        m.node("convolution", weight=name, groups=groups, pad_top=window // 2, pad_left=window // 2,
               pad_bottom=window // 2, pad_right=window // 2)
        if norm:
            m.node("batch_norm", bias="nbias", mean="nmean", variance="nvariance", weight="nweight")
    if not count or distinct:
        m.tensors = [t for t in m.tensors if t.name != "w"]
    return classify(m, channels)


def padded(pad, channels):
    m = network((1, side, side))
    m.node("convolution", weight=zeros(m, "a", [channels, 1, 1, 1]), pad_top=pad, pad_left=pad, pad_bottom=pad, pad_right=pad)
    m.node("convolution", weight=zeros(m, "b", [1, channels, 1, 1]), pad_top=pad, pad_left=pad, pad_bottom=pad, pad_right=pad)
    return classify(m, 1)


def alive(count):
    """Values that all stay until the end."""
    m = network((1, side, side))
    for i in range(count):
        m.node("relu", [0])
    total = 1
    for i in range(2, count + 1):
        total = m.node("add", [total, i])
    return classify(m, 1)


def broadcast(count):
    m = network((1, side, side))
    m.node("adaptive_average_pool")
    for _ in range(count):
        m.node("add", [len(m.nodes), 0])
    return classify(m, 1)


def softmax_of_a_vector(count):
    m = network((1, side, side))
    m.node("flatten")
    for _ in range(count):
        m.node("softmax")
    m.node("linear", weight=zeros(m, "w", [1, side * side]))
    return m


CASES = {
    "one large window": lambda: chain(1, "max_pool", **window(64)),
    "large windows": lambda: chain(4000, "max_pool", **window(64)),
    "large means": lambda: chain(4000, "average_pool", **window(63)),
    "windows apart": lambda: chain(1, "average_pool", **window(64, 64, 0)),
    "adaptive pools": lambda: chain(4000, "adaptive_average_pool", height=side, width=side),
    "softmax of a map": lambda: chain(4000, "softmax"),
    "softmax of a vector": lambda: softmax_of_a_vector(2000),
    "sigmoid": lambda: chain(4000, "sigmoid"),
    "silu": lambda: chain(4000, "silu"),
    "relu": lambda: chain(4000, "relu"),
    "broadcast": lambda: broadcast(4000),
    "one output, shared": lambda: linears(250, 1, 1024),
    "one output, large": lambda: linears(60, 2, 1024),
    "thin convolutions": lambda: convolutions(4000, 1, 3, input=side),
    "thin windows": lambda: convolutions(60, 1, 63, input=side),
    "shared convolutions": lambda: convolutions(100, 512, 3, input=4),
    "folded convolutions": lambda: convolutions(100, 512, 3, input=4, norm=True),
    "distinct convolutions": lambda: convolutions(60, 512, 3, distinct=True, input=4),
    "depthwise": lambda: convolutions(500, 512, 3, groups=512, input=64),
    "padding": lambda: padded(1024, 8),
    "values alive": lambda: alive(60),
    "many values": lambda: alive(100),
}


def limited():
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))


@pytest.mark.parametrize("name", CASES)
def test_a_small_file_costs_little(name, tmp_path):
    path = write(CASES[name](), tmp_path / "m.ferm")
    (tmp_path / "a.pgm").write_bytes(b"P5 4 4 255\n" + bytes(range(16)))
    started = time.monotonic()
    ran = subprocess.run([program, path, tmp_path / "a.pgm", "--format", "jsonl", "--threads", "2"], capture_output=True,
                         timeout=120, preexec_fn=limited)
    assert ran.returncode in (0, 3), ran.stderr
    if ran.returncode == 3:
        assert ran.stderr.count(b"\n") == 1 and re.search(rb"\[limit, byte|\[work\]|\[memory\]", ran.stderr)
    assert time.monotonic() - started < 90
    # The format's verdict is another matter: the page is shown of whatever keeps its limits, which name a byte.
    told = subprocess.run([inspect, path], capture_output=True, timeout=60)
    assert told.returncode == (3 if b"[limit, byte" in ran.stderr else 0), told.stderr


@pytest.mark.parametrize("channels", [1, 3, 48])
@pytest.mark.parametrize("operator", ["max_pool", "average_pool"])
def test_thousands_of_large_windows_are_refused_before_they_run(operator, channels, tmp_path):
    m = chain(4000, operator, channels, **window(63))
    m.tests((1, 1, 1, [0], 0.0, [0.0]))
    path = write(m, tmp_path / "m.ferm")
    (tmp_path / "a.pgm").write_bytes(b"P5 4 4 255\n" + bytes(range(16)))
    spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    ran = subprocess.run([program, path, tmp_path / "a.pgm"], capture_output=True, timeout=60)
    assert ran.returncode == 3 and not ran.stdout
    assert re.search(rb"One image would take \d+ x 2\^30 operations; at most 1024 x 2\^30 are run\. \[work\]\n$", ran.stderr)
    # One such pool takes longer.
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - spent < 5
    # The file is sound: it is shown, and its bytes are checked; only what would have to run is not.
    told = subprocess.run([inspect, path], capture_output=True, timeout=60)
    assert told.returncode == 0 and b"no program here runs that" in told.stdout
    told = subprocess.run([inspect, path, "--verify"], capture_output=True, timeout=60)
    assert told.returncode == 3 and b"The bytes are intact, but the self-test was not run: One image would" in told.stderr
    m.ancillary.clear()
    told = subprocess.run([inspect, write(m, path), "--verify"], capture_output=True, timeout=60)
    assert told.returncode == 0 and b"no self-test" in told.stdout


def test_self_tests_are_bounded_together(tmp_path):
    m = chain(50, "max_pool", **window(63))  # most of what an image may take
    m.tests(*[(1, 1, 1, [0], 0.0, [0.0])] * 16)
    told = subprocess.run([inspect, write(m, tmp_path / "m.ferm"), "--verify"], capture_output=True, timeout=60)
    assert told.returncode == 3 and b"were not run: The 16 self-tests would take" in told.stderr and b"[work]" in told.stderr


def test_threads_and_batches_do_not_multiply_memory(tmp_path):
    path = write(alive(8), tmp_path / "m.ferm")
    (tmp_path / "in").mkdir()
    for i in range(100):
        (tmp_path / f"in/{i}.pgm").write_bytes(b"P5 4 4 255\n" + bytes(range(16)))
    for words in (["--batch", "1"], ["--batch", "64", "--threads", "8"], ["--batch", "4096"]):
        ran = subprocess.run(["/usr/bin/time", "-f", "%M", program, path, tmp_path / "in", "--quiet", *words],
                             capture_output=True, timeout=300)
        assert ran.returncode == 0 and int(ran.stderr) < 1 << 20, ran.stderr  # KB
        assert ran.stdout.count(b'"ok":true') == 100


def test_a_tensor_is_not_padded_with_empty_blocks(tmp_path):
    m = network((1, 2, 2))
    m.node("flatten")
    m.node("linear", weight=zeros(m, "w", [1, 4]))
    # Stored blocks of no bytes, before the stream that counts.
    packed = m.tensors[0].packed
    m.tensors[0].packed = packed[:2] + b"\x00\x00\x00\xff\xff" * 200_000 + packed[2:]
    path = write(m, tmp_path / "m.ferm")
    (tmp_path / "a.pgm").write_bytes(b"P5 2 2 255\n" + bytes(4))
    ran = subprocess.run([program, path, tmp_path / "a.pgm"], capture_output=True, timeout=60)
    assert ran.returncode == 3 and b"stored bytes for 16" in ran.stderr and b"[limit" in ran.stderr
