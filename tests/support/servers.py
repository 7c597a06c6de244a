"""Start and stop real server processes, with the documented commands."""

import os
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from tests.support.waiting import wait_until
from validator.config import Settings

ROOT = Path(__file__).parents[2]
NODE_MODULES = ROOT / "tests" / "node" / "node_modules"
RUN_HERE = (sys.executable, "-m", "validator")
STOP_SECONDS = 30.0
PORTS = range(20_000, 30_000)
DEFAULT_WORKERS = Settings.model_fields["web_concurrency"].default


def procfile_command() -> tuple[str, ...]:
    """Return the command of the Procfile, with this Python's gunicorn."""
    _, _, command = (ROOT / "Procfile").read_text().partition("web: ")
    program, *arguments = shlex.split(command)
    return (str(Path(sys.executable).with_name(program)), *arguments)


def with_open_files(limit: int, command: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command with a limit of open files."""
    return ("sh", "-c", f'ulimit -n {limit}; exec "$@"', "sh", *command)


def free_port() -> int:
    """Return a port below those that the system hands out, so that nothing else gets it by chance.

    Between this and the start of its server, other tests make connections and listen on port 0.
    """
    while True:
        port = PORTS[secrets.randbelow(len(PORTS))]
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


@dataclass(frozen=True)
class Server:
    """A running service, and its main process."""

    url: str
    process: subprocess.Popen[bytes]
    log_file: BinaryIO
    worker_count: int

    def workers(self) -> list[int]:
        """The process ids of all workers, once the first process has started or replaced them."""
        wait_until(lambda: len(self._children()) == self.worker_count)
        return self._children()

    def _children(self) -> list[int]:
        pid = self.process.pid
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def log(self) -> str:
        """Return the output on standard error so far."""
        return os.pread(self.log_file.fileno(), 1 << 24, 0).decode()

    def descriptors(self) -> int:
        """Return the number of open files and sockets of the workers."""
        return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in self.workers())

    def threads(self) -> int:
        return sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in self.workers())


@contextmanager
def running(
    command: tuple[str, ...], settings: Mapping[str, str], port: int | None = None
) -> Iterator[Server]:
    """Run the service with `command` inside the block, which starts once it is healthy."""
    port = port or free_port()
    environment = {**os.environ, **settings, "PORT": str(port)}
    with TemporaryFile() as log_file:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=log_file)
        workers = int(environment.get("WEB_CONCURRENCY", DEFAULT_WORKERS))
        server = Server(f"http://127.0.0.1:{port}", process, log_file, workers)
        try:
            wait_until(lambda: _is_healthy(server.url, process))
            yield server
        finally:
            # After SIGTERM, gunicorn would wait for clients to close their connections.
            process.send_signal(signal.SIGINT)
            process.wait(STOP_SECONDS)
            print(server.log(), file=sys.stderr)


@contextmanager
def serving(command: tuple[str, ...], settings: Mapping[str, str]) -> Iterator[str]:
    """Run the service with `command` inside the block; its value is the URL."""
    with running(command, settings) as server:
        yield server.url


def _is_healthy(url: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "the server ended instead of answering"
    with suppress(OSError), urllib.request.urlopen(f"{url}/healthz", timeout=5):
        return True
    return False
