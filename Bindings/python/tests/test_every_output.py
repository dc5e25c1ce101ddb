"""Outputs by name: arrays with numpy, lists without, and refusals that say what there is."""
import json
import os
import pickle
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy
import pytest

import ferm

root = Path(__file__).resolve().parents[3]

corpus = root / "spec/conformance/1.1/accept"
two = corpus / "outputs-scores-and-embedding.ferm"
alone = corpus / "outputs-embedding-alone.ferm"
boxes = corpus / "detection-of-two-levels-with-key-points.ferm"


def inputs(model, count, seed=0):
    return numpy.random.default_rng(seed).random((count, *model.input_shape), numpy.float32)


def faces(count, seed=0):
    return list(numpy.random.default_rng(seed).integers(0, 256, (count, 40, 30), numpy.uint8))


def expected(path):
    """The outputs of the corpus's own input."""
    told = json.loads(path.with_suffix(".json").read_text())
    return told["outputs"] if "outputs" in told else {"scores": [told["logits"]]}


def input_of(model):
    count = numpy.prod(model.input_shape)
    return (((31 * numpy.arange(count) + 7) % 17) / 8 - 1).astype(numpy.float32).reshape(1, *model.input_shape)


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("path", sorted(corpus.glob("*.ferm")), ids=lambda path: path.stem)
def test_outputs_are_those_of_the_corpus(path, batch):
    model = ferm.Model(path, threads=1, batch=batch)
    model.self_test()
    assert [o.name for o in model.outputs] == list(expected(path))
    got = model.run_inputs(input_of(model))
    for output in model.outputs:
        arrays = [part for pair in got[output.name] for part in pair] if output.levels else [got[output.name]]
        assert output.numbers == sum(array.size for array in arrays)
        assert len(arrays) == len(expected(path)[output.name])
        for array, values in zip(arrays, expected(path)[output.name]):
            assert array.dtype == numpy.float32 and array.shape[0] == 1
            assert numpy.allclose(array.ravel(), values, rtol=0, atol=1e-4 * max(map(abs, values)))


def test_a_detection_comes_level_by_level():
    model = ferm.Model(boxes, threads=1)
    (output,) = model.outputs
    assert output.kind == "detection" and len(output.levels) == 2 and model.labels == []
    levels = model.run_inputs(input_of(model))[output.name]
    values = expected(boxes)[output.name]
    dump = json.loads(boxes.with_suffix(".json").read_text())["dump"]["outputs"][0]
    assert output.key_points == dump["key_points"]
    for level, (scores, maps), wanted, told in zip(output.levels, levels, zip(values[::2], values[1::2]), dump["levels"]):
        assert scores.shape == (1, *level.scores) and maps.shape == (1, *level.boxes)
        assert level.boxes[0] == level.scores[0] * (4 + 2 * output.key_points) and level.boxes[1:] == level.scores[1:]
        assert numpy.allclose(level.anchors, told["anchors"])
        for got, numbers in zip((scores, maps), wanted):
            assert numpy.allclose(got.ravel(), numbers, rtol=0, atol=1e-4 * max(map(abs, numbers)))


def test_images_and_inputs_and_names_agree():
    model = ferm.Model(two, threads=2, batch=8)
    pictures = faces(11)
    everything = model.run(pictures)
    assert list(everything) == ["scores", "embedding"]
    assert list(model.run(pictures, "embedding")) == ["embedding"] == list(model.run(pictures, ["embedding", "embedding"]))
    assert (model.run(pictures, ["embedding"])["embedding"] == everything["embedding"]).all()
    assert (model.embedding(pictures) == everything["embedding"]).all()
    assert (model.embedding(pictures[3]) == everything["embedding"][3:4]).all()
    x = inputs(model, 9)
    assert (model.run_inputs(x)["scores"] == model.logits(x)).all()
    table = model.probabilities(pictures)
    assert table.shape == (11, len(model.labels)) and table.dtype == numpy.float32 and numpy.allclose(table.sum(1), 1)
    for row, answer in zip(table, model.predict(pictures)):
        assert row.tolist() == list(answer["probs"].values())
    assert model.run([])["embedding"].shape == (0, model.outputs[1].numbers)
    assert model.probabilities([]).shape == (0, len(model.labels))
    assert model.run_inputs(x[:0])["scores"].shape == (0, len(model.labels))


