"""ferm.dask in Dask itself. Debian's Python has no Dask: make check-engines makes one that has it."""
import pytest

dask = pytest.importorskip("dask", reason="Dask is not installed; make check-engines tries it")
distributed = pytest.importorskip("distributed", reason="Dask's distributed is not installed; make check-engines tries it")
import dask.bag  # noqa: E402
import dask.dataframe  # noqa: E402
import engines  # noqa: E402
import pandas  # noqa: E402
import pyarrow  # noqa: E402

from ferm.dask import predict  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def cluster():
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, distributed.Client(cluster) as client:
        yield client


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return engines.pictures(tmp_path_factory.mktemp("pictures"))


def names(paths):
    return [str(path) for path in paths]


def records(frame):
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def mortal(items, mark):
    for item in items:
        engines.die_at(item, mark)
        yield item


def test_a_bag_of_paths_gives_the_rows_of_the_package_and_bad_pictures_are_among_them(paths):
    engines.check(predict(dask.bag.from_sequence(names(paths), npartitions=4)).compute(), paths)


def test_a_bag_of_bytes_and_urls_is_as_good(paths):
    pairs = [(str(path), path.read_bytes()) for path in paths]
    engines.check(predict(dask.bag.from_sequence(pairs, npartitions=4)).compute(), paths)
    engines.check(predict(dask.bag.from_sequence([f"file:{path}" for path in paths], npartitions=4)).compute(), paths)


@pytest.mark.parametrize("column", [None, "content"])
def test_a_data_frame_gives_a_data_frame_of_the_same_types_everywhere(paths, column):
    contents = pandas.array([path.read_bytes() for path in paths], dtype=pandas.ArrowDtype(pyarrow.binary()))
    frame = pandas.DataFrame({"path": names(paths), "content": contents})
    made = predict(dask.dataframe.from_pandas(frame, npartitions=4), picture=column)
    assert dict(made.dtypes) == dict(made.compute().dtypes)
    engines.check(records(made.compute()), paths)


def test_a_worker_that_is_killed_loses_nothing(paths, tmp_path):
    mark = tmp_path / "killed"
    bag = dask.bag.from_sequence(names(paths), npartitions=8).map_partitions(mortal, str(mark))
    engines.check(predict(bag).compute(), paths)
    assert mark.exists()


def test_each_face_of_a_photo_gives_a_row(tmp_path):
    folder, model, finder = engines.photos(tmp_path)
    found = sorted(map(str, folder.iterdir()))
    engines.check_faces(predict(dask.bag.from_sequence(found), model, finder).compute(), folder)


def test_a_picture_that_is_not_there_is_a_row(paths):
    (row,) = predict(dask.bag.from_sequence(["/nowhere.jpg"])).compute()
    assert not row["ok"] and "/nowhere.jpg" in row["error"]


def test_what_is_no_collection_is_refused():
    with pytest.raises(TypeError, match="dask.bag.from_sequence"):
        predict(["a.jpg"])


@pytest.mark.skipif(not (engines.root / "models/face.ferm").exists(), reason="models/face.ferm is not there: make detector")
def test_the_example_labels_a_folder_of_photos(tmp_path):
    engines.check_example(engines.example("dask_faces.py", engines.root / "Examples/photos", tmp_path / "rows"))
