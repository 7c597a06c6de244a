"""Start and stop real server processes, with the documented commands."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

ROOT = Path(__file__).parents[2]
RUN_HERE = (sys.executable, "-m", "validator")
START_SECONDS = 30.0
STOP_SECONDS = 30.0


def procfile_command() -> tuple[str, ...]:
    """Return the command of the Procfile, with this Python's gunicorn."""
    _, _, command = (ROOT / "Procfile").read_text().partition("web: ")
    program, *arguments = shlex.split(command)
    return (str(Path(sys.executable).with_name(program)), *arguments)


def with_open_files(limit: int, command: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command with a limit of open files."""
    return ("sh", "-c", f'ulimit -n {limit}; exec "$@"', "sh", *command)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@dataclass(frozen=True)
class Server:
    """A running service, and its main process."""

    url: str
    process: subprocess.Popen[bytes]
    log_file: BinaryIO

    def workers(self) -> list[int]:
        """Return the ids of the worker processes."""
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
        server = Server(f"http://127.0.0.1:{port}", process, log_file)
        try:
            _wait_until_healthy(server.url, process)
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_SECONDS)
            print(server.log(), file=sys.stderr)


@contextmanager
def serving(command: tuple[str, ...], settings: Mapping[str, str]) -> Iterator[str]:
    """Run the service with `command` inside the block; its value is the URL."""
    with running(command, settings) as server:
        yield server.url


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    gives_up = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=5):
                return
        except OSError:
            assert process.poll() is None, "the server exited"
            assert time.monotonic() < gives_up, "the server did not respond in time"
            time.sleep(0.05)