def test_the_shipped_model_gives_scores_alone():
    model = ferm.Model(root / "models/default.ferm", threads=1)
    assert model.outputs == (ferm.Output("scores", "scores", 7),)
    with pytest.raises(ValueError, match=r"has no embedding; its outputs: scores \(scores, 7 numbers\)"):
        model.embedding(faces(1))
    with pytest.raises(ValueError, match="has no output 'face'"):
        model.run(faces(1), "face")


def test_a_model_without_scores_says_what_it_has():
    model = ferm.Model(alone, threads=1)
    assert "embedding" in repr(model)
    for call in (lambda: model.predict(faces(1)), lambda: model.probabilities(faces(2)), lambda: model.predict([]),
                 lambda: model.logits(inputs(model, 1)), lambda: model.logits(inputs(model, 0))):
        with pytest.raises(ferm.FermError, match=r"has no class scores; its output is: embedding \(embedding, \d+ numbers\)") as caught:
            call()
        assert caught.value.code == 3
    assert model.embedding(faces(2)).shape == (2, model.outputs[0].numbers)
    several = ferm.Model(corpus / "outputs-of-one-value.ferm", threads=1)
    if sum(o.kind == "embedding" for o in several.outputs) > 1:
        with pytest.raises(ValueError, match="has several embeddings"):
            several.embedding(faces(1))


def test_rows_that_are_not_finite_are_an_error():
    model = ferm.Model(two, threads=1)
    x = inputs(model, 3)
    x[1, 0, 0, 0] = numpy.inf
    with pytest.raises(ferm.FermError, match="image 1") as caught:
        model.run_inputs(x)
    assert caught.value.code == 102


def test_outputs_after_a_pickle_and_in_a_child():
    model = ferm.Model(two, threads=2)
    pictures = faces(3)
    wanted = model.run(pictures)
    assert (pickle.loads(pickle.dumps(model)).run(pictures)["embedding"] == wanted["embedding"]).all()
    child = os.fork()
    if child == 0:
        os._exit(0 if (model.run(pictures)["embedding"] == wanted["embedding"]).all() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_without_numpy_lists_stand_for_arrays():
    program = """
        import json, sys
        sys.modules["numpy"] = None
        import ferm
        found = []
        for path in sys.argv[1:]:
            model = ferm.Model(path, threads=1)
            c, h, w = model.input_shape
            import array
            x = memoryview(array.array("f", [i / 97 for i in range(2 * c * h * w)])).cast("B").cast("f", (2, c, h, w))
            found.append([model.run_inputs(x), model.run([memoryview(bytes(range(200)) * 6).cast("B", (40, 30))])])
        print(json.dumps(found))
    """
    ran = subprocess.run([sys.executable, "-c", textwrap.dedent(program), two, boxes], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    for path, found in zip((two, boxes), json.loads(ran.stdout)):
        model = ferm.Model(path, threads=1)
        count = int(numpy.prod(model.input_shape))
        x = (numpy.arange(2 * count, dtype=numpy.float64) / 97).astype(numpy.float32).reshape(2, *model.input_shape)
        picture = numpy.frombuffer(bytes(range(200)) * 6, numpy.uint8).reshape(40, 30)
        for lists, arrays in zip(found, (model.run_inputs(x), model.run([picture]))):
            assert list(lists) == list(arrays)
            for name, array in arrays.items():
                flat = [part for pair in array for part in pair] if isinstance(array, list) else [array]
                other = [part for pair in lists[name] for part in pair] if isinstance(array, list) else [lists[name]]
                assert all((a == numpy.array(b, numpy.float32)).all() and a.shape == numpy.shape(b) for a, b in zip(flat, other))
