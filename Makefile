# The front door.  Meson builds; this file only says how to call it.

SHELL = /bin/bash
BUILD = build
PYTHON = /usr/bin/python3
FUZZ_SECONDS ?= 60
AS_ROOT = $(if $(filter 0,$(shell id -u)),,sudo)

help:
	@echo 'make demo      install what is missing, build, start the lab, send mail, show what became of it'
	@echo '               (CONSOLE=1: and goes on, with an address of the web console to watch it)'
	@echo 'make check     install what is missing, build, run what every change must pass (some ten minutes)'
	@echo 'make check-all the same, and what takes long: more sanitizers, valgrind, coverage, long crash tests'
	@echo
	@echo 'make deps      only install the Debian packages that are missing (sudo where not root)'
	@echo 'make build     only build: the program is $(BUILD)/signpost'
	@echo 'make fuzz      each fuzz target for FUZZ_SECONDS=$(FUZZ_SECONDS) seconds (clang)'
	@echo 'make bench     the benchmarks against Postfix, c-ares and others (installs them, starts no service)'
	@echo 'make deb       Debian packages, in build/deb'
	@echo 'make install   build and install under PREFIX=/usr/local (DESTDIR= for packagers)'
	@echo 'make clean     remove what was built'
	@echo
	@echo 'tests/check --help tells how to run a part of the tests:'
	@echo '    tests/check style unit'
	@echo '    tests/check system tests/system/test_queue.py'

deps:
	@tools/deps build lab test

build: $(BUILD)/build.ninja
	@echo 'build: $(BUILD)/signpost; what the compiler says is in $(BUILD)/build.log'
	@ninja -C $(BUILD) program >$(BUILD)/build.log 2>&1 || { tail -n 60 $(BUILD)/build.log; exit 1; }
	@grep 'warning:' $(BUILD)/build.log || true

$(BUILD)/build.ninja:
	@command -v meson >/dev/null || { echo 'meson is missing: make deps installs it' >&2; exit 1; }
	@out=$$(meson setup $(BUILD) 2>&1) || { echo "$$out"; exit 1; }

demo:
	@tools/deps build lab
	@$(MAKE) --no-print-directory build
	@$(PYTHON) tests/demo/demo $(if $(CONSOLE),--console)

check: deps
	@$(PYTHON) tests/check

check-all: deps
	@$(PYTHON) tests/check --all

fuzz: deps
	@tests/fuzz $(FUZZ_SECONDS)

bench: deps
	@tools/deps bench
	@[ ! -e $(BUILD)/build.ninja ] || meson setup --reconfigure $(BUILD) >/dev/null
	@$(MAKE) --no-print-directory build
	@ninja -C $(BUILD) --quiet benchmarks
	@$(AS_ROOT) bench/relay
	@$(AS_ROOT) bench/service
	@$(AS_ROOT) bench/queue
	@$(AS_ROOT) bench/console
	@$(AS_ROOT) bench/stub
	@bench/lossy

deb:
	@tools/deps build package
	@packaging/deb

# Where it goes is settled before the build, which makes anew what depends on it.
install: $(BUILD)/build.ninja
	@meson configure $(BUILD) -Dprefix=$(abspath $(or $(PREFIX),/usr/local))
	@$(MAKE) --no-print-directory build
	@DESTDIR=$(abspath $(DESTDIR)) meson install -C $(BUILD) --no-rebuild
	@$(if $(DESTDIR),,packaging/after-install $(or $(PREFIX),/usr/local))

clean:
	rm -rf build build-asan build-tsan build-fuzz build-cov build-slim
	find tests -name __pycache__ -prune -exec rm -rf {} +

.PHONY: help deps build demo check check-all fuzz bench deb install clean
