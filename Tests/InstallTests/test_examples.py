"""The examples in doc comments, catalogues, docs/embed.md and the README compile against the built modules."""
import re
import subprocess
from pathlib import Path

import pytest

root = Path(__file__).resolve().parents[2]
modules = root / ".build/release/Modules"
MODULES = "FermFormat", "FermImage", "FermRuntime", "FermTrain"


def examples(text, comment=""):
    """The Swift code between fences, without the marks of a comment before each line."""
    for block in re.findall(rf"^ *{comment} ?```swift\n(.*?)^ *{comment} ?```$", text, re.M | re.S):
        yield "\n".join(re.sub(rf"^ *{comment} ?", "", line) if comment else line for line in block.splitlines())


CASES = [(path, number, code)
         for folder in ("Format", "Runtime", "Train")
         for path in sorted((root / "Sources" / folder).rglob("*.swift"))
         for number, code in enumerate(examples(path.read_text(), "///"))]
CASES += [(path, number, code)
          for path in (root / "README.md", root / "docs/embed.md", *sorted((root / "Sources").rglob("*.docc/*.md")))
          for number, code in enumerate(examples(path.read_text())) if "swift-tools-version" not in code]


def test_what_users_meet_first_has_an_example():
    assert {path.stem for path, _, _ in CASES} >= {"ModelFile", "Model", "Provenance", "Plan", "Session", "PixelImage", "embed", "README", "FermFormat",
                                               "Tensor", "Tape", "Variable", "Parameter", "Network", "GraphNetwork", "Layers",
                                               "FaceData", "FaceSet", "Evaluation", "Trainer"}


@pytest.fixture(scope="module")
def faults(tmp_path_factory):
    """What the compiler says, by example: each is a function of its own, and all are looked at together."""
    place = tmp_path_factory.mktemp("examples")
    files = []
    for number, (path, _, code) in enumerate(CASES):
        imports = [f"import {module}" for module in MODULES]
        body = [line for line in code.splitlines() if not line.startswith("import ")]
        declares = re.match(r"(public |final )*(struct|class|extension|enum) ", "\n".join(body).lstrip())
        before, after = ([], []) if declares else ([f"func example{number}() throws {{"], ["}"])
        files.append(place / f"example{number}.swift")
        files[-1].write_text("\n".join(imports + before + body + after) + "\n")
    maps = [*(root / "Sources").rglob("module.modulemap"), *(root / ".build/release").glob("*.build/module.modulemap")]
    seen = [f"-fmodule-map-file={path}" for path in maps] + [f"-I{path}" for path in (root / "Sources").rglob("include")]
    told = subprocess.run(["swiftc", "-typecheck", "-swift-version", "6", "-parse-as-library", "-I", modules,
                           *(word for flag in seen for word in ("-Xcc", flag)), *files], capture_output=True, text=True)
    faults = {number: re.findall(rf"example{number}\.swift:.*error:.*", told.stderr) for number in range(len(CASES))}
    assert told.returncode == 0 or any(faults.values()), told.stderr
    return faults


@pytest.mark.parametrize("number", range(len(CASES)),
                         ids=[f"{path.relative_to(root)}-{number}" for path, number, _ in CASES])
def test_an_example_is_a_program(number, faults):
    assert not faults[number], "\n".join(faults[number]) + "\n\n" + CASES[number][2]
