# Every target works on a fresh Debian machine with Python 3.11 or later, its venv module and make.

SHELL := /bin/bash
# Every program that a test starts would compile all its modules again.
unexport PYTHONDONTWRITEBYTECODE
PYTHON ?= python3
FORM ?= long
BIN := .venv/bin
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
UNIT := $(BIN)/pytest --numprocesses auto --dist loadfile -m unit
# Tests of a service run on its island, once. Told apart by file, the longest first (tests/conftest.py); as most of them
# wait for programs that they started, there is one worker more than processors.
PARALLEL := $(BIN)/pytest --numprocesses $(shell echo $$(( $$(nproc) < 8 ? $$(nproc) + 1 : 8 ))) --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help demo test unit faults check format bench lock prepare clean

help: ## List the targets.
	@sed -nE 's/^([a-z]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r target says; do \
		printf 'make %-9s %s\n' "$$target" "$$says"; done

demo: .venv/runtime ## Tell the story of the first programme, then serve its pages.
	$(BIN)/entente demo

test: .venv/development prepare check ## Set up, then check and test everything; what cannot be tested here is counted aloud.
	$(UNIT)
	$(PARALLEL) -m "not unit" --ignore=tests/services

faults: .venv/development prepare ## Every fault with full counts and whole minutes; with FORM=short as `make test` has them.
	ENTENTE_FAULTS=$(FORM) $(BIN)/pytest tests/faults

unit: .venv/development ## The tests that need nothing: rules of the domain and of the house.
	$(UNIT)

check: .venv/development ## Format, lint, types, imports, sizes.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m tests.architecture.sizes

format: .venv/development ## Write the code as the formatter would.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

prepare: ## Find, start or install what the tests ask for beyond Python.
	tests/prepare

bench: .venv/bench ## Measure on the machine's RabbitMQ and PostgreSQL, write bench/results; some minutes, alone on the machine.
	$(BIN)/python -m bench $(ONLY); met=$$?; $(BIN)/python -m bench.chart; exit $$met

lock: .venv/development ## Pin every dependency again: requirements*.lock, tests/javascript/package-lock.json.
	$(LOCK) --upgrade --output-file requirements.lock
	$(LOCK) --upgrade --extra development --constraint requirements.lock --output-file requirements-development.lock
	$(LOCK) --upgrade --extra development --extra bench --constraint requirements-development.lock --output-file requirements-bench.lock
	cd tests/javascript && npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved
	tests/javascript/without-addresses.mjs tests/javascript/package-lock.json

clean: ## Remove what the other targets made.
	rm -rf .venv .entente build dist *.egg-info .*_cache tests/javascript/node_modules

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/runtime: requirements.lock pyproject.toml | .venv/bin/python
	$(INSTALL) --require-hashes --requirement requirements.lock
	$(INSTALL) --no-deps --editable .
	@touch $@

.venv/development: requirements-development.lock .venv/runtime
	$(INSTALL) --require-hashes --requirement requirements-development.lock
	@touch $@

.venv/bench: requirements-bench.lock .venv/development
	$(INSTALL) --require-hashes --requirement requirements-bench.lock
	@touch $@
