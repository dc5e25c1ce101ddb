"""A network that a file describes is trained, with all that it gives, as one of the program's own is."""
import json
import os
import subprocess
import sys

import numpy
import pytest
from PIL import Image
from training import root, train

sys.path.insert(0, str(root / "Bindings/python"))
os.environ.setdefault("FERM_LIBRARY", str(root / "build/lib/libferm.so"))
import ferm  # noqa: E402
from ferm.builder import Network, fresh  # noqa: E402

quick = "--batch 4 --warmup 0 --calm-epochs 0 --threads 1 --schedule constant --seed 7".split()


def run(*words):
    outcome = subprocess.run([*map(str, words)], capture_output=True, text=True, timeout=300,
                             env={**os.environ, "PYTHONPATH": str(root / "Bindings/python")})
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout


def reader(path, *words):
    return run(sys.executable, "-B", root / "spec/reader/ferm.py", path, *words)


def dump(path):
    return json.loads(reader(path, "--json"))


def fit(data, out, *words, status=0):
    outcome = train("--data", data, "--out", out, *quick, *words)
    assert outcome.returncode == status, outcome.stderr
    return outcome.stderr


@pytest.fixture(scope="module")
def two_heads(tmp_path_factory):
    path = tmp_path_factory.mktemp("network") / "two-heads.ferm"
    run(sys.executable, root / "Examples/python/two_heads.py", path)
    return path


def test_it_is_trained_and_its_outputs_stay(two_heads, data, tmp_path):
    before = dump(two_heads)
    assert "two-heads: " in fit(data, tmp_path / "run", "--network", two_heads, "--epochs", 2)
    for name in ("best.ferm", "last.ferm"):
        after = dump(tmp_path / "run" / name)
        nodes = [[(node["operator"], node["inputs"], node["attributes"]) for node in d["graph"]] for d in (before, after)]
        assert nodes[0] == nodes[1] and after["outputs"] == before["outputs"]
        assert after["preprocessing"] == before["preprocessing"]
        # Three classes where the file had seven: the last layer alone has other rows.
        shapes = [{tensor["name"]: tensor["shape"] for tensor in d["tensors"]} for d in (before, after)]
        changed = {key for key in shapes[0] if shapes[0][key] != shapes[1][key]}
        assert changed == {"last.weight", "last.bias"} and shapes[1]["last.weight"] == [3, 64]
        assert set(after["labels"]["names"]) == {"happy", "sad", "neutral"}


def test_a_run_goes_on_as_it_would_have(two_heads, data, tmp_path):
    fit(data, tmp_path / "whole", "--network", two_heads, "--epochs", 2)
    fit(data, tmp_path / "parts", "--network", two_heads, "--epochs", 1)
    on = train("--resume", "--out", tmp_path / "parts", "--epochs", 2)
    assert on.returncode == 0, on.stderr
    for name in ("best.ferm", "last.ferm"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "parts" / name).read_bytes()


def test_a_run_is_not_gone_on_with_another_file(two_heads, data, tmp_path):
    path = tmp_path / "net.ferm"
    path.write_bytes(two_heads.read_bytes())
    fit(data, tmp_path / "run", "--network", path, "--epochs", 1)
    net = Network((1, 40, 40), labels=["a", "b", "c"], resized=(48, 48), name="two-heads")
    net.scores(net.linear(net.flatten(net.max_pool(net.input, 8)), "last", fresh(3, 25)))
    net.write(path)
    on = train("--resume", "--out", tmp_path / "run", "--epochs", 2)
    assert on.returncode != 0 and "train.network.digest" in on.stderr, on.stderr


def test_weights_begin_as_those_of_the_same_network_by_name(data, tmp_path):
    words = ["--width", "0.0625", "--dropout", "0", "--sizes", "44", "--epochs", "2"]
    fit(data, tmp_path / "named", "--network", "vgg-s", *words)
    fit(data, tmp_path / "file", "--network", tmp_path / "named/best.ferm", "--epochs", 2)
    named, file = (reader(tmp_path / name / "last.ferm", "--digest") for name in ("named", "file"))
    assert named == file


