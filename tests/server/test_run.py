"""`make run` in a terminal: what it prints, and how it ends."""

import fcntl
import json
import os
import pty
import re
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.servers import ROOT, free_port
from tests.support.waiting import wait_until
from validator.config import Settings
from validator.local_twilio import ACCOUNT_SID, API_KEY_SECRET, API_KEY_SID

MAKE_RUN = ("make", "-o", ".venv/installed", "run", f"BIN={Path(sys.executable).parent}")
OWN_ACCOUNT = {"TWILIO_ACCOUNT_SID": "AC" + "1" * 28 + "cafe", "TWILIO_AUTH_TOKEN": "fake-token"}
CTRL_C = "\x03"
SECONDS = 30.0


class Terminal:
    """A command that runs as the foreground process of its own terminal."""

    def __init__(self, command: tuple[str, ...], **environment: str) -> None:
        self.ports = [free_port(), free_port()]
        self._screen, terminal = pty.openpty()
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={
                **{k: v for k, v in os.environ.items() if k.lower() not in Settings.model_fields},
                "PORT": str(self.ports[0]),
                "LOCAL_TWILIO_PORT": str(self.ports[1]),
                **environment,
            },
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            preexec_fn=_lead_session_of_terminal,
        )
        os.close(terminal)
        self.shown = ""

    def type(self, keys: str) -> None:
        os.write(self._screen, keys.encode())

    def wait_for(self, text: str) -> None:
        while text not in self.shown:
            assert self._read(), self.shown

    def wait(self) -> int:
        """Return the exit code once all processes have closed the terminal."""
        while self._read():
            pass
        return self.process.wait(SECONDS)

    def close(self) -> None:
        """Close the window."""
        if self._screen >= 0:
            os.close(self._screen)
            self._screen = -1

    def listening(self) -> list[bool]:
        """Return whether the ports of the service and of the local Twilio accept connections."""
        return [not _is_free(port) for port in self.ports]

    def _read(self) -> bool:
        if self._screen < 0:
            return False
        assert select.select([self._screen], [], [], SECONDS)[0], self.shown
        try:
            received = os.read(self._screen, 1 << 16)
        except OSError:
            return False
        self.shown += received.decode().replace("\r\n", "\n")
        return bool(received)


def _lead_session_of_terminal() -> None:
    # With `start_new_session`, gevent begins the session only after this function.
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@contextmanager
def terminal(command: tuple[str, ...], **environment: str) -> Iterator[Terminal]:
    opened = Terminal(command, **environment)
    try:
        yield opened
    finally:
        with suppress(ProcessLookupError):
            os.killpg(opened.process.pid, signal.SIGTERM)
        opened.wait()
        opened.close()


@contextmanager
def make_run(**environment: str) -> Iterator[Terminal]:
    """Run `make run` in a terminal until it prints that it is ready."""
    with terminal(MAKE_RUN, **environment) as opened:
        opened.wait_for("Ctrl-C stops both")
        yield opened


