"""What the library says of a model beside its network, compared with what the file's maker put in."""
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

root = Path(__file__).resolve().parents[2]
build = root / "build"
files = [path for place in ("accept", "1.1/accept") for path in sorted((root / "spec/conformance" / place).glob("*.ferm"))]
TEXT, INTEGER, REAL, FLAG, NOTE = 1, 2, 3, 4, 5


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    program = tmp_path_factory.mktemp("metadata") / "metadata"
    made = subprocess.run(["gcc", "-Wall", "-Wextra", "-Werror", f"-I{build}/include", root / "Tests/LibraryTests/metadata.c", "-o", program,
                           f"-L{build}/lib", "-lferm", "-lm", f"-Wl,-rpath,{build}/lib"], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return program


def said(program, file, **environment):
    """The digest, and the entries: kind, key, text."""
    ran = subprocess.run([program, file], capture_output=True, env=environment)
    assert ran.returncode == 0, ran.stdout
    digest, *rest = ran.stdout.decode().split("\n", 1)
    return digest, re.findall(r"^([1-5]) ([\w./-]+) (.*?)\n(?=[1-5] [\w./-]+ |\Z)", rest[0], re.S | re.M)


def value(kind, text):
    return {TEXT: str, INTEGER: int, REAL: float, FLAG: {"true": True, "false": False}.get, NOTE: str}[kind](text)


@pytest.mark.parametrize("file", [file for file in files if "operator set 2" not in file.with_suffix(".json").read_text()], ids=lambda file: file.stem)
def test_metadata_are_those_of_the_file(file, program):
    expected = json.loads(file.with_suffix(".json").read_text())["dump"]
    digest, entries = said(program, file)
    found = [(key, value(int(kind), text)) for kind, key, text in entries if int(kind) != NOTE]
    assert found == list(expected["provenance"].items())
    assert [type(value) for _, value in found] == [type(value) for value in expected["provenance"].values()]
    assert [(key, text) for kind, key, text in entries if int(kind) == NOTE] == [(note["name"], note["text"]) for note in expected["notes"]]
    assert digest == expected["format"]["sha256"]


def test_numbers_have_a_point_in_every_language(program, tmp_path):
    if not shutil.which("localedef"):
        pytest.skip("localedef is not installed (libc-bin)")
    parts = [f"{name}\ncopy \"POSIX\"\nEND {name}\n" for name in ("LC_CTYPE", "LC_COLLATE", "LC_MONETARY", "LC_TIME", "LC_MESSAGES")]
    (tmp_path / "source").write_text("\n".join(parts) + 'LC_NUMERIC\ndecimal_point ","\nthousands_sep ""\ngrouping -1\nEND LC_NUMERIC\n')
    subprocess.run(["localedef", "-c", "-i", "./source", "-f", "UTF-8", "./comma"], cwd=tmp_path, capture_output=True)
    file = root / "spec/conformance/accept/provenance-of-all-types.ferm"
    usual, here = said(program, file), said(program, file, LOCPATH=str(tmp_path), LC_ALL="comma")
    assert here == usual and ("3", "c", "0.1") in here[1]
