"""`make run` in a terminal: what it prints, and how it ends."""

import json
import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.server.connections import is_listening
from tests.support.servers import ROOT, RUN_HERE, free_port
from tests.support.waiting import wait_until
from validator import guide
from validator.local_twilio import ACCOUNT_SID, API_KEY_SECRET, API_KEY_SID

MAKE_RUN = ("make", "-o", ".venv/installed", "run", f"BIN={Path(sys.executable).parent}")
# With one more process between the terminal and make.
FROM_A_SHELL = ("sh", "-c", f"{shlex.join(MAKE_RUN)}; true")
ELSEWHERE = ("env", "-C", "/", *MAKE_RUN, "-C", str(ROOT))
# In a session of its terminal; under nohup, the tests ignore SIGHUP, and so would the command.
IN_ITS_TERMINAL = ("setsid", "--ctty", "env", "--default-signal=HUP")
OWN_ACCOUNT = {"TWILIO_ACCOUNT_SID": "AC" + "1" * 28 + "cafe", "TWILIO_AUTH_TOKEN": "fake-token"}
# Variables that a Twilio developer behind a proxy may have exported.
DEVELOPERS_SHELL = {
    "TWILIO_AUTH_TOKEN": "fake-token",
    "TWILIO_API_KEY": "SK" + "1" * 32,
    "TWILIO_REGION": "ie1",
    "TWILIO_EDGE": "dublin",
    "http_proxy": "http://127.0.0.1:9",
}
# Each printed request: the program that runs it, and what it starts and ends with.
SEND = [
    ("sh", "curl '", "\n\nor with"),
    (f"{sys.executable} -", "from twilio.rest", "\n\nAn API key"),
]
READY = "Ctrl-C stops both"
CTRL_C = b"\x03"
SECONDS = 30.0


@dataclass
class Terminal:
    """A command that runs as the foreground process of its own terminal."""

    process: subprocess.Popen[bytes]
    screen: BinaryIO
    ports: list[int]
    shown: str = field(default="", init=False)

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
        return [is_listening(port) for port in self.ports]

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


@contextmanager
def terminal(
    command: tuple[str, ...], wait_for: str = READY, **environment: str
) -> Iterator[Terminal]:
    """Run a command in a terminal; the block starts when it has printed `wait_for`."""
    ports = [free_port(), free_port()]
    given = {"PORT": str(ports[0]), "LOCAL_TWILIO_PORT": str(ports[1]), **environment}
    screen, tty = pty.openpty()
    process = subprocess.Popen(
        [*IN_ITS_TERMINAL, *command],
        cwd=ROOT,
        env=os.environ | given,
        stdin=tty,
        stdout=tty,
        stderr=tty,
    )
    os.close(tty)
    opened = Terminal(process, os.fdopen(screen, "r+b", buffering=0), ports)
    try:
        opened.wait_for(wait_for)
        yield opened
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        opened.wait()
        opened.screen.close()


@pytest.mark.parametrize(
    ("command", "printed", "presses", "code"),
    [
        # Make itself ends by the signal, as a shell expects.
        (MAKE_RUN, READY, 1, -signal.SIGINT),
        (MAKE_RUN, READY, 2, -signal.SIGINT),
        (ELSEWHERE, READY, 1, -signal.SIGINT),
        (RUN_HERE, READY, 1, 0),
        (MAKE_RUN, "Starting gunicorn", 1, -signal.SIGINT),
        (MAKE_RUN, "Listening at", 1, -signal.SIGINT),
        (MAKE_RUN, "Booting worker", 1, -signal.SIGINT),
    ],
    ids=["once", "twice", "elsewhere", "without make", "starting", "listening", "booting"],
)
def test_ctrl_c_ends_both_servers_without_a_traceback(
    command: tuple[str, ...], printed: str, presses: int, code: int
) -> None:
    with terminal(command, printed) as opened:
        opened.screen.write(CTRL_C * presses)

        assert opened.wait() == code
        assert "Traceback" not in opened.shown
        assert "Error" not in opened.shown
        assert opened.listening() == [False, False]


def test_a_second_ctrl_c_kills_a_server_that_ignores_the_first() -> None:
    with terminal(RUN_HERE) as opened:
        first = opened.process.pid
        server = int(Path(f"/proc/{first}/task/{first}/children").read_text())
        os.kill(server, signal.SIGSTOP)

        def ends_after_one_more() -> bool:
            opened.screen.write(CTRL_C)
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
    with terminal(command) as opened:
        end(opened)

        wait_until(lambda: opened.listening() == [False, False])


def test_an_own_account_is_shown_by_its_last_four_digits() -> None:
    with terminal(MAKE_RUN, "make run TWILIO_ACCOUNT_SID=", **OWN_ACCOUNT) as opened:
        assert opened.listening() == [True, False]

    assert "looked up at the real Twilio,\nin the account that ends in cafe." in opened.shown
    assert not [secret for secret in OWN_ACCOUNT.values() if secret in opened.shown]


def output(script: str, exported: dict[str, str]) -> str:
    """Return what a shell with these exported variables prints."""
    return subprocess.check_output(["sh", "-c", script], text=True, env=os.environ | exported)


@pytest.mark.parametrize("exported", [{}, DEVELOPERS_SHELL], ids=["plain", "developer's"])
def test_the_printed_commands_and_api_key_work_unchanged(exported: dict[str, str]) -> None:
    with terminal(MAKE_RUN, **exported) as opened:
        first = opened.printed("export ", "\n\n") if exported else ":"
        submit = opened.printed("curl -d sid=", "\n")
        for program, start, end in SEND:
            script = f"{first}\nexec {program} <<'END'\n{opened.printed(start, end)}\nEND"
            sid = re.search("MM[0-9a-f]{32}", output(script, exported))
            assert sid, program
            assert json.loads(output(submit.replace("MM...", sid[0]), {}))["result"] == "pass"

        missing = submit.replace("...", "0" * 32)
        key = f"{API_KEY_SID}:{API_KEY_SECRET} -d accountSid={ACCOUNT_SID}"
        verdict = json.loads(output(f"{missing} -u {key}", {}))
        assert verdict["reason"] == "message_not_found"
        assert f"{API_KEY_SID}, {API_KEY_SECRET}" in opened.shown


def test_the_printed_guide_fits_into_80_columns_except_for_twilios_url() -> None:
    printed = guide.with_local_twilio(65535, "http://127.0.0.1:65534", DEVELOPERS_SHELL)

    lines = printed.splitlines()
    assert [line for line in lines if len(line) > 80 and "/2010-04-01/" not in line] == []
