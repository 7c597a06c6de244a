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
COMPILE = $(BIN)/uv pip compile --universal --no-header --annotation-style line --quiet --upgrade

.PHONY: run test bench sentences requirements

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

sentences: .venv/installed  ## every sentence that a player or a caller can read
	@$(BIN)/python -m tests.sentences

requirements: .venv/checks-installed  ## pin anew what pyproject.toml asks for
	$(COMPILE) pyproject.toml --group test --output-file requirements.txt
	$(COMPILE) --group check --constraint requirements.txt --output-file tests/requirements.txt

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
