"""Writes .ferm files from PyTorch modules.

    import ferm.torch
    ferm.torch.export(module, example, "model.ferm", labels=["happy", "sad"], preprocessing={"mean": 0.5, "std": 0.5})

The module is traced by torch.export, and each operation of the trace becomes layers of the format. What the format cannot say is
refused with an ExportError that names the operation, the line that it comes from and what to do. docs/from-pytorch.md lists what is
understood. It needs torch and numpy, not libferm.
"""
from __future__ import annotations

from ._errors import ExportError
from ._export import export, network
from ._preprocessing import Preprocessing

__all__ = ["ExportError", "Preprocessing", "export", "network"]
