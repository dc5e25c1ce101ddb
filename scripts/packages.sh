#!/usr/bin/env bash
# Installs what build/dist holds in bare Debian systems (debootstrap --variant=minbase) and runs it there: the tarball on 12 and 13, and
# how it is refused on 11; the Debian packages; the wheel in a fresh venv. What this machine cannot try is said at the end.
# A system is made once, in FERM_SYSTEMS or ~/.cache/ferm. Usage: scripts/packages.sh (as root, from the root of the checkout)
set -euo pipefail
systems=${FERM_SYSTEMS:-${XDG_CACHE_HOME:-$HOME/.cache}/ferm}
version=$(cat VERSION)
release=ferm-$version-linux-$(uname -m)
python=${PYTHON:-/usr/bin/python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
PATH=$PATH:/usr/sbin:/sbin
skipped=()
skip() { skipped+=("$1"); echo "Skipped: $1"; }
part() { echo "packages: $1"; }
fail() { echo "packages: $1" >&2; exit 1; }

finish() {
  echo "packages: all that this machine can try holds; ${#skipped[@]} parts were skipped"
  exit
}
if [ "$(id -u)" != 0 ] || ! command -v debootstrap > "$work/log"; then
  skip 'the packages in bare systems: they take root, debootstrap and a Debian mirror'
  finish
fi
if ! unshare --mount --pid --fork true 2> "$work/log"; then
  skip "the packages in bare systems: they take namespaces ($(tail -n 1 "$work/log"))"
  finish
fi

# system SUITE: a fresh copy of that release of Debian, in $work/SUITE.
system() {
  if [ ! -e "$systems/$1/etc/debian_version" ]; then
    mkdir -p "$systems"
    rm -rf "$systems/$1.part"
    if ! debootstrap --variant=minbase "$1" "$systems/$1.part" > "$work/log" 2>&1; then
      skip "Debian $1: debootstrap says $(tail -n 1 "$work/log")"
      return 1
    fi
    mv "$systems/$1.part" "$systems/$1"
  fi
  rm -rf "${work:?}/$1"
  cp -a --reflink=auto "$systems/$1" "$work/$1"
  cp /etc/resolv.conf "$work/$1/etc"
  echo force-unsafe-io > "$work/$1/etc/dpkg/dpkg.cfg.d/fast" # what is thrown away need not reach the disk
}

# inside SUITE USER COMMAND...: in that system, with /proc; its output, and its errors on standard error.
inside() {
  local root=$work/$1 user=$2
  shift 2
  # shellcheck disable=SC2016
  unshare --mount --pid --fork sh -c 'mount -t proc proc "$1/proc" && user=$2 && root=$1 && shift 2 &&
    exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
      chroot --userspec="$user" "$root" "$@"' - "$root" "$user" "$@"
}
somebody=65534:65534

# commands FILE WORDS: the first block of FILE, between fences, that has these words.
commands() {
  awk -v words="$2" '/^```/ { if (inside && index(text, words) && !found) { printf "%s", text; found = 1 }
    inside = !inside; text = ""; next } inside { text = text $0 "\n" }' "$1"
}

# Prints the library's version, the model's licence, the number of its self-tests, and a label.
program=Tests/InstallTests/foreign/program.c
said() { grep -q "^$version MIT [1-9]"; }

# A dozen pictures to train on, in the folders that fer-train reads.
pictures() {
  for split in train test; do
    for class in angry happy; do
      mkdir -p "$1/$split/$class"
      for number in 1 2 3; do cp Examples/faces/astronaut-small.png "$1/$split/$class/$number.png"; done
    done
  done
}

# look SUITE FOLDER MODELS: the tools in that folder do there what the built ones do here.
look() {
  local suite=$1 bin=$2 models=$3
  rm -rf "$work/$suite/tmp/pictures"
  cp -r Examples/faces "$work/$suite/tmp/pictures"
  pictures "$work/$suite/tmp/training"
  chmod -R a+rwX "$work/$suite/tmp/pictures" "$work/$suite/tmp/training"
  inside "$suite" $somebody "$bin/fer-infer" "$models/default.ferm" /tmp/pictures --quiet | sed 's/"path":"[^"]*/"path":"/' > "$work/there"
  .build/release/fer-infer models/default.ferm Examples/faces --quiet | sed 's/"path":"[^"]*/"path":"/' > "$work/here"
  cmp "$work/here" "$work/there" || fail "$suite: fer-infer's records are not those of this system"
  for model in "$work/$suite$models"/*.ferm; do
    inside "$suite" $somebody "$bin/fer-inspect" "$models/${model##*/}" --verify | grep -q intact || fail "$suite: ${model##*/} is not intact"
  done
  if [ -e "$work/$suite$models/face.ferm" ]; then
    cp Examples/photos/two-portraits.jpg "$work/$suite/tmp"
    [ "$(inside "$suite" $somebody "$bin/fer-infer" "$models/default.ferm" /tmp/two-portraits.jpg --quiet | grep -c '"ok":true')" = 2 ] ||
      fail "$suite: the faces of a photo are not found"
  fi
  inside "$suite" $somebody "$bin/fer-train" --data /tmp/training --out /tmp/run --epochs 1 --batch 4 > "$work/log" 2>&1 ||
    { cat "$work/log"; fail "$suite: fer-train does not train"; }
}

