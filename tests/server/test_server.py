"""The Procfile's server: how it starts, carries on and ends."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.support import faults
from tests.support.accounts import PLAYER
from tests.support.servers import ROOT, RUN_HERE, Server, free_port, procfile_command, running
from tests.support.submissions import Submission, judge
from tests.support.upstream import Upstream
from validator.local_twilio import LocalTwilio

STUCK = 200


@pytest.fixture
def server(upstream: Upstream) -> Iterator[Server]:
    settings = {"TWILIO_API_URL": upstream.url, "RATELIMIT_ENABLED": "0"}
    with running(procfile_command(), settings) as server:
        yield server


def test_what_is_being_judged_when_the_server_is_told_to_end_is_judged_to_its_end(
    server: Server, upstream: Upstream
) -> None:
    submission = Submission(upstream, 1)
    asked, go_on = upstream.hold(submission.message)
    with ThreadPoolExecutor(1) as caller:
        answer = caller.submit(judge, server, submission)
        assert asked.wait(5)

        server.process.send_signal(signal.SIGTERM)
        _wait_until(lambda: not _answers(server))
        go_on.set()

        assert answer.result()[0].json()["result"] == "pass"
    assert server.process.wait(15) == 0


def test_a_worker_that_is_killed_is_replaced_and_the_others_go_on(
    server: Server, upstream: Upstream
) -> None:
    submission = Submission(upstream, 1)
    killed, *others = server.workers()

    os.kill(killed, signal.SIGKILL)
    _wait_until(lambda: len(server.workers()) == 2 and killed not in server.workers())

    assert set(others) < set(server.workers())
    assert [judge(server, submission)[0].status_code for _ in range(5)] == [200] * 5


def test_while_hundreds_of_validations_hang_others_are_judged_as_ever(
    server: Server, upstream: Upstream
) -> None:
    good = Submission(upstream, 1)
    judge(server, good)
    usual = _p95(lambda: judge(server, good)[1])
    stuck = [Submission(upstream, number) for number in range(2, STUCK + 2)]
    for submission in stuck:
        upstream.on(submission.message, faults.stay_silent)
        upstream.on(submission.media_list, faults.stay_silent)

    with ThreadPoolExecutor(STUCK) as callers:
        answers = [callers.submit(judge, server, submission) for submission in stuck]
        _wait_until(lambda: len(upstream.asked) >= 2 * STUCK)
        meanwhile = _p95(lambda: judge(server, good)[1])
        healthy = _p95(
            lambda: requests.get(f"{server.url}/healthz", timeout=5).elapsed.total_seconds()
        )

        assert {answer.result()[0].status_code for answer in answers} == {504}
    assert meanwhile < max(3 * usual, 0.5)
    assert healthy < 0.5


@pytest.mark.parametrize("command", [procfile_command(), RUN_HERE], ids=["Procfile", "make run"])
@pytest.mark.parametrize(
    ("name", "value"), [("VALIDATION_DEADLINE", "soon"), ("PORT", "many"), ("PORT", "0")]
)
def test_a_start_with_a_setting_that_cannot_be_used_ends_with_a_line_that_names_it(
    command: tuple[str, ...], name: str, value: str
) -> None:
    assert refusal(command, {name: value}).startswith(f"{name}: ")


def test_a_start_beside_a_taken_port_ends_with_a_line_that_names_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert refusal(RUN_HERE, {"LOCAL_TWILIO_PORT": port}).startswith("LOCAL_TWILIO_PORT: ")


def refusal(command: tuple[str, ...], settings: dict[str, str]) -> str:
    """The one line with which a start ends."""
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PORT": str(free_port()), **settings},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert ended.returncode != 0
    assert ended.stdout == ""
    assert len(ended.stderr.strip().splitlines()) == 1
    return ended.stderr


def test_a_blank_port_is_the_usual_one() -> None:
    command = (*procfile_command(), "--check-config", "--print-config")
    shown = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PORT": ""},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "['127.0.0.1:8000']" in shown.stdout


def test_flask_can_serve_it_too() -> None:
    port = free_port()
    command = (RUN_HERE[0], "-m", "flask", "--app", "validator", "run", "--port", str(port))
    with (
        LocalTwilio(port=0) as twilio,
        running(command, {"TWILIO_API_URL": twilio.url}, port) as server,
    ):
        answer = requests.post(
            f"{server.url}/validate",
            data={"sid": "MM" + "0" * 32},
            auth=(PLAYER.username, PLAYER.password),
            timeout=10,
        )

    assert answer.json()["code"] == "credentials_rejected"


def test_a_request_whose_body_never_comes_keeps_its_connection_for_some_seconds_only(
    upstream: Upstream,
) -> None:
    settings = {"TWILIO_API_URL": upstream.url, "VALIDATION_DEADLINE": "0.1"}
    with running(procfile_command(), settings) as server:
        _, _, port = server.url.rpartition(":")
        with socket.create_connection(("127.0.0.1", int(port)), 20) as connection:
            connection.sendall(
                b"POST /validate HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n"
                b"Content-Type: application/x-www-form-urlencoded\r\n\r\nsid"
            )
            answer = connection.recv(4096)

    assert answer.startswith(b"HTTP/1.1 400 ")


def sent_raw(server: Server, *lines: str) -> str:
    """What the server answers to these lines."""
    _, _, port = server.url.rpartition(":")
    with socket.create_connection(("127.0.0.1", int(port)), 20) as connection:
        connection.sendall("\r\n".join(lines).encode())
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(4096), b"")).decode()


FORM = ("Host: here", "Content-Type: application/x-www-form-urlencoded")


@pytest.mark.parametrize("chunk", ["zz", "-5", "", "3\r\nabcXX"])
def test_broken_chunks_are_a_malformed_request(server: Server, chunk: str) -> None:
    answer = sent_raw(
        server, "POST /validate HTTP/1.1", *FORM, "Transfer-Encoding: chunked", "", chunk, "abc", ""
    )

    assert answer.startswith("HTTP/1.1 400 ")
    assert "malformed_request" in answer
    assert "Traceback" not in server.log()


def test_what_cannot_be_read_is_not_repeated_in_the_log(server: Server) -> None:
    sent_raw(server, "POST /validate HTTP/1.1", *FORM, "Authorization: Basic c2Vj", "cmV0", "", "")
    sent_raw(server, "POST http://AC:c2VjcmV0@[::1/validate HTTP/1.1", *FORM, "", "")

    assert server.log().count("Invalid request from ip=127.0.0.1") == 2
    assert "cmV0" not in server.log()


def test_a_caller_cannot_say_where_the_service_is_mounted(server: Server) -> None:
    answer = sent_raw(
        server, "GET / HTTP/1.1", *FORM, "Accept: text/html", "SCRIPT_NAME: /x", "", ""
    )

    assert "/x" not in answer


def test_a_host_that_is_none_is_answered_with_a_page_too(server: Server) -> None:
    host = f"Host: {64 * 'x'}"
    answer = sent_raw(server, "GET / HTTP/1.1", host, "Accept: text/html", "", "")

    assert answer.startswith("HTTP/1.1 400 ")
    assert "No verdict" in answer


def _answers(server: Server) -> bool:
    try:
        requests.get(f"{server.url}/healthz", timeout=1)
    except requests.RequestException:
        return False
    return True


def _p95(measure: Callable[[], float], times: int = 40) -> float:
    return sorted(measure() for _ in range(times))[int(times * 0.95)]


def _wait_until(happened: Callable[[], bool], seconds: float = 15.0) -> None:
    gives_up = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < gives_up
        time.sleep(0.02)
