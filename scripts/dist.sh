#!/usr/bin/env bash
# Writes build/dist/ferm-VERSION-linux-x86_64.tar.gz: the tools with image codecs, OpenBLAS and the Swift and C++ libraries linked in,
# libferm, its header, models, man pages, licences. What is in it needs glibc 2.34 and what comes with it; where a program would need
# more, no tarball is written. Usage: scripts/dist.sh SWIFT (from the root of the checkout, after make libferm)
set -euo pipefail
swift=$1
version=$(cat VERSION)
name=ferm-$version-linux-$(uname -m)
oldest=2.34
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
place=$work/$name

# A folder that the linker looks into first, with archives alone.
archives=$work/archives
mkdir -p "$archives" build/dist
for library in jpeg png16 webp webpdemux z openblas stdc++; do
  archive=$(gcc -print-file-name=lib$library.a)
  [ -e "$archive" ] || { echo "dist: lib$library.a is not there; make setup installs it" >&2; exit 1; }
  ln -s "$(realpath "$archive")" "$archives/lib$library.a"
done
gcc -O2 -Wall -fPIE -c packaging/older_glibc.c -o "$work/older_glibc.o"

# The objects are those of make install and make deb; only what they are linked with differs.
$swift build -c release --static-swift-stdlib --scratch-path .build/static
mkdir "$work/bin"
for tool in fer-train fer-infer fer-inspect; do
  "${swift}c" -static-stdlib -emit-executable -o "$work/bin/$tool" "@.build/static/release/$tool.product/Objects.LinkFileList" \
    "$work/older_glibc.o" "-L$archives" -ljpeg -lpng16 -lwebp -lwebpdemux -lz -lm \
    -Xlinker --gc-sections -Xlinker --defsym -Xlinker "main=${tool//-/_}_main"
done
scripts/install.sh "$work/bin" '' "$place" > "$work/log"

mkdir -p "$place/share/ferm/faces" "$place/share/ferm/photos" "$place/share/doc/ferm/examples"
cp Examples/faces/* "$place/share/ferm/faces"
cp Examples/photos/* "$place/share/ferm/photos"
cp Examples/c/*.c Examples/cpp/*.cpp "$place/share/doc/ferm/examples"
cp CHANGELOG.md "$place/share/doc/ferm"
sed "s/@VERSION@/$version/g" packaging/tarball.md > "$place/README.md"
scripts/licences.sh "$swift" "$place/LICENSES"

for file in "$place"/bin/* "$(realpath "$place/lib/libferm.so")"; do
  needed=$(objdump -p "$file" | awk '$1 == "NEEDED" { print $2 }' |
    grep -vxE 'lib(c|m|gcc_s|z)\.so\.[0-9]+|ld-linux-x86-64\.so\.2' || true)
  newest=$(objdump -T "$file" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1)
  if [ -n "$needed" ] || [ "$(printf '%s\n' "${newest#GLIBC_}" $oldest | sort -V | tail -n 1)" != $oldest ]; then
    echo "dist: ${file#"$place/"} needs ${needed:-$newest}, and is to run wherever there is glibc $oldest" >&2
    exit 1
  fi
done

(cd "$place" && find . -type f -printf '%P\0' | sort -z | xargs -0 sha256sum > "$work/sums" && mv "$work/sums" SHA256SUMS)
chmod -R u=rwX,go=rX "$place"
# The same commit gives the same bytes.
rm -f build/dist/ferm-*-linux-*.tar.gz
time=$(git log -1 --format=%ct 2> "$work/log" || date +%s)
tar -C "$work" --sort=name --mtime="@${SOURCE_DATE_EPOCH:-$time}" --owner=0 --group=0 --numeric-owner -cf - "$name" |
  gzip -9n > "build/dist/$name.tar.gz"
scripts/sums.sh
ls -l "build/dist/$name.tar.gz"
