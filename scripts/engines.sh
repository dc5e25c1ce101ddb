#!/usr/bin/env bash
# The Python package in Ray, Spark and Dask: a Python environment with all of them in build/engines (1.5 GB, made once), the tests in it, and
# the hints where the engines are known. Needs an index of Python packages, and Java for Spark. Usage: scripts/engines.sh (after make libferm)
set -euo pipefail
cd "$(dirname "$0")/.."
python=build/engines/bin/python
wanted=Bindings/python/tests/engines.txt

if ! cmp -s "$wanted" build/engines/made-of.txt; then
  rm -rf build/engines
  if ! "${PYTHON:-/usr/bin/python3}" -m venv build/engines; then
    rm -rf build/engines
    echo "Skipped: Ray, Spark and Dask: it takes python3-venv"
    exit
  fi
  if ! "$python" -m pip install -q --disable-pip-version-check --retries 1 --timeout 20 -r "$wanted" 2> build/engines.log; then
    rm -rf build/engines
    echo "Skipped: Ray, Spark and Dask: pip cannot install them ($(tail -n 1 build/engines.log))"
    exit
  fi
  cp "$wanted" build/engines/made-of.txt
fi
(cd Bindings/python && ../../"$python" -m mypy)
FERM_LIBRARY=$PWD/build/lib/libferm.so "$python" -m pytest -q -rs -p no:cacheprovider Bindings/python/tests/test_rows.py \
  Bindings/python/tests/test_ray.py Bindings/python/tests/test_spark.py Bindings/python/tests/test_dask.py
