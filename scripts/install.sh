#!/usr/bin/env bash
# Installs what is built: tools, library, header, pkg-config file, man pages, bash completion, models. Asks sudo only where this
# user may not write. Usage: install.sh FOLDER-OF-THE-TOOLS|- PREFIX [DESTDIR] (from the root of the checkout); with - the library,
# its header, pkg-config file and CMake package alone. Where PREFIX is empty, the folder DESTDIR may be moved about, and ferm.pc finds
# itself. LIBDIR=lib/x86_64-linux-gnu names another folder below PREFIX for the library,
# BUILD=build/aarch64-linux another processor's build.
set -euo pipefail
tools=$1 prefix=$2 root=${3:-}
place=$root$prefix libraries=${LIBDIR:-lib} build=${BUILD:-build}

existing=$place
while [ ! -e "$existing" ]; do existing=$(dirname "$existing"); done
sudo=$([ -w "$existing" ] || echo sudo)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# pkg-config wants a backslash before a space, and sed two for one.
written=${prefix// /\\\\ }
sed "s|^prefix=.*|prefix=${written:-\${pcfiledir\}/../..}|; s|^libdir=.*|libdir=\${prefix}/$libraries|" $build/lib/pkgconfig/ferm.pc \
  > "$work/ferm.pc"

put() { # MODE FILE FOLDER [NAME]
  $sudo install -D -m "$1" "$2" "$place/$3/${4:-$(basename "$2")}"
}
# The library's file, and the links that build/lib has: where an older version left a file libferm.so, a link takes its place.
library=$(realpath $build/lib/libferm.so)
put 755 "$library" "$libraries"
for link in $build/lib/libferm.so*; do
  [ ! -L "$link" ] || $sudo ln -sfn "$(readlink "$link")" "$place/$libraries/$(basename "$link")"
done
put 644 $build/lib/libferm.a "$libraries"
put 644 $build/include/ferm.h include
put 644 "$work/ferm.pc" "$libraries/pkgconfig"
for file in $build/lib/cmake/ferm/*.cmake; do put 644 "$file" "$libraries/cmake/ferm"; done
put 644 LICENSE share/doc/ferm
if [ "$tools" != - ]; then
  for tool in fer-train fer-infer fer-inspect; do
    version=$("$tools/$tool" --version)
    for mode in man bash; do
      "$tools/$tool" --help | awk -v tool=$tool -v version="${version#* }" -v mode=$mode -f scripts/help.awk > "$work/$tool.$mode"
    done
    put 755 "$tools/$tool" bin && $sudo strip "$place/bin/$tool"
    put 644 "$work/$tool.man" share/man/man1 $tool.1
    put 644 "$work/$tool.bash" share/bash-completion/completions $tool
  done
  for model in default small; do put 644 models/$model.ferm share/ferm; done
  if [ -e models/face.ferm ]; then
    put 644 models/face.ferm share/ferm
    put 644 models/face-notice.txt share/ferm
  else
    echo "installed without a face detector; once make detector has made one, make install adds it"
  fi
  put 644 docs/record.schema.json share/doc/ferm
  put 644 docs/frame.schema.json share/doc/ferm
fi
echo "installed below $place"

# Programs find the library where the loader looks for it; with DESTDIR that is the package's business.
PATH=$PATH:/usr/sbin:/sbin
if [ -n "$root" ]; then
  echo "run ldconfig once $prefix/lib/libferm.so is in its place"
  exit
fi
case $prefix in
  /usr | /usr/local) if [ "$(id -u)" = 0 ] || [ -n "$sudo" ]; then $sudo ldconfig; fi ;;
esac
known=$(ldconfig -p)
case $known in
  *"=> $prefix/lib/libferm.so"*) ;;
  *) cat <<END
The loader does not look in $prefix/lib: link programs with -Wl,-rpath,$prefix/lib, or run them with
LD_LIBRARY_PATH=$prefix/lib, or, as root: echo $prefix/lib > /etc/ld.so.conf.d/ferm.conf && ldconfig
END
    ;;
esac
