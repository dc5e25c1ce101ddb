"""docs/install.md lists what each file needs of the system, and of which packages."""
import re
import shutil
import subprocess
from pathlib import Path

import pytest

root = Path(__file__).resolve().parents[2]
FILES = {"fer-infer": ".build/release/fer-infer", "fer-train": ".build/release/fer-train", "fer-inspect": ".build/release/fer-inspect",
         "libferm.so": "build/lib/libferm.so"}


def run(*words):
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, check=True).stdout


def needed(file):
    return set(re.findall(r"^ *NEEDED +(\S+)", run("objdump", "-p", file), re.M))


def of_the_system(file):
    """Shared libraries by name, and where they lie. What is installed has the toolchain's own inside, so these count for what they need."""
    places = dict(re.findall(r"^\s*(\S+) => (/\S+)", run("ldd", file), re.M))
    found, left = {}, needed(file)
    while left:
        name = left.pop()
        place = places.get(name)
        if place and "/swift/" in place:
            left |= needed(place) - found.keys()
        elif not name.startswith("ld-linux"):
            found[name] = place
    return found


def listed(file):
    """The words of both columns; "the same" stands for the row before."""
    before = [set(), set()]
    for row in re.findall(r"^\| `(\S+)` \| (.*`) \| (.*`) \|$", (root / "docs/install.md").read_text(), re.M):
        if row[0] in FILES:
            before = [set(re.findall(r"`([^`]*)`", cell)[0].split()) | (above if "the same" in cell else set())
                      for cell, above in zip(row[1:], before)]
            if row[0] == file:
                return before
    raise AssertionError(f"docs/install.md does not list {file}")


@pytest.mark.parametrize("file", FILES)
def test_the_shared_libraries_of_each_file_are_listed(file):
    assert set(of_the_system(root / FILES[file])) == listed(file)[0]


@pytest.mark.skipif(not shutil.which("dpkg") or not Path("/etc/debian_version").read_text().startswith("12."),
                    reason="the packages are those of Debian 12")
@pytest.mark.parametrize("file", FILES)
def test_the_packages_that_have_them_are_listed(file):
    packages = set()
    for place in of_the_system(root / FILES[file]).values():
        real = Path(place).resolve()
        for name in (real, Path("/", *real.parts[2:])):  # a package may have as /lib/... what lies in /usr/lib
            told = subprocess.run(["dpkg", "-S", name], capture_output=True, text=True).stdout
            packages |= {told.split(":")[0]} - {""}
    assert packages == listed(file)[1]
