#!/usr/bin/env python3
"""Times the network of arXiv 2105.03588 in ferm, PyTorch, ONNX Runtime and OpenVINO, in turn in one process.

    python3 -m venv peers && peers/bin/pip install numpy torch onnx onnxscript onnxruntime openvino nncf
    make build libferm && peers/bin/python Benchmarks/peers.py WORK [BATCH ...] [--clients N]

The weights are random, as speed does not depend on them; WORK keeps the networks in each peer's form. Prints for each batch size the
faces a second of every program (median of the rounds, each of which runs all of them), and its largest error against PyTorch
in fp32, as a share of the largest logit; for ferm's fast precision also the error against its exact one.
With --clients, N clients at once ask for one face after the other, each as soon as it has its answer: OpenVINO with its hint
THROUGHPUT and a queue of N requests, ferm with a thread and a session of one thread for each. Prints the faces a second of all
together, and the median and the 99th percentile of what one of them waits.
Close everything else first: the load that is printed should be near 0.
"""
import argparse
import os
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

THREADS, ROUNDS, LEAST_SECONDS = int(os.environ.get("THREADS", 2)), 11, 0.2
CLIENT_ROUNDS, CLIENT_SECONDS = 5, 2.0
#: ferm's models, and with what it multiplies.
FERM = {"ferm": ("vgg.ferm", "exact"), "ferm, int8 weights": ("vgg-int8.ferm", "exact"),
        "ferm fast": ("vgg.ferm", "fast"), "ferm fast, int8 weights": ("vgg-int8.ferm", "fast")}
os.environ["OMP_NUM_THREADS"] = str(THREADS)
root = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(root / "Bindings/python"))
os.environ.setdefault("FERM_LIBRARY", str(root / "build/lib/libferm.so"))

import ferm
import numpy as np
import onnxruntime
import openvino
import torch
from torch import nn


class VGG(nn.Module):
    """The network, with the names of its checkpoints: `[N, 1, 40, 40]` -> `[N, 7]`."""

    def __init__(self):
        super().__init__()
        before = 1
        for block, width in enumerate((64, 128, 256, 512), 1):
            for half in "ab":
                self.add_module(f"conv{block}{half}", nn.Conv2d(before, width, 3, padding=1))
                self.add_module(f"bn{block}{half}", nn.BatchNorm2d(width))
                before = width
        self.lin1, self.lin2, self.lin3 = nn.Linear(2048, 4096), nn.Linear(4096, 4096), nn.Linear(4096, 7)

    def forward(self, x):
        for block in range(1, 5):
            for half in "ab":
                x = self.get_submodule(f"bn{block}{half}")(self.get_submodule(f"conv{block}{half}")(x)).relu()
            x = nn.functional.max_pool2d(x, 2)
        return self.lin3(self.lin2(self.lin1(x.flatten(1)).relu()).relu())


def networks(work):
    """PyTorch's network, and where the files for the others lie."""
    torch.manual_seed(0)
    network = VGG().eval()
    places = {name: str(work / name) for name in ("vgg.pt", "vgg.ferm", "vgg-int8.ferm", "vgg.onnx", "vgg-int8.onnx", "vgg-int8.xml")}
    torch.save(network.state_dict(), places["vgg.pt"])
    tool = root / ".build/release/fer-train"
    subprocess.run([tool, "import", places["vgg.pt"], "-o", places["vgg.ferm"], "--network", "vgg"], check=True, capture_output=True)
    subprocess.run([tool, "export", places["vgg.ferm"], "-o", places["vgg-int8.ferm"], "--weights", "int8"], check=True, capture_output=True)
    if not Path(places["vgg-int8.xml"]).exists():
        torch.onnx.export(network, torch.zeros(2, 1, 40, 40), places["vgg.onnx"], input_names=["x"], output_names=["y"],
                          dynamic_axes={"x": {0: "n"}, "y": {0: "n"}}, dynamo=False)
        quantise(places)
    return network, places


def quantise(places):
    """ONNX Runtime's static quantisation and OpenVINO's by NNCF, both calibrated on 64 inputs."""
    import nncf
    from onnxruntime import quantization

    numbers = np.random.default_rng(1)
    inputs = [{"x": numbers.random((1, 1, 40, 40), dtype=np.float32)} for _ in range(64)]

    class Reader(quantization.CalibrationDataReader):
        rest = iter(inputs)

        def get_next(self):
            return next(self.rest, None)

    quantization.quantize_static(places["vgg.onnx"], places["vgg-int8.onnx"], Reader(), per_channel=True,
                                 quant_format=quantization.QuantFormat.QDQ, weight_type=quantization.QuantType.QInt8)
    model = openvino.Core().read_model(places["vgg.onnx"])
    openvino.save_model(nncf.quantize(model, nncf.Dataset(inputs), preset=nncf.QuantizationPreset.MIXED), places["vgg-int8.xml"])


