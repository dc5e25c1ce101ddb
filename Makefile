# ferm: everything that a fresh Debian 12 machine with the Swift toolchain needs. docs/architecture.md explains the rest.

# What libferm needs, and what everything else needs beside it.
LIBRARY_PACKAGES := zlib1g-dev gcc binutils
PACKAGES := $(LIBRARY_PACKAGES) libopenblas-dev libjpeg62-turbo-dev libpng-dev libwebp-dev pkg-config \
  python3-pytest python3-numpy python3-pil python3-jsonschema jq sqlite3 valgrind
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
SWIFT ?= swift

# The tests of the Python package run in Debian's Python, for which Debian has pytest and numpy.
PYTHON ?= /usr/bin/python3

.PHONY: setup setup-lib build run test bench check fuzz format embedded libferm install install-lib

# Only the two setups ask for root, and only where a package is missing.
setup: WANTED = $(PACKAGES)
setup-lib: WANTED = $(LIBRARY_PACKAGES)
setup setup-lib:
	@missing=$$(for p in $(WANTED); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -n "$$missing" ]; then $(SUDO) apt-get update -qq && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing; fi

build:
	$(SWIFT) build -c release

run: setup
	$(SWIFT) build -c release
	.build/release/fer-infer models/default.ferm Examples/faces

bench: setup
	$(SWIFT) build -c release --package-path Benchmarks --scratch-path .build/bench
	.build/bench/release/ferm-bench peak
	.build/bench/release/ferm-bench infer --network vgg --operators
	.build/bench/release/ferm-bench train --network vgg
	.build/bench/release/ferm-bench load --model models/default.ferm

TESTED := -c release -Xswiftc -enable-testing --scratch-path .build/tests

# Numeric code is 50 times slower without optimisation, so the tests run as a release build.
test: setup libferm
	$(SWIFT) build -c release
	$(SWIFT) build -c release --package-path Benchmarks --scratch-path .build/bench
	FERM_LIBRARY=$(CURDIR)/build/lib/libferm.so $(PYTHON) -m pytest -q -p no:cacheprovider \
	  Bindings/python Tests/LibraryTests Tests/ImportTests Tests/InspectTests Tests/BenchTests Tests/InferTests Tests/TrainToolTests Tests/InstallTests Tests/ConformanceTests
	$(SWIFT) build --build-tests $(TESTED)
	for set in portable avx2; do \
	  grep -qw avx2 /proc/cpuinfo || [ $$set = portable ] || continue; \
	  echo "The numeric tests with FERM_INSTRUCTIONS=$$set"; \
	  FERM_INSTRUCTIONS=$$set $(SWIFT) test --skip-build $(TESTED) --filter 'RuntimeTests|TrainTests' \
	    > .build/numeric.log 2>&1 || { cat .build/numeric.log; exit 1; }; \
	  tail -n 1 .build/numeric.log; \
	done
	$(SWIFT) test --skip-build $(TESTED)

# The C library: Format and Runtime as Embedded Swift, which needs no Swift library at run time.
PREFIX ?= /usr/local

libferm: embedded
	scripts/libferm.sh $(SWIFT)

# The library, its header and its pkg-config file alone.
install-lib: libferm
	scripts/install.sh - $(PREFIX) $(DESTDIR)

# The installed tools carry the Swift library with them, so that they run where there is no toolchain.
install: setup libferm
	$(SWIFT) build -c release --static-swift-stdlib --scratch-path .build/static
	scripts/install.sh .build/static/release $(PREFIX) $(DESTDIR)

embedded: setup-lib
	FERM_EMBEDDED=1 $(SWIFT) build -c release --target FermRuntime --scratch-path .build/embedded

check: setup libferm
	FERM_EVERY_PLACE=1 FERM_LIBRARY=$(CURDIR)/build/lib/libferm.so $(PYTHON) -m pytest -q -p no:cacheprovider Tests/LibraryTests -k shortage
	$(SWIFT) format lint --strict --parallel --recursive Sources Tests Benchmarks Package.swift
	$(SWIFT) build -Xswiftc -warnings-as-errors --scratch-path .build/check
	ASAN_OPTIONS=detect_leaks=1 LSAN_OPTIONS=suppressions=$(CURDIR)/Tests/leaks.supp $(SWIFT) test -c release -Xswiftc -enable-testing --scratch-path .build/address \
	  --sanitize=address -Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined --filter 'FormatTests|RuntimeTests|GradientTests'
	$(SWIFT) test -c release -Xswiftc -enable-testing --scratch-path .build/thread --sanitize=thread --filter RuntimeTests
	scripts/fuzz.sh 20000

# Fuzzing for as long as wanted: make fuzz RUNS=1000000.
RUNS ?= 1000000
fuzz: setup libferm
	scripts/fuzz.sh $(RUNS)
	$(PYTHON) Tests/Fuzz/differential.py --runs 100000

format:
	$(SWIFT) format format --in-place --parallel --recursive Sources Tests Benchmarks Package.swift
