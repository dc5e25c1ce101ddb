"""libferm for arm64, run by qemu-user: the corpus, the tests in C, the dumps; and the code of its products. See make check-arm64."""
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

root = Path(__file__).resolve().parents[2]
build, made = root / "build/aarch64-linux", root / ".build/aarch64-linux"
objects, library = made / "objects", build / "lib"
system = Path(os.environ.get("SYSROOT", made / "root")).resolve()
swift = os.environ.get("SWIFT", "swift")
toolchain = Path(shutil.which(swift) or "/").resolve().parent
model, corpus = root / "models/default.ferm", root / "spec/conformance"
qemu = [shutil.which("qemu-aarch64-static") or "none", "-L", system]
clang = [toolchain / "clang", "--target=aarch64-linux-gnu", f"--sysroot={system}", "-fuse-ld=lld"]

pytestmark = pytest.mark.skipif(not (library / "libferm.so").exists(), reason="make libferm TARGET=aarch64-linux has not run")
emulated = pytest.mark.skipif(qemu[0] == "none", reason="there is no qemu-aarch64-static (Debian: qemu-user-static)")


def run(*words, **environment):
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, env={**os.environ, **environment}, timeout=3600)


def checked(*words, **environment):
    ran = run(*words, **environment)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def built(source, program, *words):
    checked(*clang, "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-O1", root / "Tests/LibraryTests" / source, "-o", program, *words)
    return program


SHARED = [f"-I{build}/include", f"-L{library}", "-lferm", f"-Wl,-rpath,{library}", "-lm", "-lpthread"]
STATIC = [f"-I{build}/include", library / "libferm.a", "-lz", "-lm", "-lpthread"]


# ---- what was linked ----

def test_the_library_is_for_arm64_and_needs_libc_libm_and_libz_at_most():
    said = checked("readelf", "-hdW", library / "libferm.so")
    assert "AArch64" in said and "TEXTREL" not in said
    needed = {name for name in re.findall(r"NEEDED.*\[(.*)\]", said) if not name.startswith("ld-linux")}
    assert needed <= {"libc.so.6", "libm.so.6", "libz.so.1"}
    assert (library / "libferm.so").stat().st_size < 1 << 20


def test_it_shows_the_functions_of_its_header_and_nothing_else():
    functions = sorted(re.findall(r"^[a-z].*[ *](ferm_\w+)\(", (build / "include/ferm.h").read_text(), re.M))
    for words in (["-D", library / "libferm.so"], ["-g", library / "libferm.a"]):
        symbols = checked(toolchain / "llvm-nm", "--defined-only", *words)
        assert sorted(re.findall(r" T (\w+)", symbols)) == functions


def inner_loops(instructions):
    """The loops without a branch but their last, as lists of instructions, of the product of an instruction set."""
    text = checked(toolchain / "llvm-objdump", "-d", "--no-show-raw-insn", f"--disassemble-symbols=ferm_{instructions}_product",
                   objects / f"{instructions}.c.o")
    code = [(int(place, 16), words) for place, words in re.findall(r"^ +([0-9a-f]+):\s+(.*)$", text, re.M)]
    branch = re.compile(r"(?:b|bl|b\.\w+|cbn?z|tbn?z)\s.*?0x([0-9a-f]+) <")
    for i, (place, words) in enumerate(code):
        target = branch.match(words)
        if target and int(target[1], 16) <= place:
            body = [words for at, words in code[:i + 1] if at >= int(target[1], 16)]
            if sum(bool(branch.match(words)) for words in body) == 1:
                yield body


@pytest.mark.parametrize("instructions, sums, length", [("neon", 24, 36), ("portable", 12, 22)])
def test_the_loop_of_a_product_keeps_its_sums_in_registers(instructions, sums, length):
    """A step of the depth: a multiply-add for each sum, and loads of weights and of one number a row that leave the units which
    multiply alone."""
    multiplied = {tuple(body): sum(words.startswith("fmla") for words in body) for body in inner_loops(instructions)}
    largest = [body for body, count in multiplied.items() if count == max(multiplied.values())]
    assert max(multiplied.values()) == sums
    for body in largest:
        assert not [words for words in body if "sp" in words or words.startswith(("ld1r", "dup", "mov\tv", "str"))], body
        assert len({words.split()[1] for words in body if words.startswith("fmla")}) == sums
    assert min(map(len, largest)) <= length


# ---- the tests in C ----

@pytest.fixture(scope="module")
def squares(tmp_path_factory):
    """A detector that finds squares, and a model that labels them."""
    folder = tmp_path_factory.mktemp("squares")
    sys.path[:0] = [str(root / "Bindings/python"), str(root / "Bindings/python/tests")]
    import squares
    squares.network().write(folder / "finder.ferm")
    squares.labeller().write(folder / "labels.ferm")
    return folder


# Without processes.c: qemu-user does not carry a fork out of a program of several threads as Linux does.
@emulated
@pytest.mark.parametrize("source, words, files", [
    ("api.c", SHARED, ["default"]), ("growth.c", STATIC, ["default"]), ("metadata.c", SHARED, ["default"]),
    ("pictures.c", SHARED, ["default", "finder"]), ("detection.c", STATIC, ["finder", "labels"]),
    ("outputs.c", SHARED, ["default", "outputs"]),
])
def test_a_program_in_c_gets_what_it_gets_elsewhere(source, words, files, squares, tmp_path):
    paths = {
        "default": [model], "finder": [squares / "finder.ferm"], "labels": [squares / "labels.ferm"],
        "outputs": [corpus / f"1.1/accept/{name}.ferm" for name in ("detection-beside-scores", "outputs-embedding-alone")]}
    program = built(source, tmp_path / "program", *words)
    ran = run(*qemu, program, *[path for name in files for path in paths[name]])
    assert ran.returncode == 0, ran.stdout + ran.stderr


