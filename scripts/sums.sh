#!/bin/sh
# The checksums of what build/dist holds, as sha256sum -c reads them. Usage: scripts/sums.sh (from the root of the checkout)
set -eu
cd build/dist
find . -maxdepth 1 -type f ! -name SHA256SUMS -printf '%P\n' | sort | xargs sha256sum > SHA256SUMS
