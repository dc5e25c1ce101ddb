#!/usr/bin/env python3
"""How fast several processes train one network, beside one process with as many threads: seconds of an epoch, in turn.

    make MPI=1
    python3 Benchmarks/ranks.py fer2013 --ranks 2 --threads 2 --shards 4 --limit 6400

One thread a process: --threads are shared out. The bytes of both runs are compared as well. --whole times a batch that is not cut, too.
"""
import argparse
import csv
import hashlib
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

root = Path(__file__).resolve().parents[1]
free = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1",
        "OMPI_MCA_btl_vader_single_copy_mechanism": "none", "OMPI_MCA_hwloc_base_binding_policy": "none"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2, help="of all processes together")
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument("--limit", type=int, default=6400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--whole", action="store_true")
    options, more = parser.parse_known_args()
    more = more or ["--network", "vgg-s", "--width", "0.25", "--sizes", "32"]
    kinds = {"one process": (1, options.shards), f"{options.ranks} processes": (options.ranks, options.shards)}
    if options.whole:
        kinds["one process, whole batches"] = (1, 1)
    seconds = {name: [] for name in kinds}
    digests = {}
    with tempfile.TemporaryDirectory() as folder:
        for round in range(options.rounds):
            for name, (ranks, shards) in kinds.items():
                run = Path(folder) / f"{round}-{ranks}-{shards}"
                launcher = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
                subprocess.run([*launcher, root / ".build/release/fer-train", "--data", options.data, "--val", "none", "--epochs", "3", "--shards",
                                str(shards), "--limit", str(options.limit), "--threads", str(options.threads // ranks), "--out", run, "--quiet",
                                *more], check=True, env=os.environ | free)
                # The first epoch has the page faults.
                seconds[name] += [float(row["seconds"]) for row in csv.DictReader(open(run / "results.csv"))][1:]
                digests.setdefault(shards, set()).add(hashlib.sha256((run / "last.ferm").read_bytes()).hexdigest())
    for name, times in seconds.items():
        print(f"{name}: {statistics.median(times):.2f} s an epoch ({min(times):.2f} to {max(times):.2f})")
    one, several, *whole = (statistics.median(times) for times in seconds.values())
    print(f"throughput of {options.ranks} processes: {one / several:.3f} of one process's")
    if whole:
        print(f"throughput of {options.shards} shards: {whole[0] / one:.3f} of whole batches'")
    print("the same bytes" if all(len(found) == 1 for found in digests.values()) else "DIFFERENT BYTES")


main()
