# `make demo` and `make test` need python3 >= 3.11, make and git; they fetch the rest themselves.
PYTHON ?= python3
VENV   ?= .venv
ARGS   ?=
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input
LOCK   := uv pip compile --quiet --no-strip-extras --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --upgrade
HELP    = echo "The packages could not be installed: is there a network, or a package index that pip knows?" >&2; exit 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format types docs pictures bench lock clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.run ## make .venv with slipwatch in it: .venv/bin/slipwatch

demo: $(VENV)/.run ## start a simulated company and slipwatch on it; ARGS="--listen 127.0.0.1:12345"
	@$(BIN)/slipwatch demo $(ARGS)

test: $(VENV)/.dev ## everything CI runs: lint, types, imports, tests, the wheel, and one summary
	@$(BIN)/python tests/check.py $(ARGS)

lint: $(VENV)/.dev ## ruff and the import contracts
	@$(BIN)/python tests/check.py --only lint,imports

format: $(VENV)/.dev ## let ruff rewrite the files
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

types: $(VENV)/.dev ## mypy --strict and pyright
	@$(BIN)/python tests/check.py --only mypy,pyright

docs: $(VENV)/.dev ## write the pages that are made from the code
	@$(BIN)/python tests/write_docs.py

pictures: $(VENV)/.dev ## draw the pictures of docs/ anew; needs Chromium
	@$(BIN)/python tests/draw_docs.py

bench: $(VENV)/.dev ## measure; ratios against a floor in the same run
	@$(BIN)/python -m benchmarks $(ARGS)

lock: $(VENV)/.dev ## resolve the dependencies anew into requirements/
	$(BIN)/$(LOCK) pyproject.toml --group build -o requirements/run.txt
	$(BIN)/$(LOCK) pyproject.toml --extra delay --group dev -c requirements/run.txt -o requirements/dev.txt

clean: ## remove everything that can be made again
	rm -rf $(VENV) build dist *.egg-info .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# pip is what venv makes last: an interrupted start is made again.
$(BIN)/pip:
	@sh requirements/venv.sh "$(PYTHON)" "$(VENV)"

$(VENV)/.run: requirements/run.txt pyproject.toml | $(BIN)/pip
	@echo "Installing slipwatch into $(VENV) …"
	@$(PIP) --require-hashes -r requirements/run.txt || { $(HELP); }
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	@echo "Installing the development tools into $(VENV) …"
	@$(PIP) --require-hashes -r requirements/dev.txt || { $(HELP); }
	@touch $@
