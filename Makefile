# Two commands set everything up: `make demo` and `make test`. They need Python 3.11 with venv,
# a C compiler (durable_rules comes as source) and make.
PYTHON ?= python3
BIN := .venv/bin
CATALOGUE := escalate/locale/de/LC_MESSAGES/escalate

.PHONY: demo test services catalogue snapshots lint types kb-check kb-fmt kb-test kb-mutate kb-verify kb-docs docs audit wheel-test bench check clean

demo: .venv/ready
	@$(BIN)/escalate assess examples/refractory-antisynthetase.yaml

# One process runs a whole file, in its order: what its tests share is made once.
test: .venv/ready-dev $(CATALOGUE).mo services
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not wheel"

# PostgreSQL, Chromium, Java and Pango, where they are not there and can be installed.
services:
	@sh tests/services.sh

# What people read in code and templates, collected into the German catalogue; what is new has no German yet.
catalogue: .venv/ready-dev
	@$(BIN)/python catalogue.py

# The installation compiles the catalogue; a translation that changed since then is compiled here.
$(CATALOGUE).mo: $(CATALOGUE).po .venv/ready-dev
	@$(BIN)/python hatch_build.py

# The reports that tests/test_report_snapshots.py expects, after an intended change; the diff is reviewed.
snapshots: .venv/ready-dev $(CATALOGUE).mo
	UPDATE_SNAPSHOTS=1 $(BIN)/python -m pytest tests/test_report_snapshots.py

lint: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/ready-dev
	$(BIN)/mypy

kb-check: .venv/ready
	$(BIN)/escalate kb check

kb-fmt: .venv/ready
	$(BIN)/escalate kb fmt --check

kb-test: .venv/ready
	$(BIN)/escalate kb test

# Proofs over all patients, about a minute; z3 comes with the tools of development.
kb-verify: .venv/ready-dev
	$(BIN)/escalate kb verify --plain

# Every safety mutant of the rules is noticed, or proved to change nobody.
kb-mutate: .venv/ready-dev
	$(BIN)/escalate kb mutate --safety --plain

# The knowledge as a static site, English and German.
kb-docs: .venv/ready $(CATALOGUE).mo
	$(BIN)/escalate kb docs -o build/site
	$(BIN)/escalate kb docs --lang de -o build/site/de

# The documentation as a site, in build/docs.
docs: .venv/ready-dev
	$(BIN)/python -m sphinx -q -W -b html docs build/docs

# Known vulnerabilities of what is installed, where an advisory service is reached.
audit: .venv/ready-dev
	$(BIN)/python .ci/audit.py

wheel-test: .venv/ready-dev
	$(BIN)/python -m pytest -m wheel tests/test_wheel.py

# Every benchmark, a quarter of an hour; writes docs/benchmarks.md.
bench: .venv/ready-dev
	$(BIN)/python benchmarks/suite.py

check: test lint types kb-check kb-fmt kb-test kb-mutate kb-verify kb-docs docs audit wheel-test

.venv/bin/python:
	$(PYTHON) -m venv .venv

# The modules are compiled once here, as an installer does: where Python may not write bytecode, every
# start would compile them again, at the cost of half an assessment.
.venv/ready: pyproject.toml | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@$(BIN)/python -m compileall -q escalate && touch $@

.venv/ready-dev: pyproject.toml | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@$(BIN)/python -m compileall -q escalate && touch $@ .venv/ready

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
