"""The server of the Procfile: start, connections, signals, limits and invalid requests."""

import asyncio
import json
import os
import resource
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.support import faults
from tests.support.accounts import PLAYER
from tests.support.load_balancer import LoadBalancer
from tests.support.servers import (
    ROOT,
    RUN_HERE,
    Server,
    free_port,
    procfile_command,
    running,
    with_open_files,
)
from tests.support.submissions import Submission, judge
from tests.support.upstream import Upstream
from tests.support.waiting import wait_until
from validator.server.worker import BODY_SECONDS, HEADER_SECONDS, NOTICE_SECONDS

STUCK = 200
SECRET = "c2VjcmV0"


@pytest.fixture
def server(upstream: Upstream) -> Iterator[Server]:
    settings = {"TWILIO_API_URL": upstream.url, "RATELIMIT_ENABLED": "0"}
    with running(procfile_command(), settings) as server:
        yield server


def test_sigterm_lets_a_validation_in_flight_finish(server: Server, upstream: Upstream) -> None:
    submission = Submission(upstream, 1)
    received, go_on = upstream.hold(submission.message)
    with ThreadPoolExecutor(1) as caller:
        judged = caller.submit(judge, server, submission)
        assert received.wait(5)

        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not _is_healthy(server))
        go_on.set()

        response, _ = judged.result()
        assert response.json()["result"] == "pass"
        assert response.headers["Connection"] == "close"
    assert server.process.wait(15) == 0


def test_keep_alive_connections_may_be_idle_for_longer_than_at_load_balancers(
    server: Server,
) -> None:
    assert "keepalive = 95" in printed_config({})
    with connected(server) as connection:
        assert exchange(connection, HEALTH).startswith(b"HTTP/1.1 200 ")
        time.sleep(HEADER_SECONDS + 1)
        assert exchange(connection, HEALTH).startswith(b"HTTP/1.1 200 ")


def test_sigterm_closes_idle_keep_alive_connections_after_a_moment(
    server: Server,
) -> None:
    with ExitStack() as stack:
        used, *unused = (stack.enter_context(connected(server)) for _ in range(20))
        for connection in (used, *unused):
            assert b"Connection: keep-alive" in exchange(connection, HEALTH)

        server.process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        wait_until(lambda: b"Connection: close" in exchange(used, HEALTH))

        assert [connection.recv(1) for connection in unused] == [b""] * len(unused)
        assert time.monotonic() - begun < NOTICE_SECONDS + 1
        assert server.process.wait(5) == 0


def test_no_request_is_lost_behind_a_load_balancer_while_a_server_restarts(
    server: Server, upstream: Upstream
) -> None:
    request = form_request(f"sid={'x' * 10}", PLAYER.authorization)

    async def requests_while(first: Server, second: Server) -> list[bytes]:
        async with LoadBalancer([first.url, second.url]) as balancer:
            sent = [asyncio.create_task(balancer.send(request)) for _ in range(20)]
            for number in range(150):
                if number == 50:
                    first.process.send_signal(signal.SIGTERM)
                if number == 60:
                    balancer.remove(first.url)
                sent.append(asyncio.create_task(balancer.send(request)))
                await asyncio.sleep(0.03)
            return await asyncio.gather(*sent)

    with running(procfile_command(), {"RATELIMIT_ENABLED": "0"}) as second:
        responses = asyncio.run(requests_while(server, second))

    assert {response[:12] for response in responses} == {b"HTTP/1.1 200"}


def test_a_killed_worker_is_replaced_and_the_others_continue(
    server: Server, upstream: Upstream
) -> None:
    submission = Submission(upstream, 1)
    killed, *others = server.workers()

    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: killed not in server.workers())

    assert set(others) < set(server.workers())
    assert [judge(server, submission)[0].status_code for _ in range(5)] == [200] * 5


def test_a_burst_beyond_the_open_files_limit_gets_verdicts_or_503(upstream: Upstream) -> None:
    good = Submission(upstream, 1)
    request = form_request(f"sid={good.sid}", PLAYER.authorization)
    settings = {"TWILIO_API_URL": upstream.url, "RATELIMIT_ENABLED": "0"}
    with running(with_open_files(256, procfile_command()), settings) as server:
        responses = asyncio.run(burst(server, request, times=500))

        assert judge(server, good)[1] < 2
        assert " open_files=256 " in server.log()

    refused = [response for response in responses if b'"code": "overloaded"' in response]
    passed = [response for response in responses if b'"result": "pass"' in response]
    assert len(refused) + len(passed) == 500
    assert refused
    assert passed
    assert all(b"\r\nRetry-After: 1\r\n" in response for response in refused)


