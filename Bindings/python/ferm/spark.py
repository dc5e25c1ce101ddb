"""Labels for the pictures of a Spark data frame.

    from ferm.spark import predict_udf
    pictures = spark.read.format("binaryFile").option("recursiveFileLookup", True).option("pathGlobFilter", "*.{jpg,png}").load("photos/")
    rows = pictures.select("path", "content").mapInPandas(*predict_udf("model.ferm"))
    rows.write.parquet("rows/")

A row has path, ok, error, label, score and probabilities; a picture that cannot be used is a row with ok = false and the reason.
Set spark.sql.execution.arrow.maxRecordsPerBatch to some hundred: of its usual 10,000, a worker would have all files in memory at once.
"""
from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Iterable, Iterator

from ._rows import DetectorSource, Settings, engine, labeller, pairs, settings, table
from ._types import Precision, Source

if TYPE_CHECKING:
    import pandas

_PACKAGE = "pyspark[sql]"
_SCHEMA = "path string, ok boolean, error string, label string, score float, probabilities array<float>"
_FACES = ", face int, faces int, face_score float, box array<double>"


def predict_udf(
    model: Source | None = None, detector: DetectorSource = False, *, precision: Precision = "exact", threads: int = 1,
    min_score: float | None = None, picture: str = "content", path: str = "path",
) -> tuple[Callable[[Iterable[pandas.DataFrame]], Iterator[pandas.DataFrame]], str]:
    """The function and the schema that `DataFrame.mapInPandas` takes.

    model      a .ferm file's path on the workers, the bare name under which SparkContext.addFile sent it (./NAME is a file of this folder),
               or its bytes; None for the package's own. A worker process loads it once and keeps it
    detector   True, or a detector's file as `model` has it: the pictures are photos, and each of their faces gives a row, with its number
               `face` of `faces`, `face_score` and `box`. False: each picture is a crop of one face
    precision  as `ferm.Model` has it
    threads    of a worker process. Spark runs as many processes as it has cores, so more would be others'
    min_score  as `Detector.detect` has it
    picture    the column with files' bytes
    path       the column that says which picture a row is of
    """
    engine("pyspark", _PACKAGE)
    made = settings(model, detector, precision, threads, min_score, place=lambda name: name if _is_sent(name) else os.path.abspath(name))
    schema = _SCHEMA if detector is False else _SCHEMA + _FACES
    return partial(_predict, made=made, picture=picture, path=path), schema


def _predict(frames: Iterable[pandas.DataFrame], made: Settings, picture: str, path: str) -> Iterator[pandas.DataFrame]:
    here = made._replace(model=_found(made.model), detector=_found(made.detector))
    for frame in frames:
        rows = labeller(here).rows(pairs(frame[path], frame[picture]))
        yield table(rows, made.detector is not None, _PACKAGE).to_pandas()


def _is_sent(source: Any) -> bool:
    """Whether this is the name of a file that Spark sends to its workers."""
    return isinstance(source, str) and source != "" and not os.path.dirname(source)


def _found(source: Any) -> Any:
    """The same where the worker has it."""
    if not _is_sent(source):
        return source
    from pyspark import SparkFiles

    place = SparkFiles.get(source)
    if not os.path.exists(place):
        raise FileNotFoundError(f"Spark has sent no file {source} to its workers: call sc.addFile(PATH) first, or pass a path with a slash in it")
    return place
