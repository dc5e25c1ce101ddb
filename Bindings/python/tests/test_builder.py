"""What the builder writes is read by both readers alike, asks of a reader as little as it can, and keeps the rules."""
import json
import struct
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

import ferm
from ferm import builder
from ferm.builder import Network, Tensor, fresh

root = Path(__file__).resolve().parents[3]

reader = root / "spec/reader/ferm.py"
old_reader = root / "Tests/ConformanceTests/reader-1.0/ferm.py"


def random(*shape, seed=1):
    return numpy.random.default_rng(seed).normal(0, 0.4, shape).astype(numpy.float32)


def run(*words, status=0):
    outcome = subprocess.run([*map(str, words)], capture_output=True, text=True, timeout=300)
    assert outcome.returncode == status, outcome.stderr
    return outcome.stdout if status == 0 else outcome.stderr


def plain(**options):
    """A network that version 1.0 can say."""
    net = Network((1, 8, 8), labels=["a", "b"], resized=(10, 10), name="plain", **options)
    x = net.relu(net.convolution(net.input, "conv", random(5, 1, 3, 3), random(5), padding=1))
    net.scores(net.linear(net.flatten(net.max_pool(x, 4)), "last", random(2, 20), random(2)))
    return net


def everything():
    """A network with every operator, each version, and every kind of output."""
    net = Network((3, 12, 12), labels=["a", "b", "c"], colour="rgb", fit="pad", name="every/thing", scale=[1 / 255, 0.01, 0.02],
                  offset=[0, -1, 0.5], temperature=1.5)
    x = net.convolution(net.input, "stem", random(6, 3, 3, 3), padding=(1, 1, 0, 1), stride=(1, 1))
    x = net.batch_norm(x, "bn", 1 + random(6) ** 2, random(6), random(6), 1 + random(6) ** 2, epsilon=1e-3)
    x = net.prelu(x, "act", random(6))
    x = net.clip(net.convolution(x, "wide", random(6, 3, 3, 3), random(6), dilation=(2, 1), padding=(2, 1, 2, 1), groups=2), -1.0, 4.0)
    small = net.silu(net.max_pool(x, (2, 3), stride=2, padding=(0, 1, 0, 1)))
    large = net.upsample_nearest(small, (2, 2))
    smooth = net.upsample_bilinear(small)
    framed = net.pad(net.concatenate(large, smooth, large), (1, 0, 0, 2), front=1, back=2)
    mixed = net.multiply(net.hard_swish(framed), net.softmax(framed))
    pooled = net.average_pool(net.add(mixed, net.sigmoid(framed)), 3, stride=3, count_padding=True)
    face = net.flatten(net.adaptive_average_pool(pooled, (1, 2)))
    net.embedding(face, "face")
    shared = Tensor("shared", random(3, 42).astype(numpy.float16))
    scores = net.relu(net.linear(face, "last", shared))
    net.scores(net.add(scores, net.linear(face, "again", shared, random(3))))
    maps = net.convolution(framed, "boxes", random(12, 21, 1, 1))
    marks = net.convolution(framed, "marks", random(2, 21, 1, 1))
    net.detection("boxes", [(marks, maps, [(1, 1), (8, 16)])], key_points=1)
    net.crop_rule("blazeface-short", 1.5, 0, 0.1, True)
    net.provenance.update({"license": "MIT", "train.epochs": 3, "train.rate": 0.5, "train.flag": True})
    net.notes["card"] = "For a test."
    return net


@pytest.fixture(scope="module")
def every(tmp_path_factory):
    path = tmp_path_factory.mktemp("builder") / "every.ferm"
    everything().write(path)
    return path


def test_it_knows_the_operators_that_the_second_reader_knows():
    program = "import sys, json; sys.path.insert(0, sys.argv[1]); import ferm; print(json.dumps([[*k, o.name, [a[0] for a in o.attributes]] for k, o in ferm.OPERATORS.items()]))"
    known = json.loads(run(sys.executable, "-B", "-c", program, reader.parent))
    for code, version, name, attributes in known:
        own, kinds = builder._OPERATORS[name]
        assert own == code and [key for key, _ in kinds + (builder._DILATIONS if version == 2 else [])] == attributes
    assert len(known) == len(builder._OPERATORS) + 1


def test_a_file_with_everything_is_the_same_to_both_readers(every):
    inspect = root / ".build/release/fer-inspect"
    if not inspect.exists():
        pytest.skip("fer-inspect is not built: make build")
    run(inspect, "--verify", every)
    dump = json.loads(run(inspect, "--json", every))
    assert dump == json.loads(run(sys.executable, "-B", reader, every, "--json"))
    assert dump["format"]["features"] == ["operator set 2", "outputs"]
    names = [node["operator"] for node in dump["graph"]]
    assert set(names) == set(builder._OPERATORS)
    assert [output["name"] for output in dump["outputs"]] == ["face", "scores", "boxes"]


