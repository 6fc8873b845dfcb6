# `make demo` and `make test` need Python 3.11 with pip, make and a C compiler; they create .venv themselves.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed

# BLAS threads would compete with JAX's for the cores of the two test processes.
export OPENBLAS_NUM_THREADS := 1

.PHONY: demo test check docs lock clean

demo: $(INSTALLED)  ## simulate a galaxy, fit it, print parameters and where the figures are
	$(BIN)/galens demo

test: check docs  ## everything that CI runs; pytest comes last
	$(BIN)/pytest -n 2 --dist loadfile

check: $(INSTALLED)  ## style, types and who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(INSTALLED)  ## the documentation site, into site/; examples run where they or the package have changed
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

lock: $(INSTALLED)  ## the newest versions that fit together, into requirements.lock
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra test --extra docs --python-version 3.11 --upgrade \
		--no-header --no-annotate --output-file requirements.lock

clean:
	rm -rf $(VENV)

# Some systems ship Python's venv without its pip; then pip is put there by the system's pip.
$(INSTALLED): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV) || { $(PYTHON) -m venv --clear --without-pip $(VENV) \
		&& $(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@