small = """network small
input 1 40 resized=48
block cell {i} width
  convolution conv{i} width window=3 padding=same
  batch_norm bn{i}
  relu
  max_pool
end
cell 1 8
cell 2 16
adaptive_average_pool size=2
flatten
dropout 0.2
linear last classes
"""


def test_a_text_is_trained_as_the_network_that_it_describes(data, tmp_path):
    """Crops that grow and dropout among it: the files of both runs are the same but for where the network is from."""
    for name, network in (("named", "vgg-s"), ("text", root / "Examples/networks/vgg-s.net")):
        fit(data, tmp_path / name, "--network", network, "--epochs", 2, "--sizes", "32@0.5,44")
    named, text = (reader(tmp_path / name / "last.ferm", "--digest") for name in ("named", "text"))
    assert named == text
    assert dump(tmp_path / "text/last.ferm")["graph"] == dump(tmp_path / "named/last.ferm")["graph"]


def test_what_blocks_drop_is_an_option_too(data, tmp_path):
    path = tmp_path / "vgg-s.net"
    path.write_text((root / "Examples/networks/vgg-s.net").read_text().replace("dropout 0.05", "dropout 0.3").replace(
        "dropout 0.2", "dropout 0.5"))
    words = ["--epochs", 2, "--sizes", "32"]
    fit(data, tmp_path / "text", "--network", path, *words)
    fit(data, tmp_path / "named", "--network", "vgg-s", "--width", 1, "--dropout", "0.5", "--block-dropout", "0.3", *words)
    fit(data, tmp_path / "plain", "--network", "vgg-s", "--width", 1, "--dropout", "0.5", *words)
    named, text, plain = (reader(tmp_path / name / "last.ferm", "--digest") for name in ("named", "text", "plain"))
    assert named == text != plain


def test_a_text_s_run_goes_on_unless_the_text_says_something_else(data, tmp_path):
    path = tmp_path / "small.net"
    path.write_text(small)
    fit(data, tmp_path / "whole", "--network", path, "--epochs", 3)
    fit(data, tmp_path / "parts", "--network", path, "--epochs", 1)
    path.write_text("# mine\n" + small)
    on = train("--resume", "--out", tmp_path / "parts", "--epochs", 3)
    assert on.returncode == 0, on.stderr
    assert (tmp_path / "whole/last.ferm").read_bytes() == (tmp_path / "parts/last.ferm").read_bytes()
    path.write_text(small.replace("dropout 0.2", "dropout 0.3"))
    on = train("--resume", "--out", tmp_path / "parts", "--epochs", 4)
    assert on.returncode != 0 and "train.network.digest" in on.stderr, on.stderr


def test_a_text_that_says_nothing_sensible_is_refused_with_its_line(data, tmp_path):
    path = tmp_path / "small.net"
    path.write_text(small.replace("  relu", "  rely"))
    said = fit(data, tmp_path / "run", "--network", path, "--epochs", 1, status=3)
    assert f"{path}, line 6 (from line 9): there is no operator or block `rely`" in said
    path.write_text(small)
    said = fit(data, tmp_path / "run", "--network", path, "--dropout", 0.1, status=2)
    assert "which says itself what is dropped" in said
    assert "nowhere.net" in fit(data, tmp_path / "run", "--network", tmp_path / "nowhere.net", status=3)


def test_init_keeps_the_weights_and_finds_the_network_by_itself(two_heads, data, tmp_path):
    fit(data, tmp_path / "first", "--network", two_heads, "--epochs", 1)
    said = fit(data, tmp_path / "second", "--init", tmp_path / "first/best.ferm", "--epochs", 1, "--lr", "1e-9")
    assert "29 tensors taken" in said and "begin afresh" not in said
    one, two = (dump(tmp_path / name / "last.ferm")["outputs"] for name in ("first", "second"))
    assert one == two and [output["name"] for output in two] == ["scores", "face"]


