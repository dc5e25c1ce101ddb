#!/usr/bin/env bash
# The licences of everything that the tools of the tarball hold, each in a file of its own, as this system keeps them.
# Usage: scripts/licences.sh SWIFT FOLDER (from the root of the checkout)
set -euo pipefail
toolchain=$(dirname "$(realpath "$(command -v "$1")")")
place=$2
mkdir -p "$place"
put() { # FILE NAME
  [ -e "$1" ] || { echo "licences: $1 is not there, and what it covers cannot be handed on without it" >&2; exit 1; }
  install -m 644 "$1" "$place/$2.txt"
}
cp LICENSE "$place/ferm.txt"
put "$toolchain/../share/swift/LICENSE.txt" swift
# Foundation, in fer-train, brings ICU.
for part in icu:libicu72 libjpeg-turbo:libjpeg62-turbo-dev libpng:libpng-dev libwebp:libwebp-dev zlib:zlib1g-dev openblas:libopenblas-dev \
  libstdc++:libstdc++6; do
  put "/usr/share/doc/${part#*:}/copyright" "${part%:*}"
done
put /usr/share/common-licenses/GPL-3 gpl-3-of-libstdc++
[ ! -e models/face-notice.txt ] || put models/face-notice.txt face-detector
cat > "$place/README.txt" <<END
ferm itself is under the MIT licence (ferm.txt). Linked into its programs are

  swift           Swift's standard library, Dispatch and Foundation, Apache-2.0 with its runtime library exception; fer-train's
                  Foundation holds ICU (icu)
  libstdc++       of GCC, under the GPL 3 with the GCC runtime library exception, which lets any program hold it
  libjpeg-turbo, libpng, libwebp, zlib      in fer-infer and fer-train, and zlib in fer-inspect
  openblas        in fer-train

Each text is the one that came with the library; ICU's is Debian's copy. share/ferm/default.ferm and share/ferm/small.ferm are under the MIT licence, as fer-inspect says of them.
END
if [ -e models/face-notice.txt ]; then
  echo 'share/ferm/face.ferm is under Apache-2.0 (face-detector.txt).' >> "$place/README.txt"
fi
