export PIP_DISABLE_PIP_VERSION_CHECK = 1
PYTHON ?= python3
BIN = .venv/bin
# As `python -m validator`, without a traceback where Ctrl-C comes while it imports.
RUN = from _signal import *; signal(SIGINT, SIG_DFL); \
	from validator.__main__ import main; raise SystemExit(main())
COMPILE = $(BIN)/uv pip compile --universal --no-header --annotation-style line --quiet --upgrade

.PHONY: run test bench requirements

run: .venv/installed  ## serve on this machine, with a local Twilio where no account is set
	@$(BIN)/python -c '$(RUN)'

test: .venv/checks-installed  ## every check and every test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage report

bench: .venv/checks-installed  ## how quick it is, beside two others
	$(BIN)/python -m tests.bench

requirements: .venv/checks-installed  ## pin anew what pyproject.toml asks for
	$(COMPILE) pyproject.toml --group test --output-file requirements.txt
	$(COMPILE) --group check --constraint requirements.txt --output-file tests/requirements.txt

.venv/installed: requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --requirement requirements.txt
	touch $@

.venv/checks-installed: .venv/installed tests/requirements.txt tests/node/package-lock.json
	$(BIN)/pip install --quiet --requirement tests/requirements.txt
	if command -v npm >/dev/null; then npm ci --prefix tests/node --loglevel error; fi
	touch $@
