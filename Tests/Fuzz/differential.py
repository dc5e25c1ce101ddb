#!/usr/bin/env python3
"""Compares libferm with the second reader: verdict, code, offset, and the numbers of all outputs of what both accept.

    FERM_LIBRARY=build/lib/libferm.so python3 Tests/Fuzz/differential.py [--runs N] [--seed S] [FILE|FOLDER...]

Without files, the conformance corpus and random sound networks (networks.py) are taken, as they are and mutated. Files named outright
(such as those that a fuzz run kept) are compared as they are before they are mutated. A difference is written to
differential-SEED-RUN.ferm, and status 1 follows.
"""
import argparse
import hashlib
import math
import random
import struct
import sys
import zlib
from pathlib import Path

root = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(root / folder) for folder in ("spec/reader", "Tests/ConformanceTests", "Tests/Fuzz")]
import ferm  # noqa: E402
import networks  # noqa: E402
from library import Library, Refused  # noqa: E402


def pattern(count):
    return [((31 * i + 7) % 17) / 8 - 1 for i in range(count)]


def compare(library, data):
    """A sentence on how the readers differ, or None."""
    try:
        file, own = ferm.File(data), None
    except ferm.Refusal as refusal:
        file, own = None, (refusal.code, refusal.offset)
    small = file is not None and file.work <= 200_000 and file.alive <= 1 << 20
    input = pattern(math.prod(file.input)) if small else None
    try:
        theirs, other = library.run(data, input), None
    except Refused as refused:
        theirs, other = None, (refused.code, refused.offset)
    # What the library computes may overflow, or be more than it does; then there is nothing to compare.
    if small and other in (("not-finite", None), ("work", None), ("memory", None)):
        return None
    if own or other:
        return None if own == other else f"library {other or 'accepts'}, second reader {own or 'accepts'}"
    if not small:
        return None
    outputs = {name: [x for value in values for x in value] for name, values in file.run(input).items()}
    if list(outputs) != list(theirs):
        return f"outputs {list(theirs)} and {list(outputs)}"
    for name, numbers in outputs.items():
        if differ(numbers, theirs[name]):
            return f"output {name}: {theirs[name]} and {numbers}"
    return None


def differ(numbers, theirs):
    largest = max(map(abs, numbers))
    # Where values overflow, nothing is defined; where they cancel out, little is left of their digits.
    if not largest < 1e30 or largest < 1e-6 or not all(map(math.isfinite, theirs)):
        return False
    return len(numbers) != len(theirs) or not all(abs(a - b) <= 1e-3 * largest for a, b in zip(numbers, theirs))


# ---- mutations ----

def split(data):
    chunks, place = [], 16
    while place + 16 <= len(data):
        length = struct.unpack_from("<I", data, place + 4)[0]
        end = place + 16 + (length + 7) // 8 * 8
        if end > len(data):
            return None
        chunks.append([data[place:place + 4], bytearray(data[place + 8:place + 8 + length])])
        place = end
    return chunks


