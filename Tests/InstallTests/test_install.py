"""What scripts/install.sh puts below a prefix works there."""
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

root = Path(__file__).resolve().parents[2]
tools = ["fer-train", "fer-infer", "fer-inspect"]


def run(*words, **options):
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, check=True, **options).stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("installed")
    told = run("scripts/install.sh", ".build/release", "/opt/ferm", place, cwd=root)
    assert str(place / "opt/ferm") in told
    return place / "opt/ferm"


def test_the_tools_run_with_the_installed_model(place):
    out = run(place / "bin/fer-infer", place / "share/ferm/default.ferm", root / "Examples/faces", "--quiet", cwd="/")
    assert out.count('"ok":true') == 4
    assert "intact" in run(place / "bin/fer-inspect", place / "share/ferm/default.ferm", "--verify")


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
