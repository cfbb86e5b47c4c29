# Two commands: `make demo` and `make test`. They need Python 3.11+ and pip; nothing else.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# make demo SERVE=0   stop after the summary          make demo EXPAND=1   207,631 customers
# make demo MONTH=2026-10   another month             CONGTO_DATA=/folder  where the data lives
SERVE  ?= 1
EXPAND ?= 0
MONTH  ?=
TESTS  ?= tests

DEMO_OPTIONS := $(if $(filter 0,$(SERVE)),--no-serve) $(if $(filter 1,$(EXPAND)),--expand) \
                $(if $(MONTH),--month $(MONTH))

.PHONY: help demo test lint docs lock clean
.DEFAULT_GOAL := help

help: ## what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST)

demo: $(VENV)/installed-demo ## build the sample utility, run a month, serve the console
	@$(BIN)/congto demo $(DEMO_OPTIONS)

test: $(VENV)/installed-dev ## run the tests (TESTS=tests/house for a part)
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder --durations=10 $(TESTS)

lint: $(VENV)/installed-dev ## style, types, import contracts, missing migrations
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	@# Without a database: it compares the models with the migration files.
	PYTHONWARNINGS=ignore::RuntimeWarning $(BIN)/congto manage makemigrations --check --dry-run

docs: $(VENV)/installed-dev ## write the reference pages that are made from the code
	$(BIN)/python docs/generate.py

lock: $(VENV)/installed-dev ## resolve the dependencies anew into requirements/
	$(BIN)/python -m pip install --quiet 'uv>=0.9'
	$(call compile,run,)
	$(call compile,demo,--extra demo)
	$(call compile,dev,--extra demo --extra dev)

clean: ## remove the environment and the caches; the data folder stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

compile = $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-strip-extras --custom-compile-command "make lock" \
	pyproject.toml requirements/build.in $(2) --output-file requirements/$(1).txt

# A stamp per lock: a second run installs nothing until the lock or pyproject.toml changes.
# Modules are compiled when first imported: most of them never are, and compiling all takes 40 s.
$(VENV)/installed-%: requirements/%.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile \
	  --require-hashes -r $<
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --no-build-isolation --no-deps -e .
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Congto needs Python 3.11 or newer, and '$(PYTHON)' is not." \
	    "Name another one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "Making $(VENV); the first installation takes a minute or two."
	@$(PYTHON) -m venv $(VENV)
