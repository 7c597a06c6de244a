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
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.servers import ROOT, RUN_HERE, free_port
from tests.support.waiting import wait_until
from validator.config import Settings
from validator.local_twilio import ACCOUNT_SID, API_KEY_SECRET, API_KEY_SID

MAKE_RUN = ("make", "-o", ".venv/installed", "run", f"BIN={Path(sys.executable).parent}")
# With one more process between the terminal and make.
FROM_A_SHELL = ("sh", "-c", f"{shlex.join(MAKE_RUN)}; true")
ELSEWHERE = ("env", "-C", "/", *MAKE_RUN, "-C", str(ROOT))
OWN_ACCOUNT = {"TWILIO_ACCOUNT_SID": "AC" + "1" * 28 + "cafe", "TWILIO_AUTH_TOKEN": "fake-token"}
# Variables that a Twilio developer behind a proxy may have exported.
DEVELOPERS_SHELL = {
    "TWILIO_AUTH_TOKEN": "fake-token",
    "TWILIO_API_KEY": "SK" + "1" * 32,
    "TWILIO_REGION": "ie1",
    "TWILIO_EDGE": "dublin",
    "http_proxy": "http://127.0.0.1:9",
}
# Not passed on to `make run`: settings, and what the make that runs the tests sets.
NOT_INHERITED = {*Settings.model_fields, "makeflags", "mflags", "makelevel"}
READY = "Ctrl-C stops both"
CTRL_C = "\x03"
SECONDS = 30.0


class Terminal:
    """A command that runs as the foreground process of its own terminal."""

    def __init__(self, command: tuple[str, ...], **environment: str) -> None:
        self.ports = [free_port(), free_port()]
        self.environment = environment
        self.shown = ""
        inherited = {k: v for k, v in os.environ.items() if k.lower() not in NOT_INHERITED}
        ports = {"PORT": str(self.ports[0]), "LOCAL_TWILIO_PORT": str(self.ports[1])}
        screen, terminal = pty.openpty()
        self.screen = os.fdopen(screen, "r+b", buffering=0)
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**inherited, **ports, **environment},
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            preexec_fn=_lead_session_of_terminal,
        )
        os.close(terminal)

    def type(self, keys: str) -> None:
        self.screen.write(keys.encode())

    def wait_for(self, text: str) -> None:
        while text not in self.shown:
            assert self._read(), self.shown

    def wait(self) -> int:
        """Return the exit code once all processes have closed the terminal."""
        while self._read():
            pass
        return self.process.wait(SECONDS)

    def listening(self) -> list[bool]:
        """Return whether the ports of the service and of the local Twilio accept connections."""
        return [_is_listening(port) for port in self.ports]

    def printed(self, start: str, end: str) -> str:
        """Return the text from one string to another, as a reader would copy it."""
        _, found, rest = self.shown.partition(start)
        return found + rest.partition(end)[0]

    def _read(self) -> bool:
        if self.screen.closed:
            return False
        assert select.select([self.screen], [], [], SECONDS)[0], self.shown
        received = b""
        with suppress(OSError):
            received = self.screen.read(1 << 16)
        self.shown += received.decode().replace("\r\n", "\n")
        return bool(received)


def _lead_session_of_terminal() -> None:
    # With `start_new_session`, gevent begins the session only after this function.
    os.setsid()
    # Under nohup, the tests ignore SIGHUP, and so would all that they start.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _is_listening(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def terminal(command: tuple[str, ...], wait_for: str, **environment: str) -> Iterator[Terminal]:
    """Run a command in a terminal; the block starts when it has printed `wait_for`."""
    opened = Terminal(command, **environment)
    try:
        opened.wait_for(wait_for)
        yield opened
    finally:
        with suppress(ProcessLookupError):
            os.killpg(opened.process.pid, signal.SIGTERM)
        opened.wait()
        opened.screen.close()


