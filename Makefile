PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export PYTHONUNBUFFERED = 1
# The tests start processes by the hundred: where compiled sources may not be kept, each compiles all of them again.
unexport PYTHONDONTWRITEBYTECODE
# A test file runs in one process; those that share the machine's ports are one group, which begins first (tests/conftest.py).
PARALLEL ?= --numprocesses logical --maxprocesses 4 --dist loadgroup --no-loadscope-reorder
# Files of tests need not reach a disk, whatever they ask for: where memory has 4 GiB of room, they stay in it.
SCRATCH ?= $(shell [ "$$(df --output=avail /dev/shm 2>/dev/null | tail -n 1)" -ge 4194304 ] 2>/dev/null && echo /dev/shm || echo "$${TMPDIR:-/tmp}")

.PHONY: help install demo test check format lint types contracts bench bench-docs chaos chaos-power chaos-outage lock clean

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

install: $(VENV)/.installed ## a virtual environment with the locked dependencies and tiantou itself

$(VENV)/.installed: requirements.lock pyproject.toml
	@echo "installing into $(VENV), once: two minutes or so, about 1.6 GB"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --use-pep517 -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: install ## the whole product on embedded defaults: broker, service, simulated farms
	$(BIN)/tiantou demo

test: install ## every test (those that need a program which is not installed say so)
	@scratch=$$(mktemp -d -p "$(SCRATCH)" tt.XXXXXX) && chmod 711 "$$scratch" && trap 'rm -rf "$$scratch"' EXIT && \
	TMPDIR="$$scratch" $(BIN)/python -m pytest --basetemp="$$scratch/t" $(PARALLEL) $(PYTEST_ARGS)

check: install format lint types contracts test ## what CI runs: format, lint, types, contracts, tests

format: install
	$(BIN)/ruff format --check .

lint: install
	$(BIN)/ruff check .

types: install
	$(BIN)/mypy .

contracts: install
	$(BIN)/lint-imports

bench: install ## measure what has no file in benchmarks/results yet (hours; --list with BENCH_ARGS), renew docs
	$(BIN)/python -m benchmarks.all $(BENCH_ARGS)
	$(BIN)/python -m benchmarks.report
	$(BIN)/python -m benchmarks.plots

bench-docs: install ## tables and pictures of docs/ from benchmarks/results
	$(BIN)/python -m benchmarks.report
	$(BIN)/python -m benchmarks.plots

chaos: install ## kill service and broker 100 times under load and count (CHAOS_ARGS="--store influx")
	$(BIN)/python -m chaos kills --count 100 $(CHAOS_ARGS)

chaos-power: install ## cut the power of a disk 10 times under load (needs root; says when it cannot run)
	$(BIN)/python -m chaos power --count 10 $(CHAOS_ARGS)

chaos-outage: install ## take the store away for 10 minutes under load, from each broker
	$(BIN)/python -m chaos outage --minutes 10 --broker nats $(CHAOS_ARGS)
	$(BIN)/python -m chaos outage --minutes 10 --broker mosquitto $(CHAOS_ARGS)

lock: ## renew requirements.lock (needs uv)
	uv pip compile --universal --python-version 3.11 --extra test --extra bench --generate-hashes --no-header --no-annotate --no-emit-index-url -o requirements.lock pyproject.toml requirements.build.in

clean: ## remove the virtual environment (data in ./var is kept)
	rm -rf $(VENV) build *.egg-info
