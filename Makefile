# Two commands are enough: `make demo` and `make test`. Both prepare what they need, once.

PYTHON ?= python3
VENV ?= .venv
PORT ?= 8700
MASTER_PORT ?= 8710
CUSTOMERS ?= 2000
ARGS ?=

BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench clean

help: ## Say what can be made
	@echo "make demo   a made-up master, its mirror and the pages, on this machine"
	@echo "make test   every test"
	@echo "make lint   style, types and the dependency rules"
	@echo "make bench  measure this machine: records, lookups and pages a second"
	@echo "make clean  remove what these commands made"
	@echo
	@echo "Variables: PYTHON=$(PYTHON) VENV=$(VENV) PORT=$(PORT) MASTER_PORT=$(MASTER_PORT) CUSTOMERS=$(CUSTOMERS)"
	@echo "           ARGS goes to the command: make test ARGS='-k quarantine'"

demo: $(READY)
	@$(BIN)/espelho demo --port $(PORT) --master-port $(MASTER_PORT) --customers $(CUSTOMERS) $(ARGS)

test: $(READY)
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: $(READY)
	@$(BIN)/python -m tests.bench $(ARGS)

# The lock names every package with its hash; the stamp is written last, so that an installation
# that was broken off is taken up again.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Espelho needs Python 3.11 or newer; this is %d.%d. Name another one: make PYTHON=python3.12 …" % sys.version_info[:2])'
	@echo "Preparing $(VENV): once, about a minute …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile --no-deps --editable .
	@touch $(READY)

clean:
	rm -rf $(VENV) .demo .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find config connector docs mirror tests web -name __pycache__ -type d -prune -exec rm -rf {} +
