"""Examples/swift is a package that depends on ours by path: it builds, and says what the tools say."""
import json
import subprocess
from pathlib import Path

import pytest

root = Path(__file__).resolve().parents[2]
example = root / "Examples/swift/label-faces"
faces = root / "models/face.ferm"


def run(*words):
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, cwd=root)


@pytest.fixture(scope="module")
def program():
    """The build folder is kept between runs."""
    scratch = root / ".build/foreign"
    built = run("swift", "build", "-c", "release", "--package-path", example, "--scratch-path", scratch)
    assert built.returncode == 0, built.stdout + built.stderr
    return scratch / "release/label-faces"


def test_it_links_without_foundation(program):
    libraries = run("readelf", "-d", program).stdout
    assert "libswiftCore" in libraries and "Foundation" not in libraries


def test_what_a_package_may_depend_on_asks_for_no_unsafe_flag():
    """Swift refuses a package with unsafe flags as a dependency by version."""
    described = json.loads(run("swift", "package", "dump-package").stdout)
    targets = {target["name"]: target for target in described["targets"]}
    products = {product["name"]: product["targets"] for product in described["products"]}
    assert {"FermFormat", "FermRuntime", "FermImage"} <= set(products)
    left, seen = [name for names in products.values() for name in names], set()
    while left:
        name = left.pop()
        if name not in seen:
            seen.add(name)
            left += [next(iter(need.values()))[0] for need in targets[name]["dependencies"]]
            assert not [setting for setting in targets[name]["settings"] if "unsafeFlags" in setting["kind"]], name


@pytest.mark.skipif(not faces.exists(), reason="models/face.ferm is not there: make detector")
def test_it_labels_the_faces_of_photos_as_fer_infer_does(program):
    photos = sorted((root / "Examples/photos").glob("*.jpg"))
    records = map(json.loads, run(".build/release/fer-infer", "models/default.ferm", *photos, "--format", "jsonl").stdout.splitlines())
    wanted = [f"{one['path']}: {one['label']} {round(100 * one['score'])} % at {int(one['box'][0])}, {int(one['box'][1])}"
              if "label" in one else f"{one['path']}: no face" for one in records]
    assert len(wanted) >= len(photos)
    assert run(program, "models/default.ferm", faces, *photos).stdout.splitlines() == wanted


def test_the_tutorial_shows_this_program_and_its_first_step_compiles(program):
    shown = root / "Sources/Runtime/FermRuntime.docc/Resources"
    for file in (example / "Package.swift", *(example / "Sources/label-faces").iterdir()):
        assert (shown / file.name).resolve() == file
    modules = program.parent / "Modules"
    maps = [f"-fmodule-map-file={path}" for path in (*(root / "Sources").rglob("module.modulemap"),
                                                     *program.parent.glob("*.build/module.modulemap"))]
    told = run("swiftc", "-typecheck", "-swift-version", "6", "-I", modules, *(word for flag in maps for word in ("-Xcc", flag)),
               shown / "FaceFinder.swift")
    assert told.returncode == 0, told.stderr


def test_what_is_wrong_is_a_sentence(program):
    told = run(program, "Examples/faces/README.md", faces, "photo.jpg")
    assert told.returncode == 1 and told.stderr.startswith("This is not a .ferm file.") and told.stdout == ""
    told = run(program)
    assert told.returncode == 2 and told.stderr.startswith("usage: ") and told.stdout == ""
