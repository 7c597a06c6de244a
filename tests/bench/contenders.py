"""The services to measure, each started as in production."""

import os
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import NamedTuple

import psutil

from tests.bench import processes
from tests.support.servers import ROOT, free_port, procfile_command
from validator.local_twilio.account import ACCOUNT_SID, AUTH_TOKEN

START_SECONDS = 30.0
STOP_SECONDS = 40.0
WORKERS = "2"
REFERENCES = "tests.bench.references"
PYTHON = (sys.executable, "-m")
GTHREAD = ("gunicorn", "--no-control-socket", "--worker-class", "gthread", "--threads", "64")


class Contender(NamedTuple):
    """A service to measure and the command that starts it."""

    name: str
    command: tuple[str, ...]


OURS = Contender("this service", procfile_command())
CONTENDERS = {
    "ours": OURS,
    "sequential": Contender(
        "sequential Flask", (*PYTHON, *GTHREAD, f"{REFERENCES}.sequential_flask:app")
    ),
    "asyncio": Contender("asyncio, by hand", (*PYTHON, f"{REFERENCES}.asyncio_by_hand", WORKERS)),
    "complete": Contender(
        "asyncio, complete", (*PYTHON, f"{REFERENCES}.asyncio_complete", WORKERS)
    ),
}


class Running(NamedTuple):
    """A contender that serves; `start_seconds` is the time from its start until then."""

    port: int
    pid: int
    start_seconds: float


def settings(twilio_url: str) -> dict[str, str]:
    """Return the environment variables that all contenders share."""
    return {
        "TWILIO_API_URL": twilio_url,
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        # Counted as in production, though all clients have one address here.
        "RATE_LIMIT": "1000000/second",
        "WEB_CONCURRENCY": WORKERS,
    }


@contextmanager
def running(contender: Contender, settings: Mapping[str, str]) -> Iterator[Running]:
    """Run a contender and all its processes until the end of the block."""
    port = free_port()
    environment = {**os.environ, **settings, "PORT": str(port)}
    with TemporaryFile() as log:
        begun = time.monotonic()
        process = psutil.Popen(
            contender.command,
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            while not _is_healthy(port):
                if process.poll() is not None or time.monotonic() > begun + START_SECONDS:
                    log.seek(0)
                    raise SystemExit(f"{contender.name} does not serve:\n{log.read().decode()}")
                time.sleep(0.01)
            yield Running(port, process.pid, time.monotonic() - begun)
        finally:
            _stop(process)


def _is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
            return True
    except OSError:
        return False


def _stop(root: psutil.Popen) -> None:
    """Send SIGTERM to all processes, and SIGKILL to those that remain."""
    if root.is_running():
        tree = processes.tree(root.pid)
        for each in tree:
            each.terminate()
        _, alive = psutil.wait_procs(tree, STOP_SECONDS)
        for each in alive:
            each.kill()
        psutil.wait_procs(alive)
