"""libferm as C programs see it; `make libferm` must have run."""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

root = Path(__file__).resolve().parents[2]
build = root / "build"
header = (build / "include/ferm.h").read_text()
compilers = [c for c in ("gcc", "clang", "g++") if shutil.which(c)]


def run(*words):
    return subprocess.run([str(w) for w in words], capture_output=True, text=True)


def compile_c(compiler, source, program, *words):
    made = run(compiler, "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-O1", f"-I{build}/include", source,
               "-o", program, *words)
    assert made.returncode == 0, made.stderr


def functions_of_the_header():
    return sorted(re.findall(r"^[a-z].*[ *](ferm_\w+)\(", header, re.M))


def test_the_library_shows_the_functions_of_its_header_and_nothing_else():
    assert len(functions_of_the_header()) == 36
    for words in (["-D", build / "lib/libferm.so"], ["-g", build / "lib/libferm.a"]):
        symbols = run("nm", "--defined-only", *words).stdout
        assert sorted(re.findall(r" T (\w+)", symbols)) == functions_of_the_header()
        assert not re.findall(r" [BDRVWi] (\w+)", symbols)


def test_the_library_needs_libc_libm_and_libz_at_most():
    needed = re.findall(r"NEEDED.*\[(.*)\]", run("readelf", "-d", build / "lib/libferm.so").stdout)
    needed = {name for name in needed if not name.startswith("ld-linux")}  # the loader is part of libc
    assert needed <= {"libc.so.6", "libm.so.6", "libz.so.1"}


def test_the_library_stays_below_a_megabyte():
    assert (build / "lib/libferm.so").stat().st_size < 1_100_000


@pytest.mark.parametrize("compiler", compilers)
@pytest.mark.parametrize("kind", ["shared", "static"])
def test_every_function_works_and_refuses_misuse(compiler, kind, tmp_path):
    if compiler == "g++":
        source = tmp_path / "header.cpp"
        source.write_text("#include <ferm.h>\nint main() { ferm_session_options options = FERM_SESSION_OPTIONS_INIT;\n"
                          "options.threads = 2; return options.size == 0 || ferm_version()[0] == 0; }\n")
    else:
        source = root / "Tests/LibraryTests/api.c"
    library = {
        "shared": [f"-L{build}/lib", "-lferm", f"-Wl,-rpath,{build}/lib", "-lm", "-lpthread"],
        "static": [build / "lib/libferm.a", "-lz", "-lm", "-lpthread"],
    }[kind]
    compile_c(compiler, source, tmp_path / "api", *library)
    ran = run(tmp_path / "api", root / "models/default.ferm")
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_what_most_programs_need_is_read_in_five_minutes():
    """At 260 words a minute: all comments from the beginning to the functions for images."""
    first = header[:header.index("/* ---- numbers ----")]
    assert sum(len(comment.split()) for comment in re.findall(r"/\*.*?\*/", first, re.S)) < 1300
    assert set(re.findall(r"^[a-z].*[ *](ferm_\w+)\(", first, re.M)) >= {
        "ferm_last_error", "ferm_model_open", "ferm_model_free", "ferm_session_create", "ferm_session_free", "ferm_session_predict",
        "ferm_session_predict_into", "ferm_model_label", "ferm_model_label_count"}


@pytest.mark.parametrize("standard", ["c89", "c99", "c2x"])
def test_the_header_is_plain_c(standard, tmp_path):
    (tmp_path / "header.c").write_text("#include <ferm.h>\nferm_session_options options = FERM_SESSION_OPTIONS_INIT;\n")
    made = run("gcc", f"-std={standard}", "-pedantic-errors", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
               f"-I{build}/include", tmp_path / "header.c")
    assert made.returncode == 0, made.stderr


