"""`make run` in a terminal: what it prints, and how it ends."""

import json
import os
import re
import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen, check_output
from tempfile import TemporaryFile
from typing import BinaryIO

import pytest

from tests.server.connections import is_listening
from tests.support.servers import ROOT, RUN_HERE, free_port
from tests.support.waiting import wait_until
from validator import run_instructions
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
# Each printed request: the program that runs it, and what it starts and ends with.
SEND = [
    ("sh", "curl '", "\n\nor with"),
    (f"{sys.executable} -", "from twilio.rest", "\n\nAn API key"),
]
READY = "Ctrl-C stops both"
# As a shell reports a process that SIGINT ended.
INTERRUPTED = 128 + signal.SIGINT


@dataclass(frozen=True)
class Terminal:
    """The program script(1), and what its child shows in a terminal of its own."""

    script: Popen[bytes]
    output: BinaryIO
    ports: list[int]

    def press_ctrl_c(self) -> None:
        assert self.script.stdin
        self.script.stdin.write(b"\x03")

    def shown(self) -> str:
        return os.pread(self.output.fileno(), 1 << 24, 0).decode().replace("\r\n", "\n")

    def printed(self, start: str, end: str) -> str:
        """Return the text from one string to another, as a reader would copy it."""
        _, found, rest = self.shown().partition(start)
        return found + rest.partition(end)[0]

    def listening(self) -> list[bool]:
        """Return whether the ports of the service and of the local Twilio accept connections."""
        return [is_listening(port) for port in self.ports]


def child(pid: int) -> int:
    """Return the id of a process's one child."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text())


@contextmanager
def terminal(
    command: tuple[str, ...], printed: str = READY, **environment: str
) -> Iterator[Terminal]:
    """Run a command in a terminal; the block starts when it has printed a text."""
    ports = [free_port(), free_port()]
    given = {"PORT": str(ports[0]), "LOCAL_TWILIO_PORT": str(ports[1]), **environment}
    # Under nohup, the tests ignore SIGHUP, and so would all that they start.
    line = shlex.join(("exec", "env", "--default-signal=HUP", *command))
    run_script = ("script", "--quiet", "--return", "--flush", "--command", line, os.devnull)
    env = os.environ | given
    with (
        TemporaryFile() as output,
        Popen(run_script, 0, stdin=PIPE, stdout=output, cwd=ROOT, env=env) as script,
    ):
        opened = Terminal(script, output, ports)
        try:
            wait_until(lambda: printed in opened.shown())
            yield opened
        finally:
            # It may have ended already.
            with suppress(OSError, ValueError):
                os.killpg(child(script.pid), signal.SIGTERM)
            try:
                script.wait(30)
            finally:
                script.kill()


@pytest.mark.parametrize(
    ("command", "printed", "presses", "code"),
    [
        # Make itself ends by the signal, as a shell expects.
        (MAKE_RUN, READY, 1, INTERRUPTED),
        (MAKE_RUN, READY, 2, INTERRUPTED),
        (ELSEWHERE, READY, 1, INTERRUPTED),
        (RUN_HERE, READY, 1, 0),
        (MAKE_RUN, "Starting gunicorn", 1, INTERRUPTED),
        (MAKE_RUN, "Listening at", 1, INTERRUPTED),
        (MAKE_RUN, "Booting worker", 1, INTERRUPTED),
    ],
    ids=["once", "twice", "elsewhere", "without make", "starting", "listening", "booting"],
)
def test_ctrl_c_ends_both_servers_without_a_traceback(
    command: tuple[str, ...], printed: str, presses: int, code: int
) -> None:
    with terminal(command, printed) as opened:
        for _ in range(presses):
            opened.press_ctrl_c()

        assert opened.script.wait(30) == code
        assert not re.search("Traceback|Error", opened.shown())
        assert opened.listening() == [False, False]


def test_ctrl_c_before_the_server_handles_signals_is_not_an_error() -> None:
    with terminal(RUN_HERE, "") as opened:
        wait_until(lambda: starts_gunicorn(opened.script.pid))
        opened.press_ctrl_c()

        assert opened.script.wait(30) in (0, INTERRUPTED)


def starts_gunicorn(pid: int) -> bool:
    """Return whether the grandchild of a process runs gunicorn's code."""
    with suppress(ValueError):
        return "gunicorn" in Path(f"/proc/{child(child(pid))}/cmdline").read_text()
    return False


def test_a_second_ctrl_c_kills_a_server_that_ignores_the_first() -> None:
    with terminal(RUN_HERE) as opened:
        os.kill(child(child(opened.script.pid)), signal.SIGSTOP)

        def ends_after_one_more() -> bool:
            with suppress(BrokenPipeError):
                opened.press_ctrl_c()
            return opened.script.poll() is not None

        wait_until(ends_after_one_more)

        assert "Traceback" not in opened.shown()
        assert opened.listening() == [False, False]


@pytest.mark.parametrize(
    ("command", "end"),
    [
        (RUN_HERE, lambda script: os.kill(child(script.pid), signal.SIGTERM)),
        (RUN_HERE, lambda script: os.kill(child(script.pid), signal.SIGKILL)),
        (FROM_A_SHELL, lambda script: script.kill()),
        (MAKE_RUN, lambda script: script.kill()),
    ],
    ids=["SIGTERM", "SIGKILL", "closed window", "closed window without a shell"],
)
def test_no_server_outlives_the_process_that_started_it(
    command: tuple[str, ...], end: Callable[[Popen[bytes]], None]
) -> None:
    with terminal(command) as opened:
        end(opened.script)

        wait_until(lambda: opened.listening() == [False, False])


def test_an_own_account_is_shown_by_its_last_four_digits() -> None:
    with terminal(MAKE_RUN, "make run TWILIO_ACCOUNT_SID=", **OWN_ACCOUNT) as opened:
        shown = opened.shown()
        assert "looked up at the real Twilio,\nin the account that ends in cafe." in shown
        assert not [secret for secret in OWN_ACCOUNT.values() if secret in shown]
        assert opened.listening() == [True, False]


def output(script: str, exported: Mapping[str, str] = os.environ) -> str:
    """Return what a shell with these exported variables prints."""
    return check_output(["sh", "-c", script], text=True, env={**os.environ, **exported})


def test_the_printed_commands_and_api_key_work_unchanged_in_a_developers_shell() -> None:
    with terminal(MAKE_RUN, **DEVELOPERS_SHELL) as opened:
        first, submit = opened.printed("export ", "\n\n"), opened.printed("curl -d sid=", "\n")
        for program, start, end in SEND:
            script = f"{first}\nexec {program} <<'END'\n{opened.printed(start, end)}\nEND"
            sid = re.search("MM[0-9a-f]{32}", output(script, DEVELOPERS_SHELL))
            assert sid, program
            assert json.loads(output(submit.replace("MM...", sid[0])))["result"] == "pass"

        key = f"-u {API_KEY_SID}:{API_KEY_SECRET} -d accountSid={ACCOUNT_SID}"
        verdict = json.loads(output(f"{submit.replace('...', '0' * 32)} {key}"))
        assert verdict["reason"] == "message_not_found"
        assert f"{API_KEY_SID}, {API_KEY_SECRET}" in opened.shown()


def test_the_printed_lines_fit_into_80_columns_except_for_twilios_url() -> None:
    printed = run_instructions.with_local_twilio(65535, "http://127.0.0.1:65534", DEVELOPERS_SHELL)

    lines = printed.splitlines()
    assert [line for line in lines if len(line) > 80 and "/2010-04-01/" not in line] == []
