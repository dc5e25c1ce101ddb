"""What cannot be written, and where it stands in the user's code."""
from __future__ import annotations

import os
import re
from typing import Any

import torch

_ENTRY = re.compile(r'File "(.+?)", line (\d+), in (\S+)\n\s*(.*)')


class ExportError(ValueError):
    """A module that no .ferm file can hold: `str()` is one sentence that names the operation, its line and what to do."""


class Refusal(Exception):
    """Why one operation cannot be written; the translator, which knows the node, makes an ExportError of it."""


def need(condition: Any, sentence: str) -> None:
    if not condition:
        raise Refusal(sentence)


def refused(node: Any, why: str) -> Any:
    """The ExportError for a node of the trace."""
    module = _module(node)
    name = f"{node.name} ({node.target}{f' in {module}' if module else ''})"
    line = _line(node)
    return ExportError(f"{name} cannot be written: {why}{f'; it comes from {line}' if line else ''}")


def _module(node: Any) -> Any:
    """The path of the submodule that ran the node, such as layer1.0.conv1."""
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    path = str(stack[-1][0]) if stack else ""
    return path.removeprefix("L['self']").strip(".")


def _line(node: Any) -> Any:
    """The innermost line outside torch itself."""
    entries = _ENTRY.findall(node.meta.get("stack_trace") or "")
    own = os.path.dirname(torch.__file__) + os.sep
    foreign = [entry for entry in entries if not entry[0].startswith(own)] or entries
    if not foreign:
        return ""
    path, line, _, text = foreign[-1]
    return f"{path}, line {line}: {text.strip()}"