@pytest.mark.parametrize(
    ("command", "presses", "code"),
    [
        # Make itself ends by the signal, as a shell expects.
        (MAKE_RUN, 1, -signal.SIGINT),
        (MAKE_RUN, 2, -signal.SIGINT),
        (ELSEWHERE, 1, -signal.SIGINT),
        (RUN_HERE, 1, 0),
    ],
    ids=["once", "twice", "from another directory", "without make"],
)
def test_ctrl_c_ends_both_servers_without_a_traceback(
    command: tuple[str, ...], presses: int, code: int
) -> None:
    with terminal(command, READY) as opened:
        opened.type(CTRL_C * presses)

        assert opened.wait() == code
        assert "Traceback" not in opened.shown
        assert "Error" not in opened.shown
        assert opened.listening() == [False, False]


@pytest.mark.parametrize("first", ["Starting gunicorn", "Listening at", "Booting worker"])
def test_ctrl_c_while_it_starts_prints_no_traceback(first: str) -> None:
    with terminal(MAKE_RUN, first) as opened:
        opened.type(CTRL_C)
        opened.wait()

        assert "Traceback" not in opened.shown
        assert opened.listening() == [False, False]


def test_ctrl_c_before_the_server_handles_signals_is_not_reported_as_an_error() -> None:
    with terminal(RUN_HERE, "") as opened:
        wait_until(lambda: "gunicorn" in "".join(map(command_line, children(opened.process))))
        opened.type(CTRL_C)

        assert opened.wait() in (0, -signal.SIGINT)


def children(process: subprocess.Popen[bytes]) -> list[int]:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(process_id) for process_id in children.split()]


def command_line(process_id: int) -> str:
    return Path(f"/proc/{process_id}/cmdline").read_text()


def test_a_second_ctrl_c_kills_a_server_that_ignores_the_first() -> None:
    with terminal(RUN_HERE, READY) as opened:
        (server,) = children(opened.process)
        os.kill(server, signal.SIGSTOP)

        def ends_after_one_more() -> bool:
            opened.type(CTRL_C)
            return opened.process.poll() is not None

        wait_until(ends_after_one_more)
        opened.wait()

        assert "Traceback" not in opened.shown
        assert opened.listening() == [False, False]


@pytest.mark.parametrize(
    ("command", "end"),
    [
        (RUN_HERE, lambda opened: opened.process.terminate()),
        (RUN_HERE, lambda opened: opened.process.kill()),
        (FROM_A_SHELL, lambda opened: opened.screen.close()),
    ],
    ids=["SIGTERM", "SIGKILL", "closed window"],
)
def test_no_server_outlives_the_process_that_started_it(
    command: tuple[str, ...], end: Callable[[Terminal], object]
) -> None:
    with terminal(command, READY) as opened:
        end(opened)

        wait_until(lambda: opened.listening() == [False, False])


@pytest.mark.parametrize(
    ("host", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)]
)
def test_each_taken_port_is_one_line_with_a_free_one_to_try(
    host: str, family: socket.AddressFamily
) -> None:
    with (
        socket.create_server((host, 0), family=family) as first,
        socket.create_server((host, 0), family=family) as second,
    ):
        ports = [str(each.getsockname()[1]) for each in (first, second)]
        with terminal(RUN_HERE, "", PORT=ports[0], LOCAL_TWILIO_PORT=ports[1]) as opened:
            assert opened.wait() != 0

    lines = opened.shown.splitlines()
    for line, name, port in zip(lines, ("PORT", "LOCAL_TWILIO_PORT"), ports, strict=True):
        assert re.fullmatch(rf"{name}: port {port} is taken. Try: make run {name}=\d+", line)


def test_the_same_port_for_both_is_refused() -> None:
    port = str(free_port())
    with terminal(MAKE_RUN, "", PORT=port, LOCAL_TWILIO_PORT=port) as opened:
        assert opened.wait() != 0

    assert opened.shown.startswith(f"LOCAL_TWILIO_PORT: port {port} is taken")


