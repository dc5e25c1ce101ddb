#!/usr/bin/env python3
"""Who may import whom: compares Package.swift and the sources with the arrows below; docs/architecture.md says why they are so.

Usage: arrows.py        (status 1 and a line for each fault)
"""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

#: A room is a folder below Sources with all that no other room has; beside itself it knows these rooms.
ARROWS = {
    "Format": [],
    "Format/Files": ["Format"],
    "Runtime": ["Format"],
    "Train": ["Format", "Format/Files", "Runtime"],
    "Tools/Image": [],
    "Tools/Drawing": ["Format/Files", "Tools/Image"],
    "Tools/Support": ["Format/Files", "Runtime"],
    "Tools/fer-train": ["Format", "Format/Files", "Runtime", "Train", "Tools/Image", "Tools/Drawing", "Tools/Support"],
    "Tools/fer-infer": ["Format", "Format/Files", "Runtime", "Tools/Image", "Tools/Drawing", "Tools/Support"],
    "Tools/fer-inspect": ["Format", "Format/Files", "Runtime", "Tools/Support"],
}
#: Of a room that is known, these modules alone.
ONLY = {("Format/Files", "Format"): ["FermSystem"], ("Tools/Support", "Runtime"): ["CFerm"]}
#: Swift's own libraries by room. Format and Runtime have none, since they are built as Embedded Swift, too.
SWIFT = {"Format": [], "Runtime": [], "Tools/Image": ["Glibc"], "Tools/Drawing": ["Glibc"]}
USUAL_SWIFT = ["Foundation", "Glibc", "Synchronization"]
#: The libraries of the system, each with the one target that may include its headers and link it.
LIBRARIES = {
    "CZlib": (["zlib.h"], ["z"]),
    "COpenBLAS": (["cblas.h"], ["openblas"]),
    # Loaded when it is needed, not linked.
    "FermDrawingShim": (["cairo/cairo.h", "fontconfig/fontconfig.h"], []),
    "FermImageShim": (["jpeglib.h", "jerror.h", "png.h", "webp/decode.h", "webp/demux.h"], ["jpeg", "png16", "webp", "webpdemux"]),
}
SUFFIXES = (".swift", ".c", ".h", ".inl", ".modulemap")
#: What any target may link: a part of the C library.
MATH = "m"


class Target:
    def __init__(self, entry, names):
        self.name, self.path, self.type = entry["name"], entry.get("path") or "", entry["type"]
        self.needs = [name for name in (next(iter(need.values()))[0] for need in entry["dependencies"]) if name in names]
        self.exclude = [f"{self.path}/{folder}" for folder in entry.get("exclude", [])]
        settings = [(kind, value.get("_0")) for setting in entry["settings"] for kind, value in setting["kind"].items()]
        self.links = [value for kind, value in settings if kind == "linkedLibrary"]
        self.paths = [value for kind, value in settings if kind == "headerSearchPath"]
        self.room = max((room for room in ARROWS if f"{self.path}/".startswith(f"Sources/{room}/")), key=len, default=None)

    def holds(self, file):
        return file.startswith(f"{self.path}/") and not any(file.startswith(f"{folder}/") or file == folder for folder in self.exclude)


def faults(package, sources):
    """What is wrong with a package as `swift package dump-package` describes it, and texts by their paths below Sources."""
    names = {entry["name"] for entry in package["targets"]}
    targets = {entry["name"]: Target(entry, names) for entry in package["targets"] if (entry.get("path") or "").startswith("Sources/")}
    for target in targets.values():
        if target.room is None:
            yield f"Package.swift: {target.name} lies in no room that the arrows know: {target.path}"
            continue
        for need in target.needs:
            if not may(target, targets[need]):
                yield f"Package.swift: {target.name} may not depend on {need}"
        for path in target.paths:
            if path.startswith("../.."):
                yield f"Package.swift: {target.name} looks for headers afar: {path}"
        for library in target.links:
            if library != MATH and library not in LIBRARIES.get(target.name, ([], []))[1]:
                yield f"Package.swift: {target.name} may not link {library}"
    users = {library: set() for library in LIBRARIES}
    imported = {name: set() for name in targets}
    for file, text in sources.items():
        for part in re.findall(r'"(?:[^"\n]*/)?\.\./\.\.[^"\n]*"', text):
            yield f"{file}: names a file from afar: {part}"
        holders = [target for target in targets.values() if target.room and target.holds(file)]
        if len(holders) != 1:
            yield f"{file}: belongs to {', '.join(target.name for target in holders) or 'no target'}"
            continue
        target, = holders
        for word in imports(file, text):
            if word in targets:
                imported[target.name].add(word)
                users.get(word, set()).add(target.name)
                if word != target.name and word not in target.needs:
                    yield f"{file}: imports {word}, on which {target.name} does not depend"
            elif word not in SWIFT.get(target.room, USUAL_SWIFT):
                yield f"{file}: imports {word}, which is not for {target.room}"
        for header in re.findall(r"^\s*#\s*include\s*<([^>]+)>", text, re.M):
            for owner, (headers, _) in LIBRARIES.items():
                if header in headers and target.name != owner:
                    yield f"{file}: includes <{header}>, which is for {owner} alone"
        for header in re.findall(r'^\s*#\s*include\s*"([^"]+)\.h"', text, re.M):
            if header in targets:
                imported[target.name].add(header)
    for library, found in users.items():
        if len(found) != 1:
            yield f"{library} is imported by {', '.join(sorted(found)) or 'nobody'}; exactly one target may"
    for target in targets.values():
        for need in target.needs:
            if target.room and targets[need].type != "system" and need not in imported[target.name]:
                yield f"Package.swift: {target.name} depends on {need}, which none of its sources imports"


def may(target, other):
    """Whether there is an arrow from one target's room to another's."""
    if target.room == other.room:
        return True
    only = ONLY.get((target.room, other.room))
    return other.room in ARROWS[target.room] and (only is None or other.name in only)


def imports(file, text):
    """The modules that a Swift file imports."""
    if not file.endswith(".swift"):
        return []
    before = "(?:@\\w+ |public |package |internal |fileprivate |private )*"
    return re.findall(rf"^{before}import (?:(?:struct|class|enum|protocol|typealias|func|var|let) )?(\w+)", text, re.M)


def description(root):
    """The package at a folder, and its sources."""
    package = subprocess.run(
        [os.environ.get("SWIFT", "swift"), "package", "dump-package"], cwd=root, check=True, capture_output=True).stdout
    sources = {str(path.relative_to(root)): path.read_text() for path in sorted((root / "Sources").rglob("*"))
               if path.suffix in SUFFIXES and ".docc/" not in str(path)}
    return json.loads(package), sources


def main():
    package, sources = description(Path(__file__).resolve().parents[1])
    found = list(faults(package, sources))
    for fault in found:
        print(fault, file=sys.stderr)
    print(f"arrows: {len(package['targets'])} targets, {len(sources)} sources, {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
