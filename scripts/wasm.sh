#!/usr/bin/env bash
# Builds libferm for WebAssembly: build/web/ferm.wasm, with ferm.js and ferm.d.ts beside it. Usage: wasm.sh [SWIFT] (from the root of the checkout)
# Ends with 77 and the reason where this machine lacks a part of it (docs/web.md names them).
set -euo pipefail
toolchain=$(dirname "$(realpath "$(command -v "${1:-swift}")")")
output=build/web
work=.build/web
tables=$toolchain/../lib/swift/embedded/wasm32-unknown-none-wasm/libswiftUnicodeDataTables.a
libc=/usr/lib/wasm32-wasi/libc.a
builtins=$(ls /usr/lib/llvm-*/lib/clang/*/lib/wasi/libclang_rt.builtins-wasm32.a 2> /dev/null | sort -V | tail -n 1 || true)
[ -f "$tables" ] || { echo 'this Swift toolchain has no Embedded Swift for wasm32' >&2; exit 77; }
[ -f "$libc" ] && [ -n "$builtins" ] || { echo 'there is no C library for wasm32 (Debian: wasi-libc, libclang-rt-19-dev-wasm32)' >&2; exit 77; }

mkdir -p "$output" "$work"
cp Bindings/web/ferm.js Bindings/web/ferm.d.ts "$output/"
# Half a minute's work is not done again for nothing.
if [ -f "$output/ferm.wasm" ] && [ -z "$(find Sources/Format Sources/Runtime Bindings/web/system scripts/wasm.sh -type f -newer "$output/ferm.wasm")" ]; then exit 0; fi
scripts/zlib-source.sh "$work/zlib"

system=Sources/Format/System
mkdir -p "$work/maps"
for header in "$system/include/FermSystem.h" Sources/Runtime/Kernels/include/FermKernels.h; do
  name=$(basename "$header" .h)
  echo "module $name { header \"$PWD/$header\" export * }" > "$work/maps/$name.modulemap"
done
echo "extern module CFerm \"$PWD/Sources/Runtime/Library/CFerm/include/module.modulemap\"" > "$work/maps/CFerm.modulemap"
echo "module CZlib [system] { header \"$PWD/$work/zlib/zlib.h\" export * }" > "$work/maps/CZlib.modulemap"

target=(--target=wasm32-wasi -isystem /usr/include/wasm32-wasi)
sources() { find "$1" -name '*.swift' -not -path 'Sources/Format/Files/*' -not -path '*.docc/*' | sort; }
for module in Format Runtime; do
  mapfile -t swift < <(sources Sources/$module)
  scripts/bare-module.sh "${1:-swift}" wasm32-unknown-none-wasm "$work" Ferm$module "${swift[@]}" -- -D__wasi__ -isystem /usr/include/wasm32-wasi
done

# What reaches past a page, files and threads, has another form in Bindings/web/system. Swift's requests for memory go to reserve.c, as in
# libferm: the linker turns each to a wrapper, and C means the C library's own.
clang=("$toolchain/clang" "${target[@]}" -c -O2 -msimd128 -ffunction-sections -fdata-sections -w -DFERM_EMBEDDED -D_WASI_EMULATED_GETPID
  -I Bindings/web/system/include -I "$system" -I "$system/include" -I Sources/Runtime/Kernels/include -I Sources/Runtime/Library/CFerm/include)
memory=(malloc free posix_memalign)
own=()
for name in "${memory[@]}"; do own+=("-D$name=__real_$name" "-Dferm_swift_$name=__wrap_$name"); done
mkdir -p "$work/objects"
rm -f "$work/objects/"*.o
compile() { "${clang[@]}" "${@:2}" "$1" -o "$work/objects/$(basename "$(dirname "$1")").$(basename "$1").o"; }
for file in Bindings/web/system/*.c "$system"/{elements,monitor,process,reserve,sha256,shuffle}.c Sources/Runtime/Library/CFerm/*.c; do
  compile "$file" "${own[@]}"
done
for file in Sources/Runtime/Kernels/*.c; do compile "$file"; done
for name in adler32 crc32 inffast inflate inftrees zutil; do compile "$work/zlib/$name.c" -D_LARGEFILE64_SOURCE=0; done

# All of ferm.h but what opens files, and memory for what a page hands over.
exports=(_initialize ferm_allocate ferm_free $(awk -f scripts/symbols.awk Sources/Runtime/Library/CFerm/include/ferm.h | cut -d' ' -f2 | grep -v '^ferm_model_open'))
"$toolchain/wasm-ld" --no-entry --gc-sections --compress-relocations --strip-all --stack-first -z stack-size=1048576 "${exports[@]/#/--export=}" \
  "${memory[@]/#/--wrap=}" "$work/FermFormat.swift.o" "$work/FermRuntime.swift.o" "$work/objects/"*.o "$tables" "$libc" \
  /usr/lib/wasm32-wasi/crt1-reactor.o /usr/lib/wasm32-wasi/libwasi-emulated-getpid.a "$builtins" -o "$work/ferm.wasm"
mv "$work/ferm.wasm" "$output/ferm.wasm"
ls -l "$output/ferm.wasm"
