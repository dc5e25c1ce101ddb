"""The package as its users see it: the shipped model, real pictures, real threads."""
import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy
import pytest

import ferm

root = Path(__file__).resolve().parents[3]

model_path = root / "models/default.ferm"
labels = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]


@pytest.fixture(scope="module")
def model():
    return ferm.Model(model_path, threads=2)


def python(program, *words):
    """Runs a program of its own, which finds the package."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), *words],
        capture_output=True, text=True, timeout=300,
    )


def faces(count, seed=0, shape=(48, 48)):
    return list(numpy.random.default_rng(seed).integers(0, 256, (count, *shape), numpy.uint8))


def inputs(model, count, seed=0):
    return numpy.random.default_rng(seed).random((count, *model.input_shape), numpy.float32)


def test_a_model_tells_its_name_labels_and_input(model):
    assert model.labels == labels
    assert len(model.input_shape) == 3
    assert model.name in repr(model)
    assert ferm.__version__ == (root / "VERSION").read_text().strip()


def test_a_model_loads_from_bytes_and_gives_the_same_logits(model):
    x = inputs(model, 3)
    assert (ferm.Model(model_path.read_bytes(), threads=1).logits(x) == model.logits(x)).all()


def test_predictions_are_probabilities_in_the_order_of_the_images(model):
    answers = model.predict(faces(5))
    assert [a["label"] for a in answers] == [max(a["probs"], key=a["probs"].get) for a in answers]
    for answer in answers:
        assert list(answer["probs"]) == labels
        assert answer["score"] == max(answer["probs"].values())
        assert sum(answer["probs"].values()) == pytest.approx(1, abs=1e-5)
    again = [model.predict([face])[0] for face in faces(5)]
    for one, many in zip(again, answers):
        assert one["probs"] == pytest.approx(many["probs"], abs=1e-4)


def test_views_with_a_stride_read_like_their_copies(model):
    big = faces(1, shape=(100, 200, 3))[0]
    for view in (big[10:60, 20:80], big[::2, ::3], big[:, ::-1], big[..., 0], numpy.asfortranarray(big)):
        assert model.predict([view]) == model.predict([view.copy()])


def test_more_images_than_a_batch_run_in_pieces(model):
    x = inputs(model, 150)
    whole = model.logits(x)
    parts = numpy.concatenate([model.logits(x[i : i + 50]) for i in range(0, 150, 50)])
    assert (whole == parts).all()


def test_a_pinned_batch_gives_the_same_bits_for_any_number_of_images():
    pinned = ferm.Model(model_path, threads=2, batch=16)
    x = inputs(pinned, 40)
    whole = pinned.logits(x)
    assert (numpy.concatenate([pinned.logits(x[i : i + 1]) for i in range(40)]) == whole).all()


def test_no_images_give_no_answers(model):
    assert model.predict([]) == []
    assert model.logits(inputs(model, 0)).shape == (0, 7)


def test_threads_share_a_model_and_get_the_same_bits(model):
    x = inputs(model, 8)
    expected, results = model.logits(x), [None] * 6

    def work(i):
        results[i] = [model.logits(x) for _ in range(20)]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(results))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all((r == expected).all() for result in results for r in result)


def test_the_interpreter_runs_while_the_network_does(model):
    """Another thread makes progress during one long call, which it could not if the lock were held."""
    x, ticks, stop = inputs(model, 3000), [], threading.Event()

    def count():
        while not stop.wait(0.001):
            ticks.append(0)

    thread = threading.Thread(target=count)
    thread.start()
    before = len(ticks)
    model.logits(x)
    during = len(ticks) - before
    stop.set()
    thread.join()
    assert during > 10


FORKED = """
    import ferm, numpy, os, signal, sys, threading
    m = ferm.Model(sys.argv[1], threads=2)
    faces = [numpy.full((48, 48), 9 * i, numpy.uint8) for i in range(20)]
    expected = m.predict(faces)

    def child(body):
        pid = os.fork()
        if pid == 0:
            signal.alarm(20)
            wrong = 1
            try:
                wrong = int(body() != expected)
            finally:
                os._exit(wrong)
        assert os.waitpid(pid, 0)[1] == 0

    def ferm_threads():
        tasks = [open(f"/proc/self/task/{t}/comm").read() for t in os.listdir("/proc/self/task")]
        return tasks.count("ferm\\n")

    def again():
        answers = m.predict(faces)
        assert ferm_threads() >= 1   # made anew, for this process
        return answers

    def grandchild():
        child(again)
        return m.predict(faces)

    stop = threading.Event()
    def work():
        while not stop.is_set():
            m.predict(faces)
    thread = threading.Thread(target=work)
    child(again)
    child(grandchild)
    thread.start()
    for _ in range(20):
        child(again)
    stop.set()
    thread.join()
    assert m.predict(faces) == expected
