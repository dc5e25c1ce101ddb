"""Labels the faces of photos in a Spark cluster: Parquet with a row for each face.

Usage: spark-submit spark_faces.py PHOTOS ROWS [MODEL.ferm]     PHOTOS and ROWS are folders or URLs that Spark knows (s3a://bucket/photos)

As a plain Python program it runs on all processors of this machine, and tries a failed task four times.
"""
import os
import sys

from ferm.spark import predict_udf
from pyspark.sql import SparkSession

os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
builder = SparkSession.builder.appName("faces")
if "SPARK_ENV_LOADED" not in os.environ:  # which spark-submit sets
    builder = builder.master("local[*,4]")
# A worker has so many files in memory at once; and without the second setting Spark makes a task of each 32 small files.
builder = builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", 64).config("spark.sql.files.openCostInBytes", 65536)
spark = builder.getOrCreate()
model = (sys.argv[3:] or [None])[0]
if model:
    spark.sparkContext.addFile(model)
photos = spark.read.format("binaryFile").option("recursiveFileLookup", True).option("pathGlobFilter", "*.{jpg,jpeg,png,webp}").load(sys.argv[1])
rows = photos.select("path", "content").mapInPandas(*predict_udf(model and os.path.basename(model), detector=True))
rows.write.parquet(sys.argv[2])
spark.stop()