def _is_free(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_ends_both_servers_without_a_traceback(presses: int) -> None:
    with make_run() as opened:
        opened.type(CTRL_C * presses)

        # Make itself ends by the signal, as a shell expects.
        assert opened.wait() == -signal.SIGINT
        assert "Traceback" not in opened.shown
        assert "Error" not in opened.shown
        assert opened.listening() == [False, False]


@pytest.mark.parametrize("first", ["Starting gunicorn", "Listening at", "Booting worker"])
def test_ctrl_c_while_it_starts_prints_no_traceback(first: str) -> None:
    with terminal(MAKE_RUN) as opened:
        opened.wait_for(first)
        opened.type(CTRL_C)
        opened.wait()

        assert "Traceback" not in opened.shown
        assert opened.listening() == [False, False]


def test_a_second_ctrl_c_kills_a_server_that_ignores_the_first() -> None:
    with terminal((sys.executable, "-m", "validator")) as opened:
        opened.wait_for("Ctrl-C stops both")
        first = opened.process.pid
        server = int(Path(f"/proc/{first}/task/{first}/children").read_text())
        os.kill(server, signal.SIGSTOP)

        def ends_after_one_more() -> bool:
            opened.type(CTRL_C)
            return opened.process.poll() is not None

        wait_until(ends_after_one_more)
        opened.wait()

        assert "Traceback" not in opened.shown
        assert opened.listening() == [False, False]


def test_python_m_validator_exits_with_0_after_ctrl_c() -> None:
    with terminal((sys.executable, "-m", "validator")) as opened:
        opened.wait_for("Ctrl-C stops both")
        opened.type(CTRL_C)

        assert opened.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_server_outlives_the_process_that_started_it(number: signal.Signals) -> None:
    with terminal((sys.executable, "-m", "validator")) as opened:
        opened.wait_for("Ctrl-C stops both")
        opened.process.send_signal(number)

        wait_until(lambda: opened.listening() == [False, False])


def test_no_server_outlives_its_terminal() -> None:
    from_a_shell = ("sh", "-c", f"{shlex.join(MAKE_RUN)}; true")
    with terminal(from_a_shell) as opened:
        opened.wait_for("Ctrl-C stops both")
        opened.close()

        wait_until(lambda: opened.listening() == [False, False])


def test_a_taken_port_is_the_first_line_with_a_free_one_to_try() -> None:
    with ExitStack() as taken:
        ports = [
            taken.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
            for _ in range(2)
        ]
        with terminal(MAKE_RUN, PORT=str(ports[0]), LOCAL_TWILIO_PORT=str(ports[1])) as opened:
            assert opened.wait() != 0

    lines = opened.shown.splitlines()[:2]
    for line, name, port in zip(lines, ("PORT", "LOCAL_TWILIO_PORT"), ports, strict=True):
        assert re.fullmatch(rf"{name}: port {port} is taken. Try: make run {name}=\d+", line)


def test_the_same_port_for_both_is_refused() -> None:
    port = str(free_port())
    with terminal(MAKE_RUN, PORT=port, LOCAL_TWILIO_PORT=port) as opened:
        assert opened.wait() != 0

    assert opened.shown.startswith(f"LOCAL_TWILIO_PORT: port {port} is taken")


def test_an_own_account_is_shown_by_its_last_four_digits() -> None:
    with terminal(MAKE_RUN, **OWN_ACCOUNT) as opened:
        opened.wait_for("make run TWILIO_ACCOUNT_SID=")
        local_twilio = opened.listening()[1]
        opened.type(CTRL_C)
        opened.wait()

    assert "looked up at the real Twilio,\nin the account that ends in cafe." in opened.shown
    assert OWN_ACCOUNT["TWILIO_ACCOUNT_SID"] not in opened.shown
    assert OWN_ACCOUNT["TWILIO_AUTH_TOKEN"] not in opened.shown
    assert not local_twilio


def printed(opened: Terminal, start: str, end: str) -> str:
    """Return the text from one string to another, as a reader would copy it."""
    _, found, rest = opened.shown.partition(start)
    return found + rest.partition(end)[0]


def submit(opened: Terminal, sid: str) -> Any:
    command = printed(opened, "curl -d sid=", "\n").replace("MM...", sid)
    return json.loads(subprocess.check_output(["sh", "-c", command], stderr=subprocess.DEVNULL))


# Variables that a Twilio developer behind a proxy may have exported.
DEVELOPERS_SHELL = {
    "TWILIO_AUTH_TOKEN": "fake-token",
    "TWILIO_API_KEY": "SK" + "1" * 32,
    "TWILIO_REGION": "ie1",
    "TWILIO_EDGE": "dublin",
    "http_proxy": "http://127.0.0.1:9",
}


@pytest.mark.parametrize("exported", [{}, DEVELOPERS_SHELL], ids=["plain", "developer's"])
@pytest.mark.parametrize(
    ("program", "start", "end"),
    [
        ("sh", "curl '", "\n\nor with"),
        (f"{sys.executable} -", "from twilio.rest", "\n\nAn API key"),
    ],
    ids=["curl", "Python"],
)
def test_the_printed_curl_and_python_requests_pass_unchanged(
    program: str, start: str, end: str, exported: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in exported.items():
        monkeypatch.setenv(name, value)
    with make_run(**exported) as opened:
        first = printed(opened, "export ", "\n\n") if exported else ":"
        script = printed(opened, start, end)
        sent = subprocess.check_output(
            ["sh", "-c", f"{first}\nexec {program} <<'END'\n{script}\nEND"], text=True
        )
        found = re.search("MM[0-9a-f]{32}", sent)
        assert found
        monkeypatch.undo()

        assert submit(opened, found[0])["result"] == "pass"


def test_the_printed_api_key_works_at_the_service() -> None:
    with make_run() as opened:
        assert f"{API_KEY_SID}, {API_KEY_SECRET}" in opened.shown
        url = printed(opened, "http://localhost:", "\n")
        command = ["curl", "-s", "-u", f"{API_KEY_SID}:{API_KEY_SECRET}", f"{url}/validate"]
        form = ["-d", "sid=MM" + "0" * 32, "-d", f"accountSid={ACCOUNT_SID}"]
        verdict = json.loads(subprocess.check_output([*command, *form]))

    assert verdict["reason"] == "message_not_found"


def test_the_printed_guide_fits_into_80_columns_except_for_twilios_url() -> None:
    with make_run() as opened:
        guide = printed(opened, "The page to submit", "Ctrl-C")

    assert [
        line for line in guide.splitlines() if len(line) > 80 and "/2010-04-01/" not in line
    ] == []


def test_it_runs_from_another_directory(tmp_path: Path) -> None:
    command = shlex.join((*MAKE_RUN, "-C", str(ROOT)))
    with terminal(("sh", "-c", f"cd {shlex.quote(str(tmp_path))} && exec {command}")) as opened:
        opened.wait_for("Ctrl-C stops both")
        opened.type(CTRL_C)
        opened.wait()


# Programs instead of Python, and what `make run` prints for them.
OLD_PYTHON = (
    """exec python3 -c 'import sys; sys.version_info = (3, 10, 13); exec(sys.argv[1])' "$2"\n"""
)
NO_VENV = """case "$2" in *ensurepip*) exit 1; esac; exec python3 "$@"\n"""


@pytest.mark.parametrize(
    ("python", "sentence"),
    [
        (OLD_PYTHON, "This needs Python 3.11 or newer; {} is 3.10.13. Try: make run PYTHON="),
        (NO_VENV, "{} cannot make virtual environments: on Debian, "),
    ],
)
def test_an_unsuitable_python_is_reported_in_one_line(
    tmp_path: Path, python: str, sentence: str
) -> None:
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{python}")
    program.chmod(0o755)

    lines = failed_install(tmp_path, program)

    assert lines[0].startswith(sentence.format(program))
    assert len(lines) == 2


def test_a_missing_network_is_reported_in_one_line(tmp_path: Path) -> None:
    lines = failed_install(tmp_path, Path(sys.executable), PIP_INDEX_URL="http://127.0.0.1:9")

    assert lines[0].startswith("pip cannot reach its package index: is there a network")
    assert len(lines) == 2


def failed_install(folder: Path, python: Path, **environment: str) -> list[str]:
    """Return the lines on standard error of `make run` in a fresh checkout, the last by make."""
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / name, folder)
    isolated = {"PIP_CONFIG_FILE": os.devnull, "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": ""}
    ended = subprocess.run(
        ("make", "--no-print-directory", "run", f"PYTHON={python}"),
        cwd=folder,
        env={**os.environ, **isolated, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    return ended.stderr.strip().splitlines()
