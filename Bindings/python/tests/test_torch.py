"""Modules of PyTorch become files that give the modules' numbers, or are refused in one sentence.

Debian's Python has no PyTorch: make check-torch PYTHON=/path/to/a/python/with/torch,/torchvision,/timm/and/pytest.
"""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed; make check-torch PYTHON=... takes a Python that has it")
import numpy  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

import ferm
import ferm.torch
from ferm.torch._trace import Trace
from ferm.torch._translator import Translator

root = Path(__file__).resolve().parents[3]

reader = root / "spec/reader/ferm.py"
torch.set_num_threads(1)


def images(*shape, seed=0):
    return torch.from_numpy(numpy.random.default_rng(seed).random(shape, numpy.float32))


def steady(module, shape, seed=0):
    """The module with running statistics of random images, so that all of its numbers have sound sizes."""
    for part in module.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.momentum = 0.5
    with torch.no_grad():
        for i in range(4):
            module.train()(images(8, *shape, seed=seed + i))
    return module.eval()


def error(found, wanted):
    return float(numpy.abs(numpy.asarray(found) - numpy.asarray(wanted)).max() / numpy.abs(numpy.asarray(wanted)).max())


def names(count):
    return [f"label {i}" for i in range(count)]


def second_reader(path, x):
    x.numpy().astype("<f4").tofile(f"{path}.f32")
    out = subprocess.run([sys.executable, "-B", reader, path, "--outputs", f"{path}.f32"], capture_output=True, text=True, timeout=300)
    assert out.returncode == 0, out.stderr
    return [json.loads(line) for line in out.stdout.splitlines()]


def dump(path):
    out = subprocess.run([sys.executable, "-B", reader, path, "--json"], capture_output=True, text=True, timeout=300)
    assert out.returncode == 0, out.stderr
    return json.loads(out.stdout)


class Of(nn.Module):
    """A module of one function."""

    def __init__(self, function, *parts):
        super().__init__()
        self.function, self.parts = function, nn.ModuleList(parts)

    def forward(self, x):
        return self.function(x, *self.parts)


def exported(module, example, path, **options):
    """Writes the module, with as many labels as it gives numbers, and compares libferm with it on other images."""
    with torch.no_grad():
        x = images(3, *example.shape[1:], seed=9) * 2 - 1
        wanted = module(x)
    ferm.torch.export(module, example, path, labels=names(wanted.shape[1]), **options)
    model = ferm.Model(path, threads=1)
    assert model.self_test() == 3
    return error(model.logits(x.numpy()), wanted)


# ---- networks of others ----

NETWORKS = [("torchvision", "resnet18", 64), ("timm", "resnet18", 48), ("torchvision", "mobilenet_v2", 64),
            ("timm", "mobilenetv2_100", 48), ("torchvision", "mobilenet_v3_small", 64), ("timm", "mobilenetv3_small_100", 48),
            ("torchvision", "efficientnet_b3", 48), ("timm", "tf_efficientnet_b3", 64), ("torchvision", "vgg11_bn", 48),
            ("timm", "vgg11_bn", 64)]


@pytest.mark.parametrize("library, name, side", NETWORKS)
def test_networks_of_others_give_their_logits(library, name, side, tmp_path):
    if library == "timm":
        make = pytest.importorskip("timm", reason="timm is not installed").create_model
        module = make(name, num_classes=7)
    else:
        models = pytest.importorskip("torchvision", reason="torchvision is not installed").models
        module = getattr(models, name)(num_classes=7)
    torch.manual_seed(0)
    module = steady(module, (3, side, side))
    path, x = tmp_path / "network.ferm", images(1, 3, side, side, seed=2)
    off = exported(module, images(1, 3, side, side), path, preprocessing={"mean": 0.5, "std": 0.5})
    said = f"{library} {name} at {side}: {off:.1e} of the largest logit"
    if "small" in name:
        # The second reader takes its time.
        other = error(second_reader(path, x)[0]["scores"][0], module(x).detach()[0])
        said += f", the second reader {other:.1e}"
        assert other < 1e-4
    print(said)
    assert off < 1e-4


# ---- one's own ----

