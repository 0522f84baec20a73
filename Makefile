# Two commands are enough: `make demo` and `make test`. Both prepare what they need, once.

PYTHON ?= python3
VENV ?= .venv
PORT ?= 8700
MASTER_PORT ?= 8710
CUSTOMERS ?= 2000
ARGS ?=
UV ?= uv

BIN := $(VENV)/bin
READY := $(VENV)/.ready
TOOLS := $(VENV)/.tools
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --no-compile
PIN := $(UV) pip compile --quiet --universal --python-version 3.11 --no-annotate --no-header \
	--generate-hashes --no-emit-index-url

.DEFAULT_GOAL := help
.PHONY: help demo test mutants lint bench wheel lock clean

help: ## Say what can be made
	@echo "make demo   a made-up master, its mirror and the pages, on this machine"
	@echo "make test   every test"
	@echo "make mutants  faults put into a copy of the code, one by one: a test must catch each"
	@echo "make lint   style, types and the dependency rules"
	@echo "make bench  measure this machine: records, lookups and pages a second"
	@echo "make wheel  dist/espelho-….whl, which runs without this checkout"
	@echo "make lock   pin anew what is installed (needs uv; ARGS=--upgrade takes newer versions)"
	@echo "make clean  remove what these commands made"
	@echo
	@echo "Variables: PYTHON=$(PYTHON) VENV=$(VENV) PORT=$(PORT) MASTER_PORT=$(MASTER_PORT) CUSTOMERS=$(CUSTOMERS)"
	@echo "           ARGS goes to the command: make test ARGS='-k quarantine'"

demo: $(READY)
	@$(BIN)/espelho demo --port $(PORT) --master-port $(MASTER_PORT) --customers $(CUSTOMERS) $(ARGS)

test: $(TOOLS)
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

mutants: $(TOOLS)
	@$(BIN)/python -m tests.mutants $(ARGS)

lint: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djhtml --check --tabwidth 2 web/look/templates
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: $(TOOLS)
	@$(BIN)/python -m tests.bench $(ARGS)

# What runs and what only tests need are pinned apart, each package with its hashes. A stamp is
# written last, so that an installation that was broken off is taken up again.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Espelho needs Python 3.11 or newer; this is %d.%d. Name another one: make PYTHON=python3.12 …" % sys.version_info[:2])'
	@echo "Preparing $(VENV), once: what Espelho runs with, less than a minute …"
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) --require-hashes -r requirements.lock
	@echo "Installing Espelho itself …"
	@$(INSTALL) --quiet --no-deps --editable .
	@touch $(READY)

$(TOOLS): $(READY) requirements-dev.lock
	@echo "Adding to $(VENV), once: what tests and style checks need, about a minute …"
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $(TOOLS)

wheel: $(TOOLS)
	@$(BIN)/python -m build --wheel --no-isolation

lock: ## Versions that are pinned already stay, unless ARGS say otherwise
	$(PIN) $(ARGS) pyproject.toml -o requirements.lock
	$(PIN) $(ARGS) --extra dev --constraints requirements.lock \
		$$(sed -nE 's/^([a-z0-9-]+)==[^;]*$$/--no-emit-package \1/p' requirements.lock) \
		pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) dist .demo .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find config connector docs mirror tests web -name __pycache__ -type d -prune -exec rm -rf {} +
