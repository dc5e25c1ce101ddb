"""Labels the faces of photos in a Ray cluster: Parquet with a row for each face.

Usage: ray_faces.py PHOTOS ROWS [MODEL.ferm]     PHOTOS and ROWS are folders or URLs (s3://bucket/photos); the model's path is the workers'

On a cluster, RAY_ADDRESS names it; elsewhere Ray starts on this machine.
"""
import sys

import fsspec
import ray
from ferm.ray import Predictor

ray.init()
store, folder = fsspec.core.url_to_fs(sys.argv[1])
paths = [store.unstrip_protocol(path) for path in store.find(folder) if path.lower().endswith((".jpg", ".jpeg", ".png", ".webp"))]
# Writers need a share of the processors, too: without one they would wait for the labellers.
rows = ray.data.from_items([{"path": path} for path in paths]).map_batches(
    Predictor, fn_constructor_kwargs={"model": (sys.argv[3:] or [None])[0], "detector": True}, batch_size=16, num_cpus=0.8,
    compute=ray.data.ActorPoolStrategy(size=int(ray.cluster_resources()["CPU"])))
rows.write_parquet(sys.argv[2], ray_remote_args={"num_cpus": 0.2})
