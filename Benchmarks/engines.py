#!/usr/bin/env python3
"""How fast Ray, Spark or Dask label pictures, beside fer-infer in turn with them, and whether their rows are fer-infer's.

    make build libferm check-engines
    build/engines/bin/python Benchmarks/engines.py FOLDER dask      # or spark, ray, ray-memory, which keeps its rows

FOLDER has five or more folders of crops of faces, some thousands together. The time after start-up is that of all of them less that of the
first fifth of the folders.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

root = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(root / "Bindings/python"))
os.environ.setdefault("FERM_LIBRARY", str(root / "build/lib/libferm.so"))
os.environ["PYTHONPATH"] = str(root / "Bindings/python")
os.environ["PYSPARK_PYTHON"] = sys.executable
model = str(root / "models/default.ferm")


def ray(out, keeps):
    import ray
    from ferm.ray import Predictor
    ray.init(include_dashboard=False, num_cpus=2, log_to_driver=False, logging_level="ERROR")
    ray.data.DataContext.get_current().enable_progress_bars = False

    def run(paths):
        rows = ray.data.from_items([{"path": path} for path in paths], override_num_blocks=20).map_batches(
            Predictor, fn_constructor_kwargs={"model": model}, batch_size=256, num_cpus=0.8, compute=ray.data.ActorPoolStrategy(size=2))
        if keeps:
            return rows.materialize().take_all()
        rows.write_parquet(out, ray_remote_args={"num_cpus": 0.2})
    return run


def spark(out):
    from ferm.spark import predict_udf
    from pyspark.sql import SparkSession
    session = (SparkSession.builder.master("local[2,4]").config("spark.ui.enabled", "false")
               .config("spark.sql.execution.arrow.maxRecordsPerBatch", "256").config("spark.sql.files.openCostInBytes", "16384").getOrCreate())
    session.sparkContext.setLogLevel("ERROR")

    def run(paths):
        # Of folders, as people name them: a list of files takes Spark a job of its own.
        folders = sorted({os.path.dirname(path) for path in paths})
        pictures = session.read.format("binaryFile").load(folders).select("path", "content")
        pictures.mapInPandas(*predict_udf(model)).write.mode("overwrite").parquet(out)
    return run


def dask(out):
    import dask.dataframe
    import distributed
    import pandas
    from ferm.dask import predict
    distributed.Client(distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None))

    def run(paths):
        frame = dask.dataframe.from_pandas(pandas.DataFrame({"path": paths}), chunksize=256)
        predict(frame, model).to_parquet(out, write_index=False)
    return run


def rows_of(out):
    import pyarrow.parquet
    return pyarrow.parquet.read_table(out).to_pylist()


def main():
    engines = {"ray": lambda out: ray(out, False), "ray-memory": lambda out: ray(out, True), "spark": spark, "dask": dask}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("engine", choices=engines)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    paths = sorted(str(path) for path in options.folder.resolve().rglob("*") if path.is_file())
    folders = sorted({os.path.dirname(path) for path in paths})
    first = [path for path in paths if os.path.dirname(path) in folders[:max(1, len(folders) // 5)]]
    with tempfile.TemporaryDirectory() as folder:
        out, records = f"{folder}/rows", f"{folder}/records.jsonl"
        run = engines[options.engine](out)

        def timed(work):
            shutil.rmtree(out, ignore_errors=True)
            start = time.monotonic()
            return work(), time.monotonic() - start

        run(first)
        times = []
        for _ in range(options.rounds):
            few = timed(lambda: run(first))[1]
            rows, all_of_them = timed(lambda: run(paths))
            rows = rows or rows_of(out)
            alone = timed(lambda: subprocess.run([root / ".build/release/fer-infer", model, options.folder.resolve(), "--crops", "--quiet", "-o",
                                                  records], check=True))[1]
            times.append(((len(paths) - len(first)) / (all_of_them - few), len(paths) / all_of_them, len(paths) / alone))
        found = {row["path"].removeprefix("file:"): row for row in rows}
        expected = [json.loads(line) for line in open(records)]
    assert len(found) == len(rows) == len(expected) == len(paths), "some pictures have no row, or several"
    worst = 0.0
    for record in expected:
        row = found[record["path"]]
        assert (row["ok"], row["label"]) == (record["ok"], record["label"]), record["path"]
        worst = max(worst, *(abs(a - b) for a, b in zip(row["probabilities"], record["probs"].values())))
    after, with_start, alone = (statistics.median(column) for column in zip(*times))
    ratio = statistics.median(after / alone for after, _, alone in times)
    print(f"{options.engine}: {after:.0f} images/s after start-up, {with_start:.0f} with it; fer-infer {alone:.0f}: {ratio:.2f} of it "
          f"(rounds: {', '.join(f'{after / alone:.2f}' for after, _, alone in times)}); {len(rows)} rows, all labels fer-infer's, "
          f"probabilities within {worst:.1e}")


if __name__ == "__main__":
    main()
