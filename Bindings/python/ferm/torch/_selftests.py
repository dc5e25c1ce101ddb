"""Images that show a reader that it computes what the module does."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
import torch

from ._errors import ExportError
from ._trace import evaluating, named

if TYPE_CHECKING:
    from ..builder import Network

#: As the tools have it: what a reader may be off by, in parts of the largest number.
_TOLERANCE = 1e-3


def add_self_tests(net: Network, module: torch.nn.Module, example: torch.Tensor, indices: Any) -> Any:
    """Adds the example's first image and two random ones, with what the module gives for them."""
    images = [pixels(net, example[0].detach().cpu().double().numpy())]
    random = numpy.random.default_rng(0)
    images += [random.integers(0, 256, images[0].shape, numpy.uint8) for _ in range(2)]
    for image in images:
        results = computed(module, example, preprocessed(net, image), indices)
        expected = numpy.concatenate([result.ravel() for result in results])
        if not numpy.isfinite(expected).all():
            raise ExportError("the module gives numbers that are not finite for an image of 8-bit pixels")
        net.self_test(image, expected, _TOLERANCE * max(1e-3, float(numpy.abs(expected).max())))


def pixels(net: Network, x: Any) -> Any:
    """The image that becomes x, as nearly as 8 bits say it: of the size to which images are resized, so that nothing is resized."""
    scale, offset = (numpy.asarray(v, numpy.float64)[:, None, None] for v in (net.scale, net.offset))
    image = numpy.clip(numpy.rint((x - offset) / scale), 0, 255).astype(numpy.uint8)
    image = image.transpose(1, 2, 0) if net.colour == "rgb" else image[0]
    room = [(outer - inner) for outer, inner in zip(net.resized, x.shape[1:])]
    around = [(r // 2, r - r // 2) for r in room] + [(0, 0)] * (image.ndim - 2)
    return numpy.pad(image, around, "edge")


def preprocessed(net: Network, image: Any) -> Any:
    """The network's input for an image of that size (section 8 of the specification)."""
    (_, height, width), (outer, across) = net.input.shape, net.resized
    top, left = (outer - height) // 2, (across - width) // 2
    planes = image[top:top + height, left:left + width].reshape(height, width, -1).transpose(2, 0, 1)
    scale, offset = (numpy.asarray(v, numpy.float32).astype(numpy.float64)[:, None, None] for v in (net.scale, net.offset))
    return (planes * scale + offset).astype(numpy.float32)


def computed(module: torch.nn.Module, example: torch.Tensor, x: Any, indices: Any) -> Any:
    """The module's results for one image, shown in a batch as large as the example's."""
    batch = torch.from_numpy(x)[None].expand(len(example), -1, -1, -1).to(example.device, example.dtype).contiguous()
    with evaluating(module), torch.no_grad():
        results = [value for _, value in named(module(batch))]
    return [results[index][0].detach().cpu().float().numpy() for index in indices]