tarball() {
  local suite=$1
  tar -C "$work/$suite/opt" -xzf "build/dist/$release.tar.gz"
  chown -R $somebody "$work/$suite/opt/$release"
}

if [ ! -e "build/dist/$release.tar.gz" ]; then
  skip "the tarball: make dist has not been run"
else
  for suite in bookworm trixie; do
    system $suite || continue
    part "the tarball on Debian $(cat "$work/$suite/etc/debian_version"), by the commands of its README"
    tarball $suite
    { echo "set -eu; cd /opt/$release"; commands "$work/$suite/opt/$release/README.md" sha256sum; } > "$work/$suite/tmp/first.sh"
    inside $suite $somebody sh -x /tmp/first.sh > "$work/told" 2> "$work/log" || { cat "$work/told" "$work/log"; fail "$suite: the README's commands"; }
    grep -q happy "$work/told" && grep -q intact "$work/told" || { cat "$work/told"; fail "$suite: what the README's commands say"; }
    for page in README.md docs/install.md; do
      part "and by those of $page"
      rm -rf "$work/$suite/tmp/release"
      install -D -m 644 "build/dist/$release.tar.gz" "$work/$suite/tmp/release/$release.tar.gz"
      chown -R $somebody "$work/$suite/tmp/release"
      { echo "set -eu; cd /tmp/release"; commands $page 'tar xzf'; } > "$work/$suite/tmp/page.sh"
      inside $suite $somebody sh /tmp/page.sh > "$work/told" 2> "$work/log" && grep -q '"ok":true' "$work/told" ||
        { cat "$work/told" "$work/log"; fail "$suite: the commands of $page"; }
    done
    look $suite "/opt/$release/bin" "/opt/$release/share/ferm"
    if inside $suite $somebody "/opt/$release/bin/fer-infer" "/opt/$release/share/ferm/default.ferm" /tmp/pictures --annotate /tmp/seen \
      > "$work/log" 2>&1 || ! grep -q 'libcairo' "$work/log"; then
      cat "$work/log"
      fail "$suite: fer-infer is to say what drawing needs"
    fi
    # A bare system has no compiler, so this one's builds the program, by the tarball's pkg-config file.
    flags=$(PKG_CONFIG_PATH=$work/$suite/opt/$release/lib/pkgconfig pkg-config --cflags --libs ferm)
    # shellcheck disable=SC2086
    gcc $program -o "$work/$suite/tmp/program" $flags -Wl,-rpath,"/opt/$release/lib"
    inside $suite $somebody /tmp/program "/opt/$release/share/ferm/default.ferm" | said || fail "$suite: a program in C"
  done
  if system bullseye; then
    part "the tarball on Debian $(cat "$work/bullseye/etc/debian_version"), which is too old"
    tarball bullseye
    for tool in fer-train fer-infer fer-inspect; do
      ! inside bullseye $somebody "/opt/$release/bin/$tool" --version > "$work/log" 2>&1 || fail "$tool runs on Debian 11; then say so"
      grep -q "GLIBC_2.34' not found" "$work/log" || { cat "$work/log"; fail "$tool does not say that glibc is too old"; }
    done
  fi
fi

packages=()
for package in libferm0 libferm-dev fer-tools; do packages+=("build/dist/${package}_${version}_amd64.deb"); done
if [ ! -e "${packages[2]}" ]; then
  skip "the Debian packages: make deb has not been run"