def test_a_run_takes_nothing_from_the_heap(tmp_path):
    compile_c("gcc", root / "Tests/LibraryTests/allocations.c", tmp_path / "allocations", f"-L{build}/lib", "-lferm",
              f"-Wl,-rpath,{build}/lib")
    outputs = root / "spec/conformance/1.1/accept/detection-beside-scores.ferm"
    for model in (root / "models/default.ferm", outputs):
        ran = run(tmp_path / "allocations", model)
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_outputs_come_by_name_and_never_overflow(tmp_path):
    compile_c("gcc", root / "Tests/LibraryTests/outputs.c", tmp_path / "outputs", f"-L{build}/lib", "-lferm",
              f"-Wl,-rpath,{build}/lib")
    corpus = root / "spec/conformance/1.1/accept"
    files = [root / "models/default.ferm"] + [
        path for path in sorted([*corpus.glob("outputs-*.ferm"), *corpus.glob("detection-*.ferm")])
        if "operator set 2" not in path.with_suffix(".json").read_text()]
    assert len(files) > 8
    ran = run(tmp_path / "outputs", *files)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_faces_are_found_and_labelled_and_never_overflow(tmp_path):
    sys.path[:0] = [str(root / "Bindings/python"), str(root / "Bindings/python/tests")]
    import squares
    squares.network().write(tmp_path / "finder.ferm")
    squares.labeller().write(tmp_path / "labels.ferm")
    compile_c("gcc", root / "Tests/LibraryTests/detection.c", tmp_path / "detection", f"-L{build}/lib", "-lferm", "-lm",
              f"-Wl,-rpath,{build}/lib")
    ran = run(tmp_path / "detection", tmp_path / "finder.ferm", tmp_path / "labels.ferm")
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_pixels_in_any_order_and_boxes_give_the_numbers_of_their_pixels(tmp_path):
    sys.path[:0] = [str(root / "Bindings/python"), str(root / "Bindings/python/tests")]
    import squares
    squares.network().write(tmp_path / "finder.ferm")
    compile_c("gcc", root / "Tests/LibraryTests/pictures.c", tmp_path / "pictures", f"-L{build}/lib", "-lferm", "-lm",
              f"-Wl,-rpath,{build}/lib")
    ran = run(tmp_path / "pictures", root / "models/default.ferm", tmp_path / "finder.ferm")
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(("model", "places"), [
    ("models/default.ferm", 25), ("spec/conformance/accept/ancillary-chunks-in-any-order.ferm", 10000),
    ("spec/conformance/accept/convolution-groups.ferm", 10000),
    ("spec/conformance/1.1/accept/detection-beside-scores.ferm", 200), ("spec/conformance/accept/prep-pad-wide.ferm", 100)])
def test_a_shortage_of_memory_at_any_place_is_an_answer(model, places, tmp_path):
    if os.environ.get("FERM_EVERY_PLACE"):  # make check: minutes, where make test takes a sample of the largest
        places = 1_000_000
    compile_c("gcc", root / "Tests/LibraryTests/shortage.c", tmp_path / "shortage", f"-L{build}/lib", "-lferm",
              f"-Wl,-rpath,{build}/lib")
    ran = run(tmp_path / "shortage", root / model, str(places))
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_shortage_of_memory_in_a_search_by_windows_is_an_answer(tmp_path):
    sys.path[:0] = [str(root / "Bindings/python"), str(root / "Bindings/python/tests")]
    import squares
    squares.network().write(tmp_path / "finder.ferm")
    compile_c("gcc", root / "Tests/LibraryTests/shortage.c", tmp_path / "shortage", f"-L{build}/lib", "-lferm",
              f"-Wl,-rpath,{build}/lib")
    ran = run(tmp_path / "shortage", tmp_path / "finder.ferm", "1000000" if os.environ.get("FERM_EVERY_PLACE") else "60")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "detect asks for memory" in ran.stdout


def test_a_shortage_of_memory_in_a_large_graph_is_an_answer(tmp_path):
    sys.path.insert(0, str(root / "spec/conformance"))
    from builder import Model
    model = Model((1, 3, 3), ["a", "b"])
    model.node("convolution", weight=model.tensor("f", [2, 1, 1, 1], [0.5, 0.25]))
    weight = model.tensor("w", [2, 1, 1, 1], [0.5, 0.25])
    for _ in range(4000):
        model.node("convolution", weight=weight, groups=2)
    model.node("adaptive_average_pool")
    model.node("flatten")
    (tmp_path / "large.ferm").write_bytes(model.encoded()[0])
    compile_c("gcc", root / "Tests/LibraryTests/shortage.c", tmp_path / "shortage", f"-L{build}/lib", "-lferm",
              f"-Wl,-rpath,{build}/lib")
    ran = run(tmp_path / "shortage", tmp_path / "large.ferm", "8")
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_calls_that_fail_leave_nothing_behind(tmp_path):
    compile_c("gcc", root / "Tests/LibraryTests/refusals.c", tmp_path / "refusals", f"-L{build}/lib", "-lferm",
              f"-Wl,-rpath,{build}/lib", "-lpthread")
    conformance = root / "spec/conformance"
    sys.path[:0] = [str(root / "Bindings/python"), str(root / "Bindings/python/tests")]
    import squares
    squares.network().write(tmp_path / "finder.ferm")
    files = [*sorted(conformance.glob("accept/convolution-3x3*.ferm")), *sorted(conformance.glob("reject/*.ferm"))[::6],
             *(conformance / f"accept/{name}.ferm" for name in ("smallest", "notes", "provenance-of-all-types")),
             conformance / "1.1/accept/detection-beside-scores.ferm", tmp_path / "finder.ferm"]
    ran = run("valgrind", "--leak-check=full", "--error-exitcode=9", tmp_path / "refusals", tmp_path / "missing",
              tmp_path, root / "README.md", *files)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "definitely lost: 0 bytes" in ran.stderr or "no leaks are possible" in ran.stderr, ran.stderr


