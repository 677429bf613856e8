# Every target sets up its own environment: all it needs is Python 3.11 or newer, make and a package index.
PYTHON ?= python3
BIN := .venv/bin
CASES ?= tests/cases
.PHONY: demo test lint cases bench soak clean

demo: .venv/ready
	$(BIN)/scrapy demo

test: .venv/ready-dev
	$(BIN)/python -m pytest -n 4 --dist loadfile

lint: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

cases: .venv/ready-dev
	$(BIN)/python -m tests.run_cases $(CASES)

bench: .venv/ready-dev
	$(BIN)/python -m benchmarks.crawl
	$(BIN)/python -m benchmarks.commit
	$(BIN)/python -m benchmarks.ledger

soak: .venv/ready-dev
	$(BIN)/python -m tests.faults

clean:
	rm -rf .venv archive-demo

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/ready: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install -q --disable-pip-version-check -e .
	touch $@

.venv/ready-dev: .venv/ready
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[test,lint]'
	touch $@
