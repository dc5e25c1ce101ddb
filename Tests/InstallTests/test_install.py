"""What scripts/install.sh puts below a prefix works there."""
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

root = Path(__file__).resolve().parents[2]
version = (root / "VERSION").read_text().strip()
tools = ["fer-train", "fer-infer", "fer-inspect"]


def run(*words, **options):
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, check=True, **options).stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("installed")
    told = run("scripts/install.sh", ".build/release", "/opt/ferm", place, cwd=root)
    assert str(place / "opt/ferm") in told and "run ldconfig once /opt/ferm/lib/libferm.so" in told
    return place / "opt/ferm"


def test_the_tools_run_with_the_installed_models(place):
    out = run(place / "bin/fer-infer", place / "share/ferm/default.ferm", root / "Examples/faces", "--quiet", cwd="/")
    assert out.count('"ok":true') == 4
    for model in "default", "small":
        assert "intact" in run(place / "bin/fer-inspect", place / f"share/ferm/{model}.ferm", "--verify")
    for tool in tools:
        assert run(place / "bin" / tool, "--version") == f"{tool} {version}\n"


@pytest.mark.skipif(not (root / "models/face.ferm").exists(), reason="models/face.ferm is not there: make detector")
def test_the_detector_is_installed_with_its_licence(place):
    assert "intact" in run(place / "bin/fer-inspect", place / "share/ferm/face.ferm", "--verify")
    assert "Apache License" in (place / "share/ferm/face-notice.txt").read_text()


def test_a_c_program_builds_against_the_installed_library(place, tmp_path):
    environment = {**os.environ, "PKG_CONFIG_PATH": f"{place}/lib/pkgconfig", "PKG_CONFIG_SYSROOT_DIR": str(place.parents[1])}
    flags = run("pkg-config", "--cflags", "--libs", "ferm", env=environment).split()
    assert f"-I{place}/include" in flags
    run("gcc", root / "Examples/c/classify.c", "-o", tmp_path / "classify", *flags, "-lpng16", f"-Wl,-rpath,{place}/lib")
    assert "happy" in run(tmp_path / "classify", place / "share/ferm/default.ferm", root / "Examples/faces/astronaut-small.png")


@pytest.mark.parametrize("tool", tools)
def test_the_man_page_has_every_option_of_the_help_and_no_fault(tool, place):
    page = (place / f"share/man/man1/{tool}.1").read_text()
    text = page.replace("\\-", "-")
    help_text = run(place / f"bin/{tool}", "--help")
    for option in set(re.findall(r"(?<![\w-])--?[a-z0][a-z-]*", help_text)):
        assert option in text, option
    for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES", "EXIT STATUS", "SEE ALSO"):
        assert f".SH {section}\n" in page
    assert not shutil.which("groff") or run("groff", "-man", "-ww", "-z", "-Tutf8", place / f"share/man/man1/{tool}.1") == ""


def complete(place, tool, *words):
    """What bash offers for the last word."""
    line = " ".join(f"'{word}'" for word in (tool, *words))
    script = (f"source {place}/share/bash-completion/completions/{tool}; COMP_WORDS=({line}); COMP_CWORD={len(words)}; "
              f"_{tool.replace('-', '_')}; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
    return run("bash", "-c", script).split()


@pytest.mark.parametrize("tool, words, offered", [
    ("fer-infer", ["m.ferm", "--format", ""], ["table", "jsonl", "csv", "json"]),
    ("fer-infer", ["m.ferm", "--fo"], ["--format"]), ("fer-infer", ["m.ferm", "--tta", "f"], ["flip"]),
    ("fer-infer", ["m.ferm", "fa"], []), ("fer-inspect", ["--ver"], ["--verify", "--version"]),
    ("fer-train", ["ev"], ["eval"]), ("fer-train", ["--network", "vgg-"], ["vgg-s"]),
    ("fer-train", ["export", "m.ferm", "--weights", "b"], ["bf16"]), ("fer-train", ["--hel"], ["--help"]),
])
def test_bash_completes(tool, words, offered, place):
    assert complete(place, tool, *words) == offered


def test_the_library_is_installed_alone(tmp_path):
    """Where the loader does not look, the way out is said."""
    told = run("scripts/install.sh", "-", tmp_path / "ferm", cwd=root)
    found = sorted(str(path.relative_to(tmp_path / "ferm")) for path in (tmp_path / "ferm").rglob("*") if path.is_file())
    assert found == ["include/ferm.h", "lib/cmake/ferm/fermConfig.cmake", "lib/cmake/ferm/fermConfigVersion.cmake", "lib/libferm.a", "lib/libferm.so", "lib/libferm.so.0", f"lib/libferm.so.{version}",
                     "lib/pkgconfig/ferm.pc", "share/doc/ferm/LICENSE"]
    assert f"-Wl,-rpath,{tmp_path}/ferm/lib" in told and "ldconfig" in told
    assert f"prefix={tmp_path}/ferm\n" in (tmp_path / "ferm/lib/pkgconfig/ferm.pc").read_text()


def test_a_folder_without_a_prefix_may_be_moved(tmp_path):
    """As in the tarball: pkg-config finds header and library from where its file lies."""
    run("scripts/install.sh", "-", "", tmp_path / "here", cwd=root)
    (tmp_path / "here").rename(tmp_path / "there")
    environment = {**os.environ, "PKG_CONFIG_PATH": f"{tmp_path}/there/lib/pkgconfig"}
    (tmp_path / "version.c").write_text('#include <ferm.h>\n#include <stdio.h>\nint main(void) { return puts(ferm_version()) < 0; }\n')
    flags = run("pkg-config", "--cflags", "--libs", "ferm", env=environment).split()
    run("gcc", tmp_path / "version.c", "-o", tmp_path / "version", *flags, f"-Wl,-rpath,{tmp_path}/there/lib")
    assert run(tmp_path / "version") == f"{version}\n"


def test_another_folder_takes_the_library(tmp_path):
    """As Debian has it."""
    run("scripts/install.sh", "-", "/usr", tmp_path, cwd=root, env={**os.environ, "LIBDIR": "lib/x86_64-linux-gnu"})
    assert (tmp_path / "usr/lib/x86_64-linux-gnu/libferm.so").exists() and (tmp_path / "usr/include/ferm.h").exists()
    lines = (tmp_path / "usr/lib/x86_64-linux-gnu/pkgconfig/ferm.pc").read_text().splitlines()
    assert "prefix=/usr" in lines and "libdir=${prefix}/lib/x86_64-linux-gnu" in lines


def test_links_take_the_place_of_a_library_that_had_no_number(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/libferm.so").write_text("the file of an older version")
    run("scripts/install.sh", "-", tmp_path, cwd=root)
    for link in ("libferm.so", "libferm.so.0"):
        assert (tmp_path / "lib" / link).resolve() == tmp_path / "lib" / f"libferm.so.{version}"
    assert (tmp_path / "lib/libferm.so").read_bytes() == (root / "build/lib/libferm.so").read_bytes()


def dry_run(target):
    return run("make", "-n", target, cwd=root)


def test_each_target_installs_what_it_needs_and_no_more():
    assert "apt-get" not in dry_run("build")
    for target in ("libferm", "install-lib"):
        assert "zlib1g-dev" in dry_run(target) and "openblas" not in dry_run(target) and "pytest" not in dry_run(target)
    for target in ("setup", "run", "test", "check", "install", "bench", "dist", "deb"):
        assert "libopenblas-dev" in dry_run(target)
    for target in ("run", "test", "install", "detector", "dist", "deb"):
        assert "scripts/detector/get.py models/face.ferm" in dry_run(target)