"""


def test_forked_children_predict_whatever_their_parent_was_doing():
    run = python(FORKED, str(model_path))
    assert run.returncode == 0, run.stderr


POOL = """
    import ferm, multiprocessing, numpy, sys
    m = ferm.Model(sys.argv[1])
    face = numpy.full((48, 48), 7, numpy.uint8)
    def work(i): return m.predict([face])
    if __name__ == "__main__":
        before = m.predict([face])
        with multiprocessing.get_context("fork").Pool(2) as pool:
            assert pool.map_async(work, range(6)).get(timeout=60) == [before] * 6
"""


def test_a_pool_of_forked_processes_shares_a_model_of_its_parent():
    run = python(POOL, str(model_path))
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(
    "image, words",
    [
        (numpy.zeros((4, 4), numpy.float32), "uint8"),
        (numpy.zeros((4, 4, 4), numpy.uint8), "H x W x 3"),
        (numpy.zeros(16, numpy.uint8), "H x W"),
        (numpy.zeros((0, 4), numpy.uint8), "no pixels"),
    ],
)
def test_odd_images_are_refused_by_number_and_reason(model, image, words):
    with pytest.raises(ValueError, match=f"image 1 .*{words}"):
        model.predict([numpy.zeros((4, 4), numpy.uint8), image])


def test_an_image_beyond_the_limits_is_refused(model):
    with pytest.raises(ferm.FermError, match="65535"):
        model.predict([numpy.zeros((1, 70000), numpy.uint8)])


def test_an_input_of_another_shape_is_refused(model):
    with pytest.raises(ValueError, match="shape"):
        model.logits(numpy.zeros((2, 1, 10, 10), numpy.float32))


@pytest.mark.parametrize("source", [b"", b"no model", model_path.read_bytes()[:-9], bytes(100)])
def test_bytes_that_are_no_model_raise_a_sentence(source):
    with pytest.raises(ferm.FermError) as caught:
        ferm.Model(source)
    assert 1 <= caught.value.code <= 11 and str(caught.value).count("\n") == 0 and len(str(caught.value)) > 20


def test_a_missing_file_is_named():
    with pytest.raises(ferm.FermError, match="/no/such.ferm") as caught:
        ferm.Model("/no/such.ferm")
    assert caught.value.code == 1


@pytest.mark.parametrize("threads", [-1, 257])
def test_a_wrong_number_of_threads_is_refused(threads):
    with pytest.raises(ferm.FermError, match="0 to 256"):
        ferm.Model(model_path, threads=threads)


def test_everything_works_without_numpy():
    program = """
        import sys
        sys.modules["numpy"] = None
        import array, ferm
        m = ferm.Model(sys.argv[1], threads=1)
        grey = memoryview(bytes(range(48)) * 48).cast("B", (48, 48))
        answer, = m.predict([grey])
        c, h, w = m.input_shape
        x = memoryview(array.array("f", [0.5] * (2 * c * h * w))).cast("B").cast("f", (2, c, h, w))
        rows = m.logits(x)
        assert len(rows) == 2 and rows[0] == rows[1] and len(rows[0]) == 7
        print(answer["label"])
    """
    run = python(program, str(model_path))
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() in labels


def test_the_example_classifies_the_portrait():
    run = subprocess.run(
        [sys.executable, str(root / "Examples/python/classify.py"), str(model_path),
         str(root / "Examples/faces/astronaut-colour.png")],
        capture_output=True, text=True,
    )
    assert run.returncode == 0, run.stderr
    path, label, score = run.stdout.split()
    assert label == "happy" and float(score) > 0.8


def test_logits_that_are_not_finite_are_an_error_that_names_the_image(model):
    x = inputs(model, 5)
    x[3, 0, 2, 2] = numpy.nan
    with pytest.raises(ferm.FermError, match="input of image 3") as caught:
        model.logits(x)
    assert caught.value.code == 102
    x[3] = 3e38  # finite, but what the network makes of it is not
    with pytest.raises(ferm.FermError, match="logits of image 3.* not finite") as caught:
        model.logits(x)
    assert caught.value.code == 102


def test_an_image_without_finite_logits_is_an_error_that_counts_all_images():
    sys.path.insert(0, str(root / "spec/conformance"))
    from builder import Model

    m = Model((1, 2, 2), ["a", "b"])
    m.scale, m.offset = [1.0], [0.0]
    m.tensor("w", [2, 4], [3e38] * 8)
    m.node("flatten")
    m.node("linear", weight="w")
    model = ferm.Model(m.encoded()[0], threads=1)
    images = [numpy.zeros((2, 2), numpy.uint8)] * 130
    assert model.predict(images)[0]["score"] == 0.5
    images[100] = images[0] + 255
    with pytest.raises(ferm.FermError, match="logits of image 100,") as caught:
        model.predict(images)
    assert caught.value.code == 102
