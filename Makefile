# Two commands matter: `make quickstart` (install, train, see a report) and `make test` (everything that must hold).

PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/pip --disable-pip-version-check
INSTALLED := $(VENV)/.installed
DEVELOPING := $(VENV)/.developing

.PHONY: quickstart check test bench clean

quickstart: $(INSTALLED)
	$(VENV)/bin/fathom train practice:cats

$(INSTALLED): pyproject.toml constraints.txt
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@echo "installing (about a minute) ..."
	$(PIP) install --quiet -c constraints.txt -e '.[all]'
	@touch $@

$(DEVELOPING): $(INSTALLED)
	$(PIP) install --quiet -c constraints.txt -e '.[dev]'
	@touch $@

check: $(DEVELOPING)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

test: $(DEVELOPING)
	scripts/test-wheel $(VENV)/bin/python

bench: $(DEVELOPING)
	$(VENV)/bin/python -m benchmarks.run

bench-%: $(DEVELOPING)
	$(VENV)/bin/python -m benchmarks.run $*

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
