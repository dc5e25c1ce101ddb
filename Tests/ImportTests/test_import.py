"""`fer-train import` on checkpoints, good and hostile, made here with Python's own pickle and zip modules.

The `torch` below is a stand-in with the names that torch.save writes down; the bytes are those of the real one
(pickled with persistent ids, one zip entry a storage), which a checkpoint written by PyTorch itself confirms when
FERM_PARITY names a folder with one.
"""
import collections
import io
import json
import os
import pickle
import struct
import subprocess
import sys
import types
import zipfile
from pathlib import Path

import numpy
import pytest

root = Path(__file__).resolve().parents[2]
tools = root / ".build/release"
network = ["--network", "vgg-s", "--width", "0.0625"]

# ---- a torch that can only be pickled ----

torch = types.ModuleType("torch")
utils = types.ModuleType("torch._utils")
sys.modules.update({"torch": torch, "torch._utils": utils})
for storage in ("FloatStorage", "HalfStorage", "DoubleStorage", "LongStorage"):
    setattr(torch, storage, type(storage, (), {"__module__": "torch"}))


def _rebuild_tensor_v2(*arguments):
    raise NotImplementedError


_rebuild_tensor_v2.__module__ = "torch._utils"
utils._rebuild_tensor_v2 = _rebuild_tensor_v2
kinds = {"float32": "FloatStorage", "float16": "HalfStorage", "float64": "DoubleStorage", "int64": "LongStorage"}


