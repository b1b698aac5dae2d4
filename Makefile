# make demo, make test: each does all set-up by itself. On Windows: see README.md.
PY ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# The user's choice of backend stands; without one, JAX on the CPU.
export KERAS_BACKEND ?= jax

.PHONY: demo test lint docs bench bench-large fuzz schemas clean

demo: $(STAMP)
	$(BIN)/python -m examples.demo

test: $(STAMP)
	$(BIN)/python -m pytest -q

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy tests/typing
	$(BIN)/basedpyright --pythonpath $(BIN)/python

# The pages of docs/ and the reference, as HTML in build/docs/html.
docs: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[docs]"
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --fresh-env --quiet docs build/docs/html

bench: $(STAMP)
	$(BIN)/python -m benchmarks

# Models of a billion weights: ten minutes, and up to 8 GB of memory.
bench-large: $(STAMP)
	$(BIN)/python -m benchmarks.large
	$(BIN)/python -m benchmarks.scale

# make fuzz SECONDS=600 FUZZ='--target plan': what reads somebody else's text, for some time.
SECONDS ?= 60
fuzz: $(STAMP)
	KERAS_BACKEND=numpy $(BIN)/python -m fuzz --seconds $(SECONDS) $(FUZZ)

schemas: $(STAMP)
	$(BIN)/python -m tasks.schemas
	$(BIN)/python -m tasks.readme_tables
	$(BIN)/python -m tasks.plan_image

clean:
	rm -rf $(VENV) build dist

$(STAMP): pyproject.toml
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name it: make PY=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PY) -c 'import ensurepip' 2>/dev/null || \
	  { echo "$(PY) lacks venv; on Debian and Ubuntu: apt install python3.11-venv"; exit 1; }
	$(PY) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	@touch $@
