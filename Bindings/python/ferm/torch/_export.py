"""What users call."""
from __future__ import annotations

import copy
import os
from typing import Any, Mapping, Optional, Sequence, Union

import torch

from ..builder import TYPES, Network, Tensor
from ._errors import ExportError, Refusal, refused
from ._outputs import chosen, give
from ._preprocessing import Preprocessing
from ._selftests import add_self_tests
from ._trace import Trace
from ._translator import Translator, array


def export(
    module: torch.nn.Module, example: torch.Tensor, path: Union[str, "os.PathLike[str]"], labels: Sequence[str] = (),
    preprocessing: Union[Preprocessing, Mapping[str, Any], None] = None, **options: Any,
) -> Network:
    """Writes a module as a .ferm file, and gives its `ferm.builder.Network`.

    Takes what `network` takes. Raises ExportError where the format cannot say what the module does; no file is written then.
    """
    net = network(module, example, labels, preprocessing, **options)
    net.write(path)
    return net


def network(
    module: torch.nn.Module, example: torch.Tensor, labels: Sequence[str] = (),
    preprocessing: Union[Preprocessing, Mapping[str, Any], None] = None, *, outputs: Optional[Mapping[str, Optional[str]]] = None,
    weights: str = "fp32", name: Optional[str] = None, temperature: float = 1.0,
) -> Network:
    """The module as a `ferm.builder.Network`, to which provenance, notes and crop rules may be added.

    module: any that torch.export can trace, with one input.
    example: that input, float32 [N, 1 or 3, H, W], preprocessed; its first image becomes a self-test.
    labels: the classes, in the order of the scores.
    preprocessing: a Preprocessing, or a dictionary of its fields; by default pixels become 0 to 1.
    outputs: {name: "scores", "embedding" or None}, in the order of what the module returns, or by the keys of its dictionary; what is
        None, or has no key here, is left out. A single result is the scores, or without labels the embedding.
    weights: "fp32", "fp16", "bf16" or "int8", how the weights of convolutions and linear layers are stored. Self-tests then expect
        what the module gives with weights rounded so.
    name: the model's; by default that of the module's class.

    The module is traced in evaluation mode, and left as it was.
    """
    if not isinstance(module, torch.nn.Module):
        raise ExportError(f"a torch.nn.Module can be written, not a {type(module).__name__}")
    if not (isinstance(example, torch.Tensor) and example.ndim == 4 and example.shape[1] in (1, 3) and
            example.dtype in (torch.float32, torch.float64)):
        raise ExportError("the example is what the module takes, a float32 tensor [N, 1 or 3, H, W]; weights= makes a smaller file")
    if weights not in TYPES:
        raise ExportError(f"weights are {', '.join(TYPES)}, not {weights!r}")
    if not isinstance(preprocessing, Preprocessing):
        preprocessing = Preprocessing(**(preprocessing or {}))
    if weights != "fp32":
        module = with_rounded_weights(module, weights)
    trace = Trace(module, example)
    given = chosen([path for path, _ in trace.outputs], outputs, labels)
    try:
        net = Network(tuple(example.shape[1:]), labels, name=name or type(module).__name__, temperature=temperature,
                      **preprocessing.options(example.shape[1]))
    except ValueError as error:
        raise ExportError(str(error)) from None
    translator = Translator(trace, net, weights)
    translator.run({trace.outputs[index][1] for _, index, _ in given})
    for key, index, kind in given:
        node = trace.outputs[index][1]
        try:
            give(translator, key, kind, node)
        except Refusal as error:
            raise refused(node, f"as the output {key!r}: {error}") from None
    add_self_tests(net, module, example, [index for _, index, _ in given])
    net.provenance.update({"import.format": "torch.export", "tool": f"ferm.torch, PyTorch {torch.__version__}"})
    return net


def with_rounded_weights(module: torch.nn.Module, kind: str) -> Any:
    """A copy whose weights of convolutions and linear layers are what a reader makes of them when they are stored as `kind`."""
    module = copy.deepcopy(module)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if parameter.ndim >= 2:
                parameter.copy_(torch.from_numpy(Tensor(name, array(parameter), kind).values))
    return module
