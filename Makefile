# Headroom: `make demo` to see it work, `make test` to check it.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet --no-input

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

# Bytecode is kept even where it is switched off: else every process compiles every module and test again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo app test prove bench lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-7s %s\n", $$1, $$2}' Makefile

demo: $(VENV)/run.stamp  ## run the shipped place, from an empty machine to its results
	@$(BIN)/headroom demo

app: $(VENV)/run.stamp  ## open the shipped place in a browser, on this machine only
	@$(BIN)/headroom app

test: $(VENV)/dev.stamp  ## format, lint, types and tests
	@echo "Checking format and style (a few seconds)"
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@echo "Checking types (about a minute the first time), while the tests are compiled once for all their workers"
	@$(BIN)/pytest --collect-only --quiet >/dev/null & $(BIN)/mypy; verdict=$$?; wait; exit $$verdict
	@echo "Running the tests (about eight minutes on two cores)"
	@$(BIN)/pytest -n 3

prove: $(VENV)/dev.stamp  ## the slow proofs
	@echo "Running the slow proofs (several minutes)"
	@$(BIN)/pytest -m prove
	@HEADROOM_EXAMPLES=10 $(BIN)/pytest tests/test_properties.py

bench: $(VENV)/dev.stamp  ## time and size, as ratios
	@echo "Measuring speed and memory (many minutes; best on an idle machine)"
	@$(BIN)/python -m benchmarks

# One lock for running, one for developing; the second fixes the versions of the first.
LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-strip-extras --no-header --quiet
lock:  ## pin the newest allowed versions afresh (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/"; exit 1; }
	@echo "Resolving versions (under a minute)"
	@$(LOCK) --upgrade --extra dev --output-file requirements-dev.txt >/dev/null
	@$(LOCK) --upgrade --extra build --constraint requirements-dev.txt --no-annotate \
		--output-file requirements.txt >/dev/null
	@for use in "" -dev; do \
		{ echo "# Exact versions with hashes, made by \`make lock\` from pyproject.toml."; \
		  cat requirements$$use.txt; } > requirements.tmp && mv requirements.tmp requirements$$use.txt; \
	done

clean:  ## remove the environment, caches and results
	rm -rf $(VENV) out build dist .coverage htmlcov .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/made.stamp:
	@command -v $(PYTHON) >/dev/null || { echo "Headroom needs Python 3.11 or later; $(PYTHON) was not found."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Headroom needs Python 3.11 or later; this is $$($(PYTHON) --version 2>&1)."; \
		  echo "Name another with: make PYTHON=python3.12 demo"; exit 1; }
	@echo "Making $(VENV) (a few seconds)"
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/run.stamp: requirements.txt pyproject.toml $(VENV)/made.stamp
	@echo "Installing what Headroom needs to run (a minute or two, once)"
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt pyproject.toml $(VENV)/made.stamp
	@echo "Installing what Headroom needs to be tested (a minute or two, once)"
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@
