"""The server of the Procfile: connections, signals, time limits and bursts."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from select import select

import pytest
import requests

from tests.server.connections import (
    FORM,
    HEALTH,
    SUBMIT,
    connected,
    exchange,
    is_healthy,
    is_listening,
    port_of,
    received_all,
)
from tests.support import faults
from tests.support.accounts import PLAYER
from tests.support.load_balancer import LoadBalancer
from tests.support.servers import Server, procfile_command, running, with_open_files
from tests.support.submissions import Submission, judge
from tests.support.upstream import Upstream
from tests.support.waiting import wait_until
from validator.server.worker import HEADER_SECONDS, NOTICE_SECONDS

STUCK = 200


@pytest.fixture
def settings(upstream: Upstream) -> dict[str, str]:
    return {"TWILIO_API_URL": upstream.url, "RATELIMIT_ENABLED": "0"}


@pytest.fixture
def server(settings: dict[str, str]) -> Iterator[Server]:
    with running(procfile_command(), settings) as server:
        yield server


def test_sigterm_lets_a_validation_in_flight_finish(server: Server, upstream: Upstream) -> None:
    submission = Submission(upstream, 1)
    received, go_on = upstream.hold(submission.message)
    with ThreadPoolExecutor(1) as caller:
        judged = caller.submit(judge, server, submission)
        assert received.wait(5)

        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not is_listening(port_of(server)))
        go_on.set()

        response, _ = judged.result()
        assert response.json()["result"] == "pass"
        assert response.headers["Connection"] == "close"
    assert server.process.wait(15) == 0


def test_sigterm_closes_idle_keep_alive_connections_after_a_moment(server: Server) -> None:
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
    server: Server, settings: dict[str, str]
) -> None:
    async def requests_while(first: Server, second: Server) -> list[bytes]:
        async with LoadBalancer([first.url, second.url]) as balancer:
            sent = [asyncio.create_task(balancer.send(submission_of("x"))) for _ in range(20)]
            for number in range(150):
                if number == 50:
                    first.process.send_signal(signal.SIGTERM)
                if number == 60:
                    balancer.remove(first.url)
                sent.append(asyncio.create_task(balancer.send(submission_of("x"))))
                await asyncio.sleep(0.03)
            return await asyncio.gather(*sent)

    with running(procfile_command(), settings) as second:
        responses = asyncio.run(requests_while(server, second))

    assert {response[:12] for response in responses} == {b"HTTP/1.1 200"}


def submission_of(sid: str) -> bytes:
    """Return the request that submits a SID."""
    form, authorization = f"sid={sid}", f"Authorization: {PLAYER.authorization}"
    lines = (SUBMIT, *FORM, authorization, f"Content-Length: {len(form)}")
    return "\r\n".join((*lines, "", form)).encode()


def test_a_killed_worker_is_replaced_and_the_others_continue(
    server: Server, upstream: Upstream
) -> None:
    good = Submission(upstream, 1)
    killed, *others = server.workers()

    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: killed not in server.workers())

    assert set(others) < set(server.workers())
    assert [judge(server, good)[0].status_code for _ in range(5)] == [200] * 5


def test_a_burst_beyond_the_open_files_limit_gets_verdicts_or_503(
    settings: dict[str, str], upstream: Upstream
) -> None:
    good = Submission(upstream, 1)

    async def burst(server: Server) -> list[bytes]:
        async with LoadBalancer([server.url]) as balancer:
            sent = (balancer.send(submission_of(good.sid)) for _ in range(500))
            return await asyncio.gather(*sent)

    with running(with_open_files(256, procfile_command()), settings) as server:
        responses = asyncio.run(burst(server))

        assert judge(server, good)[1] < 2
        assert " open_files=256 " in server.log()

    refused = [response for response in responses if b'"code": "overloaded"' in response]
    passed = [response for response in responses if b'"result": "pass"' in response]
    assert len(refused) + len(passed) == 500
    assert 0 < len(passed) < 500
    assert all(b"\r\nRetry-After: 1\r\n" in response for response in refused)


def test_idle_connections_are_closed_to_free_slots_for_new_clients() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(running(with_open_files(100, procfile_command()), {}))
        for _ in range(40):
            stack.enter_context(connected(server))

        begun = time.monotonic()
        with connected(server) as connection:
            assert is_healthy(connection)
        assert time.monotonic() - begun < HEADER_SECONDS - 1


def test_accepting_at_the_open_files_limit_neither_spins_nor_ends_the_worker() -> None:
    psutil = pytest.importorskip("psutil", reason="tests/requirements.txt is not installed")
    with running(procfile_command(), {"WEB_CONCURRENCY": "1"}) as server:
        (worker,) = server.workers()
        process = psutil.Process(worker)
        process.rlimit(psutil.RLIMIT_NOFILE, (3, 1024))
        with connected(server) as connection:
            before = sum(process.cpu_times()[:2])
            connection.sendall(HEALTH)
            time.sleep(1)
            assert sum(process.cpu_times()[:2]) - before < 0.5

            process.rlimit(psutil.RLIMIT_NOFILE, (1024, 1024))
            assert exchange(connection, b"").startswith(b"HTTP/1.1 200 ")
        assert server.workers() == [worker]


def test_hundreds_of_hanging_validations_do_not_delay_others(
    settings: dict[str, str], upstream: Upstream
) -> None:
    good = Submission(upstream, 1)
    stuck = [Submission(upstream, number) for number in range(2, STUCK + 2)]
    for submission in stuck:
        upstream.on(submission.message, faults.stay_silent)
        upstream.on(submission.media_list, faults.stay_silent)

    with running(procfile_command(), settings) as server, ThreadPoolExecutor(STUCK) as callers:
        usual = _p95(lambda: judge(server, good)[1])
        judged = [callers.submit(judge, server, submission) for submission in stuck]
        wait_until(lambda: len({asked.path for asked in upstream.asked}) >= 2 * STUCK)
        meanwhile = _p95(lambda: judge(server, good)[1])
        healthy = _p95(
            lambda: requests.get(f"{server.url}/healthz", timeout=5).elapsed.total_seconds()
        )

        assert {each.result()[0].status_code for each in judged} == {504}
    assert meanwhile < max(3 * usual, 0.5)
    assert healthy < 0.5


def _p95(measure: Callable[[], float], times: int = 40) -> float:
    return sorted(measure() for _ in range(times))[int(times * 0.95)]


def test_slow_clients_are_408_and_idle_keep_alive_connections_stay_open(server: Server) -> None:
    head = "\r\n".join((SUBMIT, *FORM, "Content-Length: 1000", "")).encode()
    with connected(server) as used, ThreadPoolExecutor() as clients:
        assert is_healthy(used)
        idle_since = time.monotonic()
        silent = clients.submit(dripped, server, b"", b"")
        slow = [clients.submit(dripped, server, head + rest, b"x") for rest in (b"X: ", b"\r\n")]

        assert silent.result() == b""
        for response in (each.result() for each in slow):
            assert response.startswith(b"HTTP/1.1 408 ")
            assert b"Connection: close" in response
            assert b'"code": "request_timeout"' in response
        wait_until(lambda: time.monotonic() - idle_since > HEADER_SECONDS + 1)
        assert is_healthy(used)


def dripped(server: Server, first: bytes, rest: bytes) -> bytes:
    """Send `rest` again and again, until the server responds or closes; return what it sent."""
    with connected(server) as connection:
        connection.sendall(first)

        def responds() -> bool:
            connection.sendall(rest)
            return select([connection], [], [], 0.2)[0] != []

        wait_until(responds)
        return received_all(connection)
