"""Labels for the pictures of a Ray dataset.

    import ray
    from ferm.ray import Predictor
    paths = ray.data.from_items([{"path": path} for path in glob.glob("photos/*.jpg")])      # or URLs: s3://faces/1.jpg
    rows = paths.map_batches(Predictor, fn_constructor_kwargs={"model": "model.ferm"}, batch_size=256, num_cpus=1,
                             compute=ray.data.ActorPoolStrategy(size=8))
    rows.write_parquet("rows/")

A row has path, ok, error, label, score and probabilities; a picture that cannot be used is a row with ok = false and the reason.
"""
from __future__ import annotations

from typing import Any, Mapping

from ._rows import DetectorSource, engine, labeller, pairs, settings, table
from ._types import Precision, Source

_PACKAGE = "ray[data]"


class Predictor:
    """What `Dataset.map_batches` runs in actors: one model each, which is loaded when the actor starts.

    model      a .ferm file's path on the workers, or its bytes; None for the package's own
    detector   True, or a detector's file or bytes: the pictures are photos, and each of their faces gives a row, with its number `face`
               of `faces`, `face_score` and `box`. False: each picture is a crop of one face
    precision  as `ferm.Model` has it
    threads    of a call. An actor with num_cpus=1 has one processor, so more would be others'
    min_score  as `Detector.detect` has it
    picture    the column with files' bytes or with arrays, such as read_binary_files and read_images give; None to read the paths, which for
               small files is much faster
    path       the column that says which picture a row is of
    """

    def __init__(
        self, model: Source | None = None, detector: DetectorSource = False, *, precision: Precision = "exact", threads: int = 1,
        min_score: float | None = None, picture: str | None = None, path: str = "path",
    ) -> None:
        engine("ray", _PACKAGE)
        self._labeller = labeller(settings(model, detector, precision, threads, min_score))
        self._with_faces, self._picture, self._path = detector is not False, picture, path

    def __call__(self, batch: Mapping[str, Any]) -> Any:
        """A table of Arrow's with the rows of a batch of numpy arrays."""
        pictures = None if self._picture is None else batch[self._picture]
        return table(self._labeller.rows(pairs(batch[self._path], pictures)), self._with_faces, _PACKAGE)
