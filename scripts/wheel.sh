#!/usr/bin/env bash
# What somebody meets who has only the wheel: a fresh environment, pip, mypy, the package's own tests; and what an index asks of wheel
# and source. Needs an index of Python packages. Usage: scripts/wheel.sh (after make wheel)
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset FERM_LIBRARY PYTHONPATH
python=$work/venv/bin/python
part() { echo "wheel: $1"; }
version=$(cat VERSION)
wheel=$(ls build/dist/ferm_runtime-"$version"-*.whl) sdist=build/dist/ferm_runtime-$version.tar.gz

if ! "${PYTHON:-/usr/bin/python3}" -m venv "$work/venv"; then
  echo "Skipped: the wheel in a fresh environment: it takes python3-venv"
  exit
fi
if ! "$python" -m pip download -q --no-deps -d "$work" --retries 1 --timeout 20 pillow 2> "$work/log"; then
  echo "Skipped: the wheel in a fresh environment: pip finds no index ($(tail -n 1 "$work/log"))"
  exit
fi

part "pip install, and nothing else"
"$python" -m pip install -q --disable-pip-version-check "$wheel"
[ "$(cd / && "$python" -m ferm classify "$root/Examples/faces/astronaut-colour.png" | cut -f2)" = happy ]
(cd / && "$python" -m ferm inspect)

part "beside PyPI's ferm, which is a firewall's"
"$python" -m pip install -q --disable-pip-version-check --pre ferm
(cd / && "$python" -c 'import ferm; print("ferm", ferm.__version__, ferm.Model().self_test(), "self-tests")')

part "the package's own tests, with numpy"
"$python" -m pip install -q --disable-pip-version-check numpy pytest
FERM_TESTED=installed "$python" -m pytest -q -rs -p no:cacheprovider Bindings/python/tests

part "its hints: mypy --strict on the package that is installed, and on a program that uses it"
"$python" -m pip install -q --disable-pip-version-check mypy
mkdir "$work/user"
cp Bindings/python/tests/sample.py "$work/user"
(cd "$work/user" && "$python" -m mypy --strict sample.py)
(cd "$work/user" && "$python" -m mypy --config-file "$root/Bindings/python/pyproject.toml" -p ferm)

part "what an index asks"
"${PYTHON:-/usr/bin/python3}" -m venv "$work/tools"
"$work/tools/bin/python" -m pip install -q --disable-pip-version-check twine auditwheel
"$work/tools/bin/twine" check --strict "$wheel" "$sdist"
PATH=$work/tools/bin:$PATH auditwheel show "$wheel" | tee "$work/shown" | head -n 3
platform=${wheel##*-none-}
grep -q "constrains the platform tag to \"${platform%.whl}\"" "$work/shown" || { cat "$work/shown"; exit 1; }

part "a wheel from the source distribution"
if command -v "${SWIFT:-swift}" > /dev/null; then
  "$python" -m pip wheel -q --disable-pip-version-check --no-deps -w "$work/made" "$sdist"
  [ "$(basename "$work"/made/*.whl)" = "$(basename "$wheel")" ]
else
  echo "Skipped: a wheel from the source distribution: it takes Swift's toolchain"
fi
