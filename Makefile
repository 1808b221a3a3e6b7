# Each target makes its own environment first; nothing has to be activated. GNU make 3.81 or newer, Linux and macOS.
#
#   make campaign      the main job: the model-case campaign, continued where it stopped
#   make install       the environment alone, with the command ionlink in .venv/bin
#   make test          tests, linting, types
#   make test-long     the tests marked long as well
#   make lint          formatting, linting and types only
#   make force-fields  recompute the shipped force fields (needs AmberTools, which is installed as an extra)
#   make dataset       simulate data/dataset_design.csv from the top, or go on with it (hours); stop it at any time
#   make dataset-so-far    put what is finished of it into data/observations_screen.csv and data/simulations_screen.csv; what is there of others stays
#   make stability-constants   derive data/observations_stability.csv again from the databases of the phreeqc package
#   make clean         remove the environment and all caches; campaigns and mlruns stay
#
# A certain Python: make test PYTHON=/usr/bin/python3.12

SHELL := /bin/sh
VENV ?= .venv
BIN := $(VENV)/bin
CAMPAIGN ?= campaigns/model-case
PYTEST_ARGS ?=
# Two cores, two workers; a test file stays on one of them because its fixtures are shared.
PYTEST_WORKERS ?= 2
# Without it every worker of every library starts one thread per core.
export OMP_NUM_THREADS ?= 1

.PHONY: campaign install test test-long lint force-fields dataset dataset-so-far stability-constants clean
.DELETE_ON_ERROR:

campaign: $(VENV)/.installed
	@if [ ! -e "$(CAMPAIGN)" ]; then $(BIN)/ionlink campaign new "$(CAMPAIGN)" --preset model-case; fi
	@$(BIN)/ionlink campaign run "$(CAMPAIGN)"

install: $(VENV)/.installed
	@echo "The command is $(BIN)/ionlink; or, for this shell: source $(BIN)/activate"

test: lint
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadfile -m "not long" $(PYTEST_ARGS)

test-long: lint
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadfile $(PYTEST_ARGS)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

force-fields: $(VENV)/.installed-new-ligands
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m ionlink.simulate.parametrise
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m ionlink.simulate.parametrise_solvent

# Its tables in simulations/ are written anew after every replicate.
DATASET := simulate-table data/dataset_design.csv --out simulations/dataset
dataset: $(VENV)/.installed
	$(BIN)/ionlink $(DATASET) --observations simulations/dataset.csv --record simulations/dataset_record.csv --partial

dataset-so-far: $(VENV)/.installed
	$(BIN)/ionlink $(DATASET) --observations data/observations_screen.csv --record data/simulations_screen.csv --no-run --merge

stability-constants: $(VENV)/.installed-dev
	$(BIN)/python -m ionlink.data.phreeqc.table

clean:
	rm -rf $(VENV) build dist src/ionlink.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: installed again only when what is to be installed has changed.
$(VENV)/.installed: pyproject.toml constraints.txt
	@sh .ci/make-environment "$(VENV)" "$(PYTHON)" .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt
	@sh .ci/make-environment "$(VENV)" "$(PYTHON)" ".[dev]"
	@touch $(VENV)/.installed $@

$(VENV)/.installed-new-ligands: pyproject.toml constraints.txt
	@sh .ci/make-environment "$(VENV)" "$(PYTHON)" ".[new-ligands]"
	@touch $(VENV)/.installed $@
