"""The services to measure, each started as in production."""

import os
import signal
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from tempfile import TemporaryFile
from typing import NamedTuple

import psutil

from tests.support.servers import ROOT, free_port, procfile_command
from tests.support.waiting import wait_until

STOP_SECONDS = 40.0
SHOWN_OF_LOG = 4000
PYTHON = (sys.executable, "-m")
REFERENCES = "tests.bench.references"
GTHREAD = ("gunicorn", "--no-control-socket", "--worker-class", "gthread", "--threads", "64")
OURS = "this service"
COMMANDS = {
    OURS: procfile_command(),
    "sequential Flask": (*PYTHON, *GTHREAD, f"{REFERENCES}.sequential_flask:app"),
    "asyncio": (*PYTHON, f"{REFERENCES}.asyncio_by_hand"),
    "complete asyncio": (*PYTHON, f"{REFERENCES}.asyncio_complete"),
}
"""The command that starts each service, by name."""


class Service(NamedTuple):
    """A running service."""

    port: int
    process: psutil.Popen

    def processes(self) -> list[psutil.Process]:
        """Return its first process and all running descendants."""
        return [self.process, *self.process.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """Return the CPU seconds of all processes, in user and kernel mode.

        psutil counts in hundredths of a second, which is too coarse for a short measurement. The
        clock id is that of clock_getcpuclockid(3).
        """
        return sum(time.clock_gettime(~each.pid << 3 | 2) for each in self.processes())

    def memory(self) -> float:
        """Return the MB in memory; pages that processes share count once (PSS)."""
        return sum(each.memory_full_info().pss for each in self.processes()) / 1e6


@contextmanager
def running(name: str, settings: Mapping[str, str]) -> Iterator[Service]:
    """Run a service and all its processes until the end of the block."""
    port = free_port()
    environment = {**os.environ, **settings, "PORT": str(port)}
    with TemporaryFile() as log:
        process = psutil.Popen(
            COMMANDS[name],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            wait_until(lambda: _is_healthy(process, port))
            yield Service(port, process)
        except Exception:
            log.seek(max(0, log.seek(0, os.SEEK_END) - SHOWN_OF_LOG))
            print(f"{name} logged:\n{log.read().decode()}", file=sys.stderr)
            raise
        finally:
            _stop(process)


def _is_healthy(process: psutil.Popen, port: int) -> bool:
    assert process.poll() is None, f"it ended with exit code {process.returncode}"
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
        return True
    return False


def _stop(process: psutil.Popen) -> None:
    """End a process and all that it started, which are a process group."""
    with suppress(ProcessLookupError, psutil.TimeoutExpired):
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
