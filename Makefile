# The two commands of the README, and what developers use. Needs Python 3.11+ with venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet --require-virtualenv

.PHONY: demo run test test-faults check lint types contracts dockerfile benchmark-matching benchmark-https benchmark-cycle benchmark-delivery benchmark-stories benchmark-search benchmark-sim lock clean

demo: $(VENV)/.runtime
	$(BIN)/news-monitor demo $(DEMO_ARGS)

run: $(VENV)/.runtime
	$(BIN)/news-monitor run --config config

test: $(VENV)/.dev
	scripts/install-browser
	$(BIN)/python -m pytest $(TEST_ARGS)

# Kills, faults and what must hold all the same; FULL=1 takes an hour and writes docs/reliability.md.
test-faults: $(VENV)/.dev
	$(BIN)/python -m pytest tests/faults $(TEST_ARGS)
ifdef FULL
	$(BIN)/python -m tests.faults.campaign $(FAULTS_ARGS)
endif

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

contracts: $(VENV)/.dev
	$(BIN)/lint-imports

dockerfile: $(VENV)/.dev
	@if test -x $(BIN)/hadolint; then $(BIN)/hadolint Dockerfile; \
	else echo "skipped: hadolint has no package for this platform"; fi

benchmark-matching: $(VENV)/.dev
	$(BIN)/python -m benchmarks.matching.measure $(BENCHMARK_ARGS)

benchmark-https: $(VENV)/.dev
	$(BIN)/python -m benchmarks.https $(BENCHMARK_ARGS)

benchmark-cycle: $(VENV)/.dev
	$(BIN)/python -m benchmarks.cycle.measure $(BENCHMARK_ARGS)

benchmark-delivery: $(VENV)/.dev
	$(BIN)/python -m benchmarks.delivery.measure $(BENCHMARK_ARGS)

benchmark-stories: $(VENV)/.dev
	$(BIN)/python -m benchmarks.stories.measure $(BENCHMARK_ARGS)

benchmark-search: $(VENV)/.dev
	$(BIN)/python -m benchmarks.web.measure $(BENCHMARK_ARGS)

benchmark-sim: $(VENV)/.dev
	$(BIN)/python -m benchmarks.sim.measure $(BENCHMARK_ARGS)

check: lint types contracts dockerfile test

# The stamps make a second call start at once; a changed lock file installs again.
$(VENV)/.runtime: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes --no-deps -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(PIP) install --require-hashes --no-deps -r requirements-dev.lock
	touch $@

# Resolves anew. The lock files hold hashes for every platform and name no registry host.
lock:
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip --quiet install uv
	$(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-header --upgrade --group build --extra postgres pyproject.toml \
	    -o requirements.lock
	$(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-header --upgrade --group build --group dev -c requirements.lock \
	    pyproject.toml -o requirements-dev.lock
	rm -rf $(VENV)-lock

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
