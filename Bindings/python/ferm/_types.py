"""What calls take and give, for those who check hints."""
from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Literal, Protocol, TypedDict, Union

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Numbers = NDArray[numpy.float32]
else:
    Numbers = Any  # lists, without numpy


class HasArray(Protocol):
    """A numpy array, a torch tensor."""

    def __array__(self, *arguments: Any, **options: Any) -> Any: ...


class PillowImage(Protocol):
    """An image of Pillow's."""

    def tobytes(self, *arguments: Any, **options: Any) -> bytes: ...

    def getbands(self) -> Any: ...


#: Where a model comes from: the path of a .ferm file, or its bytes.
Source = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview]
#: An array, an image of Pillow's, the path of a picture's file, or its bytes.
Picture = Union[HasArray, PillowImage, str, "os.PathLike[str]", bytes, bytearray, memoryview]
#: Some of them, or one.
Pictures = Union[Picture, Iterable[Picture]]
#: How arrays hold the colours of a pixel; X says nothing, and alpha is laid over white.
Order = Literal["rgb", "bgr", "rgba", "bgra", "rgbx", "bgrx"]
Precision = Literal["exact", "fast"]
#: What a model's file says under a key.
Fact = Union[str, int, float, bool]


class Prediction(TypedDict):
    """What an image expresses: the likeliest label, its probability, and that of every label."""

    label: str
    score: float
    probs: Dict[str, float]


class Face(TypedDict):
    """A face in a photo: x, y, width and height in pixels; how sure the detector is; x, y of its key points, the eyes first."""

    box: List[float]
    score: float
    points: List[List[float]]
