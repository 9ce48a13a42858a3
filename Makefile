# The few commands a developer needs. `make setup` is instant when nothing changed; everything else asks for it.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup check test torture run stop bench

BIN := .venv/bin
UV := $(BIN)/uv
PACKAGES := layers/core layers/aws layers/authoring
# The newest Python that really runs: a shim may be on the path and run nothing.
FIND_PYTHON := for found in python3.14 python3.13 python3.12 python3.11 python3; do \
	"$$found" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null \
	&& break; found=; done; \
	test -n "$$found" || { echo "No Python 3.11 to 3.14 runs here (with venv): install one." >&2; exit 1; }

help:
	@echo "make setup   everything the other commands need, under .venv, .cache and node_modules"
	@echo "make check   formatting, types, import rules, fast tests: about two minutes"
	@echo "make test    all tests, the local stack included"
	@echo "make torture workers killed by the thousand, races, contended caps: about half an hour"
	@echo "make run     the whole of Rapport on this machine; make stop ends it"
	@echo "make bench   what is fast, as ratios"

setup: .venv/installed .cache/ministack/installed node_modules/installed

.venv/bin/uv:
	@test -x $(BIN)/python || { $(FIND_PYTHON); echo "Using $$("$$found" --version)"; "$$found" -m venv .venv; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt

.venv/installed: requirements/dev.txt $(PACKAGES:=/pyproject.toml) | .venv/bin/uv
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(addprefix -e ,$(PACKAGES))
	@touch $@

.cache/ministack/installed: requirements/emulator.txt | .venv/bin/uv
	@$(UV) venv --quiet --allow-existing --python $(BIN)/python .cache/ministack
	@$(UV) pip sync --quiet --require-hashes --python .cache/ministack/bin/python requirements/emulator.txt
	@cp requirements/emulator.txt .cache/ministack/installed.txt
	@touch $@

node_modules/installed: package-lock.json
	@command -v npm >/dev/null || { echo "Node.js (with npm) is not installed; the CDK needs it." >&2; exit 1; }
	@npm ci --silent --no-audit --no-fund
	@touch $@

check: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -m "not slow and not local and not browser" --ignore tests/benchmarks -n 2 --dist loadfile -q

# The deployed stack is tested last and alone: two cores are few for an emulator and other tests at once.
test: check
	$(BIN)/pytest -m "(slow or browser) and not local" --ignore tests/benchmarks -n 2 --dist loadfile -q
	$(BIN)/pytest tests/torture -m local -q
	$(BIN)/pytest tests/e2e -m local -q

# Ten thousand messages and a thousand killed workers, five thousand races, a contended cap: about half an hour.
torture: setup
	$(BIN)/python -m tests.torture kills
	$(BIN)/python -m tests.torture races
	$(BIN)/python -m tests.torture caps

run: setup
	@$(BIN)/rapport local up

stop:
	@$(BIN)/rapport local down

.venv/bench-installed: requirements/bench.txt .venv/installed
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/bench.txt
	@touch $@

bench: setup .venv/bench-installed
	$(BIN)/pytest tests/benchmarks -q -s
