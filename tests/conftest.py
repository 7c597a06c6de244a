"""What every test can rely on."""

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.support.servers import NODE_MODULES
from tests.support.upstream import Upstream, an_upstream
from validator.config import Settings
from validator.upstream import client

Verdicts = Counter[tuple[str, str]]
"""How many files of a format, or of another, got which result."""

VERDICTS = pytest.StashKey[Verdicts]()


@pytest.fixture(scope="session")
def verdicts(pytestconfig: pytest.Config) -> Verdicts:
    """Where the results of judging the corpus are counted, for the report of the run."""
    return pytestconfig.stash.setdefault(VERDICTS, Counter())


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if counted := config.stash.get(VERDICTS, None):
        terminalreporter.section("format by verdict")
        for name in sorted({name for name, _ in counted}):
            passed, failed = counted[name, "pass"], counted[name, "fail"]
            terminalreporter.write_line(f"{name:6} {passed:5} pass {failed:5} fail")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where everything is installed, as in continuous integration, nothing may be skipped."""
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    if "FAIL_ON_SKIP" in os.environ and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    # Of the make that runs the tests: another make would print which folder it enters.
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_BACKOFF", 0.001)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """Stands in for Twilio's API, or a host of its media, where it is to misbehave."""
    with an_upstream() as upstream:
        yield upstream


@pytest.fixture(scope="session")
def node() -> str:
    """Return the path of Node.js, which runs the extension's code; skip the test without it."""
    program = shutil.which("node")
    if program is None or not NODE_MODULES.exists():
        pytest.skip("needs Node.js and `npm ci --prefix tests/node`")
    version = subprocess.check_output([program, "--version"], text=True).strip()
    if [int(number) for number in version.strip("v").split(".")] < [18, 15]:
        pytest.skip(f"node {version} is too old")
    return program
