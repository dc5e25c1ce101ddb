#!/usr/bin/env bash
# Compiles what libferm consists of for a processor that SwiftPM has no SDK for: Format and Runtime as bare Embedded Swift, and the C
# beside them. Usage: embedded.sh SWIFT SWIFT-TARGET FOLDER FLAG... (from the root of the checkout); the flags are clang's, for the
# C sources and for the headers that Swift reads. The objects are FOLDER/*.o; Swift's are FOLDER/*.swift.o.
set -euo pipefail
swift=$1 target=$2 folder=$3
toolchain=$(dirname "$(realpath "$(command -v "$swift")")")
shift 3
rm -rf "$folder"
mkdir -p "$folder/maps"
system=Sources/Format/System/include kernels=Sources/Runtime/Kernels/include library=Sources/Runtime/Library/CFerm/include
# SwiftPM makes such maps for C targets that have none.
echo "module FermSystem { umbrella header \"$PWD/$system/FermSystem.h\" export * }" > "$folder/maps/FermSystem.modulemap"
echo "module FermKernels { umbrella header \"$PWD/$kernels/FermKernels.h\" export * }" > "$folder/maps/FermKernels.modulemap"
echo "extern module CFerm \"$PWD/$library/module.modulemap\"" > "$folder/maps/CFerm.modulemap"
echo "extern module CZlib \"$PWD/Sources/Format/Zlib/module.modulemap\"" > "$folder/maps/CZlib.modulemap"

flags=("$@" -I$system -I$kernels -I$library)
c_sources() { find "$@" -maxdepth 1 -name '*.c'; }
c_sources Sources/Format/System Sources/Runtime/Kernels Sources/Runtime/Library/CFerm \
  | xargs -P "$(nproc)" -I {} sh -c 'object=$1/$(basename "$2").o; shift; source=$1; shift; "$@" -c "$source" -o "$object"' \
    sh "$folder" {} "$toolchain/clang" -O2 -fPIC -DFERM_EMBEDDED "${flags[@]}"

swift_sources() { find "$1" -name '*.swift' -not -path 'Sources/Format/Files/*' -not -path '*.docc/*' | sort; }
for module in Format Runtime; do
  mapfile -t sources < <(swift_sources Sources/$module)
  scripts/bare-module.sh "$swift" "$target" "$folder" Ferm$module "${sources[@]}" -- "${flags[@]}"
done
