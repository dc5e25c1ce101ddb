#!/usr/bin/env bash
# Compiles libferm's objects for another processor into .build/TARGET/objects, and prints clang's flags for it, one a line. It is
# linked against Debian's packages for that processor, which are fetched once into .build/TARGET/root; or against the root that
# the environment variable SYSROOT names. Usage: cross.sh SWIFT TARGET (from the root of the checkout)
set -euo pipefail
swift=$1 target=$2
case $target in
  aarch64-linux) bare=aarch64-none-none-elf architecture=arm64 ;;
  *)
    echo "libferm is built for aarch64-linux, or for this machine without TARGET; not for $target" >&2
    exit 1 ;;
esac
root=${SYSROOT:-.build/$target/root}
[ -n "${SYSROOT:-}" ] || scripts/sysroot.sh $architecture "$root" libc6 libc6-dev linux-libc-dev libgcc-s1 libgcc-12-dev zlib1g zlib1g-dev
flags=("--target=${target%-linux}-linux-gnu" "--sysroot=$(realpath "$root")")
objects=.build/$target/objects
# A minute's work is not done again for nothing.
if [ ! -e "$objects/made" ] || [ -n "$(find Sources/Format Sources/Runtime scripts Package.swift -newer "$objects/made" -print -quit)" ]; then
  # Bare Swift has no system of its own, and takes the C library's headers for another's without the word for it.
  scripts/embedded.sh "$swift" $bare "$objects" "${flags[@]}" -D__linux__ >&2
  touch "$objects/made"
fi
printf '%s\n' "${flags[@]}"
