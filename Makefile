# Every target sets up what it needs in .venv on first use; see .ci/setup.
# JOBS: how many tests run at once.
.SUFFIXES:
.PHONY: help report test test-slow lint bench notebooks setup clean again

JOBS = 2
BIN = .venv/bin
PYTEST = $(BIN)/python -m pytest

# A moved folder or a removed Python leaves stamps that lie: then every set-up is made again.
AGAIN := $(shell [ "$$(cat .venv/.home 2>/dev/null)" = "$$PWD" ] && [ ! -e .venv/.busy ] && \
	.venv/bin/python -c '' 2>/dev/null || echo again)

help:
	@echo "make report     the QuantumScape report, and build/report.html for a browser"
	@echo "make test       the tests"
	@echo "make test-slow  the slow tests"
	@echo "make lint       linters, types, import contracts and spelling"
	@echo "make bench      the benchmarks"
	@echo "make notebooks  execute the notebooks: pages to read offline in build/notebooks"
	@echo "make setup      everything needed to work on bayesmile"
	@echo "make clean      remove what the other targets wrote, but not .venv"

report: .venv/.ready-run
	@mkdir -p build
	@$(BIN)/bayesmile report quantumscape --html build/report.html

test: .venv/.ready-test
	@$(PYTEST) -q -n $(JOBS)

test-slow: .venv/.ready-test
	@$(PYTEST) -q -n $(JOBS) -m slow

lint: .venv/.ready-lint
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/codespell

bench: .venv/.ready-bench
	@$(PYTEST) -q -m bench tests/benchmarks

# Jupyter keeps its files here, so that it needs no home to write to.
notebooks: export JUPYTER_DATA_DIR = $(CURDIR)/build/jupyter
notebooks: export JUPYTER_CONFIG_DIR = $(CURDIR)/build/jupyter
notebooks: export JUPYTER_RUNTIME_DIR = $(CURDIR)/build/jupyter
notebooks: export IPYTHONDIR = $(CURDIR)/build/jupyter
notebooks: .venv/.ready-test
	@mkdir -p build/notebooks build/jupyter
	@for source in notebooks/*.md notebooks/*.py notebooks/*.ipynb; do \
		[ -e "$$source" ] || continue; \
		name=$${source##*/}; target=build/notebooks/$${name%.*}.ipynb; \
		$(BIN)/jupytext --quiet --to ipynb --output "$$target" "$$source" && \
		$(BIN)/jupyter-execute --inplace "$$target" && \
		$(BIN)/python .ci/pages.py "$$target" || exit 1; \
	done

setup: .venv/.ready-dev

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
	find bayesmile tests notebooks -name __pycache__ -prune -exec rm -rf {} +

again:

.venv/.ready-run: pyproject.toml .ci/setup $(AGAIN)
	@.ci/setup run

.venv/.ready-test: pyproject.toml .ci/setup $(AGAIN)
	@.ci/setup test

.venv/.ready-lint: pyproject.toml .ci/setup $(AGAIN)
	@.ci/setup lint

.venv/.ready-bench: pyproject.toml .ci/setup $(AGAIN)
	@.ci/setup bench

.venv/.ready-dev: pyproject.toml .ci/setup $(AGAIN)
	@.ci/setup dev