async def burst(server: Server, request: bytes, times: int) -> list[bytes]:
    async with LoadBalancer([server.url]) as balancer:
        return await asyncio.gather(*(balancer.send(request) for _ in range(times)))


def test_idle_connections_are_closed_to_free_slots_for_new_clients() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(running(with_open_files(100, procfile_command()), {}))
        for _ in range(40):
            stack.enter_context(connected(server))

        begun = time.monotonic()
        with connected(server) as connection:
            assert exchange(connection, HEALTH).startswith(b"HTTP/1.1 200 ")
        assert time.monotonic() - begun < HEADER_SECONDS - 1


def test_accepting_at_the_open_files_limit_neither_spins_nor_ends_the_worker() -> None:
    with running(procfile_command(), {"WEB_CONCURRENCY": "1"}) as server:
        [worker] = server.workers()
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (3, 1024))
        with connected(server) as connection:
            before = processor_seconds(worker)
            connection.sendall(HEALTH)
            time.sleep(1)
            assert processor_seconds(worker) - before < 0.5

            resource.prlimit(worker, resource.RLIMIT_NOFILE, (1024, 1024))
            assert exchange(connection, b"").startswith(b"HTTP/1.1 200 ")
        assert server.workers() == [worker]


def processor_seconds(pid: int) -> float:
    """Return user and system time: fields 14 and 15 of proc_pid_stat(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_hundreds_of_hanging_validations_do_not_delay_others(
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
        judged = [callers.submit(judge, server, submission) for submission in stuck]
        wait_until(lambda: len(upstream.asked) >= 2 * STUCK)
        meanwhile = _p95(lambda: judge(server, good)[1])
        healthy = _p95(
            lambda: requests.get(f"{server.url}/healthz", timeout=5).elapsed.total_seconds()
        )

        assert {each.result()[0].status_code for each in judged} == {504}
    assert meanwhile < max(3 * usual, 0.5)
    assert healthy < 0.5


@pytest.mark.parametrize("command", [procfile_command(), RUN_HERE], ids=["Procfile", "make run"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VALIDATION_DEADLINE", "soon"),
        ("PORT", "many"),
        ("PORT", "0"),
        ("HTTPS_PROXY", "socks5://127.0.0.1"),
        ("HTTPS_PROXY", "http://127.0.0.1:many"),
    ],
)
def test_an_invalid_setting_aborts_the_start_with_one_line_that_names_it(
    command: tuple[str, ...], name: str, value: str
) -> None:
    assert refusal(command, {name: value}).startswith(f"{name}: ")


def test_a_taken_port_aborts_the_start_with_one_line_that_names_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert refusal(RUN_HERE, {"LOCAL_TWILIO_PORT": port}).startswith("LOCAL_TWILIO_PORT: ")


def refusal(command: tuple[str, ...], settings: dict[str, str]) -> str:
    """Return the line on standard error of a start that is aborted."""
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


def test_a_blank_port_is_the_default() -> None:
    assert "'127.0.0.1:8000'" in printed_config({"PORT": ""})


def printed_config(settings: dict[str, str]) -> str:
    """Return gunicorn's settings as it prints them, one per line, with single spaces."""
    shown = subprocess.run(
        (*procfile_command(), "--check-config", "--print-config"),
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    return "\n".join(" ".join(line.split()) for line in shown.stdout.splitlines())


@pytest.mark.parametrize("command", [procfile_command(), RUN_HERE], ids=["Procfile", "make run"])
def test_ipv6_and_ipv4_clients_are_served(command: tuple[str, ...]) -> None:
    with running(command, {"LOCAL_TWILIO_PORT": str(free_port())}) as server:
        port = urlsplit(server.url).port
        for host in ("127.0.0.1", "[::1]") if has_ipv6_loopback() else ("127.0.0.1",):
            metrics = requests.get(f"http://{host}:{port}/metrics", timeout=5)
            assert metrics.status_code == 200, "an IPv4-mapped address is a loopback address, too"


def has_ipv6_loopback() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_flask_run_ends_with_a_line_that_says_how_to_serve() -> None:
    assert refusal((RUN_HERE[0], "-m", "flask", "--app", "validator", "run"), {}).startswith(
        "Serve this with gunicorn"
    )


def test_slow_clients_are_408_within_seconds(server: Server) -> None:
    head = b"POST /validate HTTP/1.1\r\nHost: here\r\nContent-Length: 1000\r\n"
    form = b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    with ThreadPoolExecutor() as clients:
        silent = clients.submit(dripped, server, b"", b"")
        slow_head = clients.submit(dripped, server, head + b"X-Slow: ", b"x")
        slow_body = clients.submit(dripped, server, head + form, b"x")

    assert silent.result() == b""
    for response in (slow_head.result(), slow_body.result()):
        assert response.startswith(b"HTTP/1.1 408 ")
        assert b"Connection: close" in response
        assert b'"code": "request_timeout"' in response


def dripped(server: Server, first: bytes, rest: bytes) -> bytes:
    """Send `rest` again and again, until the server closes the connection; return what it sent."""
    received, gives_up = b"", time.monotonic() + max(HEADER_SECONDS, BODY_SECONDS) + 3
    with connected(server) as connection:
        connection.sendall(first)
        connection.settimeout(0.2)
        while time.monotonic() < gives_up:
            try:
                if not (part := connection.recv(4096)):
                    return received
                received += part
            except TimeoutError:
                connection.sendall(rest)
    raise AssertionError("the connection is still open")


HEALTH = b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n"


def connected(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", urlsplit(server.url).port or 0), 20)


def exchange(connection: socket.socket, request: bytes) -> bytes:
    """Send a request, and return a short response."""
    connection.sendall(request)
    response = connection.recv(4096)
    while b"}" not in response and (part := connection.recv(4096)):
        response += part
    return response


def form_request(form: str, authorization: str) -> bytes:
    lines = (
        "POST /validate HTTP/1.1",
        *FORM,
        f"Authorization: {authorization}",
        f"Content-Length: {len(form)}",
    )
    return "\r\n".join((*lines, "", form)).encode()


def sent_raw(server: Server, *lines: str) -> str:
    """Return the response to a request of these lines."""
    with connected(server) as connection:
        connection.sendall("\r\n".join(lines).encode())
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(4096), b"")).decode()


