"""Where a model comes from, and where it goes: sources, numbers, self-test, pickle, copies, a missing library."""
import copy
import os
import pickle
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy
import pytest

import ferm

root = Path(__file__).resolve().parents[3]

model_path = root / "models/default.ferm"


def python(program, *words, **environment):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), *map(str, words)], capture_output=True, text=True, timeout=300,
        env={**os.environ, **environment},
    )


def test_a_model_tests_itself():
    assert ferm.Model(model_path, threads=1).self_test() > 0


def test_a_pickled_model_is_loaded_once_and_predicts_the_same():
    model = ferm.Model(os.path.relpath(model_path), threads=1, batch=4)
    one, two = pickle.loads(pickle.dumps(model)), pickle.loads(pickle.dumps(model))
    x = numpy.random.default_rng(0).random((5, *model.input_shape), numpy.float32)
    assert one is two and (one.logits(x) == model.logits(x)).all()
    of_bytes = pickle.loads(pickle.dumps(ferm.Model(model_path.read_bytes(), threads=1)))
    assert of_bytes.labels == model.labels
    assert copy.copy(model).labels == copy.deepcopy([model])[0].labels == model.labels


def test_a_pickled_model_is_what_lies_at_its_path(tmp_path):
    file = tmp_path / "model.ferm"
    shutil.copy(model_path, file)
    data = pickle.dumps(ferm.Model(file, threads=1))
    first = pickle.loads(data)
    file.unlink()
    with pytest.raises(ferm.FermError, match=str(file)):
        pickle.loads(data)
    shutil.copy(root / "spec/conformance/accept/smallest.ferm", file)
    assert pickle.loads(data).labels != first.labels


def test_spawned_processes_get_a_model():
    run = python("""
        import ferm, multiprocessing, numpy, sys
        if __name__ == "__main__":
            m = ferm.Model(sys.argv[1], threads=1)
            face = numpy.full((48, 48), 7, numpy.uint8)
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                assert pool.map(m.predict, [[face]] * 3) == [m.predict([face])] * 3
    """, model_path)
    assert run.returncode == 0, run.stderr


def test_an_error_goes_through_a_pickle():
    error = pickle.loads(pickle.dumps(ferm.FermError(7, "Image 0 has no pixels.")))
    assert (error.code, str(error)) == (7, "Image 0 has no pixels.")


@pytest.mark.parametrize("source, error", [
    (None, "TypeError: a model comes from the path"), (3, "TypeError: a model comes"), (str(model_path) + "\0x", "ValueError: .*NUL"),
    ("/no/such.ferm", "FermError: /no/such.ferm: It cannot"), (b"no model", "FermError"),
])
def test_what_is_no_source_is_refused_and_nothing_is_thrown_later(source, error):
    run = python(f"""
        import ferm
        try: ferm.Model({source!r})
        except Exception as e: print(f"{{type(e).__name__}}: {{e}}")
    """)
    assert __import__("re").match(error, run.stdout) and run.stderr == ""


def test_a_model_says_what_its_file_says_of_it():
    model = ferm.Model()
    assert len(model.digest) == 64 and model.digest == model_path.read_bytes()[-40:-8].hex() and model.temperature > 0
    assert model.labels == ferm.Model(model_path).labels and model.digest == ferm.Model(model_path.read_bytes()).digest
    assert model.provenance["license"] == "MIT" and "card.md" in model.notes and len(model.notes["card.md"]) > 100
    assert all(isinstance(value, (str, int, float, bool)) for value in model.provenance.values())


def test_facts_have_the_types_that_they_were_written_with(tmp_path):
    from ferm.builder import Network

    net = Network((1, 4, 4), labels=["a", "b"], temperature=2.0)
    net.scores(net.linear(net.flatten(net.input), "last", numpy.random.default_rng(0).normal(0, 1, (2, 16)).astype(numpy.float32)))
    facts = {"a.text": "sch\u00f6n", "b.number": -2**62, "c.real": 0.1, "d.yes": True, "e.no": False, "f.large": 1e300}
    net.provenance.update(facts)
    net.notes["read.me"] = "two\nlines"
    net.write(tmp_path / "facts.ferm")
    model = ferm.Model(tmp_path / "facts.ferm", threads=1)
    assert model.provenance == facts and {type(v) for v in model.provenance.values()} == {str, int, float, bool}
    assert model.notes == {"read.me": "two\nlines"} and model.temperature == 2
    images = list(numpy.random.default_rng(1).integers(0, 256, (5, 4, 4), numpy.uint8))
    logits = model.run(images)["scores"]
    assert numpy.allclose(model.calibrated(logits), model.probabilities(images), atol=1e-7)
    assert model.calibrated(logits[:0]).shape == (0, 2)
    with pytest.raises(ValueError, match=r"shape \(N, 2\), not \(5, 1\)"):
        model.calibrated(logits[:, :1])
    logits[3, 1] = numpy.nan
    with pytest.raises(ferm.FermError, match="3"):
        model.calibrated(logits)


