#!/usr/bin/env bash
# Unpacks Debian's packages for another processor into a folder: a root to link against, and for qemu-user to find its libraries in.
# apt fetches them and checks their signatures, with lists of its own below the folder: no root is needed, and nothing of this system changes.
# What lies there already is not fetched again. Usage: sysroot.sh ARCHITECTURE FOLDER PACKAGE...
set -euo pipefail
architecture=$1 root=$(realpath -m "$2")
shift 2
apt=$root/.apt
mkdir -p "$root" "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/have"
missing=()
for package in "$@"; do [ -e "$apt/have/$package" ] || missing+=("$package"); done
[ ${#missing[@]} -gt 0 ] || exit 0
command -v apt-get > /dev/null || { echo "sysroot: there is no apt-get to fetch ${missing[*]} for $architecture with" >&2; exit 77; }

touch "$apt/status"
cat > "$apt/config" <<END_CONFIG
APT::Architecture "$architecture";
#clear APT::Architectures;
APT::Architectures { "$architecture"; };
Dir::State "$apt";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
APT::Sandbox::User "$(id -un)";
END_CONFIG
export APT_CONFIG=$apt/config
mkdir -p "$apt/fetched"
cd "$apt/fetched"
if ! { apt-get update -qq && apt-get download -qq "${missing[@]}"; } > "$apt/log" 2>&1; then
  cat "$apt/log" >&2
  echo "sysroot: apt cannot fetch ${missing[*]} for $architecture" >&2
  exit 77
fi
for file in *.deb; do dpkg-deb -x "$file" "$root"; done
# Links of a system's root are links in this one.
find "$root" -path "$apt" -prune -o -type l -lname '/*' -print | while read -r link; do
  ln -sfn "$(realpath -m --relative-to="$(dirname "$link")" "$root$(readlink "$link")")" "$link"
done
for package in "${missing[@]}"; do touch "$apt/have/$package"; done
rm -rf "$apt/fetched" "$apt/lists" "$apt/cache"