def test_all_its_numbers_are_the_same_to_both_readers(every, tmp_path):
    model = ferm.Model(every, threads=1)
    x = random(3, 3, 12, 12, seed=5)
    x.tofile(tmp_path / "x.f32")
    lines = run(sys.executable, "-B", reader, every, "--outputs", tmp_path / "x.f32").splitlines()[-3:]
    outputs = model.run_inputs(x)
    outputs["boxes"] = outputs["boxes"][0]
    for image, line in enumerate(lines):
        for name, values in json.loads(line).items():
            arrays = outputs[name] if name == "boxes" else [outputs[name]]
            assert len(values) == len(arrays) == (2 if name == "boxes" else 1)
            for array, numbers in zip(arrays, values):
                numpy.testing.assert_allclose(array[image].ravel(), numbers, atol=1e-5 * max(1, numpy.abs(numbers).max()))
    assert set(outputs) == {"face", "scores", "boxes"}


def test_what_version_1_0_can_say_is_a_file_of_version_1_0(tmp_path):
    path = tmp_path / "plain.ferm"
    plain().write(path)
    assert struct.unpack_from("<BHI", path.read_bytes(), 9) == (1, 0, 0)
    chunks = [chunk["type"] for chunk in json.loads(run(sys.executable, "-B", old_reader, path, "--json"))["chunks"]]
    assert chunks == ["HEAD", "PREP", "LABL", "GRPH", "TIDX", "TDAT", "FEND"]
    assert plain().encoded() == path.read_bytes()


def test_each_thing_that_is_new_sets_its_bit(tmp_path):
    def features(net):
        return struct.unpack_from("<HI", net.encoded(), 10)

    net = plain()
    net.outputs = [("logits", *net.outputs[0][1:])]
    assert features(net) == (1, 4)
    net = Network((1, 1, 1), labels=[f"{i}" for i in range(257)])
    net.scores(net.linear(net.flatten(net.input), "last", random(257, 1)))
    assert features(net) == (1, 8)
    net = Network((1, 2, 2), labels=["a"])
    net.scores(net.flatten(net.convolution(net.input, "c", random(1, 1, 2, 2))))
    assert features(net) == (0, 0)
    net = Network((1, 3, 3), labels=["a"])
    net.scores(net.flatten(net.convolution(net.input, "c", random(1, 1, 2, 2), dilation=2)))
    assert features(net) == (1, 2)


def test_a_network_without_scores_has_no_labels(tmp_path):
    net = Network((1, 4, 4))
    net.embedding(net.flatten(net.input), "pixels")
    path = tmp_path / "embedding.ferm"
    net.write(path)
    assert json.loads(run(sys.executable, "-B", reader, path, "--json"))["labels"]["names"] == []


@pytest.mark.parametrize("break_it, said", [
    (lambda n, x: n.convolution(x, "c", random(4, 2, 3, 3)), "does not fit 1 channels"),
    (lambda n, x: n.convolution(x, "c", random(4, 1, 9, 9)), "larger than the padded map"),
    (lambda n, x: n.convolution(x, "c", random(4, 1, 3, 3), random(3)), "c.bias is"),
    (lambda n, x: n.convolution(x, "c", random(4, 1, 1, 1), stride=65), "stride_height is 1 to 64"),
    (lambda n, x: n.linear(x, "l", random(4, 64)), "flatten maps first"),
    (lambda n, x: n.prelu(x, "p", random(2)), "a slope of"),
    (lambda n, x: n.prelu(n.prelu(x, "p", random(1)), "p", random(1)), "there is a tensor p.slope already"),
    (lambda n, x: n.prelu(x, "p", [float("nan")]), "not finite"),
    (lambda n, x: n.concatenate(x), "two to eight"),
    (lambda n, x: n.concatenate(x, n.max_pool(x)), "channels alone"),
    (lambda n, x: n.add(x, n.max_pool(x, 3)), "cannot be broadcast"),
    (lambda n, x: n.clip(x, 2.0, 1.0), "low is at most high"),
    (lambda n, x: n.upsample_nearest(x, 65), "scale_height is 1 to 64"),
    (lambda n, x: n.pad(x, front=70000), "pad_front is 0 to 65534"),
    (lambda n, x: n.max_pool(x, 2, padding=2), "smaller than the window"),
    (lambda n, x: n.adaptive_average_pool(x, 9), "is smaller than 9"),
    (lambda n, x: n.scores(n.flatten(x)), "for 2 labels"),
    (lambda n, x: n.embedding(x, "map"), "is a vector"),
    (lambda n, x: n.detection("boxes", [(x, x, [(1, 1)])]), "do not fit 1 anchors"),
    (lambda n, x: n.relu(Network((1, 8, 8)).input), "no value of this network"),
    (lambda n, x: n.encoded(), "say what the network gives"),
    (lambda n, x: (n.embedding(n.flatten(x), "pixels"), n.encoded()), "one output of scores"),
    (lambda n, x: (n.scores(n.linear(n.flatten(x), "l", random(2, 64))), n.relu(x), n.encoded()), "nothing uses value 3"),
    (lambda n, x: (n.scores(n.linear(n.flatten(x), "l l", random(2, 64))), n.encoded()), "is no name"),
])
def test_what_no_file_may_say_is_refused(break_it, said):
    net = Network((1, 8, 8), labels=["a", "b"])
    with pytest.raises(ValueError, match=said):
        break_it(net, net.input)
