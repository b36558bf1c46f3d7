# Every target makes what it needs; the second run finds it there. `make help` lists them.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
UV     := $(BIN)/uv
PORT   ?= 8080
WORKERS ?= 2

# One thread a worker: a booster or a BLAS with two threads on two busy cores is many times slower, not faster.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
export MPLBACKEND ?= Agg

.DEFAULT_GOAL := help
.PHONY: help serve test test-fast test-ends lint format bench docs image image-test ci clean

help: ## Show this help
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: $(VENV)/.runtime ## Train the demo model on real data and serve it with its web page
	@echo "-- Training the demo model and serving it on http://127.0.0.1:$(PORT)/ (Ctrl-C stops it)"
	@exec $(BIN)/skcook-serve --demo --host 127.0.0.1 --port $(PORT)

test: $(VENV)/.dev ## Run the tests, doctests and README included: all but those marked slow
	@echo "-- Running the tests with $(WORKERS) workers"
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not slow" $(ARGS)

test-slow: $(VENV)/.dev ## Run the tests that take many seconds each: soak, fuzz, killed runs, quality on real data
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m slow $(ARGS)

coverage: $(VENV)/.dev ## Run the tests with coverage (twice as long)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not slow" --cov --cov-report=term $(ARGS)

test-fast: $(VENV)/.dev ## Run the tests that take seconds
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not slow and not browser and not realdata" $(ARGS)

test-neighbours: $(VENV)/.installer ## Run skcook beside MLflow, AutoGluon, skrub and skore, in an environment of their own
	@.ci/neighbours $(UV)

wheel-test: $(VENV)/.dev ## Build wheel and sdist, check them, and try the wheel in an empty environment
	@.ci/wheel $(UV)

test-ends: $(VENV)/.installer ## Run the contract tests on the newest Python found and on the oldest libraries
	@.ci/contracts newest $(UV)
	@.ci/contracts oldest $(UV)

lint: $(VENV)/.dev ## Check style, types and the floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/mypy tests/typing/public_api.py
	$(BIN)/basedpyright --level error
	$(BIN)/hadolint Dockerfile docs/deploy/model.Dockerfile

format: $(VENV)/.dev ## Rewrite the code in the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.bench ## Run every benchmark against its peers (long)
	@for f in benchmarks/bench_*.py; do echo "-- $$f"; $(BIN)/python $$f || exit 1; done

docs: $(VENV)/.dev ## Build the documentation, examples included; a warning fails
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build/html
	@echo "-- The pages are in docs/_build/html"

image: ## Build the container image, with Docker or, where there is no engine, with buildah
	@docs/deploy/image build

image-test: image ## Start the image as its own user, wait until it is ready, predict, stop it
	@docs/deploy/image test

ci: lint test docs test-slow test-ends wheel-test test-neighbours ## All that has to be green before a change lands

clean: ## Remove the virtual environments and everything built
	rm -rf .venv .venv-* dist docs/_build docs/gallery docs/api/generated docs/api/backreferences docs/_static/made test-output .pytest_cache .mypy_cache .ruff_cache

# The environment is made without pip, so that Debian's python3 needs no python3-venv; pip 22.3 and later can
# install into another environment, and uv does the rest many times faster.
$(VENV)/.installer:
	@echo "-- Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m pip --version >/dev/null 2>&1 || { echo "pip is missing: apt-get install python3-pip"; exit 1; }
	@$(PYTHON) -m venv --without-pip $(VENV)
	@$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check uv
	@touch $@

$(VENV)/.runtime: $(VENV)/.installer pyproject.toml
	@echo "-- Installing skcook and the libraries it serves with (about half a minute the first time)"
	@$(UV) pip install --quiet --python $(BIN)/python -e ".[$$(.ci/extras $(BIN)/python)]"
	@touch $@

$(VENV)/.dev: $(VENV)/.installer pyproject.toml
	@.ci/system
	@echo "-- Installing skcook with the test, lint and documentation tools (about a minute the first time)"
	@$(UV) pip install --quiet --python $(BIN)/python -e ".[$$(.ci/extras $(BIN)/python)]" --group dev
	@# Schemas of the clouds for tests/deploy: read and never imported, so without what they depend on.
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps kserve==0.21.0 google-api-python-client==2.202.0 botocore==1.44.8 azure-mgmt-appcontainers==5.1.0
	@touch $(VENV)/.runtime $@

$(VENV)/.bench: $(VENV)/.dev pyproject.toml
	@echo "-- Installing the peers that benchmarks compare with"
	@$(UV) pip install --quiet --python $(BIN)/python -e ".[all-cpu]" --group dev --group bench
	@touch $@
