"""ferm.ray in Ray itself. Debian's Python has no Ray: make check-engines makes one that has it."""
import pytest

ray = pytest.importorskip("ray", reason="Ray is not installed; make check-engines tries it")
import engines  # noqa: E402

from ferm.ray import Predictor  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def cluster():
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return engines.pictures(tmp_path_factory.mktemp("pictures"))


def rows(folder, predictor, batch_size=16, **options):
    pictures = ray.data.read_binary_files(str(folder), include_paths=True, num_cpus=0.2)
    return pictures.map_batches(predictor, fn_constructor_kwargs=options, batch_size=batch_size, num_cpus=0.8,
                                compute=ray.data.ActorPoolStrategy(size=2))


class Mortal(Predictor):
    def __init__(self, mark):
        super().__init__(picture="bytes")
        self.mark = mark

    def __call__(self, batch):
        for path in batch["path"]:
            engines.die_at(path, self.mark)
        return super().__call__(batch)


def test_rows_are_those_of_the_package_and_bad_pictures_are_among_them(paths):
    engines.check(rows(paths[0].parent, Predictor, picture="bytes").take_all(), paths)


def test_paths_and_urls_are_read_by_the_actors(paths):
    named = ray.data.from_items([{"path": str(path) if i % 2 else f"file:{path}"} for i, path in enumerate(paths)])
    labels = named.map_batches(Predictor, batch_size=16, num_cpus=0.8, compute=ray.data.ActorPoolStrategy(size=2))
    engines.check(labels.take_all(), paths)


def test_a_worker_that_is_killed_loses_nothing(paths, tmp_path):
    mark = tmp_path / "killed"
    engines.check(rows(paths[0].parent, Mortal, 4, mark=str(mark)).take_all(), paths)
    assert mark.exists()


def test_each_face_of_a_photo_gives_a_row(tmp_path):
    folder, model, finder = engines.photos(tmp_path)
    engines.check_faces(rows(folder, Predictor, picture="bytes", model=model, detector=str(finder)).take_all(), folder)


def test_arrays_are_pictures_too(paths):
    sound = [str(path) for path in paths if path.name.startswith("face-0") and path.suffix == ".png"]
    seen = ray.data.read_images(sound, include_paths=True, num_cpus=0.2)
    labels = seen.map_batches(Predictor, fn_constructor_kwargs={"picture": "image"}, num_cpus=0.8, compute=ray.data.ActorPoolStrategy(size=1))
    engines.check(labels.take_all(), [path for path in paths if str(path) in sound])


def test_a_model_that_is_not_there_ends_the_run_in_its_sentence(paths):
    with pytest.raises(Exception, match="nowhere.ferm"):
        rows(paths[0].parent, Predictor, model="/nowhere.ferm").take_all()


@pytest.mark.skipif(not (engines.root / "models/face.ferm").exists(), reason="models/face.ferm is not there: make detector")
def test_the_example_labels_a_folder_of_photos(tmp_path):
    engines.check_example(engines.example("ray_faces.py", engines.root / "Examples/photos", tmp_path / "rows"))
