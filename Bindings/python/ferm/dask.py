"""Labels for the pictures of a Dask bag or data frame.

    import dask.bag
    from ferm.dask import predict
    paths = dask.bag.from_sequence(glob.glob("photos/*.jpg"), partition_size=256)      # or URLs: s3://faces/1.jpg
    predict(paths, "model.ferm").to_dataframe()

A row has path, ok, error, label, score and probabilities; a picture that cannot be used is a row with ok = false and the reason.
"""
from __future__ import annotations

from typing import Any, Iterable, TypeVar, cast

from ._rows import DetectorSource, File, Row, Settings, engine, labeller, pairs, settings, table
from ._types import Precision, Source

_PACKAGE = "dask[dataframe]"
#: A bag or a data frame of Dask's.
Collection = TypeVar("Collection")


def predict(
    collection: Collection, model: Source | None = None, detector: DetectorSource = False, *, precision: Precision = "exact",
    threads: int = 1, min_score: float | None = None, picture: str | None = None, path: str = "path",
) -> Collection:
    """The rows: of a bag a bag of dicts, of a data frame a data frame.

    collection  a bag of paths or URLs, which fsspec reads on the workers, or of pairs (path, a file's bytes or an array); or a data frame
    model       a .ferm file's path on the workers, or its bytes, which travel to each of them once; None for the package's own. A worker
                process loads it once and keeps it
    detector    True, or a detector's file as `model` has it: the pictures are photos, and each of their faces gives a row, with its number
                `face` of `faces`, `face_score` and `box`. False: each picture is a crop of one face
    precision   as `ferm.Model` has it
    threads     of a call; a worker process makes as many calls at once as Dask gives it threads
    min_score   as `Detector.detect` has it
    picture     of a data frame: the column with files' bytes; None to read the paths
    path        of a data frame: the column that says which picture a row is of
    """
    dask = engine("dask", _PACKAGE)
    made = dask.delayed(settings(model, detector, precision, threads, min_score), pure=True, traverse=False)
    mapped = getattr(collection, "map_partitions", None)
    if mapped is None:
        raise TypeError(f"predict takes a bag or a data frame of Dask's, not {type(collection).__name__}; make one with dask.bag.from_sequence")
    if not hasattr(collection, "columns"):
        return cast(Collection, mapped(_of_bag, made))
    return cast(Collection, mapped(_of_frame, made, picture, path, meta=_frame([], detector is not False)))


def _of_bag(items: Iterable[Any], made: Settings) -> list[Row]:
    return list(labeller(made).rows((item, File(item)) if isinstance(item, str) else item for item in items))


def _of_frame(frame: Any, made: Settings, picture: str | None, path: str) -> Any:
    pictures = None if picture is None else frame[picture]
    return _frame(labeller(made).rows(pairs(frame[path], pictures)), made.detector is not None)


def _frame(rows: Iterable[Row], with_faces: bool) -> Any:
    """Of Arrow's types, so that partitions agree even where one has no labels."""
    pandas = engine("pandas", _PACKAGE)
    return table(rows, with_faces, _PACKAGE).to_pandas(types_mapper=pandas.ArrowDtype)