class Tensor:
    """An array as torch.save sees a tensor. `count` overrides the stated number of elements."""

    def __init__(self, array, strides=None, shape=None, offset=0, count=None):
        self.data = numpy.ascontiguousarray(array)
        self.shape = array.shape if shape is None else tuple(shape)
        self.strides = strides if strides is not None else tuple(s // array.itemsize for s in self.data.strides)
        self.offset, self.count = offset, count or self.data.size

    def __reduce__(self):
        return utils._rebuild_tensor_v2, (
            StorageReference(self), self.offset, self.shape, self.strides, False, collections.OrderedDict())


class StorageReference:
    def __init__(self, tensor):
        self.tensor = tensor


class Call:
    """Pickles as a call."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def write(path, value, protocol=2, compression=zipfile.ZIP_STORED, extra=()):
    storages, keys = [], {}

    class Pickler(pickle.Pickler):
        def persistent_id(self, thing):
            if isinstance(thing, StorageReference):
                if thing not in keys:
                    keys[thing] = str(len(storages))
                    storages.append(thing.tensor.data.tobytes())
                kind = getattr(torch, kinds[str(thing.tensor.data.dtype)])
                return "storage", kind, keys[thing], "cpu", thing.tensor.count

    text = io.BytesIO()
    Pickler(text, protocol).dump(value)
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("net/data.pkl", text.getvalue())
        archive.writestr("net/byteorder", "little")
        for i, data in enumerate(storages):
            archive.writestr(f"net/data/{i}", data)
        for name, data in extra:
            archive.writestr(name, data)
    return path


def tool(name, *words):
    return subprocess.run([tools / name, *map(str, words)], capture_output=True, text=True)


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """Weights of the small network: numbers that fp16 holds too, so that storage types can be compared."""
    folder = tmp_path_factory.mktemp("state")
    random = numpy.random.default_rng(0)
    state = collections.OrderedDict()
    widths = {"1": (1, 4), "2": (4, 8), "3": (8, 16), "4": (16, 16)}
    for block, (inputs, width) in widths.items():
        for part, channels in (("a", inputs), ("b", width)):
            shapes = {f"conv{block}{part}.weight": (width, channels, 3, 3), f"conv{block}{part}.bias": (width,)}
            for field in ("weight", "bias", "running_mean", "running_var"):
                shapes[f"bn{block}{part}.{field}"] = (width,)
            for name, shape in shapes.items():
                state[name] = (random.integers(1, 64, shape) / 64).astype(numpy.float32)
            state[f"bn{block}{part}.num_batches_tracked"] = numpy.array([7], numpy.int64)
    for name, shape in {"lin1": (32, 64), "lin2": (7, 32)}.items():
        state[f"{name}.weight"] = (random.integers(-64, 64, shape) / 64).astype(numpy.float32)
        state[f"{name}.bias"] = (random.integers(-64, 64, shape[:1]) / 64).astype(numpy.float32)
    return state, tensors_of(folder, safetensors(folder / "x.safetensors", state))


def safetensors(path, state):
    header, body = {}, b""
    for name, array in state.items():
        kind = {"float32": "F32", "int64": "I64"}[str(array.dtype)]
        header[name] = {"dtype": kind, "shape": array.shape, "data_offsets": [len(body), len(body) + array.nbytes]}
        body += array.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)
    return path


def tensors_of(folder, path):
    """Imports a file and returns its tensors' names, shapes and checksums."""
    imported = tool("fer-train", "import", path, "-o", folder / "model.ferm", *network)
    assert imported.returncode == 0, imported.stderr
    return json.loads(tool("fer-inspect", folder / "model.ferm", "--json").stdout)["tensors"]


def wrap(state, **options):
    return collections.OrderedDict((name, Tensor(array, **options)) for name, array in state.items())


# ---- what must be read ----


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_pickle_protocol_gives_the_same_weights(state, protocol, tmp_path):
    arrays, expected = state
    assert tensors_of(tmp_path, write(tmp_path / "x.pt", wrap(arrays), protocol)) == expected


@pytest.mark.parametrize(
    "outer",
    [
        lambda s: {"logs": ([1.9, 1.5], [1.8], [25.0], [30.0]), "params": s},
        lambda s: {"epoch": 3, "best": None, "ok": True, "n": 2**40, "minus": -5, "nested": [({"net": s},)]},
        lambda s: collections.OrderedDict(("module." + name, tensor) for name, tensor in s.items()),
        lambda s: {"accuracy": numpy.float64(0.5), "raw": b"bytes", "state_dict": s},
        lambda s: {"best": Tensor(numpy.zeros(1, numpy.float32), shape=(), strides=()), "state_dict": s},
    ],
    ids=["published", "nested", "parallel", "numpy", "scalar"],
)
def test_the_weights_are_found_wherever_they_lie(state, outer, tmp_path):
    arrays, expected = state
    assert tensors_of(tmp_path, write(tmp_path / "x.pt", outer(wrap(arrays)), 4)) == expected


@pytest.mark.parametrize("kind", ["float16", "float64"])
def test_other_float_types_are_converted(state, kind, tmp_path):
    arrays, expected = state
    other = {n: a if a.dtype == numpy.int64 else a.astype(kind) for n, a in arrays.items()}
    assert tensors_of(tmp_path, write(tmp_path / "x.pt", wrap(other))) == expected


def test_views_with_strides_and_offsets_are_gathered(state, tmp_path):
    arrays, expected = state
    tensors = wrap(arrays)
    weight = arrays["lin1.weight"]
    padded = numpy.concatenate([numpy.full(5, 9, numpy.float32), weight.T.ravel()])
    tensors["lin1.weight"] = Tensor(padded, strides=(1, weight.shape[0]), shape=weight.shape, offset=5)
    assert tensors_of(tmp_path, write(tmp_path / "x.pt", tensors)) == expected


prefixes = ["module.", "_orig_mod.", "_orig_mod.module.", "module._orig_mod.", "module.module.", "model.", "net.module."]


@pytest.mark.parametrize("prefix", prefixes)
def test_what_wrappers_put_before_the_names_goes(state, prefix, tmp_path):
    arrays, expected = state
    named = collections.OrderedDict((prefix + name, tensor) for name, tensor in wrap(arrays).items())
    # Averaging keeps a counter beside the network.
    counted = collections.OrderedDict(named, n_averaged=Tensor(numpy.array([3], numpy.int64)))
    assert tensors_of(tmp_path, write(tmp_path / "x.pt", counted)) == expected
    plain = {prefix + name: array for name, array in arrays.items()}
    assert tensors_of(tmp_path, safetensors(tmp_path / "x.safetensors", plain)) == expected


def test_a_compiled_part_of_a_network_is_read(state, tmp_path):
    arrays, expected = state
    named = {name.replace(".", "._orig_mod."): tensor for name, tensor in wrap(arrays).items()}
    assert tensors_of(tmp_path, write(tmp_path / "x.pt", named)) == expected


@pytest.mark.skipif("FERM_PARITY" not in os.environ, reason="FERM_PARITY names no folder with a PyTorch checkpoint")
def test_the_structure_of_the_published_checkpoint_imports_without_options(tmp_path):
    imported = tool("fer-train", "import", Path(os.environ["FERM_PARITY"]) / "vgg.pt", "-o", tmp_path / "vgg.ferm")
    assert imported.returncode == 0, imported.stderr


def test_an_import_says_what_it_assumed(state, tmp_path):
    path = safetensors(tmp_path / "x.safetensors", state[0])
    words = tool("fer-train", "import", path, "-o", tmp_path / "model.ferm", *network).stderr.splitlines()
    assert words[1].startswith("labels, assumed: angry, disgust, fear, happy, sad, surprise, neutral")
    assert words[2].startswith("preprocessing, assumed: ") and "48" in words[2]
    own = ["--labels", "a,b,c,d,e,f,g"]
    words = tool("fer-train", "import", path, "-o", tmp_path / "model.ferm", *network, *own).stderr.splitlines()
    assert words[1] == "labels: a, b, c, d, e, f, g"


# ---- what must be refused ----


def refused(path, *words):
    """The import fails with status 3 and one sentence that names the file, and leaves nothing behind."""
    output = path.parent / "refused.ferm"
    outcome = tool("fer-train", "import", path, "-o", output, *network)
    assert outcome.returncode == 3, outcome.stderr
    assert not output.exists() and outcome.stdout == ""
    assert str(path) in outcome.stderr and len(outcome.stderr.strip().splitlines()) == 1
    for word in words:
        assert word in outcome.stderr


def test_a_pickle_that_calls_the_system_runs_nothing(state, tmp_path):
    trap = tmp_path / "owned"
    for protocol in (2, 4):
        for i, value in enumerate([Call(os.system, f"touch {trap}"),
                                   {"params": wrap(state[0]), "x": [Call(os.system, f"touch {trap}")]}]):
            refused(write(tmp_path / f"{protocol}{i}.pt", value, protocol), "system", "never")
    refused(write(tmp_path / "eval.pt", Call(eval, f"open({str(trap)!r}, 'w')")), "eval")
    assert not trap.exists()


@pytest.mark.parametrize("name", ["../evil", "net/../../evil", "/etc/evil", "net/data/..", "a\\..\\evil", "c:evil"])
def test_zip_entries_that_point_elsewhere_are_refused(state, name, tmp_path):
    refused(write(tmp_path / "x.pt", wrap(state[0]), extra=[(name, b"x")]), "no plain path")
    assert not list(tmp_path.parent.glob("**/evil"))


def test_a_storage_larger_than_its_file_is_refused(state, tmp_path):
    tensors = wrap(state[0])
    tensors["lin1.bias"] = Tensor(state[0]["lin1.bias"], count=1_000_000, shape=(1_000_000,))
    refused(write(tmp_path / "x.pt", tensors), "lin1.bias", "1000000 elements")


@pytest.mark.parametrize(
    "view",
    [
        dict(offset=1), dict(offset=-1), dict(shape=(33,)), dict(strides=(2,)), dict(strides=(-1,)),
        dict(shape=(2**62, 2**62), strides=(1, 1)), dict(shape=(32, 4), strides=(0, 0)), dict(shape=(0,)),
        dict(shape=(1,) * 9, strides=(1,) * 9), dict(strides=(2**62,), shape=(32,)), dict(offset=2**63 - 1),
    ],
)
def test_views_beyond_their_storage_are_refused(state, view, tmp_path):
    tensors = wrap(state[0])
    tensors["lin1.bias"] = Tensor(state[0]["lin1.bias"], **view)
    refused(write(tmp_path / "x.pt", tensors), "lin1.bias")


def test_a_zip_bomb_is_refused_unexpanded(tmp_path):
    path = write(tmp_path / "x.pt", {}, compression=zipfile.ZIP_DEFLATED, extra=[("net/data/0", bytes(1 << 28))])
    assert path.stat().st_size < 1 << 20
    refused(path, "compressed")


def test_overlapping_and_repeated_entries_are_refused(tmp_path):
    path = write(tmp_path / "x.pt", {}, extra=[("net/data/0", b"a" * 64), ("net/data/1", b"b" * 64)])
    raw = path.read_bytes()
    first, second = raw.rindex(b"net/data/0") - 46, raw.rindex(b"net/data/1") - 46
    same_place = bytearray(raw)
    same_place[second + 42 : second + 46] = raw[first + 42 : first + 46]
    (tmp_path / "y.pt").write_bytes(same_place)
    refused(tmp_path / "y.pt", "net/data/1")
    (tmp_path / "z.pt").write_bytes(raw.replace(b"net/data/1", b"net/data/0"))
    refused(tmp_path / "z.pt", "two entries")


def test_a_damaged_storage_is_refused(state, tmp_path):
    path = write(tmp_path / "x.pt", wrap(state[0]))
    raw = bytearray(path.read_bytes())
    raw[raw.index(state[0]["lin1.weight"].tobytes()) + 100] ^= 1
    path.write_bytes(raw)
    refused(path, "checksum")


def test_an_old_checkpoint_and_other_files_are_told_apart(tmp_path):
    (tmp_path / "old.pt").write_bytes(pickle.dumps(0x1950A86A20F9469CFC6C, 2))
    refused(tmp_path / "old.pt", "1.6")
    (tmp_path / "text.pt").write_bytes(b"not a checkpoint at all")
    refused(tmp_path / "text.pt")
    with zipfile.ZipFile(tmp_path / "other.pt", "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    refused(tmp_path / "other.pt", "data.pkl")
    refused(write(tmp_path / "empty.pt", {"params": {}}), "no dictionary of tensors")


@pytest.mark.parametrize("value, words", [(numpy.nan, "NaN"), (numpy.inf, "infinite"), (-numpy.inf, "infinite")])
def test_weights_that_are_no_numbers_are_refused_by_name(state, value, words, tmp_path):
    arrays = {name: array.copy() for name, array in state[0].items()}
    arrays["conv2a.weight"].flat[5] = value
    for path in (write(tmp_path / "x.pt", wrap(arrays)), safetensors(tmp_path / "x.safetensors", arrays)):
        refused(path, "element 5 of the tensor conv2a.weight", words, "diverged")
        run = tool("fer-train", "--data", root / "Examples", "--init", path, "--out", tmp_path / "run", *network)
        assert run.returncode == 3 and "conv2a.weight" in run.stderr and "--lr" not in run.stderr


def test_names_that_become_one_are_refused(state, tmp_path):
    tensors = wrap(state[0])
    tensors["_orig_mod.lin1.bias"] = tensors["lin1.bias"]
    refused(write(tmp_path / "x.pt", tensors), "two of its tensors are called lin1.bias")


def test_a_whole_model_is_refused_with_the_way_to_save_its_weights(state, tmp_path):
    class Net:
        def __init__(self):
            self.state = wrap(state[0])
            # As torch.nn.Module has it.
            self.names = Call(set)

    Net.__qualname__ = Net.__name__ = "Net"
    Net.__module__, torch.Net = "torch", Net
    for protocol in (2, 4):
        path = write(tmp_path / f"{protocol}.pt", Net(), protocol)
        refused(path, "torch.Net", "torch.save(model.state_dict()", "runs none")
        # Beside weights, such as a script's arguments, it does no harm: nobody makes it.
        assert tensors_of(tmp_path, write(path, {"args": Net(), "model": wrap(state[0])}, protocol)) == state[1]
    for packed in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        refused(write(tmp_path / "jit.pt", {}, 2, packed, extra=[("net/code/__torch__.py", b"x" * 99)]), "TorchScript")


def test_many_views_of_one_storage_cost_no_more_than_the_storage(tmp_path):
    """4,000 tensors of 4 MB each, all the same bytes; and as many tensors as no network has."""
    class Same(Tensor):
        def __init__(self, reference, shape):
            super().__init__(numpy.zeros(1, numpy.float32), shape=shape, strides=(1,))
            self.reference = reference

        def __reduce__(self):
            return utils._rebuild_tensor_v2, (self.reference, 0, self.shape, (1,), False, None)

    storage = StorageReference(Tensor(numpy.zeros(1 << 20, numpy.float32)))
    for count, words in ((200, "views of the same"), (4000, "elements together"), (20_000, "at most 4096")):
        tensors = {f"t{i}": Same(storage, (1 << 20,)) for i in range(count)}
        refused(write(tmp_path / f"{count}.pt", tensors), words)


def test_a_tensor_of_a_million_dimensions_is_refused_at_once(tmp_path):
    """One tuple of a million numbers, and 20,000 tensors that take it for their shape."""
    shape = (1,) * 1_000_000

    class Flat(Tensor):
        def __reduce__(self):
            return utils._rebuild_tensor_v2, (reference, 0, shape, shape, False, None)

    reference = StorageReference(Tensor(numpy.zeros(1, numpy.float32)))
    tensors = {f"t{i}": Flat(numpy.zeros(1, numpy.float32)) for i in range(20_000)}
    refused(write(tmp_path / "x.pt", tensors), "not described as PyTorch does")


@pytest.mark.parametrize(
    "header, words",
    [
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "no"), (b'{"__metadata__":[' + b"1," * 3_000_000 + b"1]}", "4 MB"),
        (b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', ""),
        (b'{"a":{"dtype":"F32","shape":[-1],"data_offsets":[-4,9223372036854775807]}}', ""),
        (b'{"a":{"dtype":"F32","shape":[9223372036854775807,2],"data_offsets":[0,1e400]}}', ""),
        (b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', ""),
        (b'{"\\u001b[31mx":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', ""), (b'{"a":{}}', "a"), (b"[]", ""),
    ],
    ids=["deep", "long", "repeated", "negative", "huge", "overlapping", "escape", "empty", "list"],
)
def test_hostile_safetensors_headers_are_refused_in_a_sentence(header, words, tmp_path):
    path = tmp_path / "x.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(8))
    refused(path, words)
    assert "\x1b" not in tool("fer-train", "import", path, "-o", tmp_path / "y.ferm", *network).stderr


def test_what_is_no_regular_file_is_refused_unread(tmp_path):
    os.mkfifo(tmp_path / "pipe.pt")
    for path in (tmp_path / "pipe.pt", tmp_path, tmp_path / "absent.pt"):
        for words in (["import", path, "-o", tmp_path / "o.ferm"],
                      ["--data", root / "Examples", "--init", path, "--out", tmp_path / "r"]):
            outcome = subprocess.run([tools / "fer-train", *words], capture_output=True, text=True, timeout=60)
            assert outcome.returncode == 3 and str(path) in outcome.stderr, outcome.stderr


def test_every_truncation_and_every_damaged_byte_of_the_pickle_is_survived(state, tmp_path):
    """300 damaged files: each is refused with a sentence, or read as some dictionary; none ends by a signal."""
    path = write(tmp_path / "x.pt", wrap(state[0]))
    raw, random = path.read_bytes(), numpy.random.default_rng(1)
    with zipfile.ZipFile(path) as archive:
        text = archive.read("net/data.pkl")
    for i in range(300):
        if i % 3 == 0:
            damaged = raw[: random.integers(0, len(raw))]
        else:
            changed = bytearray(text)
            for at in random.integers(0, len(text), 1 + i % 5):
                changed[at] = random.integers(0, 256)
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("net/data.pkl", bytes(changed))
                for k in range(60):
                    archive.writestr(f"net/data/{k}", bytes(4096))
            damaged = path.read_bytes()
        path.write_bytes(damaged)
        outcome = tool("fer-train", "import", path, "-o", tmp_path / "model.ferm", *network)
        assert outcome.returncode in (0, 3), (i, outcome)
        assert len(outcome.stderr.strip().splitlines()) == (1 if outcome.returncode else 3)


# ---- where it goes ----

default = root / "models/default.ferm"


@pytest.mark.parametrize(
    "words, status",
    [
        (["-o", "a.ferm"], 0), (["-o", "a.FERM"], 0), (["-o", "b.safetensors"], 0), (["-o", "b.SafeTensors"], 0),
        (["-o", "plain", "--to", "ferm"], 0), (["-o", "plain", "--to", "safetensors"], 0),
        (["-o", "/dev/stdout", "--to", "safetensors"], 0),
        (["-o", "plain"], 2), (["-o", "a.txt"], 2), (["-o", "a.ferm", "--to", "safetensors"], 2),
        (["-o", "b.safetensors", "--to", "ferm"], 2), (["-o", "c.onnx"], 2), (["-o", "c.ONNX", "--to", "ferm"], 2),
        (["-o", "c.pt"], 2), (["-o", "c.tflite"], 2), (["-o", "b.safetensors", "--stored"], 2),
    ],
)
def test_an_export_is_what_its_name_says(words, status, tmp_path):
    outcome = subprocess.run([tools / "fer-train", "export", default, *words], capture_output=True, cwd=tmp_path)
    assert outcome.returncode == status, outcome.stderr
    if status:
        assert list(tmp_path.iterdir()) == [] and words[1].split(".")[-1].encode() in outcome.stderr
        return
    raw = outcome.stdout if words[1].startswith("/dev") else (tmp_path / words[1]).read_bytes()
    is_model = "safetensors" not in " ".join(words).lower()
    assert raw.startswith(b"\x89FERM\r\n" if is_model else struct.pack("<Q", struct.unpack("<Q", raw[:8])[0]) + b'{"__meta')


@pytest.mark.parametrize("name", ["x", "x.pt", "x.safetensors", "x.onnx", "ferm"])
def test_a_model_is_written_under_a_model_s_name(state, name, tmp_path):
    path = safetensors(tmp_path / "in.safetensors", state[0])
    outcome = tool("fer-train", "import", path, "-o", tmp_path / name, *network)
    assert outcome.returncode == 2 and ".ferm" in outcome.stderr and not (tmp_path / name).exists()


def test_no_output_replaces_an_input(state, tmp_path):
    import shutil

    shutil.copy(default, tmp_path / "m.ferm")
    shutil.copy(safetensors(tmp_path / "x.safetensors", state[0]), tmp_path / "y.ferm")
    (tmp_path / "card.md").write_text("A card.")
    (tmp_path / "card.ferm").write_text("A card.")
    (tmp_path / "link.ferm").symlink_to("m.ferm")
    faces = tmp_path / "faces"
    labels = "angry disgust fear happy sad surprise neutral".split()
    for label in labels:
        (faces / label).mkdir(parents=True)
        pixels = bytes((31 * i + labels.index(label)) % 251 for i in range(48 * 48))
        (faces / label / "1.pgm").write_bytes(b"P5 48 48 255\n" + pixels)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    model, data = tmp_path / "m.ferm", ["--data", faces]
    for words in (
        ["export", model, "-o", model], ["export", model, "-o", tmp_path / "link.ferm"],
        ["export", tmp_path / "link.ferm", "-o", model, "--weights", "fp16"],
        ["export", model, "-o", tmp_path / "card.ferm", "--card", tmp_path / "card.ferm"],
        ["import", tmp_path / "y.ferm", "-o", tmp_path / "y.ferm", *network],
        ["calibrate", model, *data, "-o", model], ["eval", model, *data, "--svg", model],
        ["eval", model, *data, "--svg", faces / "happy/1.pgm"], ["eval", model, *data, "--svg", "z.ferm", "-o", "z.ferm"],
    ):
        outcome = tool("fer-train", *words)
        assert outcome.returncode == 2, (words, outcome.stderr)
        assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    # Its own figures are what eval -o is for.
    outcome = tool("fer-train", "eval", model, *data, "-o", model)
    assert outcome.returncode == 0, outcome.stderr
    assert "eval.all.none.accuracy" in json.loads(tool("fer-inspect", model, "--json").stdout)["provenance"]
    assert tool("fer-inspect", model, "--verify").returncode == 0
