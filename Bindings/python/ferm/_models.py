"""The models that come with the package."""
from __future__ import annotations

import os
from pathlib import Path

_HERE = Path(__file__).resolve().parent
#: Where they lie: in an installed package beside this file, in a checkout in its own folder.
_FOLDER = next((folder for folder in (_HERE / "models", _HERE.parents[2] / "models") if folder.is_dir()), _HERE / "models")

#: What `Model()` loads: seven expressions.
DEFAULT_MODEL = os.fspath(_FOLDER / "default.ferm")
#: What `Detector()` loads.
DEFAULT_DETECTOR = os.fspath(_FOLDER / "face.ferm")

_LACKING = {
    DEFAULT_MODEL: "no default model came with this package; pass the path of a .ferm file, or install the wheel of ferm-runtime",
    DEFAULT_DETECTOR: "no face detector came with this package; pass the path of one, or run `make detector` in ferm's sources, and "
    "`make wheel` to have it in the package",
}


def need(source: object) -> None:
    """Says in words that a model of the package itself is not there."""
    if isinstance(source, str) and source in _LACKING and not os.path.exists(source):
        raise FileNotFoundError(f"{source} is not there: {_LACKING[source]}")