else
  if command -v lintian > "$work/log"; then
    part "what Debian asks of packages"
    lintian --allow-root --fail-on error "${packages[@]}"
  else
    skip "what Debian asks of packages: it takes lintian"
  fi
  sed -e :join -e '/\\$/N; s/\\\n//; t join' packaging/Dockerfile | sed -n 's/^RUN --mount=[^ ]* *//p' > "$work/install.sh"
  for suite in bookworm trixie; do
    system $suite || continue
    mkdir "$work/$suite/packages"
    cp "${packages[@]}" "$work/$suite/packages"
    cp "$work/install.sh" $program "$work/$suite/tmp"
    if ! inside $suite 0:0 apt-get update > "$work/log" 2>&1 || grep -q '^[WE]:' "$work/log"; then
      skip "the Debian packages on Debian $suite: apt reaches no mirror ($(grep -m 1 '^[WE]:' "$work/log"))"
      continue
    fi
    part "the Debian packages on Debian $(cat "$work/$suite/etc/debian_version"), by the Dockerfile's own command"
    inside $suite 0:0 sh -eu /tmp/install.sh > "$work/log" 2>&1 || { cat "$work/log"; fail "$suite: apt-get does not install fer-tools"; }
    look $suite /usr/bin /usr/share/ferm
    part "a program in C against libferm-dev"
    inside $suite 0:0 sh -euc 'apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev pkg-config \
      /packages/libferm0_*.deb /packages/libferm-dev_*.deb' > "$work/log" 2>&1 || { cat "$work/log"; fail "$suite: apt-get does not install libferm-dev"; }
    # shellcheck disable=SC2016
    inside $suite $somebody sh -euc 'cd /tmp
      gcc program.c -o shared $(pkg-config --cflags --libs ferm)
      gcc -static program.c -o static $(pkg-config --cflags --libs --static ferm)
      ldd ./shared | grep -q "libferm.so.0 => /lib/x86_64-linux-gnu/libferm.so.0"
      ./shared /usr/share/ferm/default.ferm && ./static /usr/share/ferm/default.ferm' > "$work/told" ||
      fail "$suite: a program in C against libferm-dev"
    [ "$(grep -c "^$version MIT [1-9]" "$work/told")" = 2 ] || { cat "$work/told"; fail "$suite: what a program in C says"; }
    inside $suite 0:0 dpkg --verify fer-tools libferm0 libferm-dev > "$work/log"
    [ ! -s "$work/log" ] || { cat "$work/log"; fail "$suite: dpkg finds other files than it installed"; }
    inside $suite 0:0 apt-get purge -y fer-tools libferm-dev libferm0 > "$work/log" 2>&1
    left=$(find "$work/$suite/usr" -name '*ferm*' -o -name 'fer-*')
    [ -z "$left" ] || fail "$suite: apt-get purge leaves $left"
  done
fi

# prepared SUITE PACKAGE...: a fresh system with these of Debian's packages.
prepared() {
  local suite=$1
  shift
  system "$suite" || return 1
  if ! inside "$suite" 0:0 sh -euc 'apt-get update && apt-get install -y --no-install-recommends "$@"' - "$@" > "$work/log" 2>&1; then
    skip "Debian $suite: apt-get installs no $* ($(grep -m 1 '^[WE]:' "$work/log"))"
    return 1
  fi
}

wheel=$(find build/dist -name "ferm_runtime-$version-*.whl")
if [ -z "$wheel" ]; then
  skip "the wheel: make wheel has not been run"
else
  for suite in bookworm trixie; do
    prepared $suite python3-venv || continue
    part "the wheel on Debian $(cat "$work/$suite/etc/debian_version"), in a fresh environment"
    mkdir "$work/$suite/wheels"
    cp "$wheel" "$work/$suite/wheels"
    # Its dependencies come from here: what pip is to be told of an index is this system's business.
    if ! "$python" -m pip download -q --only-binary :all: --dest "$work/$suite/wheels" \
      --python-version "$(inside $suite 0:0 python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')" "$wheel" > "$work/log" 2>&1; then
      skip "the wheel on Debian $suite: pip gets no Pillow ($(tail -n 1 "$work/log"))"
      continue
    fi
    cp Examples/faces/astronaut-grey.jpg "$work/$suite/tmp"
    inside $suite $somebody sh -euc 'cd /tmp && python3 -m venv venv && venv/bin/pip install -q --no-index --find-links /wheels ferm-runtime
      venv/bin/python -m ferm classify astronaut-grey.jpg
      venv/bin/python -c "import ferm; print(ferm.__version__, ferm.Model().self_test())"' > "$work/told" 2> "$work/log" ||
      { cat "$work/told" "$work/log"; fail "$suite: the wheel"; }
    grep -q happy "$work/told" && grep -qE "^$version [1-9]" "$work/told" || { cat "$work/told"; fail "$suite: what the wheel says"; }
  done
  if prepared bullseye python3-venv; then
    part "the wheel on Debian $(cat "$work/bullseye/etc/debian_version"), which is too old"
    cp "$wheel" "$work/bullseye/tmp"
    ! inside bullseye $somebody sh -euc 'cd /tmp && python3 -m venv venv && venv/bin/pip install --no-index --no-deps ./*.whl' > "$work/log" 2>&1 ||
      fail "the wheel is taken on Debian 11; then say so"
    grep -q 'not a supported wheel on this platform' "$work/log" || { cat "$work/log"; fail "pip does not say why it refuses the wheel"; }
  fi
fi
finish
