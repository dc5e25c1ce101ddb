"""Projects that know nothing of this checkout, built and run against an installed prefix; what is not installed here is skipped."""
import os
import shutil
import subprocess
from pathlib import Path

import pytest

root = Path(__file__).resolve().parents[2]
foreign = root / "Tests/InstallTests/foreign"
model = root / "models/default.ferm"
version = (root / "VERSION").read_text().strip()


def run(*words, **options):
    ran = subprocess.run(list(map(str, words)), capture_output=True, text=True, **options)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def needs(*programs):
    lacking = [program for program in programs if not shutil.which(program)]
    return pytest.mark.skipif(bool(lacking), reason=f"{' and '.join(lacking)} is not installed")


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """A prefix that holds the library, in a folder whose name has a space."""
    prefix = tmp_path_factory.mktemp("foreign") / "a prefix"
    run("scripts/install.sh", "-", prefix, cwd=root)
    return prefix


@pytest.fixture(scope="module")
def environment(prefix):
    return {**os.environ, "PKG_CONFIG_PATH": f"{prefix}/lib/pkgconfig", "CMAKE_PREFIX_PATH": str(prefix), "FERM_PREFIX": str(prefix)}


@pytest.fixture(scope="module")
def expected(prefix, tmp_path_factory):
    """What the program prints when a compiler alone has made it."""
    program = tmp_path_factory.mktemp("plain") / "program"
    run("gcc", f"-I{prefix}/include", foreign / "program.c", "-o", program, f"-L{prefix}/lib", "-lferm", f"-Wl,-rpath,{prefix}/lib")
    said = run(program, model)
    assert said.startswith(f"{version} MIT ") and len(said.split()) == 5
    return said


def libraries(program):
    return run("readelf", "-d", program)


@needs("cmake")
def test_cmake_finds_the_shared_and_the_static_library(prefix, environment, expected, tmp_path):
    run("cmake", "-S", foreign / "cmake", "-B", tmp_path, f"-DCMAKE_INSTALL_PREFIX={tmp_path}/installed",
        f"-DCMAKE_INSTALL_RPATH={prefix}/lib", env=environment)
    run("cmake", "--build", tmp_path)
    run("cmake", "--install", tmp_path)
    for place in (tmp_path, tmp_path / "installed/bin"):
        assert run(place / "with-ferm", model) == run(place / "with-static", model) == expected
    assert "libferm.so.0" in libraries(tmp_path / "with-ferm") and "libferm" not in libraries(tmp_path / "with-static")


@needs("cmake")
def test_cmake_finds_it_where_debian_has_libraries(expected, tmp_path):
    """In a folder of the processor's name, with the header two folders up."""
    folder = run("gcc", "-print-multiarch").strip() or "x86_64-linux-gnu"
    run("scripts/install.sh", "-", tmp_path / "usr", cwd=root, env={**os.environ, "LIBDIR": f"lib/{folder}"})
    run("cmake", "-S", foreign / "cmake", "-B", tmp_path / "build", f"-Dferm_DIR={tmp_path}/usr/lib/{folder}/cmake/ferm")
    run("cmake", "--build", tmp_path / "build")
    assert run(tmp_path / "build/with-ferm", model) == run(tmp_path / "build/with-static", model) == expected


@needs("cmake")
@pytest.mark.parametrize("wanted, found", [
    ("", True), (version, True), (f"{version} EXACT", True), ("0.1", True), ("0.999", False), ("1", False), ("0.0.1 EXACT", False)])
def test_cmake_is_told_which_versions_a_program_can_have(wanted, found, environment, tmp_path):
    (tmp_path / "CMakeLists.txt").write_text(
        f"cmake_minimum_required(VERSION 3.13)\nproject(wants C)\nfind_package(ferm {wanted})\nmessage(STATUS \"found: ${{ferm_FOUND}}\")\n")
    assert f"found: {int(found)}" in run("cmake", "-S", tmp_path, "-B", tmp_path / "build", env=environment)


@needs("cmake")
def test_cmake_says_what_is_missing_of_an_installation(prefix, tmp_path):
    shutil.copytree(prefix, tmp_path / "half", symlinks=True)
    (tmp_path / "half/include/ferm.h").unlink()
    ran = subprocess.run(["cmake", "-S", foreign / "cmake", "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={tmp_path}/half"],
                         capture_output=True, text=True)
    assert ran.returncode == 1 and "install ferm" in " ".join(ran.stderr.split())


@needs("meson", "ninja", "cmake")
def test_meson_finds_it_by_pkg_config_and_by_cmake(environment, expected, tmp_path):
    shutil.copytree(foreign / "meson", tmp_path / "source")
    shutil.copy(foreign / "program.c", tmp_path / "source")
    run("meson", "setup", tmp_path / "build", tmp_path / "source", env=environment)
    run("ninja", "-C", tmp_path / "build", env=environment)
    for way in ("pkg-config", "cmake"):
        assert run(tmp_path / f"build/with-{way}", model, env={**environment, "LD_LIBRARY_PATH": f"{environment['FERM_PREFIX']}/lib"}) == expected


@needs("cargo")
def test_rust_calls_it(environment, expected, tmp_path):
    shutil.copytree(foreign / "rust", tmp_path / "rust")
    run("cargo", "build", "--release", "--offline", "--manifest-path", tmp_path / "rust/Cargo.toml", env=environment)
    assert run(tmp_path / "rust/target/release/foreign", model) == expected


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_the_example_in_cpp_compiles_without_a_warning_and_labels_faces(compiler, environment, prefix, tmp_path):
    if not shutil.which(compiler):
        pytest.skip(f"{compiler} is not installed")
    flags = run("pkg-config", "--cflags", "--libs", "ferm", "libpng", env=environment)
    run("sh", "-c", f"{compiler} -std=c++17 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror {root}/Examples/cpp/faces.cpp -o {tmp_path}/faces "
        f"{flags.strip()} '-Wl,-rpath,{prefix}/lib'")
    label, score = run(tmp_path / "faces", model, root / "Examples/faces/astronaut-colour.png").split()
    assert label == "happy" and float(score) > 0.8
    refused = subprocess.run([tmp_path / "faces", root / "README.md", root / "Examples/faces/astronaut-colour.png"], capture_output=True, text=True)
    assert refused.returncode == 1 and "README.md" in refused.stderr
    detector, image = root / "models/face.ferm", pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    if not detector.exists():
        pytest.skip("models/face.ferm is not there: make detector")
    image.open(root / "Examples/photos/two-portraits.jpg").save(tmp_path / "photo.png")
    faces = run(tmp_path / "faces", model, tmp_path / "photo.png", detector).splitlines()
    assert len(faces) == 2 and all(face.split()[4] == "happy" for face in faces)
