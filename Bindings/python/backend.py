"""Builds the wheel and the source distribution of ferm-runtime (PEP 517), with Python alone: no other package, no network.

    backend.py FOLDER        writes both there; pip calls the functions below

The wheel holds the package, libferm.so, the default model, and the face detector where `make detector` has made it. Its tag names the
glibc that the library asks for. The same files give the same bytes. The source distribution holds what the wheel is made of: with
Swift's toolchain it gives the same wheel.
"""
import base64
import gzip
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "Bindings/python"
VERSION = (ROOT / "VERSION").read_text().strip()
#: PyPI's and Debian's `ferm` is a firewall's front end, so the distribution has another name than the package.
STEM = f"ferm_runtime-{VERSION}"
#: The detector goes with the notice that says whose it is.
MODELS = ("default.ferm", *(("face.ferm", "face-notice.txt") if (ROOT / "models/face.ferm").exists() else ()))
LICENSES = [ROOT / "LICENSE", *(ROOT / "models" / name for name in MODELS if name.endswith(".txt"))]

METADATA = f"""Metadata-Version: 2.4
Name: ferm-runtime
Version: {VERSION}
Summary: Facial expressions from pictures, on a CPU: runs .ferm models
License-Expression: {"MIT AND Apache-2.0" if len(LICENSES) > 1 else "MIT"}
{"".join(f"License-File: {path.name}{chr(10)}" for path in LICENSES)}Requires-Python: >=3.9
Requires-Dist: pillow>=9.4
Provides-Extra: numpy
Requires-Dist: numpy; extra == "numpy"
Provides-Extra: torch
Requires-Dist: numpy; extra == "torch"
Requires-Dist: torch>=2.4; extra == "torch"
Keywords: facial expression recognition,emotion,inference
Classifier: Operating System :: POSIX :: Linux
Classifier: Programming Language :: Python :: 3
Classifier: Topic :: Scientific/Engineering :: Image Recognition
Classifier: Typing :: Typed
Description-Content-Type: text/markdown

"""


def build_wheel(folder, config_settings=None, metadata_directory=None):
    library = built()
    image = library.read_bytes()
    tag = f"py3-none-{platform(image)}"
    info = f"{STEM}.dist-info"
    members = {f"ferm/{path.relative_to(PACKAGE / 'ferm')}": path.read_bytes() for path in own_files(PACKAGE / "ferm")}
    members["ferm/libferm.so"] = image
    members.update({f"ferm/models/{name}": (ROOT / "models" / name).read_bytes() for name in MODELS if name.endswith(".ferm")})
    members.update({f"{info}/licenses/{path.name}": path.read_bytes() for path in LICENSES})
    members[f"{info}/METADATA"] = metadata().encode()
    members[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: ferm\nRoot-Is-Purelib: false\nTag: {tag}\n".encode()
    record = "".join(f"{name},sha256={digest(data)},{len(data)}\n" for name, data in members.items())
    members[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    name = f"{STEM}-{tag}.whl"
    with zipfile.ZipFile(Path(folder) / name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for member, data in members.items():
            entry = zipfile.ZipInfo(member)
            entry.external_attr = (0o100755 if member.endswith(".so") else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, data)
    return name


def build_sdist(folder, config_settings=None):
    """The checkout as far as the wheel needs it, in the same places, with a pyproject.toml for its root."""
    project = (PACKAGE / "pyproject.toml").read_text().replace('backend-path = ["."]', 'backend-path = ["Bindings/python"]')
    members = {"PKG-INFO": metadata().encode(), "pyproject.toml": project.encode()}
    paths = [ROOT / name for name in ("VERSION", "LICENSE", "Makefile", "Package.swift")]
    paths += [ROOT / "models" / name for name in MODELS]
    for tree in ("Bindings/python", "Sources/Format", "Sources/Runtime", "scripts"):
        paths += own_files(ROOT / tree)
    members.update({str(path.relative_to(ROOT)): path.read_bytes() for path in paths})
    name = f"{STEM}.tar.gz"
    with open(Path(folder) / name, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed, \
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member, data in members.items():
            entry = tarfile.TarInfo(f"{STEM}/{member}")
            entry.size, entry.mtime = len(data), 315532800  # 1980, as in the wheel
            entry.mode = 0o755 if os.access(ROOT / member, os.X_OK) else 0o644
            archive.addfile(entry, io.BytesIO(data))
    return name


def built():
    """The library of the build folder, which is made where there is none."""
    library = ROOT / "build/lib/libferm.so"
    if not library.exists():
        swift = os.environ.get("SWIFT", "swift")
        lacking = [tool for tool in (swift, "make", "objcopy") if not shutil.which(tool)]
        if lacking:
            sys.exit(f"ferm-runtime cannot be built from its sources here, for libferm takes {' and '.join(lacking)}: install Swift 6.2 or "
                     "later with make and binutils, or take the finished wheel, which needs none of them on Linux with glibc 2.34")
        # Packages are the system's business: setup-lib counts as done.
        subprocess.run(["make", "-C", ROOT, "-o", "setup-lib", "libferm", f"SWIFT={swift}"], check=True, stdout=sys.stderr)
    return library


def platform(image):
    """The platform of the wheel: the newest glibc that the library asks for, and its processor."""
    newest = max((int(minor) for minor in re.findall(rb"GLIBC_2\.(\d+)", image)), default=17)
    machine = {0x3E: "x86_64", 0xB7: "aarch64"}[int.from_bytes(image[18:20], "little")]
    return f"manylinux_2_{newest}_{machine}"


def metadata():
    return METADATA + (PACKAGE / "README.md").read_text()


def own_files(folder):
    """What belongs to a folder: nothing hidden, nothing that Python or an editor left there."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc" and not path.name.endswith("~")
                  and not any(part.startswith(".") for part in path.relative_to(folder).parts))


def digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    for build in (build_sdist, build_wheel):
        print(Path(sys.argv[1]) / build(sys.argv[1]))
