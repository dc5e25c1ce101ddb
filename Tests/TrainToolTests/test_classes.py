"""Classes are told by name: for eval, calibrate, teachers, --val and --init alike."""
import json
import shutil
import subprocess

import pytest

from trainer import evaluate, fer2013, fit, model, put_classes, root, train


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run on three classes with faces for validation."""
    folder = tmp_path_factory.mktemp("run")
    put_classes(folder / "d/train", 6, names=["a", "b", "c"])
    put_classes(folder / "d/val", 20, names=["a", "b", "c"], first=50)
    fit(folder / "d", folder / "r")
    return folder


def test_eval_takes_fewer_classes_and_other_spelling(tmp_path):
    put_classes(tmp_path / "some", 3, names=["happy", "sad", "neutral"])
    report = evaluate(model, tmp_path / "some")
    assert report["n"] == 9 and report["split"] == "all"
    assert list(report["per_class"]) == ["happy", "sad", "neutral"]
    assert "not known" in report["protocol"]
    put_classes(tmp_path / "loud", 3, names=["Happy", "SAD", "Neutral"])
    loud = evaluate(model, tmp_path / "loud")
    assert {k: v for k, v in loud.items() if k != "protocol"} == {k: v for k, v in report.items() if k != "protocol"}


def test_an_unknown_class_is_named(tmp_path, run):
    put_classes(tmp_path / "d", 2, names=["happy", "bored"])
    said = train("eval", model, "--data", tmp_path / "d", status=3)[0]
    assert "does not know the class bored" in said and ", ".join(fer2013) in said
    assert "does not know the class bored" in train(
        "calibrate", model, "--data", tmp_path / "d", "-o", tmp_path / "m.ferm", status=3)[0]
    assert "does not know the class bored" in fit(run / "d/train", tmp_path / "r", "--val", tmp_path / "d", status=3)


def test_the_protocol_says_what_the_digests_say(tmp_path, run):
    for split, words in [("train", "the faces that it was trained on"), ("val", "the faces that chose it")]:
        assert words in evaluate(run / "r", run / "d", "--split", split)["protocol"]
    shutil.copytree(run / "d", tmp_path / "d")
    put_classes(tmp_path / "d/test", 2, names=["a", "b", "c"], first=90)
    assert "not the faces that trained or chose it" in evaluate(
        run / "r", tmp_path / "d", "--split", "test")["protocol"]
    put_classes(tmp_path / "other", 6, names=["a", "b", "c"], first=70)
    assert "is not known" in evaluate(run / "r", tmp_path / "other")["protocol"]


def test_the_folder_of_a_run_is_its_best_model(tmp_path, run):
    assert evaluate(run / "r", run / "d") == evaluate(run / "r/best.ferm", run / "d")
    assert "no best.ferm" in train("eval", tmp_path, "--data", run / "d", status=3)[0]
    fit(run / "d", tmp_path / "r", "--init", run / "r", "--teacher", run / "r")


def test_eval_takes_a_test_folder_alone(tmp_path, run):
    put_classes(tmp_path / "d/test", 2, names=["a", "c"], first=90)
    report = evaluate(run / "r", tmp_path / "d")
    assert report["split"] == "test" and report["n"] == 4
    said = train("eval", run / "r", "--data", tmp_path / "d", "--split", "private", status=3)[0]
    assert "there are no faces of the split private; there are test" in said


def reordered(run, folder):
    """The same network with its classes the other way round."""
    train("export", run / "r/best.ferm", "-o", folder / "w.safetensors", "--to", "safetensors")
    raw = (folder / "w.safetensors").read_bytes()
    size = int.from_bytes(raw[:8], "little")
    header, data = json.loads(raw[8:8 + size]), bytearray(raw[8 + size:])
    names = [n for n in header if n.startswith("lin2")]
    assert len(names) == 2
    for name in names:
        first, last = header[name]["data_offsets"]
        step = (last - first) // 3
        rows = [data[first + i * step:first + (i + 1) * step] for i in (2, 1, 0)]
        data[first:last] = b"".join(rows)
    (folder / "w.safetensors").write_bytes(raw[:8 + size] + bytes(data))
    train("import", folder / "w.safetensors", "-o", folder / "other.ferm", "--network", "vgg-s", "--width", "0.0625",
          "--labels", "c,b,a")
    return folder / "other.ferm"


def test_a_model_in_another_order_scores_the_same(tmp_path, run):
    other = reordered(run, tmp_path)
    # The import takes no size: compare two files of the same weights and size.
    train("import", tmp_path / "w.safetensors", "-o", tmp_path / "wrong.ferm", "--network", "vgg-s", "--width",
          "0.0625", "--labels", "a,b,c")
    right, wrong = (evaluate(m, run / "d", "--split", "val") for m in (other, tmp_path / "wrong.ferm"))
    assert right["per_class"].keys() == wrong["per_class"].keys()
    for i, name in enumerate("cba"):
        assert right["per_class"][name]["support"] == 20
        assert sum(right["confusion"][i]) == 20
    assert right["loss"] != wrong["loss"]


def test_weights_and_teachers_in_another_order_are_mapped(tmp_path, run):
    other = reordered(run, tmp_path)
    said = fit(run / "d", tmp_path / "r", "--init", other, "--lr", "1e-9", "--weight-decay", "0", "--ema", "0")
    assert "begin afresh" not in said
    straight = fit(run / "d", tmp_path / "s", "--init", run / "r", "--lr", "1e-9", "--weight-decay", "0", "--ema", "0")
    assert [l for l in said.splitlines() if l.startswith("epoch ")][0].split(";")[1] == \
        [l for l in straight.splitlines() if l.startswith("epoch ")][0].split(";")[1]
    put_classes(tmp_path / "two", 4, names=["a", "c"])
    assert "teaches" in fit(tmp_path / "two", tmp_path / "t", "--teacher", other)
    put_classes(tmp_path / "new", 4, names=["a", "z"])
    assert "must know the classes" in fit(tmp_path / "new", tmp_path / "u", "--teacher", other, status=3)


def test_a_temperature_that_does_not_help_is_not_kept(tmp_path, run):
    out = tmp_path / "c.ferm"
    said = train("calibrate", run / "r", "--data", run / "d", "-o", out)[0]
    assert "temperature" in said and "(5 folds)" in said and out.exists()
    put_classes(tmp_path / "few", 3, names=["a", "b", "c"], first=70)
    said = train("calibrate", run / "r", "--data", tmp_path / "few", "-o", out)[0]
    assert "9 faces (all) are too few" in said and "50 are needed" in said


def test_one_temperature_serves_the_views_that_are_named(tmp_path, run):
    data, shipped = put_classes(tmp_path / "d", 30, names=["happy", "sad"]), model
    said = train("calibrate", shipped, "--data", data, "--tta", "none,flip", "-o", tmp_path / "m.ferm")[0]
    assert "(5 folds)" in said
    entries = json.loads(subprocess.run([root / ".build/release/fer-inspect", "--json", tmp_path / "m.ferm"],
                                        capture_output=True, text=True).stdout)["provenance"]
    assert entries["calibration.crops"] == "none,flip"
    for words in ("none,none", "two", "none,"):
        assert "--tta takes" in train("calibrate", shipped, "--data", data, "--tta", words, "-o", tmp_path / "n.ferm", status=2)[0]
