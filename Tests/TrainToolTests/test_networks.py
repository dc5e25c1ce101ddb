"""The networks beyond VGG as users meet them: trained, resumed, exported, imported again by their tensors, begun with."""
import json
import struct
import subprocess

import numpy
from training import root, train

quick = "--sizes 32 --batch 8 --warmup 0 --calm-epochs 0 --schedule constant --lr 0.01 --seed 7".split()


def tool(name, *words):
    return subprocess.run([root / ".build/release" / name, *map(str, words)], capture_output=True, text=True)


def foreign(path, rename, channels, classes):
    """A safetensors file with tensors renamed, a first layer for `channels` and a last one for `classes`, as other programs have it."""
    raw = path.read_bytes()
    start = 8 + struct.unpack("<Q", raw[:8])[0]
    header, body = {}, b""
    for name, entry in json.loads(raw[8:start]).items():
        if name == "__metadata__":
            continue
        a, b = entry["data_offsets"]
        array = numpy.frombuffer(raw[start + a : start + b], numpy.float32).reshape(entry["shape"])
        if name == "conv_stem.weight":
            array = numpy.repeat(array / channels, channels, 1)
        if name.startswith("classifier."):
            array = numpy.repeat(array[:1], classes, 0)
        data = array.astype(numpy.float32).tobytes()
        header[rename(name)] = {"dtype": "F32", "shape": array.shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    other = path.with_name("foreign.safetensors")
    other.write_bytes(struct.pack("<Q", len(text)) + text + body)
    return other


def test_a_network_trains_goes_on_and_comes_back_by_its_tensors(data, tmp_path):
    run, words = tmp_path / "run", ["--data", data, "--network", "mobilenetv2", "--drop-path", 0.2, "--dropout", 0.1, *quick]
    for go in (["--epochs", 1, *words], ["--resume", "--epochs", 2]):
        outcome = train(*go, "--out", run)
        assert outcome.returncode == 0, outcome.stderr
    assert json.loads((run / "args.json").read_text())["train.drop_path"] == 0.2
    assert tool("fer-inspect", "--verify", run / "best.ferm").returncode == 0
    records = tool("fer-infer", run / "best.ferm", root / "Examples/faces").stdout.splitlines()
    assert records and all(json.loads(record)["ok"] for record in records)

    plain = tmp_path / "plain.safetensors"
    assert tool("fer-train", "export", run / "best.ferm", "-o", plain).returncode == 0
    labels = ",".join(json.loads(tool("fer-inspect", run / "best.ferm", "--json").stdout)["labels"]["names"])
    outcome = tool("fer-train", "import", plain, "-o", tmp_path / "copy.ferm", "--labels", labels)
    assert outcome.returncode == 0 and "network, by its tensors: mobilenetv2" in outcome.stderr, outcome.stderr
    assert tool("fer-train", "export", tmp_path / "copy.ferm", "-o", tmp_path / "copy.safetensors").returncode == 0
    assert (tmp_path / "copy.safetensors").read_bytes() == plain.read_bytes()

    # A file for colour with 1,000 classes begins a run for three, whose network need not be said.
    other = foreign(plain, lambda name: f"model.{name}", 3, 1000)
    refused = tool("fer-train", "import", other, "-o", tmp_path / "x.ferm")
    assert refused.returncode == 3 and "1000 classes" in refused.stderr and "--init" in refused.stderr
    outcome = train("--data", data, "--init", other, "--out", tmp_path / "next", "--epochs", 1, *quick)
    assert outcome.returncode == 0, outcome.stderr
    assert "260 tensors taken; conv_stem.weight is summed" in outcome.stderr
    assert "classifier.weight and classifier.bias begin afresh for 3 classes" in outcome.stderr
    assert json.loads((tmp_path / "next/args.json").read_text())["train.network"] == "mobilenetv2"


def test_tensors_of_no_network_are_refused_with_what_to_do(tmp_path):
    text = json.dumps({"conv.weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    path = tmp_path / "x.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(4))
    refused = tool("fer-train", "import", path, "-o", tmp_path / "x.ferm")
    assert refused.returncode == 3 and "no network of ours" in refused.stderr and "ferm.torch.export" in refused.stderr
    assert refused.stderr.count("\n") == 1 and not (tmp_path / "x.ferm").exists()