class Own(nn.Module):
    """A network as one writes it, much of it by functions."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.5]).view(1, 1, 1, 1))
        self.stem = nn.Conv2d(3, 12, 3, padding="same", bias=False)
        self.weight, self.bias = nn.Parameter(torch.rand(12) + 0.5), nn.Parameter(torch.rand(12))
        self.register_buffer("running_mean", torch.rand(12))
        self.register_buffer("running_var", torch.rand(12) + 0.5)
        self.shared = nn.Conv2d(12, 12, 3, padding=1, groups=4)
        self.squeeze, self.excite = nn.Linear(12, 4), nn.Linear(4, 12)
        self.slope = nn.Parameter(torch.rand(12))
        self.down = nn.Conv2d(24, 16, 3, stride=2)
        self.face, self.last = nn.Linear(16 * 2 * 2, 10), nn.Linear(10, 5)

    def forward(self, x):
        x = (x.repeat(1, 3, 1, 1) - self.mean) / 0.25
        x = F.batch_norm(self.stem(x), self.running_mean, self.running_var, self.weight, self.bias, self.training, eps=1e-3)
        x = F.relu(x, inplace=True)
        y = self.shared(F.prelu(self.shared(x), self.slope)) * 0.5
        gate = self.excite(F.silu(self.squeeze(y.mean((2, 3)))))
        y = y * torch.sigmoid(gate).view(-1, 12, 1, 1).expand_as(y)
        y += x
        large = F.interpolate(F.max_pool2d(y, 2), scale_factor=2, mode="bilinear", align_corners=False)
        y = torch.cat([F.hardswish(y), large], dim=1)
        y = self.down(F.pad(y, (0, 1, 0, 1)))
        y = F.adaptive_avg_pool2d(F.leaky_relu(y, 0.1), 2).clamp(-1, 3)
        face = self.face(F.dropout(y, 0.5, self.training).reshape(x.size(0), -1))
        return {"logits": self.last(torch.tanh(face)), "face": face, "maps": y}


def test_ones_own_network_gives_its_outputs_in_both_readers(tmp_path):
    torch.manual_seed(3)
    module, path, example = Own().train(), tmp_path / "own.ferm", images(2, 1, 12, 12)
    ferm.torch.export(module, example, path, labels=names(5), outputs={"logits": "scores", "face": "embedding"},
                      preprocessing=ferm.torch.Preprocessing(resized=(16, 14), fit="pad"))
    assert module.training
    with torch.no_grad():
        wanted = module.eval()(example)
    assert error(ferm.Model(path, threads=1).logits(example.numpy()), wanted["logits"]) < 1e-5
    assert ferm.Model(path, threads=1).self_test() == 3
    named = ferm.Model(path, threads=1).run_inputs(example.numpy())
    assert list(named) == ["logits", "face"] and error(named["face"], wanted["face"]) < 1e-5
    for i, outputs in enumerate(second_reader(path, example)):
        outputs = {name: values[0] for name, values in outputs.items()}
        assert error(outputs["logits"], wanted["logits"][i]) < 1e-5
        assert error(outputs["face"], wanted["face"][i]) < 1e-5
    told = dump(path)
    assert told["provenance"]["import.format"] == "torch.export" and torch.__version__ in told["provenance"]["tool"]
    assert told["preprocessing"]["resized"] == [16, 14] and told["preprocessing"]["fit"] == "pad"
    tensors = [tensor["name"] for tensor in told["tensors"]]
    assert {"shared.weight", "slope", "running_mean", "last.bias"} <= set(tensors)
    operators = [node["operator"] for node in told["graph"]]
    # The module that is used twice has its weights once; the padding and the three equal planes are the convolutions' own.
    assert operators.count("convolution") == 4 and "pad" not in operators


class Named(nn.Module):
    """A layer that has the name of an operation of the trace."""

    def __init__(self):
        super().__init__()
        self.linear, self.mul = nn.Linear(12, 4), nn.Linear(4, 4)

    def forward(self, x):
        return self.mul(self.linear(F.adaptive_avg_pool2d(F.max_pool2d(x, 8), 2).flatten(1)) * 3)


def test_computed_weights_take_no_names_of_the_module(tmp_path):
    path = tmp_path / "named.ferm"
    assert exported(Named(), images(1, 3, 8, 8), path) < 1e-5
    tensors = {tensor["name"]: tensor["shape"] for tensor in dump(path)["tensors"]}
    # The weights for a grid of equal numbers are added up.
    assert tensors["linear.1.weight"] == [4, 3] and tensors["mul.weight"] == [4, 4] and tensors["mul.1.running_var"] == [4]


def test_what_is_computed_in_the_operations_of_core_aten_is_the_same(tmp_path):
    """Programs of other versions of PyTorch, and those that users decompose, come in other operations."""
    module, example = steady(nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.Hardswish(), nn.MaxPool2d(2), nn.Conv2d(8, 8, 1), nn.SiLU(), nn.Hardsigmoid(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(), nn.Linear(8, 4)), (3, 8, 8)), images(1, 3, 8, 8)
    trace = Trace(module, example)
    trace.read(torch.export.export(module, (example,)).run_decompositions())
    found = {str(node.target).split(".")[1] for node in trace.graph.nodes if node.op == "call_function" and "aten" in str(node.target)}
    assert {"convolution", "addmm", "max_pool2d_with_indices", "clamp"} <= found
    net = ferm.builder.Network((3, 8, 8), names(4), colour="rgb")
    translator = Translator(trace, net)
    translator.run({trace.outputs[0][1]})
    net.scores(translator.values[trace.outputs[0][1]].value)
    net.write(tmp_path / "core.ferm")
    x = images(4, 3, 8, 8, seed=5)
    assert error(ferm.Model(tmp_path / "core.ferm").logits(x.numpy()), module(x).detach()) < 1e-5


# ---- operation by operation: all elements of what it gives ----

def flat(function):
    return lambda x, *parts: function(x, *parts).flatten(1)


torch.manual_seed(1)
OPERATIONS = {
    "identity before a layer": (lambda x, c: c(x.clone().contiguous()), nn.Conv2d(3, 4, 3)),
    "stride, groups, padding": (lambda x, c: c(x), nn.Conv2d(3, 6, (3, 2), stride=(2, 1), padding=(1, 0), groups=3)),
    "same, even window": (lambda x, c: c(x), nn.Conv2d(3, 4, (2, 4), padding="same", dilation=(1, 2))),
    "dilation": (lambda x, c: c(x), nn.Conv2d(3, 4, 3, dilation=2, padding=2)),
    "uneven padding": (lambda x, c: c(F.pad(x, (0, 1, 2, 0))), nn.Conv2d(3, 4, 3, padding=1)),
    "padding that a sum sees too": (lambda x, c: c(p := F.pad(x, (1, 1, 1, 1))).repeat(1, 3, 1, 1) + p[:, :, :, :], nn.Conv2d(3, 1, 1)),
    "channels of zeros": (lambda x: F.pad(x, (0, 0, 0, 0, 1, 2)),),
    "max pool behind padding with -inf": (lambda x: F.max_pool2d(F.pad(x - 9, (0, 1, 0, 1), value=-torch.inf), 3, 2),),
    "max pool behind padding with zeros": (lambda x: F.max_pool2d(F.pad(x - 9, (0, 1, 0, 1)), 3, 2),),
    "max pool, ceil": (lambda x: F.max_pool2d(x, 3, 2, padding=1, ceil_mode=True),),
    "average pool": (lambda x: F.avg_pool2d(x, 3, 2, padding=1),),
    "average pool without padding in the count": (lambda x: F.avg_pool2d(x, 3, 2, padding=1, count_include_pad=False, ceil_mode=True),),
    "average pool, ceil": (lambda x: F.avg_pool2d(x, 3, 2, ceil_mode=True),),
    "average pool behind padding": (lambda x: F.avg_pool2d(F.pad(x, (0, 1, 1, 0)), 2, 2),),
    "adaptive pools": (lambda x: F.adaptive_avg_pool2d(x, (3, 5)) + F.adaptive_max_pool2d(x, 1),),
    "a finer grid": (lambda x: F.adaptive_avg_pool2d(F.max_pool2d(x, 4), 7),),
    "a finer grid before a linear layer": (lambda x, l: l(F.adaptive_avg_pool2d(F.max_pool2d(x, 2), (7, 4)).flatten(1)), nn.Linear(84, 5)),
    "a finer grid before a convolution of its size": (
        lambda x, c: c(F.adaptive_avg_pool2d(F.max_pool2d(x, 4), 5)), nn.Conv2d(3, 6, 5, groups=3)),
    "a vector as a map of one number each": (
        lambda x, l, c: c(l(x.mean((2, 3)))[:, :, None, None].expand(-1, -1, 2, 2)), nn.Linear(3, 4), nn.Conv2d(4, 5, 2)),
    "means and sums": (
        lambda x: x.mean(1, keepdim=True) * x.mean(3, keepdim=True) + x.sum((2, 3), keepdim=True)
        - x.flatten(2).mean(2)[:, :, None, None],),
    "maximum over a map": (lambda x: x.amax((2, 3)),),
    "batch norm of a vector": (lambda x, n: n(x.flatten(1)), nn.BatchNorm1d(192).eval()),
    "batch norm without weights": (lambda x, n: n(x), nn.BatchNorm2d(3, affine=False).eval()),
    "activations": (lambda x: F.relu6(3 * x) + torch.tanh(x) + F.hardtanh(x, -0.5, 0.25),),
    "more activations": (lambda x: F.silu(x) * torch.sigmoid(x) + F.hardswish(x) - F.hardsigmoid(4 * x) + F.leaky_relu(-x, 0.3),),
    "clamps": (lambda x: x.clamp(min=0) + x.clamp(max=0.25) + x.clamp(-0.5, torch.tensor(0.5)) + torch.clamp_min(x, -0.1),),
    "one slope, or one a channel": (lambda x, a, b: a(x) + b(x), nn.PReLU(), nn.PReLU(3, 0.4)),
    "softmax inside": (lambda x: x.softmax(1) * x,),
    "arithmetic": (lambda x: (2 - x) * -x / 3 + 0.5 + torch.add(x, x, alpha=2) - torch.sub(x.square(), x, alpha=3) + 1,),
    "one number a channel": (lambda x: (x - torch.tensor([0.1, 0.2, 0.3]).view(1, 3, 1, 1)) / torch.tensor([1.0, 2, 3])[:, None, None],),
    "a module's scale": (lambda x, l: l.weight.view(1, 3, 1, 1) * x, nn.Linear(3, 1)),
    "squeeze and excite by views": (lambda x, l: x * l(x.mean((2, 3)))[:, :, None, None].sigmoid().expand_as(x), nn.Linear(3, 3)),
    "squeeze and excite on a vector": (lambda x, c: x * c(x.mean((2, 3)).view(-1, 3, 1, 1)).sigmoid(), nn.Conv2d(3, 3, 1)),
    "three equal planes": (lambda x, c: c(x[:, :, :, :].mean(1, keepdim=True).expand(-1, 3, -1, -1)), nn.Conv2d(3, 4, 3, padding=1)),
    "repeated channels": (lambda x: x.repeat(1, 2, 1, 1).relu(),),
    "slices of channels": (lambda x, c: c(x[:, 1:]) + x[:, :1] * x[:, 2:] - x[:, ::2].relu().mean(1, keepdim=True), nn.Conv2d(2, 3, 1)),
    "some of the parts": (lambda x, a, b: a(x.split([1, 2], 1)[1]) * b(x.chunk(3, 1)[2]), nn.Conv2d(2, 40, 3), nn.Conv2d(1, 40, 3)),
    "channels shuffled": (lambda x: (y := x.repeat(1, 2, 1, 1) * torch.arange(6.0).view(6, 1, 1)).view(-1, 2, 3, 8, 8).transpose(1, 2)
                          .reshape(-1, 6, 8, 8)[:, 1:4] + y[:, :3],),
    "shuffled before a convolution": (
        lambda x, a, b: b(a(x).view(-1, 3, 4, 6, 6).transpose(1, 2).flatten(1, 2)), nn.Conv2d(3, 12, 3), nn.Conv2d(12, 4, 1)),
    "groups of channels": (lambda x: (y := x.repeat(1, 2, 1, 1) * torch.arange(6.0).view(6, 1, 1)).view(-1, 2, 3, 8, 8)[:, 1]
                           + y.view(-1, 2, 3, 8, 8)[:, :, 1:].flatten(1, 2).split(3, 1)[0] - y.unbind(1)[4].unsqueeze(1),),
    "many maps together": (lambda x: torch.cat([x * i for i in range(1, 12)], 1),),
    "vectors together": (lambda x: torch.cat([x.mean((2, 3)), x.amax((2, 3))], -1),),
    "pixels of maps together": (
        lambda x, l: torch.cat([x.mean((2, 3), keepdim=True), l(x.mean((2, 3)))[:, :, None, None]], 1), nn.Linear(3, 2)),
    "nearest": (lambda x: F.interpolate(x, scale_factor=(2, 3)),),
    "nearest to a size": (lambda x: F.interpolate(x, size=(16, 24), mode="nearest-exact"),),
    "bilinear": (lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"),),
    "views": (lambda x: x.mean((2, 3), keepdim=True).permute(0, 2, 3, 1).squeeze(1).transpose(1, 2).view(x.size(0), -1),),
    "a linear layer as a product": (lambda x, l: x.flatten(1) @ l.weight.t() + l.bias, nn.Linear(192, 4)),
    "in place, seen elsewhere": (lambda x: (y := x * 1.5).add(F.relu_(y)),),
    "dropout and identity": (lambda x, a, b: b(a(x)) * 2, nn.Dropout().eval(), nn.Identity()),
    "constants of the trace": (lambda x: x * torch.ones(3, 1, 1).cumsum(0) + torch.full((1,), 2.0),),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_gives_all_of_its_numbers(name, tmp_path):
    function, *parts = OPERATIONS[name]
    off = exported(Of(flat(function), *parts), images(2, 3, 8, 8), tmp_path / "operation.ferm")
    assert off < 1e-5


# ---- what a file says besides ----

@pytest.mark.parametrize("weights", ["fp16", "bf16", "int8"])
def test_weights_of_fewer_bits_give_what_the_rounded_module_gives(weights, tmp_path):
    path = tmp_path / "few.ferm"
    module = steady(nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(288, 4)), (3, 8, 8))
    before = {key: value.clone() for key, value in module.state_dict().items()}
    off = exported(module, images(1, 3, 8, 8), path, weights=weights)
    assert 1e-6 < off < 0.05
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())
    types = {tensor["name"]: tensor["type"] for tensor in dump(path)["tensors"]}
    assert types["0.weight"] == types["4.weight"] == weights and types["4.bias"] == types["1.weight"] == "fp32"


def test_the_example_becomes_the_image_that_it_was(tmp_path):
    picture = numpy.random.default_rng(4).integers(0, 256, (1, 3, 10, 10), numpy.uint8)
    mean, std = torch.tensor([0.4, 0.5, 0.6]).view(3, 1, 1), torch.tensor([0.2, 0.3, 0.4]).view(3, 1, 1)
    example = (torch.from_numpy(picture) / 255 - mean) / std
    module, path = nn.Sequential(nn.Flatten(), nn.Linear(300, 2)), tmp_path / "picture.ferm"
    ferm.torch.export(module, example, path, ["a", "b"], {"mean": [0.4, 0.5, 0.6], "std": [0.2, 0.3, 0.4]}, name="two", temperature=2.0)
    told = dump(path)
    assert bytes.fromhex(told["self_tests"][0]["pixels"]) == picture[0].transpose(1, 2, 0).tobytes()
    assert told["name"] == "two" and told["labels"] == {"names": ["a", "b"], "temperature": 2.0}
    logits = module(example).detach().numpy()[0] / 2
    probabilities = numpy.exp(logits) / numpy.exp(logits).sum()
    answer = ferm.Model(path).predict(picture[0].transpose(1, 2, 0))[0]
    assert numpy.allclose(list(answer["probs"].values()), probabilities, atol=1e-5)


def test_a_file_is_written_without_the_library():
    program = ("import sys, torch; sys.path.insert(0, sys.argv[1]); import ferm.torch; "
               "net = ferm.torch.network(torch.nn.Flatten(), torch.zeros(1, 1, 2, 2), list('abcd')); print(len(net.encoded()) > 0)")
    out = subprocess.run([sys.executable, "-c", program, root / "Bindings/python"], capture_output=True, text=True, timeout=300,
                         env={**os.environ, "FERM_LIBRARY": "/nowhere/libferm.so"})
    assert out.stdout == "True\n", out.stderr


# ---- what cannot be written ----

class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.MultiheadAttention(3, 1, batch_first=True)

    def forward(self, x, *_):
        tokens = x.flatten(2).transpose(1, 2)
        return self.layer(tokens, tokens, tokens)[0].mean(1)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.GRU(24, 4, batch_first=True)

    def forward(self, x):
        rows = x.mean(2).flatten(1).unsqueeze(1)
        return self.layer(rows)[0].flatten(1)


@pytest.mark.parametrize("function, parts, said", [
    (Attention(), [], r"^transpose .aten.transpose.int in function. .*reorders dimensions.*test_torch.py, line \d+: tokens = x.flatten"),
    (Recurrent(), [], r"^gru .*in function.layer. cannot be written: recurrent layers have.*test_torch.py, line \d+: return self.layer"),
    (lambda x: x @ x, [], "cannot be written: .*as matrices"),
    (lambda x: x.mean((2, 3)).softmax(1), [], "scores are logits.*return what goes into the softmax"),
    (lambda x: x.mean((2, 3)).log_softmax(1), [], "scores are logits"),
    (lambda x: F.normalize(x.mean((2, 3))), [], "compared by their cosine"),
    (lambda x: F.dropout(x, 0.5, True).mean((2, 3)), [], "it drops values although"),
    (lambda x: (x + torch.rand(1)).mean((2, 3)), [], "draws random numbers"),
    (lambda x, n: n(x).mean((2, 3)), [nn.GroupNorm(3, 3)], "batch norm, whose statistics are constants"),
    (lambda x, n: n(x).mean((2, 3)), [nn.BatchNorm2d(3, track_running_stats=False)], "statistics"),
    (lambda x: x.chunk(2, 2)[0].mean((2, 3)), [], "takes rows, columns or elements apart"),
    (lambda x: x[:, :, 1:].mean((2, 3)), [], "takes rows, columns or elements apart"),
    (lambda x: x.mean((2, 3))[:, 1:], [], "takes rows, columns or elements apart"),
    (lambda x: F.gelu(x).mean((2, 3)), [], "the format has no GELU"),
    (lambda x: F.interpolate(x, size=(12, 12)).mean((2, 3)), [], "whole factors"),
    (lambda x: F.pad(x, (1, 1, 1, 1), mode="reflect").mean((2, 3)), [], "not by reflect"),
    (lambda x, c: c(x).mean((2, 3)), [nn.ConvTranspose2d(3, 4, 2)], "no transposed convolution"),
    (lambda x: x.mean(0, keepdim=True).mean((2, 3)), [], "images of the batch together"),
    (lambda x: x.view(-1, 64).mean(1, keepdim=True), [], "mixes the images of a batch"),
    (lambda x: x.view(-1, 2, 96).mean(2), [], "moves elements between maps"),
    (lambda x: torch.atan(x).mean((2, 3)), [], r"atan .* the format has no such operator; docs/from-pytorch.md"),
    (lambda x: x * torch.arange(8.0), [], "not one number, or one for each channel"),
    (lambda x: x.mean((2, 3), keepdim=True), [], "an output is a vector"),
    (lambda x: torch.ones(2, 3), [], "does not depend on the image"),
    (lambda x: F.avg_pool2d(x, 65, 1, 32).mean((2, 3)), [], "window_height is 1 to 64"),
    (lambda x: x.mean((2, 3)) if x.sum() > 0 else x.amax((2, 3)), [], "torch.export cannot trace the module"),
])
def test_what_cannot_be_written_is_refused_in_one_sentence(function, parts, said, tmp_path):
    path = tmp_path / "never.ferm"
    with pytest.raises(ferm.torch.ExportError) as caught:
        ferm.torch.export(Of(function, *parts), images(2, 3, 8, 8), path, names(3))
    sentence = str(caught.value)
    print(sentence)
    assert re.search(said, sentence) and "\n" not in sentence and not path.exists()


@pytest.mark.parametrize("options, said", [
    ({"labels": ["a"]}, "scores are \\(3,\\) for 1 labels"),
    ({"outputs": {"x": "scores"}}, "needs labels"),
    ({"outputs": {"x": "detection"}}, "ferm.builder"),
    ({"outputs": {"x": None}}, "leaves every result out"),
    ({"outputs": {"x": "embedding", "y": "embedding"}}, "names 2 results"),
    ({"weights": "int4"}, "weights are fp32"),
    ({"preprocessing": {"std": 0}}, "std above zero"),
    ({"preprocessing": {"resized": (4, 4)}}, "a crop is no larger"),
    ({"example": torch.zeros(1, 2, 8, 8)}, "the example is"),
    ({"example": torch.zeros(1, 3, 8, 8).half()}, "a float32 tensor"),
    ({"module": torch.relu}, "a torch.nn.Module can be written"),
])
def test_what_is_asked_for_wrongly_is_refused(options, said):
    arguments = {"module": Of(lambda x: x.mean((2, 3))), "example": images(1, 3, 8, 8), **options}
    with pytest.raises(ferm.torch.ExportError, match=said):
        ferm.torch.network(**arguments)


def test_several_results_need_words():
    module = Of(lambda x: (x.mean((2, 3)), x.flatten(1)))
    with pytest.raises(ferm.torch.ExportError, match="the module returns 2 results"):
        ferm.torch.network(module, images(1, 3, 8, 8), names(3))
    net = ferm.torch.network(module, images(1, 3, 8, 8), names(3), outputs={"emotion": "scores", "pixels": None})
    assert [(name, kind) for name, kind, _ in net.outputs] == [("emotion", "scores")]
