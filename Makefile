# ferm: everything that a fresh Debian 12 machine with the Swift toolchain needs. docs/architecture.md explains the rest.

PACKAGES := libopenblas-dev zlib1g-dev libjpeg62-turbo-dev libpng-dev
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
SWIFT ?= swift

.PHONY: build run test check format packages embedded

build: packages
	$(SWIFT) build -c release

run: build
	.build/release/fer-infer models/default.ferm Examples/faces

# Numeric code is 50 times slower without optimisation, so the tests run as a release build.
test: packages embedded
	$(SWIFT) build -c release
	$(SWIFT) test -c release -Xswiftc -enable-testing --scratch-path .build/tests

# Format and Runtime must stay free of all that Embedded Swift lacks.
embedded: packages
	FERM_EMBEDDED=1 $(SWIFT) build -c release --target FermRuntime --scratch-path .build/embedded

check: packages
	$(SWIFT) format lint --strict --parallel --recursive Sources Tests Package.swift
	$(SWIFT) build -Xswiftc -warnings-as-errors --scratch-path .build/check

format:
	$(SWIFT) format format --in-place --parallel --recursive Sources Tests Package.swift

packages:
	@missing=$$(for p in $(PACKAGES); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -n "$$missing" ]; then $(SUDO) apt-get update -qq && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing; fi