@emulated
@pytest.mark.parametrize("instructions", ["portable", "neon"])
def test_fast_is_exact_and_says_so(instructions, tmp_path):
    """growth.c compares the logits of sessions of both precisions."""
    program = built("growth.c", tmp_path / "program", *SHARED)
    assert checked(*qemu, program, model, FERM_INSTRUCTIONS=instructions).splitlines() == ["exact", "0 failures"]


# ---- the corpus, by the same tests in a Python for arm64 ----

@pytest.fixture(scope="module")
def python():
    fetched = run(root / "scripts/sysroot.sh", "arm64", made / "root", *(
        "python3.11-minimal libpython3.11-minimal libpython3.11-stdlib libffi8 libexpat1".split()))
    if fetched.returncode == 77:
        pytest.skip(fetched.stderr.splitlines()[-1])
    assert fetched.returncode == 0, fetched.stderr
    home = made / "root/usr"
    # pytest is Python alone, and comes from this machine.
    packages = Path(pytest.__file__).parents[1]

    def call(*words, **environment):
        return run(*qemu[:2], made / "root", home / "bin/python3.11", *words, PYTHONHOME=str(home), PYTHONDONTWRITEBYTECODE="1",
                   PYTHONPATH=f"{root}/Bindings/python:{packages}", FERM_LIBRARY=str(library / "libferm.so"), **environment)
    return call


@emulated
def test_the_corpus_has_its_verdicts_and_logits(python):
    ran = python("-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", root / "Tests/ConformanceTests", "-k", "test_library")
    # AVX2 and AVX-512 are skipped, for files of either version.
    assert ran.returncode == 0 and "6 passed, 4 skipped" in ran.stdout, ran.stdout + ran.stderr


PREDICTIONS = """
import json, sys, ferm
model = ferm.Model(sys.argv[1], threads=2)
pixels = bytes((31 * i * i + 7 * i) % 256 for i in range(48 * 48))
face = memoryview(pixels).cast("B", (48, 48))
print(json.dumps([model.self_test(), [list(row["probs"].values()) for row in model.predict([face] * 3)]]))
"""


@emulated
def test_predictions_are_those_of_other_machines(python):
    """To 1e-5, as each processor rounds its sums in its own way; and alike whether NEON or the compiler chose the instructions."""
    answers = {}
    for instructions in ("portable", "neon"):
        ran = python("-c", PREDICTIONS, model, FERM_INSTRUCTIONS=instructions)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        answers[instructions] = json.loads(ran.stdout)
    native = root / "build/lib/libferm.so"
    if native.exists():
        answers["native"] = json.loads(checked(sys.executable, "-c", PREDICTIONS, model, FERM_LIBRARY=str(native),
                                               PYTHONPATH=str(root / "Bindings/python")))
    count, rows = answers.pop("portable")
    assert len(rows[0]) == 7
    assert count > 0 and rows[0] == rows[1] == rows[2]
    for other_count, other_rows in answers.values():
        assert other_count == count
        assert all(abs(a - b) <= 1e-5 for a, b in zip(rows[0], other_rows[0]))
        assert other_rows[0] == other_rows[1] == other_rows[2]


@emulated
def test_an_instruction_set_of_another_processor_is_refused(python):
    ran = python("-c", PREDICTIONS, model, FERM_INSTRUCTIONS="avx2")
    assert ran.returncode != 0 and "This processor lacks the instructions asked for" in ran.stderr


# ---- dumps, by fer-inspect's code ----

@emulated
def test_dumps_are_those_of_the_corpus(tmp_path):
    folder = shutil.copytree(objects, tmp_path / "objects", ignore=shutil.ignore_patterns("cache"))
    inputs = ["--target=aarch64-linux-gnu", f"--sysroot={system}", "-D__linux__", "-ISources/Format/System/include"]
    tools = root / "Sources/Tools"
    for name, sources in (
        ("FermToolSupport", [tools / "Support/JSONText.swift", tools / "Support/JSONValue.swift"]),
        ("dump", [tools / "fer-inspect/Dump.swift", root / "Tests/Arm64Tests/dump.swift"]),
    ):
        compiled = subprocess.run([root / "scripts/bare-module.sh", swift, "aarch64-none-none-elf", folder, name, *sources, "--", *inputs],
                                  cwd=root, capture_output=True, text=True)
        assert compiled.returncode == 0, compiled.stdout + compiled.stderr
    tables = toolchain.parent / "lib/swift/embedded/aarch64-none-none-elf/libswiftUnicodeDataTables.a"
    checked(*clang, root / "Tests/Arm64Tests/dump.c", *folder.glob("*.o"), tables, "-Wl,--gc-sections", "-lz", "-lm", "-o", tmp_path / "dump")
    files = sorted(corpus.rglob("accept/*.ferm"))
    dumps = checked(*qemu, tmp_path / "dump", *files).splitlines()
    assert len(files) > 90 and len(dumps) == len(files)
    for path, dump in zip(files, dumps):
        assert json.loads(dump) == json.loads(path.with_suffix(".json").read_text())["dump"], path.name
