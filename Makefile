# procsim: every YAML file in flows/ and flows/whatif/ is a target by its name. `make help` lists them.

VENV   := .venv
PY     := $(VENV)/bin/python
STAMP  := $(VENV)/.ready
RULES  := $(VENV)/.rules
PYTHON ?= $(firstword $(foreach p,python3.13 python3.12 python3.11 python3,$(shell $(p) -c 'import sys; sys.version_info[:2] >= (3, 11) and print("$(p)")' 2>/dev/null)))

EXTRAS := sweep cluster serve fast docs

FLOWS    := $(basename $(notdir $(wildcard flows/*.yaml)))
VARIANTS := $(basename $(notdir $(wildcard flows/whatif/*.yaml)))

# A worker that dies is not replaced: with --dist loadfile its successor may wait for work for ever. The run then ends with the name of the test.
WORKERS := -n auto --max-worker-restart=0

.PHONY: help setup extras serve all variants test validate lint bench golden traces schema docs lock clean $(FLOWS) $(VARIANTS)
.DEFAULT_GOAL := help

help:  ## list targets
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@echo; echo "  packages:  $(FLOWS)"; echo "  what-ifs:  $(VARIANTS)"

setup: $(RULES)  ## make the environment with the locked versions, and compile the rules of the line where that can be done

$(RULES): $(STAMP) $(wildcard procsim/engine/rules/*.py)
	@$(PY) -c "from procsim.engine.compiled import compile_rules; print(compile_rules())"
	@$(PY) -m compileall -q procsim  # also where PYTHONDONTWRITEBYTECODE is set, and else each command would read all sources anew
	@touch $@

$(STAMP): constraints.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "procsim needs Python 3.11 or newer: none found (set PYTHON=…)"; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv $(VENV) || { echo "cannot make $(VENV): on Debian and Ubuntu, apt install python3-venv"; rm -rf $(VENV); exit 1; }
	@echo "installing the locked versions into $(VENV) …"
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r constraints.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

extras: $(VENV)/.extras  ## add the packages of the extras (Parquet, clusters, the what-if page, numba, the documentation), at their locked versions

$(VENV)/.extras: $(STAMP) constraints-extras.txt
	@echo "installing the locked extras ($(EXTRAS)) into $(VENV) …"
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r constraints-extras.txt
	@touch $@

FLOW ?= embodiment_1

serve: $(RULES) $(VENV)/.extras  ## open the what-if page, of another package with FLOW=dual_heat_sink
	@$(VENV)/bin/procsim serve flows/$(FLOW).yaml --open

$(FLOWS): $(RULES)
	@$(VENV)/bin/procsim run flows/$@.yaml

$(VARIANTS): $(RULES)
	@$(VENV)/bin/procsim run flows/whatif/$@.yaml --out reports/runs/$@

all: $(FLOWS)  ## run every package; its tables go to reports/<flow>/

compare: $(RULES)  ## the packages side by side: cost, yield, output, thickness, heat
	@$(VENV)/bin/procsim compare $(FLOWS:%=flows/%.yaml)

variants: $(VARIANTS)  ## run every what-if

test: $(RULES)  ## run the tests
	@$(PY) -m pytest $(WORKERS) --dist loadfile -m "not long"

validate: $(RULES)  ## long runs against theory; tests/theory/found.csv keeps what they find
	@$(PY) -m pytest $(WORKERS) -m long -s --found
	@$(PY) -m pytest $(WORKERS) -m "not long" --found tests/theory

lint: $(STAMP)  ## ruff and mypy
	@$(VENV)/bin/ruff check . && $(VENV)/bin/mypy

bench: $(RULES)  ## measure speed against idiomatic SimPy models, by horizon and by size
	@$(PY) tests/benchmarks/bench.py

golden: all  ## rewrite the committed tables (the same as make all)

traces: $(RULES)  ## rewrite what the engine does with small random lines (tests/engine/traces.xz)
	@PYTHONPATH=tests/support $(PY) tests/support/trace_file.py

schema: $(STAMP)  ## rewrite flows/schema.json from the model
	@$(VENV)/bin/procsim schema --out flows/schema.json

docs: $(RULES) $(VENV)/.extras  ## build the documentation: docs/_site/index.html; warnings are errors, and every link within it must lead somewhere
	@echo "running every example and drawing every package, which takes some minutes …"
	@$(PY) -m sphinx -q -W --keep-going -b html docs docs/_site && $(PY) docs/generate/links.py docs/_site && echo "docs/_site/index.html"

lock: $(STAMP)  ## lock the newest versions that fit pyproject.toml
	@$(PY) -m pip install --quiet --disable-pip-version-check uv
	@$(VENV)/bin/uv pip compile pyproject.toml --quiet --universal --fork-strategy fewest --python-version 3.11 --extra dev \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header --output-file constraints.txt
	@$(VENV)/bin/uv pip compile pyproject.toml --quiet --universal --fork-strategy fewest --python-version 3.11 $(EXTRAS:%=--extra %) \
	  --constraint constraints.txt $$(sed -n 's/^\([a-z0-9-]*\)==.*/--no-emit-package \1/p' constraints.txt) \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header --output-file constraints-extras.txt

clean:  ## remove the environment and everything generated but the committed tables
	@rm -rf $(VENV) build *.egg-info procsim/engine/rules/built reports/runs .pytest_cache .mypy_cache .ruff_cache .hypothesis docs/_site docs/reference/generated
	@find . -name __pycache__ -prune -exec rm -rf {} +
