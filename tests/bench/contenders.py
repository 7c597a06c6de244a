"""The services to measure, each started as in production."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO

from tests.bench import processes
from tests.bench.certificates import Certificate
from tests.bench.upstream import Upstream
from tests.support.accounts import PLAYER
from tests.support.servers import ROOT, free_port, procfile_command

START_SECONDS = 30.0
STOP_SECONDS = 40.0
REFERENCES = "tests.bench.references"
WORKERS, THREADS = 2, 64


@dataclass(frozen=True)
class Contender:
    """A service to measure and the command that starts it."""

    name: str
    command: tuple[str, ...]


OURS = Contender("this service", procfile_command())
SEQUENTIAL = Contender(
    "sequential Flask",
    (
        *(sys.executable, "-m", "gunicorn", "--no-control-socket"),
        *("--worker-class", "gthread", "--workers", str(WORKERS), "--threads", str(THREADS)),
        f"{REFERENCES}.sequential_flask:app",
    ),
)
ASYNCIO = Contender(
    "asyncio, by hand", (sys.executable, "-m", f"{REFERENCES}.asyncio_by_hand", str(WORKERS))
)
COMPLETE = Contender(
    "asyncio, complete",
    (sys.executable, "-m", f"{REFERENCES}.asyncio_complete", str(WORKERS)),
)
CONTENDERS = {"ours": OURS, "sequential": SEQUENTIAL, "asyncio": ASYNCIO, "complete": COMPLETE}


@dataclass(frozen=True)
class Running:
    """A contender that serves; `start_seconds` is the time from its start until then."""

    port: int
    root_pid: int
    start_seconds: float

    def pids(self) -> list[int]:
        """Return the ids of all its processes."""
        return processes.tree(self.root_pid)


def settings(twilio: Upstream, tls: Certificate | None) -> dict[str, str]:
    """Return the environment variables that all contenders share."""
    given = {
        "TWILIO_API_URL": twilio.url,
        "TWILIO_ACCOUNT_SID": PLAYER.account_sid,
        "TWILIO_AUTH_TOKEN": PLAYER.password,
        # Counted as in production, though all clients have one address here.
        "RATE_LIMIT": "1000000/second",
        "WEB_CONCURRENCY": str(WORKERS),
    }
    return given | ({"REQUESTS_CA_BUNDLE": str(tls.authority)} if tls else {})


@contextmanager
def running(contender: Contender, settings: Mapping[str, str]) -> Iterator[Running]:
    """Run a contender and all its processes until the end of the block."""
    port = free_port()
    environment = {**os.environ, **settings, "PORT": str(port)}
    with TemporaryFile() as log:
        begun = time.monotonic()
        process = subprocess.Popen(
            contender.command,
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _wait_until_healthy(port, process, log)
            yield Running(port, process.pid, time.monotonic() - begun)
        finally:
            _stop(process)


def _wait_until_healthy(port: int, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    gives_up = time.monotonic() + START_SECONDS
    while not _is_healthy(port):
        if process.poll() is not None or time.monotonic() > gives_up:
            log.seek(0)
            raise SystemExit(f"{process.args!r} does not serve:\n{log.read().decode()}")
        time.sleep(0.01)


def _is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
            return True
    except OSError:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Send SIGTERM, and SIGKILL to the processes that remain."""
    pids = processes.tree(process.pid)
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    finally:
        for pid in filter(processes.is_running, pids):
            os.kill(pid, signal.SIGKILL)
        process.wait()
