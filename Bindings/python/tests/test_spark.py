"""ferm.spark in Spark itself. Debian's Python has no PySpark: make check-engines makes one that has it."""
import shutil
from functools import partial

import pytest

pyspark = pytest.importorskip("pyspark", reason="PySpark is not installed; make check-engines tries it")
if shutil.which("java") is None:
    pytest.skip("Spark takes Java (Debian: openjdk-17-jre-headless)", allow_module_level=True)
import engines  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402

from ferm.spark import predict_udf  # noqa: E402


@pytest.fixture(scope="module")
def spark():
    builder = SparkSession.builder.master("local[2,4]").config("spark.ui.enabled", False)
    # Several tasks, and several frames in each.
    builder = builder.config("spark.sql.files.maxPartitionBytes", 50_000_000).config("spark.sql.execution.arrow.maxRecordsPerBatch", 4)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return engines.pictures(tmp_path_factory.mktemp("pictures"))


def rows(spark, folder, function, schema):
    pictures = spark.read.format("binaryFile").load(str(folder)).select("path", "content")
    return [row.asDict() for row in pictures.mapInPandas(function, schema).collect()]


def mortal(frames, inner, mark):
    def watched():
        for frame in frames:
            for path in frame["path"]:
                engines.die_at(path, mark)
            yield frame

    return inner(watched())


def test_rows_are_those_of_the_package_and_bad_pictures_are_among_them(spark, paths):
    engines.check(rows(spark, paths[0].parent, *predict_udf()), paths)


def test_a_worker_that_is_killed_loses_nothing(spark, paths, tmp_path):
    inner, schema = predict_udf()
    mark = tmp_path / "killed"
    engines.check(rows(spark, paths[0].parent, partial(mortal, inner=inner, mark=str(mark)), schema), paths)
    assert mark.exists()


def test_a_model_is_found_by_the_name_under_which_spark_sent_it(spark, paths):
    spark.sparkContext.addFile(str(engines.root / "models/default.ferm"))
    engines.check(rows(spark, paths[0].parent, *predict_udf("default.ferm")), paths)
    with pytest.raises(Exception, match="call sc.addFile"):
        rows(spark, paths[0].parent, *predict_udf("unsent.ferm"))


def test_each_face_of_a_photo_gives_a_row(spark, tmp_path):
    folder, model, finder = engines.photos(tmp_path)
    engines.check_faces(rows(spark, folder, *predict_udf(model, finder)), folder)


@pytest.mark.skipif(not (engines.root / "models/face.ferm").exists(), reason="models/face.ferm is not there: make detector")
def test_the_example_labels_a_folder_of_photos(tmp_path):
    engines.check_example(engines.example("spark_faces.py", engines.root / "Examples/photos", tmp_path / "rows"))
