"""The rows that ferm.ray, ferm.spark and ferm.dask share; no engine is needed."""
import json
import subprocess
import sys
from pathlib import Path

import engines
import numpy
import pytest
import squares
from PIL import Image

import ferm
from ferm import _rows
from ferm.builder import Network

root = Path(__file__).resolve().parents[3]
tool = root / ".build/release/fer-infer"


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return engines.pictures(tmp_path_factory.mktemp("pictures"))


def settings(model=None, detector=False, min_score=None):
    return _rows.settings(model, detector, "exact", 1, min_score)


def rows(paths, *chosen, **options):
    return list(_rows.labeller(settings(*chosen, **options)).rows((str(path), path.read_bytes()) for path in paths))


def test_rows_are_the_records_of_fer_infer(paths):
    if not tool.exists():
        pytest.skip("fer-infer is not built: make build")
    ran = subprocess.run([tool, root / "models/default.ferm", *paths, "--crops", "--quiet", "--format", "jsonl"], capture_output=True, text=True)
    records = [json.loads(line) for line in ran.stdout.splitlines()]
    made = rows(paths)
    engines.check(made, paths)
    assert [(row["path"], row["ok"], row["label"]) for row in made] == [(record["path"], record["ok"], record.get("label")) for record in records]
    for row, record in zip(made, records):
        assert (row["probabilities"] or []) == pytest.approx(list(record.get("probs", {}).values()), abs=2e-6)


def test_the_faces_of_photos_are_those_of_fer_infer():
    if not tool.exists() or not (root / "models/face.ferm").exists():
        pytest.skip("fer-infer or models/face.ferm is not there: make build detector")
    photos = sorted((root / "Examples/photos").glob("*.jpg"))
    ran = subprocess.run([tool, root / "models/default.ferm", *photos, "--detect", root / "models/face.ferm", "--quiet", "--format", "jsonl"],
                         capture_output=True, text=True)
    records = [json.loads(line) for line in ran.stdout.splitlines()]
    made = rows(photos, None, True)
    names = ["path", "ok", "label", "face", "faces", "box"]
    assert [[row[name] for name in names] for row in made] == [[record.get(name) for name in names] for record in records]
    for row, record in zip(made, records):
        assert (row["probabilities"] or []) == pytest.approx(list(record.get("probs", {}).values()), abs=2e-6)
        assert row["face_score"] == pytest.approx(record.get("face_score"), abs=2e-6)


def test_a_row_is_the_same_however_pictures_are_cut(paths, monkeypatch):
    whole = rows(paths)
    assert [row for path in paths for row in rows([path])] == whole
    monkeypatch.setattr(_rows, "_MOST_WAITING", 20_000)
    assert rows(paths) == whole


def test_a_picture_for_which_the_network_has_no_number_spoils_no_other(tmp_path):
    net = Network((1, 8, 8), labels=["a", "b"], colour="grey", name="steep")
    net.scores(net.linear(net.flatten(net.input), "last", numpy.array([[3e38] * 64, [0] * 64], numpy.float32)))
    net.write(tmp_path / "steep.ferm")
    for name, grey in (("a", 0), ("b", 255), ("c", 0)):
        Image.new("L", (8, 8), grey).save(tmp_path / f"{name}.png")
    made = rows(sorted(tmp_path.glob("*.png")), tmp_path / "steep.ferm")
    assert [row["ok"] for row in made] == [True, False, True] and "not finite" in made[1]["error"]


def test_a_photo_that_cannot_be_used_is_one_row(tmp_path):
    folder, model, finder = engines.photos(tmp_path)
    (folder / "bad.png").write_bytes(b"no picture")
    bad, *good = rows(sorted(folder.iterdir()), model, finder)
    assert not bad["ok"] and bad["faces"] is None and "bad.png is not JPEG" in bad["error"]
    engines.check_faces(good, folder)
    assert [row["faces"] for row in rows([folder / "two.png"], model, finder, min_score=1)] == [0]


def test_a_process_keeps_a_model_until_its_file_changes(tmp_path):
    squares.labeller().write(tmp_path / "model.ferm")
    made = settings(tmp_path / "model.ferm")
    first = _rows.labeller(made)
    assert _rows.labeller(settings(str(tmp_path / "model.ferm"))) is first
    net = squares.labeller()
    net.name = "others"
    net.write(tmp_path / "model.ferm")
    assert _rows.labeller(made) is not first


def test_what_cannot_give_rows_is_refused(tmp_path):
    squares.network().write(tmp_path / "finder.ferm")
    with pytest.raises(ValueError, match="no class scores"):
        rows([], tmp_path / "finder.ferm")
    with pytest.raises(ValueError, match="min_score is the detector's"):
        settings(min_score=0.5)
    with pytest.raises((ferm.FermError, OSError), match="nowhere.ferm"):
        rows([], "/nowhere.ferm")


@pytest.mark.parametrize("name, package", [("ray", r"ray\[data\]"), ("pyspark", r"pyspark\[sql\]"), ("dask", r"dask\[dataframe\]")])
def test_an_engine_that_is_not_installed_is_named_with_the_way_to_it(monkeypatch, name, package):
    import ferm.dask
    import ferm.ray
    import ferm.spark

    monkeypatch.setitem(sys.modules, name, None)
    call = {"ray": ferm.ray.Predictor, "pyspark": ferm.spark.predict_udf, "dask": lambda: ferm.dask.predict([])}[name]
    with pytest.raises(ImportError, match=f"{name} is not installed.*pip install '{package}'"):
        call()
