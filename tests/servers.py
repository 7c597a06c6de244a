"""The real server processes, started as the README says and stopped again."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
RUN_HERE = (sys.executable, "-m", "validator")
START_SECONDS = 30.0
STOP_SECONDS = 30.0


def procfile_command() -> tuple[str, ...]:
    """What the Procfile's web line runs, with the programs of this Python."""
    _, _, command = (ROOT / "Procfile").read_text().partition("web: ")
    program, *arguments = shlex.split(command)
    return (str(Path(sys.executable).with_name(program)), *arguments)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@contextmanager
def serving(command: tuple[str, ...], settings: Mapping[str, str]) -> Iterator[str]:
    """The address of the service that `command` starts, once it answers."""
    port = free_port()
    environment = {**os.environ, **settings, "PORT": str(port)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_healthy(url, process)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    gives_up = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{url}/healthz"):
                return
        except (urllib.error.URLError, ConnectionError):
            assert process.poll() is None, "the server ended instead of answering"
            assert time.monotonic() < gives_up, "the server did not answer in time"
            time.sleep(0.05)
