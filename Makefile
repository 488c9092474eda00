# Two commands for a fresh machine: `make demo` and `make test`. Needs Python 3.11+ and make, nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
# Only what the tests need besides: aurosim itself is not installed again under a demo that may be running.
TEST_REQUIREMENTS := $(BIN)/python -c 'import tomllib; \
  extras = tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]; \
  print(*extras["test"], sep="\n")'
DEMO := scenarios/chaos/writer-host-failure.yaml

.PHONY: demo test test-long scenarios coverage notebooks clean
.DELETE_ON_ERROR:

demo: $(VENV)/.installed
	@$(BIN)/aurosim run $(DEMO) || test $$? -eq 99  # a promise that breaks is what it shows
	@printf '\n%s\n%s\n%s\n' 'What to type next:' \
	  '  source $(BIN)/activate   # makes aurosim a command of this shell (without it: $(BIN)/aurosim)' \
	  '  aurosim list                # what is shipped, and the question each answers'

test: $(VENV)/.installed-for-tests
	@$(BIN)/python tests/stages.py

test-long: $(VENV)/.installed-for-tests
	@$(BIN)/python tests/stages.py --long

# Every shipped scenario comes out as it says, as shipped and cured, under at least 19 of the seeds 1 to 20.
scenarios: $(VENV)/.installed-for-tests
	$(BIN)/python -m pytest -m seeds tests/scenarios

# JupyterLab, where the notebooks are. Tests need no JupyterLab: they install what runs a notebook, and no more.
notebooks: $(VENV)/.installed-for-notebooks
	$(BIN)/jupyter lab --notebook-dir=notebooks

# Intervals of studies hold a known answer as often as they say: 2,000 studies, some minutes.
coverage: $(VENV)/.installed-for-tests
	$(BIN)/python -m pytest -m coverage -s tests/study

# What is missing is said in one line before anything is made. Debian and Ubuntu ship Python without ensurepip.
$(VENV)/.made:
	@command -v $(firstword $(PYTHON)) >/dev/null || \
	  { echo "aurosim needs Python 3.11 or newer: '$(PYTHON)' is not there (say which: make PYTHON=python3.12 ...)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "aurosim needs Python 3.11 or newer: '$(PYTHON)' is older (say which: make PYTHON=python3.12 ...)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv module is missing here: install it (Debian, Ubuntu: apt-get install python3-venv) and call make again"; exit 1; }
	@$(PYTHON) -m venv $(VENV) && touch $@

# The stamps hold the seconds their step took. They follow one another, so that `make -j` runs one pip at a time.
$(VENV)/.installed: $(VENV)/.made pyproject.toml constraints.txt
	@echo "installing aurosim into $(VENV)"
	@start=$$(date +%s); $(PIP) -e . && echo $$(( $$(date +%s) - start )) > $@

$(VENV)/.installed-for-tests: $(VENV)/.installed
	@echo "installing what the tests need into $(VENV)"
	@start=$$(date +%s); $(TEST_REQUIREMENTS) | $(PIP) -r /dev/stdin && echo $$(( $$(date +%s) - start )) > $@

$(VENV)/.installed-for-notebooks: $(VENV)/.installed
	@echo "installing JupyterLab into $(VENV)"
	@$(PIP) -e '.[notebooks]' && touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -path ./.git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
	find reports -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +
