"""Labels the faces of photos in a Dask cluster: Parquet with a row for each face.

Usage: dask_faces.py PHOTOS ROWS [MODEL.ferm]     PHOTOS and ROWS are folders or URLs that fsspec knows (s3://bucket/photos)

DASK_SCHEDULER_ADDRESS names a cluster's scheduler; without it, processes on this machine do the work.
"""
import sys

import dask.dataframe
import fsspec
import pandas
from distributed import Client
from ferm.dask import predict

if __name__ == "__main__":
    with Client() as client:
        store, folder = fsspec.core.url_to_fs(sys.argv[1])
        paths = [store.unstrip_protocol(path) for path in store.find(folder) if path.lower().endswith((".jpg", ".jpeg", ".png", ".webp"))]
        photos = dask.dataframe.from_pandas(pandas.DataFrame({"path": paths}), chunksize=256, sort=False)
        predict(photos, (sys.argv[3:] or [None])[0], detector=True).to_parquet(sys.argv[2], write_index=False)
