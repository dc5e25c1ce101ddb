"""Programs that were built against another version of the library: they get the same results, or are refused."""
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

root = Path(__file__).resolve().parents[2]
here = root / "Tests/LibraryTests"
library = root / "build/lib"
old, new = here / "header-0.1", root / "build/include"
version = (root / "VERSION").read_text().strip()
model = root / "models/default.ferm"


def run(*words, **environment):
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, env={**os.environ, **environment})


def made(*words):
    result = run("gcc", "-Wall", "-Wextra", "-Werror", "-O1", *words)
    assert result.returncode == 0, result.stderr


def functions(header):
    return re.findall(r"^[a-z].*[ *](ferm_\w+)\(", (header / "ferm.h").read_text(), re.M)


def stub(folder, soname, version_script=None):
    """A library with the functions of 0.1, none of which is ever called."""
    folder.mkdir()
    (folder / "stub.c").write_text("".join(f"void {name}(void) {{}}\n" for name in functions(old)))
    words = []
    if version_script:
        (folder / "map").write_text(version_script)
        words = [f"-Wl,--version-script={folder}/map"]
    made("-shared", "-fPIC", folder / "stub.c", "-o", folder / soname, f"-Wl,-soname,{soname}", *words)
    if soname != "libferm.so":
        (folder / "libferm.so").symlink_to(soname)
    return folder


@pytest.fixture(scope="module")
def before_versions(tmp_path_factory):
    """As the library of 0.1 was at first: its soname without a number, its functions without versions."""
    return stub(tmp_path_factory.mktemp("old") / "lib", "libferm.so")


@pytest.fixture(scope="module")
def before_growth(tmp_path_factory):
    return stub(tmp_path_factory.mktemp("old") / "lib", "libferm.so.0", "FERM_0.1 { global: ferm_*; local: *; };")


def built(source, header, libraries, folder, *words):
    made(f"-I{header}", here / source, "-o", folder / "program", f"-L{libraries}", "-lferm", *words)
    return folder / "program"


def needed(program):
    return re.findall(r"NEEDED.*\[(libferm.*)\]", run("readelf", "-d", program).stdout)


@pytest.mark.parametrize("file", [model, root / "spec/conformance/accept/smallest.ferm"])
def test_a_program_of_the_first_version_gets_the_same_bits(file, before_versions, before_growth, tmp_path):
    answers = []
    for name, header, libraries, soname in (
        ("before", old, before_versions, "libferm.so"), ("then", old, before_growth, "libferm.so.0"),
        ("now", new, library, "libferm.so.0"),
    ):
        (tmp_path / name).mkdir()
        program = built("old_program.c", header, libraries, tmp_path / name)
        assert needed(program) == [soname]
        ran = run(program, file, LD_LIBRARY_PATH=str(library))
        assert ran.returncode == 0 and ran.stderr == "", ran.stderr
        answers.append(ran.stdout)
    assert answers[0] == answers[1] == answers[2] and "logits" in answers[0]
    assert "Image 1 has 4 channels" in answers[0]


def test_a_program_of_the_first_version_links_with_the_static_library(tmp_path):
    made(f"-I{old}", here / "old_program.c", "-o", tmp_path / "program", library / "libferm.a", "-lz", "-lm", "-lpthread")
    assert run(tmp_path / "program", model).returncode == 0


@pytest.mark.parametrize("resolution", ["-Wl,-z,now", "-Wl,-z,lazy"])
def test_a_library_that_lacks_a_function_is_refused_by_the_loader(resolution, before_growth, before_versions, tmp_path):
    program = built("growth.c", new, library, tmp_path, resolution)
    assert run(program, model, LD_LIBRARY_PATH=str(library)).returncode == 0
    ran = run(program, model, LD_LIBRARY_PATH=str(before_growth))
    assert ran.returncode == 1 and "version `FERM_0.2' not found" in ran.stderr and ran.stdout == ""
    ran = run(program, model, LD_LIBRARY_PATH=str(before_versions))  # which has no libferm.so.0
    assert ran.returncode == 127 and "libferm.so.0: cannot open shared object file" in ran.stderr


