#!/usr/bin/env bash
# What others would meet: a package that depends on a fresh clone, an installation in an empty prefix on a system that has nothing
# else, the Python package. Says what this machine cannot try, and what that would need. Usage: scripts/everywhere.sh
set -euo pipefail
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
skipped=()
skip() { skipped+=("$1"); }
part() { echo "everywhere: $1"; }

part "a package that depends on a fresh clone"
[ -z "$(git status --porcelain --untracked-files=no)" ] || skip "changes that are not committed: the clone does not have them"
git clone -q . "$work/ferm"
cp -r "$work/ferm/Examples/swift/label-faces" "$work/foreign"
sed -i "s|\.package(name: \"ferm\", path: [^)]*)|.package(url: \"file://$work/ferm\", revision: \"$(git rev-parse HEAD)\")|" \
  "$work/foreign/Package.swift"
grep -q "file://" "$work/foreign/Package.swift"
$swift build -c release --package-path "$work/foreign" --scratch-path "$work/foreign-build" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
if [ -f models/face.ferm ]; then
  "$work/foreign-build/release/label-faces" models/default.ferm models/face.ferm Examples/photos/two-portraits.jpg | grep -c happy | grep -qx 2
else
  skip "faces in photos by that package: it takes models/face.ferm (make detector)"
fi

part "an installation in an empty prefix"
root=$work/root prefix=/opt/ferm
make -s install PREFIX=$prefix DESTDIR="$root" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
PKG_CONFIG_PATH=$root$prefix/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root \
  gcc Examples/c/classify.c -o "$root/classify" $(PKG_CONFIG_PATH=$root$prefix/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root \
    pkg-config --cflags --libs ferm) -lpng16 -Wl,-rpath,$prefix/lib
gcc -static -I"$root$prefix/include" Tests/InstallTests/foreign/program.c -o "$root/static" "$root$prefix/lib/libferm.a" -lz -lm -lpthread

part "its programs on a system with nothing else"
cp models/default.ferm Examples/faces/astronaut-small.png "$root"
# The shared libraries that they name, and no toolchain's.
for program in "$root"$prefix/bin/* "$root/classify"; do
  LD_LIBRARY_PATH=$root$prefix/lib ldd "$program" | grep -o '/[^ ]*' | grep -v "^$root" || true
done | sort -u > "$work/libraries"
if grep -e swift -e '^/opt' "$work/libraries"; then
  echo "everywhere: the programs need the toolchain's libraries" >&2
  exit 1
fi
xargs -a "$work/libraries" cp -L --parents -t "$root"
bare=(env -i "$(PATH=$PATH:/usr/sbin command -v chroot)" "$root")
[ "$(id -u)" = 0 ] || bare=(unshare -r "${bare[@]}")
if "${bare[@]}" /static /default.ferm > "$work/told" 2> "$work/log"; then
  "${bare[@]}" /classify /default.ferm /astronaut-small.png
  "${bare[@]}" $prefix/bin/fer-infer /default.ferm /astronaut-small.png --quiet | grep -q '"label":"happy"'
  "${bare[@]}" $prefix/bin/fer-inspect /default.ferm --verify | grep -q intact
  "${bare[@]}" $prefix/bin/fer-train --version
elif grep -q 'chroot\|unshare' "$work/log"; then
  skip "the programs on a bare system: it takes root or user namespaces ($(head -n 1 "$work/log"))"
else
  cat "$work/log"
  exit 1
fi

part "the Python package"
python=${PYTHON:-/usr/bin/python3}
scripts/wheel.sh

part "projects that know nothing of this checkout"
"$python" -m pytest -q -p no:cacheprovider Tests/InstallTests/test_foreign.py
for program in cmake meson ninja cargo clang++; do
  command -v $program > /dev/null || skip "a foreign project by $program, which is not installed"
done

part "modules of PyTorch"
if "$python" -c 'import torch, torchvision, timm, pytest' 2> /dev/null; then
  make -s check-torch PYTHON="$python"
else
  skip "what PyTorch's modules become: it takes PYTHON=... with torch, torchvision, timm and pytest (make check-torch)"
fi

part "the C sources for another processor"
headers=/usr/aarch64-linux-gnu/include
if [ -d $headers ]; then
  clang=$(dirname "$(realpath "$(command -v $swift)")")/clang
  includes=$(find Sources/Format Sources/Runtime -type d -name include -printf '-I%p ')
  find Sources/Format/System Sources/Runtime -name '*.c' -print0 | while IFS= read -r -d '' source; do
    # shellcheck disable=SC2086
    "$clang" --target=aarch64-linux-gnu -isystem $headers $includes -O2 -Wall -Werror -c "$source" -o "$work/object.o"
  done
else
  skip "the C sources for arm64: they take libc6-dev-arm64-cross"
fi

part "libferm for arm64"
if ! command -v qemu-aarch64-static > /dev/null; then
  skip "libferm for arm64: it takes qemu-user-static (make check-arm64)"
elif scripts/cross.sh "$swift" aarch64-linux > "$work/log" 2>&1; then
  make -s check-arm64 SWIFT="$swift" PYTHON="$python"
elif [ $? = 77 ]; then
  skip "libferm for arm64: $(tail -n 1 "$work/log")"
else
  cat "$work/log"
  exit 1
fi
skip "the tools for arm64: they take a Swift SDK for aarch64 (swift sdk install)"

part "the browser"
command -v node > /dev/null || skip "the module in node, which is not installed"
command -v chromium > /dev/null || skip "the page in a browser: it takes chromium"
if scripts/wasm.sh "$swift" > "$work/log" 2>&1; then
  make -s check-web SWIFT="$swift" PYTHON="$python"
elif [ $? = 77 ]; then
  skip "the browser: $(tail -n 1 "$work/log")"
else
  cat "$work/log"
  exit 1
fi

part "what is released, in bare systems"
make -s dist deb > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
scripts/packages.sh

for reason in "${skipped[@]}"; do echo "Skipped: $reason"; done
echo "everywhere: all that this machine can try holds"
