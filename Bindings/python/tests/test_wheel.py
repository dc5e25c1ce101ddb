"""The wheel and the source distribution: what is in them, and that they run where nothing of the checkout is seen."""
import base64
import csv
import hashlib
import importlib.util
import io
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy
import PIL
import pytest

root = Path(__file__).resolve().parents[3]
version = (root / "VERSION").read_text().strip()
specification = importlib.util.spec_from_file_location("backend", root / "Bindings/python/backend.py")
backend = importlib.util.module_from_spec(specification)
specification.loader.exec_module(backend)

pytestmark = pytest.mark.skipif(not (root / "build/lib/libferm.so").exists(), reason="libferm is not built: make libferm")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    return folder / backend.build_wheel(folder)


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sdist")
    return folder / backend.build_sdist(folder)


def test_the_wheel_is_named_for_the_library_that_it_holds(wheel):
    assert re.fullmatch(rf"ferm_runtime-{re.escape(version)}-py3-none-manylinux_2_\d+_(x86_64|aarch64)\.whl", wheel.name)
    asked = subprocess.run(["objdump", "-T", root / "build/lib/libferm.so"], capture_output=True, text=True).stdout
    newest = max(int(minor) for minor in re.findall(r"GLIBC_2\.(\d+)", asked))
    assert f"manylinux_2_{newest}_" in wheel.name


def test_pip_refuses_the_wheel_where_glibc_is_older(wheel, tmp_path):
    newest, machine = re.search(r"manylinux_2_(\d+)_(\w+)\.whl", wheel.name).groups()
    for minor, status in ((int(newest), 0), (int(newest) - 1, 1)):
        ran = subprocess.run([sys.executable, "-m", "pip", "download", "--no-index", "--no-deps", "--only-binary", ":all:", "--platform",
                              f"manylinux_2_{minor}_{machine}", "--dest", tmp_path, wheel], capture_output=True, text=True, env=bare())
        assert ran.returncode == status and ("not a supported wheel" in ran.stderr) == bool(status), ran.stderr


def test_the_record_holds_every_file_with_its_sum(wheel):
    with zipfile.ZipFile(wheel) as archive:
        rows = {name: (kind, size) for name, kind, size in csv.reader(io.StringIO(archive.read(f"ferm_runtime-{version}.dist-info/RECORD").decode()))}
        assert set(rows) == set(archive.namelist())
        for name, (kind, size) in rows.items():
            if name.endswith("/RECORD"):
                continue
            data = archive.read(name)
            assert kind == "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode() and int(size) == len(data)
        names = archive.namelist()
    assert {name.split("/")[0] for name in names} == {"ferm", f"ferm_runtime-{version}.dist-info"}
    assert {"ferm/libferm.so", "ferm/py.typed", "ferm/models/default.ferm", "ferm/torch/__init__.py"} <= set(names)
    # The detector never comes without the notice that says whose it is; and no command takes the firewall's name.
    assert ("ferm/models/face.ferm" in names) == any(name.endswith("licenses/face-notice.txt") for name in names)
    assert not any(name.endswith("entry_points.txt") for name in names)


def test_the_same_files_give_the_same_bytes(wheel, sdist, tmp_path):
    assert (tmp_path / backend.build_wheel(tmp_path)).read_bytes() == wheel.read_bytes()
    assert (tmp_path / backend.build_sdist(tmp_path)).read_bytes() == sdist.read_bytes()


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """An environment of its own with the wheel, and behind that the Pillow and numpy of this Python."""
    place = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    pip(place, "install", "--no-index", "--no-deps", wheel)
    (site,) = place.glob("lib/python*/site-packages")
    (site / "behind.pth").write_text("".join(f"{Path(module.__file__).parents[1]}\n" for module in (PIL, numpy)))
    return place


def pip(place, *words):
    ran = subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", place / "bin/python", *words], capture_output=True,
                         text=True, env=bare())
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def bare():
    return {name: value for name, value in os.environ.items() if name not in ("FERM_LIBRARY", "PYTHONPATH")}


def python(place, *words, status=0):
    ran = subprocess.run([place / "bin/python", *words], capture_output=True, text=True, cwd="/", env=bare())
    assert ran.returncode == status, ran.stderr
    return ran.stdout


def test_the_installed_package_classifies_with_its_own_library_and_model(installed):
    path, label, _ = python(installed, "-m", "ferm", "classify", root / "Examples/faces/astronaut-colour.png").split()
    assert label == "happy"
    where = python(installed, "-c", "import ferm; ferm.Model(); print(ferm.__file__, *(line for line in open('/proc/self/maps') if 'libferm' in line))")
    assert str(installed) in where and str(root) not in where
    if (root / "models/face.ferm").exists():
        assert "happy" in python(installed, "-m", "ferm", "classify", "--faces", root / "Examples/photos/two-portraits.jpg")


def test_the_firewalls_ferm_may_be_installed_too(installed, tmp_path):
    """What PyPI calls ferm brings a command of that name and a package pyferm."""
    name = tmp_path / "ferm-0.1-py3-none-any.whl"
    with zipfile.ZipFile(name, "w") as archive:
        archive.writestr("pyferm/__init__.py", "def main(): print('firewall')\n")
        archive.writestr("ferm-0.1.dist-info/METADATA", "Metadata-Version: 2.1\nName: ferm\nVersion: 0.1\n")
        archive.writestr("ferm-0.1.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("ferm-0.1.dist-info/entry_points.txt", "[console_scripts]\nferm = pyferm:main\n")
        archive.writestr("ferm-0.1.dist-info/RECORD", "".join(f"{member},,\n" for member in [*archive.namelist(), "ferm-0.1.dist-info/RECORD"]))
    pip(installed, "install", "--no-index", name)
    assert "firewall" in subprocess.run([installed / "bin/ferm"], capture_output=True, text=True).stdout
    assert "vgg-m" in python(installed, "-m", "ferm", "inspect")
    pip(installed, "uninstall", "--yes", "ferm")
    assert "vgg-m" in python(installed, "-m", "ferm", "inspect")


def test_the_source_distribution_gives_the_same_wheel(sdist, wheel, tmp_path):
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path)
    (source,) = tmp_path.iterdir()
    assert not (source / "build").exists() and (source / "PKG-INFO").read_text().startswith("Metadata-Version")
    # What the toolchain would make there.
    (source / "build/lib").mkdir(parents=True)
    (source / "build/lib/libferm.so").write_bytes((root / "build/lib/libferm.so").read_bytes())
    assert built_from(source, tmp_path).stdout.strip().split("/")[-1] == wheel.name
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()
    (again,) = tmp_path.glob("*.tar.gz")
    assert again.read_bytes() == sdist.read_bytes()


def test_without_a_toolchain_the_source_says_what_it_takes(sdist, tmp_path):
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path)
    ran = built_from(next(tmp_path.iterdir()), tmp_path, PATH="/nowhere", SWIFT="swift")
    assert ran.returncode == 1 and ran.stderr.count("\n") == 1 and "libferm takes swift and make and objcopy" in ran.stderr


def built_from(source, folder, **environment):
    return subprocess.run([sys.executable, source / "Bindings/python/backend.py", folder], capture_output=True, text=True,
                          env={**bare(), **environment})