EXAMPLES = {
    "ferm.h": re.search(r"\n\n(     const uint8_t .*?)\n\n", header, re.S)[1].replace("...;         rows of R G B R G B ...", "face;")
    .replace("= ...", "= 48"),
    "README.md": "ferm_model *model; ferm_session *session; int width = 48, height = 48; uint8_t *pixels = face;\n"
    "float probabilities[FERM_MAX_LABELS];\n" + re.search(r"```c\n(.*?)```", (root / "README.md").read_text(), re.S)[1],
}


@pytest.mark.parametrize("compiler", compilers)
@pytest.mark.parametrize("place", EXAMPLES)
def test_the_words_that_show_how_to_use_it_are_c_and_cpp(place, compiler, tmp_path):
    source = tmp_path / ("example.cpp" if compiler == "g++" else "example.c")
    source.write_text("#include <ferm.h>\n#include <stdio.h>\nstatic uint8_t face[48 * 48 * 3];\nint main() {\n"
                      f"{EXAMPLES[place]}\nreturn 0; }}\n")
    compile_c(compiler, source, tmp_path / "example", f"-L{build}/lib", "-lferm", f"-Wl,-rpath,{build}/lib")


@pytest.mark.parametrize("kind", ["shared", "static"])
def test_forks_and_signals_leave_the_library_whole(kind, tmp_path):
    library = [f"-L{build}/lib", "-lferm", f"-Wl,-rpath,{build}/lib"] if kind == "shared" else [build / "lib/libferm.a", "-lz", "-lm"]
    compile_c("gcc", root / "Tests/LibraryTests/processes.c", tmp_path / "processes", *library, "-lpthread")
    ran = run(tmp_path / "processes", root / "models/default.ferm")
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(("threads", "tensors"), [(1, 1), (2, 2), (3, 2), (8, 2)])
def test_beside_the_weights_at_most_two_tensors_are_in_memory(threads, tensors, large_layers, tmp_path):
    compile_c("gcc", root / "Tests/LibraryTests/opening.c", tmp_path / "opening", f"-L{build}/lib", "-lferm", f"-Wl,-rpath,{build}/lib")
    for _ in range(3):
        ran = run(tmp_path / "opening", large_layers, threads)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert int(ran.stdout) < (4 * tensors + 2) << 20


@pytest.fixture(scope="module")
def large_layers(tmp_path_factory):
    """Six fully connected layers of 4 MB each, compressed, and a convolution before them."""
    sys.path.insert(0, str(root / "spec/conformance"))
    from builder import Model
    import random
    numbers = random.Random(1)
    values = [numbers.uniform(-1, 1) for _ in range(1 << 20)]
    model = Model((1, 32, 32), ["a", "b"])
    model.node("convolution", weight=model.tensor("f", [1, 1, 1, 1], [0.5]))
    model.node("flatten")
    for i in range(6):
        model.node("linear", weight=model.tensor(f"w{i}", [1024, 1024], values[i:] + values[:i], codec="shuffle"))
    model.node("linear", weight=model.tensor("x", [2, 1024], values[:2048]))
    file = tmp_path_factory.mktemp("large") / "layers.ferm"
    file.write_bytes(model.encoded()[0])
    return file


def test_loading_the_library_again_and_again_takes_no_more_memory(tmp_path):
    compile_c("gcc", root / "Tests/LibraryTests/reloading.c", tmp_path / "reloading", "-ldl")
    ran = run(tmp_path / "reloading", build / "lib/libferm.so", root / "models/default.ferm")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert int(ran.stdout) < 4 << 20


def test_the_example_classifies_the_portrait(tmp_path):
    """Built with the flags that pkg-config gives for the library where it lies now."""
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "ferm", "libpng"], capture_output=True, text=True,
                           env={"PATH": "/usr/bin:/bin", "PKG_CONFIG_PATH": f"{build}/lib/pkgconfig"}).stdout.split()
    made = run("gcc", "-Wall", "-Wextra", "-Werror", root / "Examples/c/classify.c", "-o", tmp_path / "classify", *flags,
               f"-Wl,-rpath,{build}/lib")
    assert made.returncode == 0, made.stderr
    ran = run(tmp_path / "classify", root / "models/default.ferm", root / "Examples/faces/astronaut-colour.png")
    assert ran.returncode == 0, ran.stderr
    label, score = ran.stdout.split()
    assert label == "happy" and float(score) > 0.8
    refused = run(tmp_path / "classify", root / "README.md", root / "Examples/faces/astronaut-colour.png")
    assert refused.returncode == 3 and "README.md" in refused.stderr