def programs(network, places):
    """Each program's name, and a function from inputs to logits."""
    torch.set_num_threads(THREADS)
    with torch.inference_mode():
        frozen = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(network, torch.zeros(2, 1, 40, 40))))

    def run_torch(x):
        with torch.inference_mode():
            return frozen(torch.from_numpy(x)).numpy()

    def run_onnx(place):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        # A thread that looks for work while others are timed would slow them down.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        session = onnxruntime.InferenceSession(place, options, providers=["CPUExecutionProvider"])
        return lambda x: session.run(None, {"x": x})[0]

    def run_openvino(place, **precision):
        settings = {"INFERENCE_NUM_THREADS": THREADS, "PERFORMANCE_HINT": "LATENCY", **precision}
        request = openvino.Core().compile_model(place, "CPU", settings).create_infer_request()
        return lambda x: list(request.infer({"x": x}).values())[0]

    return {
        "PyTorch": run_torch,
        "ONNX Runtime": run_onnx(places["vgg.onnx"]),
        "ONNX Runtime int8": run_onnx(places["vgg-int8.onnx"]),
        "OpenVINO": run_openvino(places["vgg.onnx"], INFERENCE_PRECISION_HINT="f32"),
        "OpenVINO bf16": run_openvino(places["vgg.onnx"], INFERENCE_PRECISION_HINT="bf16"),
        "OpenVINO int8": run_openvino(places["vgg-int8.xml"]),
        **{name: ferm.Model(places[file], threads=THREADS, precision=precision).logits for name, (file, precision) in FERM.items()},
    }


def gap(got, wanted):
    """The largest error, as a share of the largest logit."""
    return np.abs(np.asarray(got) - wanted).max() / np.abs(wanted).max()


def queue_of(place, x, clients, **precision):
    """OpenVINO's clients: as soon as a request of the queue is done, it is asked again. Gives the waits of so many seconds."""
    settings = {"INFERENCE_NUM_THREADS": THREADS, "PERFORMANCE_HINT": "THROUGHPUT", **precision}
    model = openvino.Core().read_model(place)
    model.reshape(x.shape)
    compiled = openvino.Core().compile_model(model, "CPU", settings)

    def serve(seconds):
        waits, begun, queue = [], [0.0] * clients, openvino.AsyncInferQueue(compiled, clients)
        queue.set_callback(lambda request, client: waits.append(time.perf_counter() - begun[client]))
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            client = queue.get_idle_request_id()
            begun[client] = time.perf_counter()
            queue.start_async({0: x}, client)
        queue.wait_all()
        return waits

    return serve


def threads_of(model, x, clients):
    """ferm's clients: each has a thread, and with it a session of its own."""

    def serve(seconds):
        waits, ready = [], threading.Barrier(clients)

        def client():
            model.logits(x)  # makes the session
            ready.wait()
            end = time.perf_counter() + seconds
            while (asked := time.perf_counter()) < end:
                model.logits(x)
                waits.append(time.perf_counter() - asked)

        threads = [threading.Thread(target=client) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return waits

    return serve


def time_clients(places, clients):
    """Times the clients of each program, in turn."""
    x = np.random.default_rng(0).random((1, 1, 40, 40), dtype=np.float32)
    servers = {
        "OpenVINO": queue_of(places["vgg.onnx"], x, clients, INFERENCE_PRECISION_HINT="f32"),
        "OpenVINO bf16": queue_of(places["vgg.onnx"], x, clients, INFERENCE_PRECISION_HINT="bf16"),
        "OpenVINO int8": queue_of(places["vgg-int8.xml"], x, clients),
        **{name: threads_of(ferm.Model(places[file], threads=1, batch=1, precision=precision), x, clients)
           for name, (file, precision) in FERM.items()},
    }
    waits = {name: [] for name in servers}
    for _ in range(CLIENT_ROUNDS):
        for name, serve in servers.items():
            waits[name].append(1e3 * np.array(serve(CLIENT_SECONDS)))
    for name, rounds in waits.items():
        rate = statistics.median(len(round) / CLIENT_SECONDS for round in rounds)
        median, most = np.percentile(np.concatenate(rounds), [50, 99])
        print(f"{clients} clients {name:<23} {rate:7.0f} faces a second; a wait is {median:.1f} ms, and 99 % are below {most:.1f} ms")


def main(work, batches, clients):
    work.mkdir(parents=True, exist_ok=True)
    network, places = networks(work)
    print(f"{THREADS} threads, load {os.getloadavg()[0]:.2f}")
    if clients:
        return time_clients(places, clients)
    runs = programs(network, places)
    for batch in batches:
        x = np.random.default_rng(batch).random((batch, 1, 40, 40), dtype=np.float32)
        with torch.inference_mode():
            wanted = network(torch.from_numpy(x)).numpy()
        answers = {name: run(x) for name, run in runs.items()}
        errors = {name: f"{gap(answer, wanted):.1e}" for name, answer in answers.items()}
        for name in errors:
            if " fast" in name:
                errors[name] += f", against exact {gap(answers[name], answers[name.replace(' fast', '')]):.1e}"
        seconds = {name: [] for name in runs}
        for _ in range(ROUNDS):
            for name, run in runs.items():
                run(x)
                count, started = 0, time.perf_counter()
                while (taken := time.perf_counter() - started) < LEAST_SECONDS:
                    run(x)
                    count += 1
                seconds[name].append(taken / count)
        for name in runs:
            print(f"batch {batch:<3} {name:<23} {batch / statistics.median(seconds[name]):7.0f} faces a second, error {errors[name]}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("batch", type=int, nargs="*", default=[1, 8, 64])
    parser.add_argument("--clients", type=int)
    words = parser.parse_args()
    main(words.work, words.batch, words.clients)
