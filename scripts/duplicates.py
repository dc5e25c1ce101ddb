#!/usr/bin/env python3
"""Finds lines that stand in two places: runs of six or more, whatever their indentation, comments and empty lines left out.

Usage: duplicates.py [FOLDER...]        (Sources without one; status 1 and a line for each run)
"""
import re
import sys
from collections import defaultdict
from pathlib import Path

LEAST = 6
#: Lines that say nothing by themselves: a run needs as many others.
EMPTY = re.compile(r"^(?:[{}()\[\],;]*|//.*|/\*.*\*/|#include.*|(?:public |internal |@testable )*import .*|#endif.*)$")


def lines_of(path):
    """The lines that count, each with its number."""
    text = re.sub(r"/\*.*?\*/", lambda found: "\n" * found[0].count("\n"), path.read_text(), flags=re.S)
    kept = ((number, " ".join(line.split())) for number, line in enumerate(text.split("\n"), 1))
    return [(number, line) for number, line in kept if not EMPTY.match(line)]


def duplicates(paths):
    """Pairs of places with so many lines alike: (count, (path, line), (path, line)), each run once and as long as it is."""
    files = {path: lines_of(path) for path in paths}
    places = defaultdict(list)
    for path, lines in files.items():
        for start in range(len(lines) - LEAST + 1):
            places[tuple(line for _, line in lines[start:start + LEAST])].append((path, start))
    for group in places.values():
        for index, (path, start) in enumerate(group):
            for other, begin in group[index + 1:]:
                if start and begin and files[path][start - 1][1] == files[other][begin - 1][1]:
                    continue  # a part of a longer run
                count = LEAST
                while (start + count < len(files[path]) and begin + count < len(files[other])
                       and files[path][start + count][1] == files[other][begin + count][1]):
                    count += 1
                if path != other or start + count <= begin:
                    yield count, (path, files[path][start][0]), (other, files[other][begin][0])


def main(folders):
    root = Path(__file__).resolve().parents[1]
    paths = sorted(path for folder in folders or ["Sources"] for path in (root / folder).rglob("*")
                   if path.suffix in (".swift", ".c", ".h", ".inl") and ".docc/" not in str(path))
    found = sorted(duplicates(paths), key=lambda run: -run[0])
    for count, (path, line), (other, begin) in found:
        print(f"{path.relative_to(root)}:{line} and {other.relative_to(root)}:{begin}: {count} lines alike", file=sys.stderr)
    print(f"duplicates: {len(paths)} files, {len(found)} runs of {LEAST} or more lines that stand in two places")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