def join(header, chunks, fit):
    """The file again with checksums, lengths and digest right; `fit` gives stored tensors the size of their shape."""
    file = bytearray(header)
    chunks = [[type, bytearray(payload)] for type, payload in chunks]
    index = next((c for c in chunks if c[0] == b"TIDX"), None)
    for type, payload in chunks:
        if type == b"TDAT" and fit and index:
            before = sum(16 + (len(c[1]) + 7) // 8 * 8 for c in chunks[:[c[0] for c in chunks].index(b"TDAT")])
            payload[:] = fitted(index[1], payload, 16 + before + 8) or payload
    for type, payload in chunks:
        start = len(file)
        if type == b"FEND" and len(payload) == 40:
            payload[:] = struct.pack("<Q", start + 56) + hashlib.sha256(file).digest()
        file += type + struct.pack("<I", len(payload)) + payload + bytes(-len(payload) % 8)
        file += struct.pack("<II", zlib.crc32(file[start:start + 8] if type == b"TDAT" else file[start:]), 0)
    return bytes(file)


def fitted(index, data, start):
    """New tensor data for a changed index, and the index's stored sizes and checksums put right."""
    place, old, new = 2, bytearray(data), bytearray()
    try:
        for _ in range(struct.unpack_from("<H", index)[0]):
            place += 2 + struct.unpack_from("<H", index, place)[0]
            type, codec, rank = index[place:place + 3]
            place += 3
            shape = struct.unpack_from(f"<{rank}I", index, place)
            place += 4 * rank
            size, crc = struct.unpack_from("<II", index, place)
            if codec == 0:
                size = math.prod(shape) * {1: 4, 4: 1}.get(type, 2) + (4 * shape[0] if type == 4 and shape else 0)
            if size > 1 << 17:
                return None
            gap = -(start + len(new)) % 64
            new += bytes(gap)
            del old[:gap]
            piece = (old[:size] + b"\0\0\0\x3c" * (size // 4 + 1))[:size]
            del old[:size]
            new += piece
            struct.pack_into("<II", index, place, size, zlib.crc32(piece))
            place += 8
    except (struct.error, ValueError):
        return None
    return new


def mutate(data, rng):
    chunks = split(data)
    if not chunks or rng.random() < 0.05:
        data = bytearray(data)
        for _ in range(rng.randint(1, 3)):
            if data:
                data[rng.randrange(len(data))] = rng.randrange(256)
        return bytes(data[:rng.randrange(len(data) + 1)] if rng.random() < 0.3 else data)
    header = bytearray(data[:16])
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        chunk = rng.choice(chunks)
        payload = chunk[1]
        action = rng.randrange(12)
        if action == 0:
            header[rng.randrange(16)] = rng.randrange(256)
        elif action == 1:
            chunk[0] = bytes(c ^ (0x20 if rng.random() < 0.3 else 0) for c in chunk[0])
        elif action == 2:
            chunks.insert(rng.randrange(len(chunks) + 1), [chunk[0], bytearray(payload)])
        elif action == 3 and len(chunks) > 1:
            chunks.remove(chunk)
        elif action == 4 and payload:
            del payload[rng.randrange(len(payload)):]
        elif action == 5:
            payload[rng.randrange(len(payload) + 1):0] = rng.randbytes(rng.randint(1, 8))
        elif action == 6 and payload:
            payload[rng.randrange(len(payload))] ^= 1 << rng.randrange(8)
        elif len(payload) >= 2:
            place = rng.randrange(len(payload) - 1)
            old = struct.unpack_from("<H", payload, place)[0]
            new = rng.choice((old + 1, old - 1, rng.randrange(8), rng.randrange(70), 0xFFFF, 0xFFFE, old * 2, 1 << rng.randrange(16)))
            struct.pack_into("<H", payload, place, new & 0xFFFF)
    return join(header, chunks, rng.random() < 0.8)


def another(files, rng, made):
    """A file to compare, one of two that are made sound as it is."""
    if not made or rng.random() < 0.6:
        return mutate(rng.choice(files), rng)
    data = networks.file(rng)
    return data if rng.random() < 0.5 else mutate(data, rng)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--runs", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("paths", nargs="*", type=Path)
    options = parser.parse_args()
    library, rng = Library(), random.Random(options.seed)
    named = [file for path in options.paths for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    files = [path.read_bytes() for path in named or sorted(root.glob("spec/conformance/**/*.ferm"))]
    files = [data for data in files if len(data) <= 20000]
    differences = count = 0
    for run in range(-len(files), options.runs):
        data = files[run] if run < 0 else another(files, rng, made=not named)
        count += 1
        found = compare(library, data)
        if found:
            differences += 1
            name = f"differential-{options.seed}-{run}.ferm"
            Path(name).write_bytes(data)
            print(f"{name}: {found}", file=sys.stderr)
            if differences >= 20:
                break
    print(f"differential: {count} files, {differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
