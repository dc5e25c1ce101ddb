"""What there is to say of a model, for notebooks and the command line."""
from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import Model

#: What is shown of a model's provenance, where it is there; there may be hundreds of facts.
_CHIEF = ("license", "tool", "import.format", "train.network", "train.faces", "validation.split", "validation.faces", "validation.accuracy")


def facts(model: Model, every: bool = False) -> list[tuple[str, str]]:
    """Rows of two; with every fact of the file, or the chief ones."""
    channels, height, width = model.input_shape
    rows = [("name", model.name)]
    if model.labels:
        rows.append(("labels", ", ".join(model.labels)))
    rows.append(("input", f"{channels} x {height} x {width}"))
    rows += [("output", f"{output.name}: {output.kind}, {output.numbers} numbers") for output in model.outputs]
    rows.append(("precision", model.precision))
    rows += [(key, str(value)) for key, value in model.provenance.items() if every or key in _CHIEF]
    return [*rows, ("digest", model.digest)]


def table(model: Model) -> str:
    """HTML; everything that comes from the file is escaped."""
    cells = "".join(f"<tr><th style='text-align:left'>{escape(name)}</th><td style='text-align:left'>{escape(value)}</td></tr>"
                    for name, value in facts(model))
    return f"<table><caption>ferm.Model</caption>{cells}</table>"
