#!/usr/bin/env bash
# Lays zlib's own source, as Debian has it, into FOLDER, for processors that Debian has no zlib of. Usage: zlib-source.sh FOLDER
# It comes by apt-get, with lists in a folder of its own: neither root is needed, nor a deb-src line in the system's lists.
# Ends with 77 and the reason where there is no such source to be had.
set -euo pipefail
folder=$1
[ ! -f "$folder/inflate.c" ] || exit 0
command -v apt-get > /dev/null || { echo "there is no apt-get to get zlib's source by" >&2; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir -p "$work/sources" "$work/lists/partial" "$work/tree"
for list in /etc/apt/sources.list.d/*.sources; do
  [ ! -f "$list" ] || sed 's/^Types:.*/Types: deb-src/' "$list" > "$work/sources/$(basename "$list")"
done
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  [ ! -f "$list" ] || sed -n 's/^deb /deb-src /p' "$list" > "$work/sources/$(basename "$list" .list).list"
done
get() {
  apt-get -qq -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/sources" -o Dir::State::lists="$work/lists" \
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root "$@"
}
if ! (cd "$work" && get update && get source --download-only zlib) > "$work/log" 2>&1; then
  echo "zlib's source cannot be had: $(grep -m 1 '^E:' "$work/log" || tail -n 1 "$work/log")" >&2
  exit 77
fi
tar -xf "$work"/zlib_*.orig.tar.* -C "$work/tree" --strip-components=1
mkdir -p "$(dirname "$folder")"
rm -rf "$folder"
mv "$work/tree" "$folder"