def test_notebooks_show_a_table_that_no_file_can_break(tmp_path):
    from ferm.builder import Network

    net = Network((1, 4, 4), labels=["<b>", "&"])
    net.scores(net.linear(net.flatten(net.input), "last", numpy.ones((2, 16), numpy.float32)))
    net.provenance["license"] = "<script>"
    net.write(tmp_path / "odd.ferm")
    shown = ferm.Model(tmp_path / "odd.ferm", threads=1)._repr_html_()
    assert "&lt;b&gt;, &amp;" in shown and "&lt;script&gt;" in shown and "<script>" not in shown
    assert "scores: scores, 7 numbers" in ferm.Model()._repr_html_()


def test_a_package_without_models_says_so():
    run = python("""
        import ferm._models as models
        models._LACKING = {"/no/default.ferm": models._LACKING[models.DEFAULT_MODEL]}
        import ferm
        try: ferm.Model("/no/default.ferm")
        except FileNotFoundError as e: print(e)
    """)
    assert "no default model came with this package; pass the path" in run.stdout, run.stderr


def test_a_path_need_not_be_utf_8(tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff.ferm"
    shutil.copy(model_path, path)
    model = ferm.Model(os.fsdecode(path), threads=1)
    assert pickle.loads(pickle.dumps(model)).labels == model.labels


@pytest.mark.parametrize("numbers, error, words", [
    ({"threads": 2**40}, ferm.FermError, "threads must be 0 to 256, not 1099511627776"), ({"threads": 2**33 + 1}, ferm.FermError, "256"),
    ({"threads": -1}, ferm.FermError, "0 to 256"), ({"threads": "2"}, TypeError, "threads must be a whole number, not str"),
    ({"threads": 1.0}, TypeError, "not float"), ({"batch": 0}, ferm.FermError, "batch must be 1 to 4096"),
    ({"batch": 2**70}, ferm.FermError, "1 to 4096"), ({"batch": "8"}, TypeError, "batch must be a whole number"),
])
def test_numbers_are_refused_before_they_are_cut_off(numbers, error, words):
    with pytest.raises(error, match=words):
        ferm.Model(model_path, **numbers)


@pytest.mark.parametrize("precision", ["Fast", "", "bf16", None, 1])
def test_a_precision_is_one_of_two_words(precision):
    with pytest.raises(ferm.FermError, match="precision must be 'exact' or 'fast', not ") as refusal:
        ferm.Model(model_path, threads=1, precision=precision)
    assert refusal.value.code == 100


def test_fast_is_nearly_exact_or_exact_itself():
    exact, fast = ferm.Model(model_path, threads=1), ferm.Model(model_path, threads=1, precision="fast")
    assert exact.precision == "exact" and fast.precision in repr(fast)
    assert fast.self_test() == exact.self_test() > 0
    x = numpy.random.default_rng(0).random((5, *exact.input_shape), numpy.float32)
    wanted, got = exact.logits(x), fast.logits(x)
    assert (wanted == got).all() == (fast.precision == "exact")
    assert abs(wanted - got).max() <= 0.03 * abs(wanted).max()
    restored = pickle.loads(pickle.dumps(fast))
    assert restored.precision == fast.precision and (restored.logits(x) == got).all()
    assert (pickle.loads(pickle.dumps(exact)).logits(x) == wanted).all()


def test_a_processor_without_the_instructions_says_exact():
    run = python("""
        import ferm, sys
        print(ferm.Model(sys.argv[1], precision="fast").precision)
    """, model_path, FERM_INSTRUCTIONS="portable")
    assert run.stdout == "exact\n", run.stderr


def test_numpys_numbers_are_numbers():
    assert ferm.Model(model_path, threads=numpy.int32(1), batch=numpy.uint8(2)).labels


def test_a_missing_library_is_said_in_one_sentence(tmp_path):
    run = python("import ferm; ferm.Model", FERM_LIBRARY=str(tmp_path / "libferm.so"))
    last = run.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: ferm needs libferm.so") and "make libferm" in last and "FERM_LIBRARY" in last
    assert "During handling" not in run.stderr
