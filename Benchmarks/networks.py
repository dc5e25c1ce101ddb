#!/usr/bin/env python3
"""Times EfficientNet-B3, ResNet-18 and MobileNetV2 for small faces in ferm and its peers, in turn in one process.

    python3 -m venv peers && peers/bin/pip install numpy torch timm onnx onnxscript onnxruntime openvino MNN nncf
    make libferm && peers/bin/python Benchmarks/networks.py infer efn|resnet18|mobilenetv2 WORK [BATCH ...]
    make bench && peers/bin/python Benchmarks/networks.py train efn|resnet18|mobilenetv2

`infer` prints for each batch size the faces a second of every program (median of the rounds, each of which runs all of them) and
its largest error against PyTorch, as a share of the largest logit; WORK keeps the networks in each peer's form. `train` prints those
of one training step at batch 64, PyTorch's in this process and ours by ferm-bench, in turn. Weights are random, with the statistics of random
images. Close everything else first: the load that is printed should be near 0.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

THREADS, ROUNDS, SIDE = int(os.environ.get("THREADS", 2)), 9, 48
os.environ["OMP_NUM_THREADS"] = str(THREADS)
root = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(root / "Bindings/python"))
os.environ.setdefault("FERM_LIBRARY", str(root / "build/lib/libferm.so"))

import numpy as np
import timm
import torch
from torch import nn

torch.set_num_threads(THREADS)
NAMES = {"efn": "tf_efficientnet_b3", "resnet18": "resnet18", "mobilenetv2": "mobilenetv2_100"}


def network(name):
    """The network with 7 classes: of three equal planes for efn, of one for the others."""
    torch.manual_seed(0)
    net = timm.create_model(NAMES[name], num_classes=7, in_chans=3 if name == "efn" else 1)
    if name == "resnet18":
        net.conv1, net.maxpool = nn.Conv2d(1, 64, 3, 1, 1, bias=False), nn.Identity()
    for step in range(16):
        with torch.no_grad():
            net.train()(torch.from_numpy(images(name, 32, step + 1)))
    return net.eval()


def images(name, count, seed=0):
    """Random inputs `[count, 1 or 3, SIDE, SIDE]`."""
    planes = np.random.default_rng(seed).random((count, 1, SIDE, SIDE), np.float32)
    return planes.repeat(3, axis=1) if name == "efn" else planes


def programs(name, net, work):
    """Each program's name, and a function from inputs to logits."""
    import MNN.expr as expr
    import MNN.nn
    import ferm
    import ferm.torch
    import nncf
    import onnxruntime
    import openvino

    onnx, model, mnn = (str(work / f"{name}.{ending}") for ending in ("onnx", "ferm", "mnn"))
    example = torch.from_numpy(images(name, 2))
    torch.onnx.export(net, example, onnx, input_names=["x"], output_names=["y"],
                      dynamic_axes={"x": {0: "n"}, "y": {0: "n"}}, dynamo=False)
    ferm.torch.export(net, example, model, [f"class {k}" for k in range(7)])
    subprocess.run([Path(sys.executable).parent / "mnnconvert", "-f", "ONNX", "--modelFile", onnx, "--MNNModel", mnn,
                    "--bizCode", "faces"], check=True, capture_output=True)

    def run_torch(x):
        with torch.inference_mode():
            return net(torch.from_numpy(x)).numpy()

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])

    def run_openvino(model, precision):
        request = openvino.Core().compile_model(model, "CPU", {
            "INFERENCE_NUM_THREADS": THREADS, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision,
        }).create_infer_request()
        return lambda x: next(iter(request.infer({"x": x}).values()))

    runtime = MNN.nn.create_runtime_manager(({"backend": "CPU", "numThread": THREADS, "precision": "high"},))
    loaded = MNN.nn.load_module_from_file(mnn, ["x"], ["y"], runtime_manager=runtime)

    def run_mnn(x):
        value = expr.placeholder(list(x.shape), expr.NCHW, expr.float)
        value.write(x)
        return np.array(expr.convert(loaded.forward([value])[0], expr.NCHW).read())

    calibration = nncf.Dataset([{"x": images(name, 1, 500 + k)} for k in range(64)])
    quantised = nncf.quantize(openvino.Core().read_model(onnx), calibration)
    return {"PyTorch": run_torch, "ONNX Runtime": lambda x: session.run(None, {"x": x})[0],
            "OpenVINO": run_openvino(onnx, "f32"), "OpenVINO bf16": run_openvino(onnx, "bf16"), "MNN": run_mnn,
            "OpenVINO int8": run_openvino(quantised, "f32"), "ferm": ferm.Model(model, threads=THREADS).logits,
            "ferm fast": ferm.Model(model, threads=THREADS, precision="fast").logits}


def infer(name, work, batches):
    work.mkdir(parents=True, exist_ok=True)
    runs = programs(name, network(name), work)
    for batch in batches:
        x, seconds, count = images(name, batch), {run: [] for run in runs}, max(1, 16 // batch)
        expected = runs["PyTorch"](x)
        for _ in range(ROUNDS):
            for program, run in runs.items():
                time.sleep(0.1)
                run(x)
                start = time.perf_counter()
                for _ in range(count):
                    run(x)
                seconds[program].append((time.perf_counter() - start) / count)
        for program, run in runs.items():
            error = np.abs(run(x) - expected).max() / np.abs(expected).max()
            print(f"batch {batch}: {program} {batch / statistics.median(seconds[program]):.0f} faces/s, error {error:.1e}", flush=True)


def train(name, batch=64):
    net = network(name).train().to(memory_format=torch.channels_last)
    x = torch.from_numpy(images(name, batch)).contiguous(memory_format=torch.channels_last)
    y = torch.arange(batch) % 7
    optimiser = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=1e-4)
    bench = root / ".build/bench/release/ferm-bench"

    def step():
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()

    def ours(precision):
        out = subprocess.run([bench, "train", "--network", name, "--side", str(SIDE), "--batch", str(batch), "--precision", precision,
                              "--threads", str(THREADS), "--repeats", "3"], check=True, capture_output=True, text=True).stdout
        return json.loads(out.splitlines()[0])["crops_per_second"]

    rates = {"PyTorch, channels last": [], "ferm fp32": [], "ferm bf16": []}
    step()
    for _ in range(3):
        step()
        start = time.perf_counter()
        for _ in range(3):
            step()
        rates["PyTorch, channels last"].append(3 * batch / (time.perf_counter() - start))
        rates["ferm fp32"].append(ours("fp32"))
        rates["ferm bf16"].append(ours("bf16"))
    for program, values in rates.items():
        print(f"{name}: {program} {statistics.median(values):.1f} faces/s of a step")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["infer", "train"])
    parser.add_argument("network", choices=NAMES)
    parser.add_argument("work", type=Path, nargs="?", help="where infer keeps the networks")
    parser.add_argument("batch", type=int, nargs="*", default=[1, 8, 64])
    arguments = parser.parse_args()
    if arguments.what == "infer" and arguments.work is None:
        parser.error("infer takes a folder WORK")
    print(f"{THREADS} threads, load {os.getloadavg()[0]:.2f}")
    if arguments.what == "infer":
        infer(arguments.network, arguments.work, arguments.batch)
    else:
        train(arguments.network)
