"""How an image becomes the module's input."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Sequence, Tuple, Union

import numpy

from ._errors import ExportError


@dataclass(frozen=True)
class Preprocessing:
    """How an 8-bit image becomes the module's input (docs/format.md).

    mean, std: as in torchvision's Normalize behind ToTensor: a pixel p of 0 to 255 becomes `(p / 255 - mean) / std`; one number, or
        one for each channel. The usual ones give 0 to 1.
    colour: "grey" or "rgb"; by default that of the channels. A module with three channels may get grey images: three equal planes.
    resized: height and width that an image is resized to, before its centre is cropped to the input's; by default the input's.
    fit: "stretch", "crop" or "pad", how an image gets the proportions of `resized`.
    """

    mean: Union[float, Sequence[float]] = 0.0
    std: Union[float, Sequence[float]] = 1.0
    colour: Optional[str] = None
    resized: Optional[Tuple[int, int]] = None
    fit: str = "crop"

    def options(self, channels: int) -> Any:
        """The arguments of `ferm.builder.Network` for an input of so many channels."""
        mean, std = (numpy.broadcast_to(numpy.asarray(x, numpy.float64), (channels,)) for x in (self.mean, self.std))
        if not (numpy.isfinite(mean).all() and (std > 0).all()):
            raise ExportError("preprocessing: mean is finite, and std above zero")
        return {
            "colour": self.colour or ("rgb" if channels == 3 else "grey"), "resized": self.resized, "fit": self.fit,
            "scale": [float(x) for x in 1 / (255 * std)], "offset": [float(x) for x in -mean / std],
        }
