"""What torch.export makes of a module: operations without side effects, and the tensors that they take."""
from __future__ import annotations

import contextlib
from typing import Any

import torch
from torch.utils import _pytree as pytree

from ._errors import ExportError


class Trace:
    """A module's operations, the constants with their names, the input, and the results as (path, node)."""

    def __init__(self, module: torch.nn.Module, example: torch.Tensor) -> None:
        with evaluating(module), torch.no_grad():
            try:
                program = traced(module, example)
            except Exception as error:
                first = str(error).strip().split("\n")[0]
                raise ExportError(f"torch.export cannot trace the module: {type(error).__name__}: {first}") from error
        self.read(program)

    def read(self, program: Any) -> Any:
        """From a program of torch.export, in whatever operations it is."""
        signature = program.graph_signature
        nodes = {node.name: node for node in program.graph.nodes}
        self.constants, self.names, inputs = {}, {}, []
        for spec in signature.input_specs:
            if spec.kind.name == "USER_INPUT":
                inputs.append(spec.arg.name)
            elif spec.kind.name in ("PARAMETER", "BUFFER", "CONSTANT_TENSOR"):
                held = program.state_dict if spec.target in program.state_dict else program.constants
                tensor = held[spec.target].detach().cpu()
                self.constants[nodes[spec.arg.name]] = tensor
                self.names[id(tensor)] = spec.target
        if len(inputs) != 1:
            raise ExportError(f"the module takes {len(inputs)} inputs: a model file has one, the image")
        self.input = nodes[inputs[0]]
        flat = [spec.arg for spec in signature.output_specs if spec.kind.name == "USER_OUTPUT"]
        returned = pytree.tree_unflatten(flat, program.call_spec.out_spec)
        self.outputs = [(name, nodes.get(getattr(arg, "name", None))) for name, arg in named(returned)]
        self.graph = program.graph


def traced(module: torch.nn.Module, example: torch.Tensor) -> Any:
    """A program whose operations have no side effects, with convolutions, linear layers and the like whole."""
    if torch.__version__ < "2.6":
        # What export gives there is taken apart already.
        from torch.export import _trace

        return _trace._export(module, (example,), pre_dispatch=True)
    # An empty table takes nothing apart, but makes operations in place pure.
    return torch.export.export(module, (example,)).run_decompositions({})


def named(returned: Any) -> Any:
    """What a module returns, as (name, value): the path of a value in dictionaries, lists and tuples; of one alone ""."""
    return [(".".join(str(getattr(key, "key", getattr(key, "idx", getattr(key, "name", key)))) for key in path), value)
            for path, value in pytree.tree_flatten_with_path(returned)[0]]


@contextlib.contextmanager
def evaluating(module: torch.nn.Module) -> Any:
    """The module in evaluation mode, and afterwards as it was."""
    training = {part: part.training for part in module.modules()}
    module.eval()
    try:
        yield
    finally:
        for part, was in training.items():
            part.training = was


def needed(graph: Any, wanted: Any) -> Any:
    """The operations that the wanted nodes depend on, and these, in running order."""
    alive = set(wanted)
    for node in reversed(list(graph.nodes)):
        if node in alive:
            alive.update(node.all_input_nodes)
    return [node for node in graph.nodes if node in alive and node.op != "placeholder"]
