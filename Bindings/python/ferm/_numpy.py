"""numpy, or None where it is not installed."""
from __future__ import annotations

import importlib
from typing import Any

numpy: Any
try:
    numpy = importlib.import_module("numpy")
except ImportError:
    numpy = None
