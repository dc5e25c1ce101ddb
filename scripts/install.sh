#!/usr/bin/env bash
# Installs what is built: tools, library, header, pkg-config file, man pages, bash completion, model. Asks sudo only where this
# user may not write. Usage: install.sh FOLDER-OF-THE-TOOLS PREFIX [DESTDIR] (from the root of the checkout)
set -euo pipefail
tools=$1 prefix=$2 root=${3:-}
place=$root$prefix

existing=$place
while [ ! -e "$existing" ]; do existing=$(dirname "$existing"); done
sudo=$([ -w "$existing" ] || echo sudo)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sed "s|^prefix=.*|prefix=$prefix|" build/lib/pkgconfig/ferm.pc > "$work/ferm.pc"

put() { # MODE FILE FOLDER [NAME]
  $sudo install -D -m "$1" "$2" "$place/$3/${4:-$(basename "$2")}"
}
for tool in fer-train fer-infer fer-inspect; do
  version=$("$tools/$tool" --version)
  for mode in man bash; do
    "$tools/$tool" --help | awk -v tool=$tool -v version="${version#* }" -v mode=$mode -f scripts/help.awk > "$work/$tool.$mode"
  done
  put 755 "$tools/$tool" bin && $sudo strip "$place/bin/$tool"
  put 644 "$work/$tool.man" share/man/man1 $tool.1
  put 644 "$work/$tool.bash" share/bash-completion/completions $tool
done
put 755 build/lib/libferm.so lib
put 644 build/lib/libferm.a lib
put 644 build/include/ferm.h include
put 644 "$work/ferm.pc" lib/pkgconfig
put 644 models/default.ferm share/ferm
put 644 docs/record.schema.json share/doc/ferm
put 644 LICENSE share/doc/ferm
echo "installed below $place"
