"""The network of a .ferm file in OpenVINO, by way of ONNX; read by the format's second reader, so that nothing of ferm computes."""
import importlib.util
import os
from pathlib import Path

import nncf
import numpy as np
import onnx
import openvino
from onnx import helper, numpy_helper

specification = importlib.util.spec_from_file_location("reader", Path(__file__).resolve().parents[1] / "spec/reader/ferm.py")
reader = importlib.util.module_from_spec(specification)
specification.loader.exec_module(reader)

THREADS = int(os.environ.get("THREADS", 2))


def steps(a):
    return {"strides": [a["stride_height"], a["stride_width"]],
            "pads": [a[f"pad_{side}"] for side in ("top", "left", "bottom", "right")]}


def window(a, x):
    return {"kernel_shape": [a["window_height"], a["window_width"]], **steps(a)}


def regions(a, x):
    """An adaptive pool's regions, where all of them are alike."""
    if x[1] % a["height"] or x[2] % a["width"]:
        raise SystemExit(f"ONNX has no pool from {x[1]} x {x[2]} to {a['height']} x {a['width']}.")
    window = [x[1] // a["height"], x[2] // a["width"]]
    return {"kernel_shape": window, "strides": window}


#: An operator's name in ONNX, the attributes that name its tensors, and its other attributes there, for an input of shape x.
OPERATORS = {
    "convolution": ("Conv", ["weight", "bias"], lambda a, x: {**steps(a), "group": a["groups"]}),
    "linear": ("Gemm", ["weight", "bias"], lambda a, x: {"transB": 1}),
    "batch_norm": ("BatchNormalization", ["weight", "bias", "mean", "variance"], lambda a, x: {"epsilon": a["epsilon"]}),
    "relu": ("Relu", [], lambda a, x: {}),
    "sigmoid": ("Sigmoid", [], lambda a, x: {}),
    "softmax": ("Softmax", [], lambda a, x: {"axis": 1}),
    "max_pool": ("MaxPool", [], window),
    "average_pool": ("AveragePool", [], lambda a, x: {**window(a, x), "count_include_pad": a["count_padding"]}),
    "adaptive_average_pool": ("AveragePool", [], regions),
    "flatten": ("Flatten", [], lambda a, x: {}),
    "add": ("Add", [], lambda a, x: {}),
    "multiply": ("Mul", [], lambda a, x: {}),
}


def onnx_model(path):
    """The same network with weights in fp32: `x`, `[N, C, H, W]`, to `y`, `[N, classes]`."""
    file = reader.File(Path(path).read_bytes())
    names = ["x"] + [f"v{number}" for number in range(1, len(file.nodes))] + ["y"]
    nodes = []
    for number, node in enumerate(file.nodes):
        if node["operator"].name not in OPERATORS:
            raise SystemExit(f"{path}: {node['operator'].name} has no counterpart here.")
        name, tensors, attributes = OPERATORS[node["operator"].name]
        named = [node["values"][tensor]["name"] for tensor in tensors if node["values"][tensor]]
        attributes = attributes(node["attributes"], file.shapes[node["inputs"][0]])
        nodes.append(helper.make_node(name, [names[i] for i in node["inputs"]] + named, [names[number + 1]], **attributes))
    weights = [numpy_helper.from_array(np.array(t["values"], np.float32).reshape(t["shape"]), t["name"]) for t in file.tensors]
    ends = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", *shape])
            for name, shape in (("x", file.input), ("y", [len(file.labels)]))]
    return helper.make_model(helper.make_graph(nodes, file.name, ends[:1], ends[1:], weights), opset_imports=[helper.make_opsetid("", 17)])


def programs(path, calibrating):
    """OpenVINO's name by precision, and a function from inputs to logits."""
    def program(model, **precision):
        settings = {"INFERENCE_NUM_THREADS": THREADS, **precision}
        request = openvino.Core().compile_model(model, "CPU", settings).create_infer_request()
        return lambda x: list(request.infer({"x": x}).values())[0].copy()

    model = openvino.Core().read_model(onnx_model(path).SerializeToString())
    quantised = nncf.quantize(model, nncf.Dataset([{"x": x[None]} for x in calibrating]), preset=nncf.QuantizationPreset.MIXED,
                              subset_size=len(calibrating))
    yield "OpenVINO fp32", program(model, INFERENCE_PRECISION_HINT="f32")
    yield "OpenVINO bf16", program(model, INFERENCE_PRECISION_HINT="bf16")
    yield "OpenVINO int8", program(quantised)