def test_a_head_that_leads_to_no_scores_stays_as_it_was_drawn(data, tmp_path):
    """Of two branches the loss moves one; the other stays in the file, and no statistic of it moves."""
    net = Network((1, 40, 40), labels=["a", "b", "c"], name="branches")
    x = net.max_pool(net.input, 8)
    apart = net.batch_norm(net.convolution(x, "apart", fresh(4, 1, 3, 3)), "bn", *[fresh(4)] * 4)
    net.scores(net.linear(net.flatten(x), "last", fresh(3, 25), fresh(3)))
    net.embedding(net.flatten(net.upsample_nearest(apart)), "apart")
    net.write(tmp_path / "net.ferm")
    for epochs in (1, 2):
        fit(data, tmp_path / f"run{epochs}", "--network", tmp_path / "net.ferm", "--epochs", epochs, "--weight-decay", 0)
    x = numpy.random.default_rng(0).random((1, 1, 40, 40), numpy.float32)
    x.tofile(tmp_path / "x.f32")
    one, two = (json.loads(reader(tmp_path / f"run{n}/last.ferm", "--outputs", tmp_path / "x.f32").splitlines()[-1]) for n in (1, 2))
    assert one["apart"] == two["apart"] and one["scores"] != two["scores"]


def test_what_was_trained_gives_the_same_numbers_everywhere(two_heads, data, tmp_path):
    """In C, in Python, in Swift (fer-infer) and in the second reader, to 1e-5."""
    fit(data, tmp_path / "run", "--network", two_heads, "--epochs", 1)
    trained = tmp_path / "run/best.ferm"
    model = ferm.Model(trained, threads=1)
    faces = [numpy.asarray(Image.open(path)) for path in sorted((data / "happy").iterdir())]
    pictures = model.run(faces)
    x = numpy.random.default_rng(1).random((4, 1, 40, 40), numpy.float32)
    x.tofile(tmp_path / "x.f32")
    own = model.run_inputs(x)
    assert {name: rows.shape for name, rows in own.items()} == {"scores": (4, 3), "face": (4, 64)}
    numpy.testing.assert_array_equal(own["scores"], model.logits(x))

    second = [json.loads(line) for line in reader(trained, "--outputs", tmp_path / "x.f32").splitlines()[-4:]]
    for name, rows in own.items():
        numpy.testing.assert_allclose(rows, [line[name][0] for line in second], atol=1e-5)

    run("cc", root / "Examples/c/outputs.c", "-o", tmp_path / "outputs", f"-I{root}/build/include", f"-L{root}/build/lib", "-lferm",
        f"-Wl,-rpath,{root}/build/lib")
    lines = [line.split() for line in run(tmp_path / "outputs", trained, tmp_path / "x.f32").splitlines()]
    assert [line[0] for line in lines] == ["scores", "face"] * 4
    for place, name in enumerate(("scores", "face")):
        numpy.testing.assert_allclose(own[name], numpy.array([line[1:] for line in lines[place::2]], numpy.float32), atol=1e-5)

    run(root / ".build/release/fer-infer", trained, data / "happy", "--embedding", tmp_path / "face.npy", "--quiet")
    numpy.testing.assert_allclose(numpy.load(tmp_path / "face.npy"), pictures["face"], atol=1e-5)


@pytest.mark.parametrize("words, said", [
    ("--width 0.5", "--width has no effect"), ("--dropout 0.1", "--dropout has no effect"), ("--sizes 32", "takes no others"),
])
def test_what_a_file_s_network_has_not_is_refused(words, said, two_heads, data, tmp_path):
    assert said in fit(data, tmp_path / "run", "--network", two_heads, *words.split(), status=2)


def test_networks_that_cannot_be_trained_are_refused(data, tmp_path):
    embedding = Network((1, 4, 4))
    embedding.embedding(embedding.flatten(embedding.input), "pixels")
    wide = Network((1, 4, 6), labels=["a"])
    wide.scores(wide.linear(wide.flatten(wide.input), "last", fresh(1, 24)))
    # The seven scores are a sum of two layers' seven: no layer is the last one alone.
    fixed = Network((1, 4, 4), labels=["a", "b"])
    x = fixed.linear(fixed.flatten(fixed.input), "last", fresh(2, 16))
    fixed.scores(fixed.add(x, fixed.linear(x, "more", fresh(2, 2))))
    for net, said in ((embedding, "no class scores"), (wide, "square"), (fixed, "cannot be given 3")):
        net.write(tmp_path / "net.ferm")
        assert said in fit(data, tmp_path / "run", "--network", tmp_path / "net.ferm", status=3)
    assert "nowhere.ferm" in fit(data, tmp_path / "run", "--network", tmp_path / "nowhere.ferm", status=3)
