"""How often one client may submit, and who counts as one."""

import shutil
import socketserver
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts import PLAYER
from tests.fakes import FakeJudge, a_client
from tests.servers import free_port, procfile_command, serving
from validator import rate_limits

AUTH = (PLAYER.username, PLAYER.password)
SUBMISSION = {"sid": "hello"}


def submit_to(client: FlaskClient, forwarded_for: str | None = None) -> TestResponse:
    headers = {"X-Forwarded-For": forwarded_for} if forwarded_for else None
    return client.post("/validate", data=SUBMISSION, auth=AUTH, headers=headers)


def statuses(count: int, **settings: object) -> list[int]:
    client = a_client(FakeJudge(), **settings)
    return [submit_to(client).status_code for _ in range(count)]


def test_a_client_may_submit_so_often_and_no_more() -> None:
    assert statuses(4, rate_limit="3/minute") == [200, 200, 200, 429]


def test_who_submits_too_often_is_told_when_to_come_back() -> None:
    client = a_client(FakeJudge(), rate_limit="1/minute")
    submit_to(client)

    answer = submit_to(client)

    assert answer.get_json()["code"] == "rate_limited"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_what_one_limit_refuses_does_not_count_towards_a_longer_one() -> None:
    client = a_client(FakeJudge(), rate_limit="3/day; 1/hour")
    submit_to(client)

    refused = [submit_to(client) for _ in range(5)]

    assert {answer.status_code for answer in refused} == {429}
    assert max(int(answer.headers["Retry-After"]) for answer in refused) <= 3600


def test_a_limit_that_is_turned_off_limits_nobody() -> None:
    assert statuses(4, rate_limit="3/minute", ratelimit_enabled=False) == [200] * 4


def test_asking_for_health_is_never_limited() -> None:
    client = a_client(FakeJudge(), rate_limit="1/minute")

    assert {client.get("/healthz").status_code for _ in range(5)} == {200}


def test_a_client_cannot_make_itself_another_by_a_forged_address() -> None:
    client = a_client(FakeJudge(), rate_limit="1/minute")

    answers = [submit_to(client, f"203.0.113.{n}") for n in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]


def test_behind_a_trusted_router_each_client_counts_by_itself() -> None:
    client = a_client(FakeJudge(), rate_limit="1/minute", trusted_proxies=1)

    answers = [
        submit_to(client, address)
        for address in ("203.0.113.1", "203.0.113.2", "198.51.100.9, 203.0.113.2")
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 429]


def test_the_addresses_of_one_ipv6_network_are_one_client() -> None:
    client = a_client(FakeJudge(), rate_limit="1/minute", trusted_proxies=1)

    answers = [
        submit_to(client, address) for address in ("2001:db8::1", "2001:db8::ff", "2001:db8:0:1::1")
    ]

    assert [answer.status_code for answer in answers] == [200, 429, 200]


def test_addresses_of_the_old_kind_written_as_the_new_are_clients_of_their_own() -> None:
    client = a_client(FakeJudge(), rate_limit="1/minute", trusted_proxies=1)

    answers = [
        submit_to(client, address)
        for address in ("::ffff:192.0.2.1", "::ffff:198.51.100.1", "192.0.2.1")
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 429]


def test_on_heroku_one_router_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYNO", "web.1")
    client = a_client(FakeJudge(), rate_limit="1/minute")

    answers = [submit_to(client, address) for address in ("203.0.113.1", "203.0.113.2")]

    assert [answer.status_code for answer in answers] == [200, 200]


@pytest.fixture
def redis_port() -> int:
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    return free_port()


@contextmanager
def redis(port: int, *options: str) -> Iterator[str]:
    """The address of a Redis server that has counted nothing yet, until the end of the block."""
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any("Ready to accept connections" in line for line in process.stdout)
        yield f"redis://127.0.0.1:{port}/0"
        process.terminate()


def submit(url: str) -> int:
    answer = requests.post(f"{url}/validate", data=SUBMISSION, auth=AUTH, timeout=30)
    return answer.status_code


def test_servers_that_share_a_redis_count_together(redis_port: int) -> None:
    with redis(redis_port) as url, ThreadPoolExecutor(8) as callers:
        settings = {"REDIS_URL": url, "RATE_LIMIT": "10/hour"}
        with (
            serving(procfile_command(), settings) as first,
            serving(procfile_command(), settings) as second,
        ):
            answered = list(callers.map(submit, [first, second] * 10))

    assert sorted(answered) == [200] * 10 + [429] * 10


def test_a_crowd_needs_no_more_connections_than_a_small_redis_takes(
    redis_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with redis(redis_port, "--maxclients", "10") as url, ThreadPoolExecutor(64) as callers:
        client = a_client(FakeJudge(), redis_url=url, rate_limit="50/hour")
        answered = list(callers.map(lambda _: submit_to(client).status_code, range(64)))

    assert (answered.count(200), answered.count(429)) == (50, 14)
    assert "Redis is away" not in caplog.text


def test_while_redis_is_away_a_process_counts_for_itself_and_the_log_says_so(
    redis_port: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rate_limits, "REDIS_REST", 0.0)

    with redis(redis_port) as url:
        client = a_client(FakeJudge(), redis_url=url, rate_limit="2/hour")
        before = [submit_to(client).status_code for _ in range(3)]
    meanwhile = [submit_to(client).status_code for _ in range(3)]
    with redis(redis_port):
        after = [submit_to(client).status_code for _ in range(3)]

    assert (before, meanwhile, after) == ([200, 200, 429],) * 3
    assert "Redis is away" in caplog.text


def test_a_slow_redis_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "REDIS_SECONDS", 0.2)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), DrippingRedis) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"redis://127.0.0.1:{server.server_address[1]}/0"
        client = a_client(FakeJudge(), redis_url=url, rate_limit="1/minute")
        started = time.monotonic()

        assert [submit_to(client).status_code for _ in range(2)] == [200, 429]
        assert time.monotonic() - started < 2
        server.shutdown()


class DrippingRedis(socketserver.BaseRequestHandler):
    """Begins a long answer, and never gets to its end."""

    def handle(self) -> None:
        self.request.recv(4096)
        with suppress(OSError):
            self.request.sendall(b"$1000\r\n")
            for _ in range(100):
                self.request.sendall(b"x")
                time.sleep(0.05)


def test_a_redis_that_is_away_is_not_asked_each_time(caplog: pytest.LogCaptureFixture) -> None:
    nobody = f"redis://127.0.0.1:{free_port()}/0"
    client = a_client(FakeJudge(), redis_url=nobody)

    assert [submit_to(client).status_code for _ in range(3)] == [200] * 3
    assert caplog.text.count("Redis is away") == 1
