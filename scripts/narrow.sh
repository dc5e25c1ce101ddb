#!/usr/bin/env bash
# Builds a reader of 32 bits out of Sources/Format, as Embedded Swift for i686, linked with the 32-bit C library and zlib:
# where a number of the format is taken for an Int that does not hold it, it stops. Usage: narrow.sh OUTPUT [SWIFTC] (from the root of the checkout)
# Ends with status 77 where this machine has no such library (Debian: libc6-dev-i386, lib32z1-dev) or toolchain.
set -euo pipefail
output=$1
toolchain=$(dirname "$(realpath "$(command -v "${2:-swiftc}")")")
tables=$toolchain/../lib/swift/embedded/i686-unknown-none-elf/libswiftUnicodeDataTables.a
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo 'int main(void) { return 0; }' > "$work/probe.c"
if [ ! -f "$tables" ] || ! "$toolchain/clang" -m32 "$work/probe.c" -lz -latomic -o "$work/probe" 2> "$work/why" || ! "$work/probe"; then
  cat "$work/why" >&2
  exit 77
fi
system=Sources/Format/System/include
echo "module FermSystem { header \"$PWD/$system/FermSystem.h\" export * }" > "$work/module.modulemap"
mapfile -t sources < <(find Sources/Format -name '*.swift' -not -path 'Sources/Format/Files/*' | sort)
"$toolchain/swiftc" -c -Osize -wmo -parse-as-library -target i686-unknown-none-elf -enable-experimental-feature Embedded \
  -module-name FermFormat -package-name ferm -enable-upcoming-feature InternalImportsByDefault \
  -enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature ExistentialAny -suppress-warnings \
  -module-cache-path "$work/cache" -Xcc -fmodule-map-file=Sources/Format/Zlib/module.modulemap \
  -Xcc "-fmodule-map-file=$work/module.modulemap" -I $system -Xcc -isystem -Xcc /usr/include \
  -Xcc -isystem -Xcc /usr/include/x86_64-linux-gnu -o "$work/format.o" \
  "${sources[@]}" Tests/FormatTests/LimitCases.swift Tests/NarrowTests/narrow.swift
"$toolchain/clang" -m32 -O1 -w -D_FILE_OFFSET_BITS=64 -no-pie -I $system Tests/NarrowTests/main.c Sources/Format/System/*.c \
  "$work/format.o" "$tables" -lz -latomic -lpthread -o "$output"
