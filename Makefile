# Every target sets up its own environment: all it needs is Python 3.11 or newer, make and a package index.
PYTHON ?= python3
BIN := .venv/bin
CASES ?= tests/cases
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check
unexport PYTHONDONTWRITEBYTECODE  # the tests start hundreds of processes
.PHONY: demo test lint cases bench soak clean

demo: .venv/ready
	$(BIN)/scrapy demo

test: .venv/ready-test
	$(BIN)/python -m pytest -n 4 --dist loadfile

lint: .venv/ready-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

cases: .venv/ready-test
	$(BIN)/python -m tests.run_cases $(CASES)

bench: .venv/ready-test
	$(BIN)/python -m benchmarks.crawl
	$(BIN)/python -m benchmarks.commit
	$(BIN)/python -m benchmarks.ledger

soak: .venv/ready-test
	$(BIN)/python -m tests.faults

clean:
	rm -rf .venv archive-demo

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/ready: .venv/bin/python pyproject.toml
	$(PIP) -e .
	touch $@

.venv/ready-test .venv/ready-lint: .venv/ready-%: .venv/bin/python pyproject.toml
	$(PIP) --no-compile -e '.[$*]'
	touch .venv/ready $@
