#!/usr/bin/env python3
"""Builds the documentation of FermFormat and FermRuntime with the toolchain's DocC; a warning is a failure.

Usage: documentation.py BUILD FOLDER        (BUILD: where `swift build` put the modules; FOLDER/FermRuntime/index.html and so on are written)
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

root = Path(__file__).resolve().parents[1]
CATALOGUES = {"FermFormat": root / "Sources/Format/FermFormat.docc", "FermRuntime": root / "Sources/Runtime/FermRuntime.docc"}


def symbols(module, build, folder, tools):
    """Writes what is public in a module, without the functions of ferm.h, which documents them itself."""
    maps = [*(root / "Sources").rglob("module.modulemap"), *build.glob("*.build/module.modulemap")]
    clang = [f"-fmodule-map-file={path}" for path in maps] + [f"-I{path}" for path in (root / "Sources").rglob("include")]
    target = json.loads(subprocess.run([tools / "swiftc", "-print-target-info"], check=True, capture_output=True).stdout)["target"]
    subprocess.run([tools / "swift-symbolgraph-extract", "-module-name", module, "-target", target["unversionedTriple"],
                    "-I", build / "Modules", *(word for flag in clang for word in ("-Xcc", flag)),
                    "-minimum-access-level", "public", "-output-dir", folder], check=True)
    path = folder / f"{module}.symbols.json"
    graph = json.loads(path.read_text())
    graph["symbols"] = [one for one in graph["symbols"] if not one["names"]["title"].startswith("ferm_")]
    path.write_text(json.dumps(graph))


def main(build, output):
    tools = Path(os.path.realpath(shutil.which(os.environ.get("SWIFT", "swift")))).parent
    output.mkdir(parents=True, exist_ok=True)
    for module, catalogue in CATALOGUES.items():
        with tempfile.TemporaryDirectory() as folder:
            symbols(module, build, Path(folder), tools)
            subprocess.run([tools / "docc", "convert", catalogue, "--additional-symbol-graph-dir", folder, "--warnings-as-errors",
                            "--fallback-display-name", module, "--fallback-bundle-identifier", module,
                            "--output-path", output / module], check=True)
        pages = len(list((output / module / "data").rglob("*.json")))
        print(f"documentation: {module}, {pages} pages in {output / module}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
