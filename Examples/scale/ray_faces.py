"""Labels the faces of photos in a Ray cluster: Parquet with a row for each face.

Usage: ray_faces.py PHOTOS ROWS [MODEL.ferm]     PHOTOS and ROWS are folders or URLs (s3://bucket/photos); the model's path is the workers'

On a cluster, RAY_ADDRESS names it; elsewhere Ray starts on this machine.
"""
import sys

import ray
from ferm.ray import Predictor

ray.init()
workers = int(ray.cluster_resources()["CPU"])
# Readers and writers need a share of the processors, too: without one they would wait for the labellers, and these for them.
photos = ray.data.read_binary_files(sys.argv[1], include_paths=True, file_extensions=["jpg", "jpeg", "png", "webp"], num_cpus=0.1)
rows = photos.map_batches(
    Predictor, fn_constructor_kwargs={"model": (sys.argv[3:] or [None])[0], "detector": True}, batch_size=16, num_cpus=0.8,
    compute=ray.data.ActorPoolStrategy(size=workers))
rows.write_parquet(sys.argv[2], ray_remote_args={"num_cpus": 0.1})
