"""The scripts that watch over the house find what they are for."""
import copy
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
from PIL import Image

root = Path(__file__).resolve().parents[2]


def script(name):
    found = importlib.util.spec_from_file_location(name, root / f"scripts/{name}.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


arrows, duplicates = script("arrows"), script("duplicates")


@pytest.fixture(scope="module")
def house():
    package, sources = arrows.description(root)
    return package, sources


def target(package, name):
    return next(entry for entry in package["targets"] if entry["name"] == name)


def test_the_arrows_point_as_they_are_said_to(house):
    assert list(arrows.faults(*house)) == []


@pytest.mark.parametrize("file, line, fault", [
    ("Sources/Format/Limits.swift", "import FermRuntime", "imports FermRuntime, on which FermFormat does not depend"),
    ("Sources/Runtime/Plan.swift", "internal import FermTrain", "imports FermTrain, on which FermRuntime does not depend"),
    ("Sources/Runtime/Plan.swift", "@preconcurrency import Foundation", "imports Foundation, which is not for Runtime"),
    ("Sources/Format/Limits.swift", "import struct Foundation.Data", "imports Foundation, which is not for Format"),
    ("Sources/Runtime/Plan.swift", "internal import CZlib", "CZlib is imported by FermFormat, FermRuntime; exactly one target may"),
    ("Sources/Tools/Image/Image.swift", "import FermFormat", "imports FermFormat, on which FermImage does not depend"),
    ("Sources/Runtime/Library/CFerm/version.c", "#include <png.h>", "includes <png.h>, which is for FermImageShim alone"),
    ("Sources/Runtime/Library/CFerm/version.c", '#include "../../Kernels/a.inl"', "names a file from afar"),
])
def test_an_import_against_the_arrows_is_found(house, file, line, fault):
    package, sources = house
    sources = {**sources, file: f"{line}\n{sources[file]}"}
    assert fault in "\n".join(arrows.faults(package, sources))


@pytest.mark.parametrize("name, need, fault", [
    ("FermFormat", "FermFiles", "FermFormat may not depend on FermFiles"), ("FermRuntime", "FermTrain", "FermRuntime may not depend on FermTrain"),
    ("FermToolSupport", "FermRuntime", "FermToolSupport may not depend on FermRuntime"), ("fer-infer", "FermTrain", "fer-infer may not depend on FermTrain"),
    ("FermTrain", "FermImage", "FermTrain may not depend on FermImage"), ("FermImage", "FermSystem", "FermImage may not depend on FermSystem"),
])
def test_a_dependency_against_the_arrows_is_found(house, name, need, fault):
    package, sources = copy.deepcopy(house[0]), house[1]
    target(package, name)["dependencies"].append({"byName": [need, None]})
    found = "\n".join(arrows.faults(package, sources))
    assert fault in found and f"{name} depends on {need}, which none of its sources imports" in found


def test_a_library_and_a_folder_in_the_wrong_place_are_found(house):
    package, sources = copy.deepcopy(house[0]), house[1]
    target(package, "FermRuntime")["settings"].append({"kind": {"linkedLibrary": {"_0": "png16"}}, "tool": "linker"})
    package["targets"].append({"name": "Fifth", "path": "Sources/Fifth", "type": "regular", "dependencies": [], "settings": []})
    found = "\n".join(arrows.faults(package, {**sources, "Sources/Tools/stray.swift": ""}))
    assert "FermRuntime may not link png16" in found and "Fifth lies in no room" in found
    assert "Sources/Tools/stray.swift: belongs to no target" in found


def test_lines_that_stand_in_two_places_are_found(tmp_path):
    lines = [f"call({i});" for i in range(7)]
    (tmp_path / "a.c").write_text("int a;\n" + "\n".join(lines) + "\n")
    (tmp_path / "b.c").write_text("/* the same,\n   further in */\nint b;\n" + "\n\n".join(f"    {line} " for line in lines) + "\nint c;\n")
    (tmp_path / "c.c").write_text("\n".join(lines[:5] + ["}"] * 9 + ["// a"] * 9) + "\n")
    found = list(duplicates.duplicates(sorted(tmp_path.iterdir())))
    assert found == [(7, (tmp_path / "a.c", 2), (tmp_path / "b.c", 4))]


def skips(text):
    return subprocess.run(["awk", "-v", "left=make check: fuzzing", "-f", root / "scripts/skips.awk"], input=text, capture_output=True, text=True)


def test_what_was_skipped_comes_before_the_summary():
    ran = skips('✔ Test a() passed\n➜ Test "b" skipped: "no faces"\n✔ Test run with 2 tests in 1 suite passed after 1 second.\n')
    assert ran.returncode == 0
    assert ran.stdout.splitlines()[-3:] == [
        'Skipped: "b": "no faces"', "Left to make check: fuzzing", "✔ Test run with 2 tests in 1 suite passed after 1 second."]


@pytest.mark.parametrize("text", ["", "✔ Test run with 0 tests in 0 suites passed after 0.001 seconds.\n"])
def test_a_run_of_no_test_is_a_fault(text):
    assert skips(text).returncode == 1


@pytest.mark.parametrize("tier, left", [
    ("quick", "left='make test:"), ("test", "left='make check:"), ("check", "Left to make check-everywhere:"), ("check-cluster", "left='make check-mpi:"),
])
def test_each_tier_says_what_it_leaves_out(tier, left):
    assert left in subprocess.run(["make", "-n", tier], cwd=root, capture_output=True, text=True, check=True).stdout


def test_each_filter_of_the_makefile_names_tests_that_exist():
    """swift test is content with a filter of which a part has no test any more."""
    sources = {path: path.read_text() for path in (root / "Tests").rglob("*.swift")}
    parts = {part for words in re.findall(r"--filter '?([\w|/]+)", (root / "Makefile").read_text()) for part in words.split("|")}
    assert parts
    for part in parts:
        suite, _, function = part.partition("/")
        holders = [text for path, text in sources.items() if f"struct {suite} " in text or f"extension {suite} " in text]
        assert holders or (root / "Tests" / suite).is_dir(), part
        assert not function or any(f"func {function}" in text for text in holders), part


def test_where_zlibs_source_cannot_be_had_the_reason_is_said(tmp_path):
    false = tmp_path / "bin/apt-get"
    false.parent.mkdir()
    false.write_text("#!/bin/sh\necho 'E: The mirror does not answer' >&2\nexit 100\n")
    false.chmod(0o755)
    refused = subprocess.run([root / "scripts/zlib-source.sh", tmp_path / "zlib"], env={"PATH": f"{false.parent}:/usr/bin:/bin"},
                             capture_output=True, text=True)
    assert refused.returncode == 77 and refused.stderr == "zlib's source cannot be had: E: The mirror does not answer\n"
    assert not (tmp_path / "zlib").exists()


def test_a_tenth_of_each_class_judges_and_no_face_of_it_trains(tmp_path):
    noise = numpy.random.default_rng(1)
    for name, count in (("happy", 40), ("sad", 20)):
        folder = tmp_path / "faces" / name
        folder.mkdir(parents=True)
        for number in range(count):
            face = Image.fromarray(noise.integers(0, 256, (48, 48)).astype(numpy.uint8))
            for copy in range(1 + number % 3):
                face.save(folder / f"{number}-{copy}.png")
    run = lambda *words: subprocess.run([sys.executable, root / "scripts/tenth.py", *words], capture_output=True, text=True)
    assert run(tmp_path / "faces", tmp_path / "tenth").returncode == 0
    parts = {part: sorted((tmp_path / "tenth" / part).glob("*/*")) for part in ("train", "val")}
    for name in ("happy", "sad"):
        own = {part: [path.name for path in paths if path.parent.name == name] for part, paths in parts.items()}
        everything = sorted(path.name for path in (tmp_path / "faces" / name).iterdir())
        assert sorted(own["train"] + own["val"]) == everything
        assert len(everything) / 10 - 1 <= len(own["val"]) <= len(everything) / 10 + 2
        assert not {path.split("-")[0] for path in own["train"]} & {path.split("-")[0] for path in own["val"]}
    for words, part in (([tmp_path / "faces", tmp_path / "tenth"], "there already"), ([tmp_path / "nowhere", tmp_path / "b"], "no folders")):
        done = run(*words)
        assert done.returncode == 1 and done.stderr.startswith("tenth: ") and part in done.stderr