def test_an_own_account_is_shown_by_its_last_four_digits() -> None:
    with terminal(MAKE_RUN, "make run TWILIO_ACCOUNT_SID=", **OWN_ACCOUNT) as opened:
        assert opened.listening() == [True, False]

    assert "looked up at the real Twilio,\nin the account that ends in cafe." in opened.shown
    assert OWN_ACCOUNT["TWILIO_ACCOUNT_SID"] not in opened.shown
    assert OWN_ACCOUNT["TWILIO_AUTH_TOKEN"] not in opened.shown


@pytest.fixture(scope="module", params=[{}, DEVELOPERS_SHELL], ids=["plain", "developer's"])
def opened(request: pytest.FixtureRequest) -> Iterator[Terminal]:
    with terminal(MAKE_RUN, READY, **request.param) as opened:
        yield opened


def output(script: str, exported: dict[str, str]) -> str:
    """Return what a shell with these exported variables prints."""
    return subprocess.check_output(["sh", "-c", script], text=True, env=os.environ | exported)


@pytest.mark.parametrize(
    ("program", "start", "end"),
    [
        ("sh", "curl '", "\n\nor with"),
        (f"{sys.executable} -", "from twilio.rest", "\n\nAn API key"),
    ],
    ids=["curl", "Python"],
)
def test_the_printed_curl_and_python_requests_pass_unchanged(
    opened: Terminal, program: str, start: str, end: str
) -> None:
    first = opened.printed("export ", "\n\n") if opened.environment else ":"
    script = f"{first}\nexec {program} <<'END'\n{opened.printed(start, end)}\nEND"
    found = re.search("MM[0-9a-f]{32}", output(script, opened.environment))
    assert found

    submit = opened.printed("curl -d sid=", "\n").replace("MM...", found[0])
    assert json.loads(output(submit, {}))["result"] == "pass"


def test_the_printed_api_key_works_at_the_service(opened: Terminal) -> None:
    assert f"{API_KEY_SID}, {API_KEY_SECRET}" in opened.shown
    url = opened.printed("http://localhost:", "\n")
    form = f"-d sid=MM{'0' * 32} -d accountSid={ACCOUNT_SID}"
    verdict = json.loads(
        output(f"curl -s -u {API_KEY_SID}:{API_KEY_SECRET} {form} {url}/validate", {})
    )

    assert verdict["reason"] == "message_not_found"


def test_the_printed_lines_fit_into_80_columns_except_for_twilios_url(
    opened: Terminal,
) -> None:
    lines = opened.printed("The page to submit", "Ctrl-C").splitlines()

    assert [line for line in lines if len(line) > 80 and "/2010-04-01/" not in line] == []


OLD_PYTHON = (
    """exec python3 -c 'import sys; sys.version_info = (3, 10, 13); exec(sys.argv[1])' "$2"\n"""
)
NO_VENV = """case "$2" in *ensurepip*) exit 1; esac; exec python3 "$@"\n"""
NO_NETWORK = f"""exec {sys.executable} "$@"\n"""


@pytest.mark.parametrize(
    ("python", "sentence"),
    [
        (OLD_PYTHON, "This needs Python 3.11 or newer; {} is 3.10.13. Try: make run PYTHON="),
        (NO_VENV, "{} cannot make virtual environments: on Debian, "),
        (NO_NETWORK, "pip cannot reach its package index: is there a network"),
    ],
    ids=["old", "without venv", "without network"],
)
def test_a_failed_installation_is_reported_in_one_line(
    tmp_path: Path, python: str, sentence: str
) -> None:
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{python}")
    program.chmod(0o755)
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    no_index = {"PIP_INDEX_URL": "http://127.0.0.1:9", "PIP_EXTRA_INDEX_URL": ""}
    isolated = {**no_index, "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""}
    ended = subprocess.run(
        ("make", "--no-print-directory", "run", f"PYTHON={program}"),
        cwd=tmp_path,
        env={**os.environ, **isolated},
        capture_output=True,
        text=True,
        check=False,
    )

    # The last line is make's own.
    line, _ = ended.stderr.strip().splitlines()
    assert line.startswith(sentence.format(program))
    assert ended.returncode == 2
