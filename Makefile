export PIP_DISABLE_PIP_VERSION_CHECK = 1
PYTHON ?= python3
BIN = .venv/bin
# As `python -m validator`, without a traceback where Ctrl-C comes while it imports.
RUN = from _signal import *; signal(SIGINT, SIG_DFL); \
	from validator.__main__ import main; raise SystemExit(main())
NEEDED = import sys; sys.exit(sys.version_info < (3, 11) and \
	"This needs Python 3.11 or newer; $(PYTHON) is %d.%d.%d. Try: make run PYTHON=python3.12" \
	% sys.version_info[:3])
NO_VENV = $(PYTHON) cannot make virtual environments: on Debian, "apt install python3-venv".
NO_NETWORK = pip cannot reach its package index: is there a network, and does it need a proxy?
# Tests with servers, a browser, Node.js or generated input.
SLOW = browser challenge/test_corpus.py game local_twilio server telemetry test_end_to_end.py \
	test_properties.py upstream web/test_openapi.py web/test_rate_limits.py
# Each of the two processes writes what it covers into a file of its own.
PYTEST = $(BIN)/coverage run --parallel-mode -m pytest --quiet
COMPILE = $(BIN)/uv pip compile --universal --no-header --annotation-style line --quiet --upgrade

.PHONY: run check lint test test-server test-others bench screenshots sentences requirements help

run: .venv/installed  ## start the service here, with a local Twilio unless TWILIO_ACCOUNT_SID is set
	@$(BIN)/python -c '$(RUN)'

check: lint  ## run the linters, the type checker and the quick tests
	$(BIN)/pytest --quiet $(SLOW:%=--ignore=tests/%)

lint: .venv/checks-installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache

test: lint  ## run the linters, the type checker and all tests
	$(BIN)/coverage erase
	$(MAKE) --jobs=2 --keep-going test-server test-others
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

# These take half of the time, and wait more than they compute.
test-server:
	$(PYTEST) tests/server

test-others:
	$(PYTEST) --ignore=tests/server

bench: .venv/checks-installed  ## measure the speed, compared with three other services (Linux)
	$(BIN)/python -m tests.bench

screenshots: .venv/checks-installed  ## take the pictures of the page in docs/
	$(BIN)/python -m tests.browser.screenshots

sentences: .venv/installed  ## print every sentence that a player or a caller can read
	@$(BIN)/python -m tests.sentences

requirements: .venv/checks-installed  ## pin the newest versions of all dependencies
	$(COMPILE) pyproject.toml --group test --output-file requirements.txt
	$(COMPILE) --group check --constraint requirements.txt --output-file tests/requirements.txt

help:  ## list these targets
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile | expand -t 20

.venv/installed: requirements.txt
	@$(PYTHON) -c '$(NEEDED)'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo '$(NO_VENV)' >&2; exit 1; }
	@rm -f $@; echo 'Installing what it needs into .venv. This happens once, and takes about a minute.'
	@$(PYTHON) -m venv .venv
	@{ $(BIN)/pip install --retries 2 --requirement requirements.txt 2>.venv/errors && touch $@; } | \
		while read -r verb name _; do case $$verb in \
			Collecting) n=$$((n + 1)); printf '\r  package %s: %-24s' $$n "$${name%%==*}" ;; \
			Installing) printf '\r  %s packages: installing        \n' $$n ;; \
		esac; done
	@test -e $@ || { echo; grep -q 'connection broken' .venv/errors && echo '$(NO_NETWORK)' || \
		tail -n 2 .venv/errors; exit 1; } >&2

.venv/checks-installed: .venv/installed tests/requirements.txt tests/node/package-lock.json
	$(BIN)/pip install --quiet --requirement tests/requirements.txt
	if command -v npm >/dev/null; then npm ci --prefix tests/node --loglevel error; fi
	touch $@
