#!/usr/bin/env python3
"""Prints how many lines of each module the tests ran.

Usage: coverage.py SCRATCH        (where `swift test --enable-code-coverage --scratch-path SCRATCH` has run)
"""
import json
import sys
from pathlib import Path

root = Path(__file__).resolve().parents[1]
MODULES = ["Sources/Format", "Sources/Runtime", "Sources/Train", "Sources/Tools"]


def main(scratch):
    reports = sorted(Path(scratch).glob("*/release/codecov/*.json"))
    if len(reports) != 1:
        sys.exit(f"coverage: {len(reports)} reports lie in {scratch}; one is wanted")
    files = json.loads(reports[0].read_text())["data"][0]["files"]
    for module in MODULES:
        lines = [file["summary"]["lines"] for file in files if file["filename"].startswith(f"{root / module}/")]
        covered, count = sum(line["covered"] for line in lines), sum(line["count"] for line in lines)
        if not count:
            sys.exit(f"coverage: the report has no line of {module}")
        print(f"{module:<16} {covered / count:6.1%}  {covered} of {count} lines in {len(lines)} files")


if __name__ == "__main__":
    main(*sys.argv[1:])