FORM = ("Host: here", "Content-Type: application/x-www-form-urlencoded")


@pytest.mark.parametrize("chunk", ["zz", "-5", "", "3\r\nabcXX"])
def test_broken_chunked_encoding_is_400_malformed_request(server: Server, chunk: str) -> None:
    response = sent_raw(
        server, "POST /validate HTTP/1.1", *FORM, "Transfer-Encoding: chunked", "", chunk, "abc", ""
    )

    assert response.startswith("HTTP/1.1 400 ")
    assert "malformed_request" in response
    assert "chunked encoding" in response
    assert "Traceback" not in server.log()


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ([f"{SECRET} /validate HTTP/1.1"], 400),
        (["GET / HTTP/1.1", f"Authorization {SECRET}"], 400),
        (["GET / HTTP/1.1", f"Transfer-Encoding: {SECRET}"], 501),
        ([f"GET /{SECRET * 1000} HTTP/1.1"], 414),
        (["GET / HTTP/1.1", f"Authorization: {SECRET * 100_000}"], 431),
    ],
    ids=lambda value: value if isinstance(value, int) else value[-1][:20],
)
def test_requests_that_gunicorn_cannot_parse_are_problems_that_do_not_quote_them(
    server: Server, lines: list[str], status: int
) -> None:
    response = sent_raw(server, *lines, "", "")

    head, _, body = response.partition("\r\n\r\n")
    problem = json.loads(body)
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert "\r\nContent-Type: application/problem+json\r\n" in head
    assert set(problem) == {"type", "title", "status", "detail", "code", "request_id"}
    assert f"\r\nX-Request-ID: {problem['request_id']}\r\n" in head
    assert f" request={problem['request_id']}" in server.log()
    assert (problem["status"], problem["code"]) == (status, "malformed_request")
    assert SECRET not in response + server.log()


def test_requests_that_gunicorn_cannot_parse_are_not_quoted_in_the_log(server: Server) -> None:
    sent_raw(server, "POST /validate HTTP/1.1", *FORM, "Authorization: Basic c2Vj", "cmV0", "", "")
    sent_raw(server, "POST http://AC:c2VjcmV0@[::1/validate HTTP/1.1", *FORM, "", "")

    assert server.log().count("Invalid request from ip=127.0.0.1") == 2
    assert "cmV0" not in server.log()


def test_a_script_name_header_is_ignored(server: Server) -> None:
    response = sent_raw(
        server, "GET / HTTP/1.1", *FORM, "Accept: text/html", "SCRIPT_NAME: /x", "", ""
    )

    assert "/x" not in response


def test_an_invalid_host_header_is_a_400_page(server: Server) -> None:
    host = f"Host: {64 * 'x'}"
    response = sent_raw(server, "GET / HTTP/1.1", host, "Accept: text/html", "", "")

    assert response.startswith("HTTP/1.1 400 ")
    assert "No verdict" in response


def _is_healthy(server: Server) -> bool:
    try:
        requests.get(f"{server.url}/healthz", timeout=1)
    except requests.RequestException:
        return False
    return True


def _p95(measure: Callable[[], float], times: int = 40) -> float:
    return sorted(measure() for _ in range(times))[int(times * 0.95)]
