#!/usr/bin/env bash
# Compiles one module as bare Embedded Swift, for a processor that SwiftPM has no SDK for, into FOLDER, where those that it imports lie and
# in FOLDER/maps the maps of C headers; as Package.swift has it. Usage: bare-module.sh SWIFT SWIFT-TARGET FOLDER MODULE SOURCE... -- FLAG...
# (from the root of the checkout); the flags are clang's, for the headers.
set -euo pipefail
toolchain=$(dirname "$(realpath "$(command -v "$1")")") target=$2 folder=$3 module=$4
shift 4
sources=() headers=()
while [ "$1" != -- ]; do sources+=("$1"); shift; done
shift
for map in "$folder"/maps/*.modulemap; do headers+=(-Xcc "-fmodule-map-file=$map"); done
for flag in "$@"; do headers+=(-Xcc "$flag"); done
exec "$toolchain/swiftc" -c -Osize -wmo -parse-as-library -swift-version 6 -target "$target" -module-name "$module" -package-name ferm \
  -enable-experimental-feature Embedded -enable-upcoming-feature InternalImportsByDefault \
  -enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature ExistentialAny -strict-memory-safety -suppress-warnings \
  -Xfrontend -function-sections -Xfrontend -disable-stack-protector -module-cache-path "$folder/cache" -I "$folder" "${headers[@]}" \
  -emit-module-path "$folder/$module.swiftmodule" -o "$folder/$module.swift.o" "${sources[@]}"