@pytest.mark.parametrize("kind", ["shared", "static"])
def test_structs_and_results_of_any_size_are_right_or_refused(kind, tmp_path):
    if kind == "shared":
        built("growth.c", new, library, tmp_path)
    else:
        made(f"-I{new}", here / "growth.c", "-o", tmp_path / "program", library / "libferm.a", "-lz", "-lm", "-lpthread")
    ran = run(tmp_path / "program", model, LD_LIBRARY_PATH=str(library))
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("instructions", ["portable", "avx2", "avx512"])
def test_a_session_says_how_precise_it_is(instructions, tmp_path):
    """growth.c compares the logits; here, which of the two it has to be."""
    flags = set(Path("/proc/cpuinfo").read_text().split())
    needs = {"avx2": {"avx2"}, "avx512": {"avx512f"}}.get(instructions, set())
    if not needs <= flags:
        pytest.skip(f"This processor lacks {instructions}.")
    can = instructions == "avx512" and {"avx512_bf16", "avx512_vnni"} <= flags
    built("growth.c", new, library, tmp_path)
    ran = run(tmp_path / "program", model, LD_LIBRARY_PATH=str(library), FERM_INSTRUCTIONS=instructions)
    assert ran.returncode == 0 and ran.stdout.splitlines() == ["fast" if can else "exact", "0 failures"]


def test_what_the_first_version_promised_stands_in_the_header():
    """FERM_MAX_LABELS is the size of arrays in programs that exist."""
    promised, kept = [
        re.findall(r"^[a-z].*ferm_\w+\(.*\);|#define FERM_MAX_LABELS.*|^typedef struct {[^}]*} ferm_image;|FERM_[A-Z_]+ = \d+", text, re.M)
        for text in (re.sub(r"/\*.*?\*/", "", (header / "ferm.h").read_text(), flags=re.S) for header in (old, new))]
    assert len(promised) == 13 + 2 + 15 and set(promised) <= set(kept)


def test_each_function_has_the_version_that_the_header_says():
    said = {name: since for since, name in re.findall(r"(\S+) (\S+)\n", run(
        "awk", "-f", root / "scripts/symbols.awk", new / "ferm.h").stdout)}
    assert list(said) == functions(new)
    found = dict(re.findall(r" T (ferm_\w+)@@FERM_(\S+)", run("nm", "-D", "--defined-only", library / "libferm.so").stdout))
    assert found == said
    assert {name for name, since in said.items() if since == "0.1"} == set(functions(old))


def test_a_function_without_a_version_stops_the_build(tmp_path):
    (tmp_path / "ferm.h").write_text((new / "ferm.h").read_text().replace("ferm_version(void); /* 0.1 */", "ferm_version(void);"))
    ran = run("awk", "-f", root / "scripts/symbols.awk", tmp_path / "ferm.h")
    assert ran.returncode == 1 and "no version stands behind ferm_version" in ran.stderr


def test_the_library_carries_its_version_in_its_name():
    assert (library / "libferm.so").resolve().name == f"libferm.so.{version}"
    assert os.readlink(library / "libferm.so.0") == f"libferm.so.{version}"
    assert "SONAME" in run("readelf", "-d", library / "libferm.so").stdout
    assert re.search(r"SONAME.*\[libferm\.so\.0\]", run("readelf", "-d", library / "libferm.so").stdout)


@pytest.mark.parametrize("file, pattern", [
    ("Sources/Runtime/Library/CFerm/include/ferm.h", r'#define FERM_VERSION "(.*)"'),
    ("build/include/ferm.h", r'#define FERM_VERSION "(.*)"'), ("build/lib/pkgconfig/ferm.pc", r"^Version: (.*)"),
    ("build/lib/cmake/ferm/fermConfigVersion.cmake", r'PACKAGE_VERSION "(.*)"'),
])
def test_there_is_one_version(file, pattern):
    assert re.findall(pattern, (root / file).read_text(), re.M) == [version]


def test_python_needs_the_calls_that_it_makes(before_growth):
    ran = run(sys.executable, "-c", "import ferm; ferm.Model", FERM_LIBRARY=str(before_growth / "libferm.so.0"), PYTHONPATH=str(root / "Bindings/python"))
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1] == (
        f"ImportError: ferm needs a newer libferm.so than {before_growth}/libferm.so.0, which lacks ferm_model_open_with")
