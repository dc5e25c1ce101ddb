#!/usr/bin/env bash
# Links the Embedded build of Format and Runtime into build/: libferm.so.VERSION with its links, libferm.a, ferm.h, ferm.pc and the CMake
# package; for another processor into build/TARGET, whose build it makes itself (scripts/cross.sh).
# Only the functions of ferm.h are visible, each with the version that the header names (scripts/symbols.awk).
# Usage: libferm.sh SWIFT [TARGET] (from the root of the checkout)
set -euo pipefail
toolchain=$(dirname "$(realpath "$(command -v "$1")")") target=${2:-}
header=Sources/Runtime/Library/CFerm/include/ferm.h
version=$(cat VERSION)
soname=libferm.so.${version%%.*} # another number means that programs have to be built anew
build=build${target:+/$target}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p $build/lib/pkgconfig $build/include

if [ -n "$target" ]; then
  scripts/cross.sh "$1" "$target" > "$work/cross"
  mapfile -t cross < "$work/cross"
  find .build/$target/objects -name '*.o' | sort > "$work/objects"
else
  cross=()
  built=.build/embedded/release
  # A build folder may hold objects of files that are gone, so the objects are those of each module's sources of today.
  # objects FOLDER MODULE PATTERN
  objects() { # Sources/Format/Files is a module of the tools' own, Kernels/Training the trainer's.
    find "$1" -name "$3" -not -path '*.docc/*' -not -path 'Sources/Format/Files/*' -not -path '*/Kernels/Training/*' -printf "$built/$2.build/%f.o\n"
  }
  {
    objects Sources/Format FermFormat '*.swift'
    objects Sources/Runtime FermRuntime '*.swift'
    objects Sources/Format/System FermSystem '*.c'
    objects Sources/Runtime/Kernels FermKernels '*.c'
    objects Sources/Runtime/Library/CFerm CFerm '*.c'
  } | sort -u > "$work/objects"
fi

# Swift's memory comes from Format/System/reserve.c, which tells a call when it is short instead of ending the program.
for name in malloc posix_memalign free; do echo "$name ferm_swift_$name"; done > "$work/memory"
mkdir "$work/swift"
while read -r object; do
  case $object in
    *.swift.o)
      own=$work/swift/$(basename "$(dirname "$object")").$(basename "$object")
      "$toolchain/llvm-objcopy" --redefine-syms="$work/memory" "$object" "$own"
      object=$own ;;
  esac
  echo "$object"
done < "$work/objects" > "$work/linked"
mv "$work/linked" "$work/objects"

awk -f scripts/symbols.awk $header > "$work/functions"
cut -d' ' -f2 "$work/functions" > "$work/exports"
# A linker's version script: each version has what came with it, and names the one before.
sort -s -V -k1,1 "$work/functions" | awk '
  $1 != version { if (version) print "}" before ";"
    before = version ? " FERM_" version : ""; print "FERM_" $1 " {" (version ? "" : " local: *;") " global:"; version = $1 }
  { print "  " $2 ";" }
  END { print "}" before ";" }' > "$work/map"

# nodelete: the library stays once it is loaded, for a fork or a thread may still need it after dlclose. icf: functions of the same
# code become one, which nobody here tells apart by their addresses.
rm -f $build/lib/libferm.so*
"$toolchain/clang" "${cross[@]}" -shared -fuse-ld=lld -o $build/lib/libferm.so.$version "@$work/objects" -Wl,--gc-sections -Wl,--icf=all \
  -Wl,-z,defs -Wl,-z,nodelete -Wl,-soname,$soname -Wl,--version-script="$work/map" -Wl,--as-needed -lz -lm -Wl,--strip-all
# Programs ask the loader for the soname, the linker for libferm.so; so do programs that were linked when that was the soname.
ln -s libferm.so.$version $build/lib/$soname
ln -s $soname $build/lib/libferm.so

"$toolchain/ld.lld" -r -o "$work/ferm.o" "@$work/objects" --gc-sections --strip-debug $(sed 's/^/-u /' "$work/exports")
"$toolchain/llvm-objcopy" --keep-global-symbols="$work/exports" --strip-unneeded "$work/ferm.o"
rm -f $build/lib/libferm.a
"$toolchain/llvm-ar" rcs $build/lib/libferm.a "$work/ferm.o"

cp $header $build/include/
# Where it lies: the build folder here, and what scripts/install.sh writes there once it is installed.
cat > $build/lib/pkgconfig/ferm.pc <<END
prefix=\${pcfiledir}/../..
libdir=\${prefix}/lib
includedir=\${prefix}/include

Name: ferm
Description: Runs .ferm models: facial-emotion networks on a CPU
Version: $version
Libs: -L\${libdir} -lferm
Libs.private: -lz -lm -lpthread
Cflags: -I\${includedir}
END
mkdir -p $build/lib/cmake/ferm
cp scripts/cmake/fermConfig.cmake $build/lib/cmake/ferm/
sed "s|@VERSION@|$version|" scripts/cmake/fermConfigVersion.cmake > $build/lib/cmake/ferm/fermConfigVersion.cmake
ls -l $build/lib/libferm.so.$version $build/lib/libferm.a
