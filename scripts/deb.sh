#!/usr/bin/env bash
# Writes the Debian packages of packaging/debian/control into build/dist: libferm0, libferm-dev, fer-tools. The tools carry Swift's
# library, which Debian 12 does not have, and take everything else from Debian. Their maintainer is who makes them: DEBFULLNAME and
# DEBEMAIL, or git's user.
# Usage: scripts/deb.sh SWIFT (from the root of the checkout, after make libferm)
set -euo pipefail
swift=$1
top=$PWD
version=$(cat VERSION)
libraries=lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)
soname=$(objdump -p build/lib/libferm.so | awk '$1 == "SONAME" { print $2 }')
library=libferm${soname##*.}
grep -qx "Package: $library" packaging/debian/control || { echo "deb: packaging/debian/control has no package for $soname" >&2; exit 1; }
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
name=${DEBFULLNAME:-$(git config user.name || true)} address=${DEBEMAIL:-$(git config user.email || true)}
[ -n "$name" ] && [ -n "$address" ] || { echo "deb: packages name who makes them: set DEBFULLNAME and DEBEMAIL, or git's user" >&2; exit 1; }
maintainer="$name <$address>"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/debian" build/dist

$swift build -c release --static-swift-stdlib --scratch-path .build/static
LIBDIR=$libraries scripts/install.sh .build/static/release /usr "$work/all" > "$work/log"
sed "s/@MAINTAINER@/$maintainer/" packaging/debian/control > "$work/debian/control"
cat > "$work/debian/changelog" <<END
fer-tools ($version) unstable; urgency=medium

  * CHANGELOG.md of the sources, which is beside this file, has what is new.

 -- $maintainer  $(LC_ALL=C date -R -u -d "@$SOURCE_DATE_EPOCH")
END
{
  cat <<END
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: ferm

Files: *
Copyright: $(sed -n 's/^Copyright (c) //p' LICENSE)
License: Expat
$(sed '1,/^Copyright/d; /^$/d; s/^/ /' LICENSE)
END
} > "$work/debian/copyright"

# take PACKAGE PATH...: moves what was installed into a package's own tree.
take() {
  local package=$1
  shift
  for path; do
    mkdir -p "$work/$package/usr/$(dirname "$path")"
    mv "$work/all/usr/$path" "$work/$package/usr/$path"
  done
}
(cd "$work/all/usr" && find . -name 'libferm.so.*' -printf '%P\n') > "$work/shared"
mapfile -t shared < "$work/shared"
take "$library" "${shared[@]}"
chmod 644 "$work/$library/usr/$libraries/$soname".*
rm "$work/all/usr/share/doc/ferm/LICENSE"
take fer-tools bin share
mv "$work/fer-tools/usr/share/doc/ferm" "$work/fer-tools/usr/share/doc/fer-tools"
take libferm-dev include "$libraries"
mkdir -p "$work/libferm-dev/usr/share/doc/libferm-dev/examples"
cp Examples/c/*.c Examples/cpp/*.cpp "$work/libferm-dev/usr/share/doc/libferm-dev/examples"
find "$work/all" -depth -type d -empty -delete
[ ! -e "$work/all" ] || { echo "deb: no package takes $(find "$work/all" -type f)" >&2; exit 1; }
gzip -9n "$work"/fer-tools/usr/share/man/man1/*.1

# A function's version is the one it came with, and so the least that a program which calls it needs.
{
  echo "$soname $library #MINVER#"
  nm -D --defined-only "$top/build/lib/libferm.so" | awk '{ sub(/@@?/, "@", $3); since = $3; sub(/.*_/, "", since)
    print " " ($3 ~ /@/ ? $3 : $3 "@" $3), since }' | sort
} > "$work/debian/$library.symbols"

rm -f build/dist/*.deb
cd "$work"
for package in $library libferm-dev fer-tools; do
  tree=$work/$package
  documents=$tree/usr/share/doc/$package
  mkdir -p "$tree/DEBIAN" "$documents"
  cp debian/copyright "$documents"
  gzip -9nc debian/changelog > "$documents/changelog.Debian.gz"
  gzip -9nc "$top/CHANGELOG.md" > "$documents/changelog.gz"
  mapfile -t programs < <(find "$tree/usr" -type f \( -path '*/bin/*' -o -name '*.so.*' \))
  if [ "$package" = "$library" ]; then
    dpkg-gensymbols -p"$package" -P"$tree" -v"$version" -Idebian/"$library".symbols -c2 -q
    echo 'activate-noawait ldconfig' > "$tree/DEBIAN/triggers"
    echo "${soname%%.so*} ${soname##*.} $library (>= ${version%.*})" > "$tree/DEBIAN/shlibs"
  fi
  : > debian/substvars
  [ ${#programs[@]} = 0 ] || dpkg-shlibdeps -Tdebian/substvars "${programs[@]}"
  (cd "$tree" && find usr -type f -printf '%p\0' | sort -z | xargs -0 md5sum > DEBIAN/md5sums)
  chmod -R u=rwX,go=rX "$tree"
  dpkg-gencontrol -p"$package" -P"$tree" -Tdebian/substvars -ldebian/changelog -fdebian/files
  dpkg-deb --root-owner-group --build "$tree" "$top/build/dist"
done
cd "$top"
scripts/sums.sh
