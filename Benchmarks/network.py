#!/usr/bin/env python3
"""The time of a step over a network of a given rate, beside what the formula of docs/scale.md says. As root, on Linux.

    make MPI=1
    sudo python3 Benchmarks/network.py fer2013 --rates 100,200,400,800        # with Debian's iproute2

Two processes of one thread train on this machine as if it were two: each is in a network of its own (namespaces), and what leaves one for
the other is limited (tc's tbf). How long a step computes is that of the same run without a limit.
"""
import argparse
import csv
import os
import re
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

root = Path(__file__).resolve().parents[1]
addresses = ["10.77.0.1", "10.77.0.2"]
#: Of a rate, what is left to the bytes of messages: Ethernet's, IP's and TCP's headers take the rest.
share = 0.94
options = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_hwloc_base_binding_policy": "none",
    "OMPI_MCA_btl": "tcp,self", "OMPI_MCA_btl_tcp_if_include": "10.77.0.0/24", "OMPI_MCA_oob_tcp_if_include": "10.77.0.0/24",
}


def call(*words):
    subprocess.run(list(map(str, words)), check=True)


def within(place, *words):
    call("ip", "netns", "exec", f"ferm{place}", *words)


class Network:
    """Two namespaces and a cable."""

    def __enter__(self):
        # Those of a run that was killed.
        self.__exit__()
        call("ip", "netns", "add", "ferm0")
        call("ip", "netns", "add", "ferm1")
        call("ip", "link", "add", "cable0", "netns", "ferm0", "type", "veth", "peer", "name", "cable1", "netns", "ferm1")
        for place, address in enumerate(addresses):
            within(place, "ip", "link", "set", "lo", "up")
            within(place, "ip", "link", "set", f"cable{place}", "up")
            within(place, "ip", "addr", "add", f"{address}/24", "dev", f"cable{place}")
        return self

    def __exit__(self, *_):
        for place in (0, 1):
            subprocess.run(["ip", "netns", "del", f"ferm{place}"], stderr=subprocess.DEVNULL, check=False)

    def limit(self, rate):
        for place in (0, 1):
            # A burst smaller than what veth carries whole would cost a timer for each packet, on the processors that compute.
            within(place, "tc", "qdisc", "replace", "dev", f"cable{place}", "root", "tbf", "rate", f"{rate}mbit", "burst", "256kb", "latency", "50ms")

    def sent(self):
        """Bytes that have left the first one."""
        words = ["ip", "netns", "exec", "ferm0", "cat", "/proc/net/dev"]
        line = next(line for line in subprocess.check_output(words, text=True).splitlines() if "cable0" in line)
        return int(line.split(":")[1].split()[8])


def run(network, folder, words):
    """Seconds of a step, the bytes that left a process in one, and the network's parameters."""
    # mpirun reaches the other by a program that stands for ssh.
    agent = folder / "agent"
    agent.write_text('#!/bin/bash\nshift\nexec ip netns exec ferm1 unshare --uts bash -c "hostname ferm1; $*"\n')
    agent.chmod(0o755)
    out = folder / "run"
    train = ["mpirun", "--mca", "plm_rsh_agent", agent, "--host", ",".join(f"{address}:1" for address in addresses), "-n", "2",
             root / ".build/release/fer-train", "--out", out, "--overwrite", *words]
    line = " ".join(shlex.quote(str(word)) for word in train)
    before = network.sent()
    told = subprocess.run(["ip", "netns", "exec", "ferm0", "unshare", "--uts", "bash", "-c", f"hostname ferm0; exec {line}"],
                          env=os.environ | options, stderr=subprocess.PIPE, text=True, check=False)
    if told.returncode:
        raise SystemExit(told.stderr)
    seconds = [float(row["seconds"]) for row in csv.DictReader(open(out / "results.csv"))]
    steps = int(re.search(r"of ([\d,]+) steps?", told.stderr)[1].replace(",", ""))
    parameters = int(re.search(r"([\d,]+) parameters", told.stderr)[1].replace(",", ""))
    # The first epoch has the page faults.
    return statistics.median(seconds[1:]) / steps, (network.sent() - before) / (steps * len(seconds)), parameters


def main():
    # The namespaces go in any case.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--rates", default="100,200,400,800", help="Mbit/s")
    parser.add_argument("--shards", type=int, default=2)
    parser.add_argument("--wire", choices=["fp32", "bf16"], default="fp32")
    given, more = parser.parse_known_args()
    more = more or ["--network", "vgg-s", "--sizes", "32"]
    words = ["--data", given.data.resolve(), "--val", "none", "--epochs", "3", "--limit", "640", "--threads", "1", "--shards", given.shards,
             "--wire", given.wire, *more]
    with Network() as network, tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        compute, _, parameters = run(network, folder, words)
        bytes_of_step = parameters * (4 if given.wire == "fp32" else 2)
        print(f"without a limit: {1000 * compute:.0f} ms a step; {parameters:,} parameters, {bytes_of_step / 1e6:.2f} MB a step by the formula")
        for rate in map(int, given.rates.split(",")):
            network.limit(rate)
            measured, sent, _ = run(network, folder, words)
            travel = bytes_of_step / (share * rate * 1e6 / 8)
            hidden = min(travel, 2 / 3 * compute / (given.shards / 2))
            formula = compute + travel - hidden
            print(f"{rate} Mbit/s: {1000 * measured:.0f} ms a step, {1000 * formula:.0f} ms by the formula ({measured / formula - 1:+.0%}); "
                  f"{sent / 1e6:.2f} MB left a process in one", flush=True)


main()
