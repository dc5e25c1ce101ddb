"""Small files that would cost much: networks of any size over tensors of zeros, which pack to nothing."""
import sys
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "spec/conformance"))
from builder import Model, Tensor  # noqa: E402  (the path is set first)


class Zeros(Tensor):
    """A tensor of zeros that is never held whole."""

    def __init__(self, name, shape, type="fp32"):
        super().__init__(name, shape, [], type, "zlib", [1.0] * shape[0])
        count = {"fp32": 4, "fp16": 2, "bf16": 2, "int8": 1}[type]
        for side in shape:
            count *= side
        packer = zlib.compressobj(9)
        packed = [packer.compress(self.raw)] if type == "int8" else []
        for start in range(0, count, 1 << 20):
            packed.append(packer.compress(bytes(min(1 << 20, count - start))))
        self.packed = b"".join(packed) + packer.flush()


def network(input, labels=("a",)):
    """A network that says how large the image is to be, and nothing else."""
    m = Model(input, labels)
    m.resized = input[1:]
    return m


def zeros(m, name, shape, type="fp32"):
    """Adds a tensor of zeros; gives its name."""
    m.tensors.append(Zeros(name, shape, type))
    return name


def classify(m, channels):
    """From a map of `channels` channels to one logit a label: the mean of each, and a layer of zeros."""
    m.node("adaptive_average_pool")
    m.node("flatten")
    m.node("linear", weight=zeros(m, "zz", [len(m.labels), channels]))
    return m


def write(m, path):
    """Writes the file; gives its path."""
    path.write_bytes(m.encoded()[0])
    return path
