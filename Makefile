# Two commands matter: `make quickstart` (install, train, see a report) and `make test` (everything that must hold).

PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/pip --disable-pip-version-check
INSTALLED := $(VENV)/.installed
DEVELOPING := $(VENV)/.developing
BENCH := .venv-bench

.PHONY: quickstart check test mutants exports fuzz fuzz-serving gate gate-full docs bench bench-coach bench-coach-claims bench-coach-sample bench-promise clean

quickstart: $(INSTALLED)
	$(VENV)/bin/fathom train practice:cats

$(INSTALLED): pyproject.toml constraints.txt
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@echo "installing (three to four minutes) ..."
	$(PIP) install --quiet -c constraints.txt -e '.[all]'
	@touch $@

$(DEVELOPING): $(INSTALLED)
	$(PIP) install --quiet -c constraints.txt -e '.[dev,docs]'
	@touch $@

check: $(DEVELOPING)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/python scripts/check-structure

test: $(DEVELOPING)
	scripts/test-wheel $(VENV)/bin/python

# Do the tests fail where the product is wrong? Plants the faults of tests/mutants.toml one by one; about ten minutes.
mutants: $(DEVELOPING)
	$(VENV)/bin/python scripts/mutants

# Does every net of every task export to what the table in the documentation says? A quarter of an hour.
exports: $(DEVELOPING)
	FATHOM_ALL_EXPORTS=1 OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest -q -p no:cacheprovider tests/exporting/test_every_export.py

# Does any of 10,000 damaged files of each kind bring a reader down? What does is kept in build/fuzz; some minutes a reader.
fuzz: $(DEVELOPING)
	$(VENV)/bin/python scripts/fuzz

# Does every exercise's check accept what is right, and reject every known mistake and nearly every edit?
gate: $(DEVELOPING)
	OMP_NUM_THREADS=1 $(VENV)/bin/python -W ignore -m fathom.learning.gate

# The same on twenty times as many seeds: hours.
gate-full: $(DEVELOPING)
	OMP_NUM_THREADS=1 $(VENV)/bin/python -W ignore -m fathom.learning.gate --full

# Is anything that is sent to a server answered with a status of 5xx, or with more than a sentence? Some minutes a task.
fuzz-serving: $(DEVELOPING)
	OMP_NUM_THREADS=1 $(VENV)/bin/python scripts/fuzz-serving

docs: $(DEVELOPING)
	$(VENV)/bin/sphinx-build --fail-on-warning --keep-going --quiet -b html docs site

$(BENCH)/.installed: pyproject.toml constraints.txt benchmarks/requirements.txt
	test -x $(BENCH)/bin/python || $(PYTHON) -m venv $(BENCH)
	@echo "installing what fathom is compared with (some minutes) ..."
	$(BENCH)/bin/pip --disable-pip-version-check install --quiet -c constraints.txt -e '.[all]' -r benchmarks/requirements.txt
	@touch $@

# Every row that was not measured yet; what was measured is kept in benchmarks/results.
bench: $(BENCH)/.installed
	$(BENCH)/bin/python -m benchmarks.run

bench-%: $(BENCH)/.installed
	$(BENCH)/bin/python -m benchmarks.run $*

# Does the coach name what is wrong, is it silent where nothing is, does its advice help, and what do the checks cost?
# With three seeds of each fault nearly two hours of two processors; it goes on where it was interrupted.
bench-coach: $(BENCH)/.installed
	$(BENCH)/bin/python -m benchmarks.coach.cost
	$(BENCH)/bin/python -m benchmarks.coach.advised
	$(BENCH)/bin/python -m benchmarks.coach.table

# Further claims of the coach: that an error is as low as can be, and that a training was not at its end; about an hour.
bench-coach-claims: $(BENCH)/.installed
	$(BENCH)/bin/python -m benchmarks.coach.floors
	$(BENCH)/bin/python -m benchmarks.coach.lengths

# The same tables from fewer trainings: about ten minutes.
bench-coach-sample: $(BENCH)/.installed
	$(BENCH)/bin/python -m benchmarks.coach.table --sample

# Is any default worse than something simple? Three sets a task or more; some hours, and it goes on where it stopped.
bench-promise: $(BENCH)/.installed
	$(BENCH)/bin/python -m benchmarks.promise.table

clean:
	rm -rf $(VENV) $(BENCH) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
