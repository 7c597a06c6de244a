"""Rate limits: how clients are identified, and counting in memory and in Redis."""

import shutil
import socketserver
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import pairwise
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.accounts import ACCOUNT_SID
from tests.support.fakes import FakeJudge, a_client
from tests.support.servers import free_port
from tests.web.submitting import AUTH, SUBMISSION
from validator.upstream.errors import CredentialsRefusedError
from validator.web import client_address, memory_storage, rate_limits


def limited(rate_limit: str = "1/minute", **settings: Any) -> FlaskClient:
    return a_client(FakeJudge(), rate_limit=rate_limit, **settings)


def post(client: FlaskClient, **request: Any) -> TestResponse:
    """Submit a message, with a player's credentials by default."""
    return client.post("/validate", **{"data": SUBMISSION, "auth": AUTH, **request})


def statuses(client: FlaskClient, *requests_: dict[str, Any]) -> list[int]:
    return [post(client, **each).status_code for each in requests_]


def players(count: int) -> list[dict[str, Any]]:
    """Return submissions of this many players."""
    return [{"auth": (f"AC{number:032x}", f"fake-token-{number}")} for number in range(count)]


def with_key(digit: str) -> dict[str, Any]:
    fields = {**SUBMISSION, "accountSid": ACCOUNT_SID}
    return {"data": fields, "auth": (f"SK{digit * 32}", "fake-secret")}


def with_form(digit: str) -> dict[str, Any]:
    fields = {**SUBMISSION, "accountSid": f"AC{digit * 32}", "secret": "fake-token"}
    return {"data": fields, "auth": None}


def anonymous(header: str) -> dict[str, Any]:
    return {"headers": {"Authorization": header}, "auth": None}


def test_submissions_over_the_rate_limit_are_429_with_retry_after() -> None:
    client = limited("3/minute")

    assert statuses(client, *[{}] * 3) == [200] * 3
    response = post(client)
    seconds = int(response.headers["Retry-After"])
    assert (response.status_code, response.get_json()["code"]) == (429, "rate_limited")
    assert 1 <= seconds <= 60
    assert f"from your account. Try again in {seconds} second" in response.get_json()["detail"]


def test_refused_submissions_do_not_count_towards_a_longer_limit() -> None:
    client = limited("3/day; 1/hour")

    assert statuses(client, *[{}] * 6) == [200] + [429] * 5
    assert int(post(client).headers["Retry-After"]) <= 3600


def test_ratelimit_enabled_0_turns_the_limit_off() -> None:
    assert statuses(limited(ratelimit_enabled=False), {}, {}) == [200, 200]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (*players(2), [200, 200]),
        (with_key("1"), with_key("2"), [200, 200]),
        (with_key("1"), with_key("1"), [200, 429]),
        (with_form("1"), with_form("2"), [200, 200]),
        (with_form("1"), with_form("1"), [200, 429]),
        (anonymous("Bearer wrong"), anonymous("Basic ???"), [401, 429]),
        (anonymous("Basic bm86bm8="), anonymous("Digest x"), [401, 429]),
    ],
    ids=["accounts", "API keys", "same API key", "forms", "same form", "anonymous", "no account"],
)
def test_each_account_and_api_key_at_an_ip_address_has_its_own_limit(
    first: dict[str, Any], second: dict[str, Any], expected: list[int]
) -> None:
    assert statuses(limited(), first, second) == expected


def test_a_class_behind_one_ip_address_is_not_limited() -> None:
    assert set(statuses(a_client(FakeJudge()), *players(40) * 5)) == {200}


def test_all_accounts_at_an_ip_address_share_a_wider_limit() -> None:
    client = limited()

    assert statuses(client, *players(20)) == [200] * 20
    response = post(client)
    assert response.status_code == 429
    assert "from your network" in response.get_json()["detail"]


def test_guessing_credentials_uses_up_the_limit_of_the_ip_address() -> None:
    client = a_client(FakeJudge(CredentialsRefusedError()), rate_limit="3/minute")

    assert statuses(client, *players(5)) == [401, 401, 401, 429, 429]


@pytest.mark.parametrize(
    ("network", "entries"),
    [
        ("203.0.113.7", '203.0.113.7 203.0.113.7:49152 "203.0.113.7:49152"'),
        ("203.0.113.7", "::ffff:203.0.113.7 ::ffff:cb00:7107 [::ffff:203.0.113.7]:443"),
        ("2001:db8::/64", '2001:db8::1 [2001:db8::1] [2001:db8::1]:49152 "[2001:db8::1]:49152"'),
        ("2001:db8::/64", "2001:DB8::1 2001:db8::ff 2001:0db8:0000::1 2001:db8::1%eth0"),
        ("fe80::/64", "fe80::1%eth0 fe80::1%eth1 [fe80::1%25eth0]:1 fe80::1"),
        ("unknown", "_hidden rubbish 1.2.3 1.2.3.4.5 [ ] []:1 : :::: 999.1.1.1 010.0.0.1 @ unix:"),
        ("unknown", f"<script> % é 203.0.113.7/24 \0 {5000 * 'x'}"),
    ],
)
def test_ports_quotes_zones_and_ipv4_mapped_addresses_are_the_same_client(
    network: str, entries: str
) -> None:
    assert {client_address.network(entry) for entry in entries.split()} == {network}


@pytest.mark.parametrize("address", ["", "unix:"])
def test_an_unusual_remote_addr_breaks_neither_submissions_nor_metrics(address: str) -> None:
    client, environ = a_client(FakeJudge()), {"REMOTE_ADDR": address}

    assert post(client, environ_overrides=environ).status_code == 200
    assert client.get("/metrics", environ_overrides=environ).status_code == 404


@pytest.mark.parametrize(
    ("hops", "header", "first", "second", "same"),
    [
        (0, "X-Forwarded-For", "203.0.113.1", "203.0.113.2", True),
        (1, "X-Forwarded-For", "203.0.113.1", "203.0.113.2", False),
        (1, "X-Forwarded-For", "1.1.1.1, 203.0.113.1", "1.1.1.2, 203.0.113.1", True),
        (1, "X-Forwarded-For", '1.1.1.1, ", 203.0.113.1', '1.1.1.2, ", 203.0.113.1', True),
        (2, "X-Forwarded-For", "203.0.113.1, 192.0.2.1", "203.0.113.2, 192.0.2.1", False),
        (2, "X-Forwarded-For", "1.1.1.1, 203.0.113.1, 192.0.2.1", "203.0.113.1, 192.0.2.1", True),
        (2, "X-Forwarded-For", "203.0.113.1", "203.0.113.2", True),
        (1, "Forwarded", "for=203.0.113.1", "for=203.0.113.2", True),
    ],
)
def test_x_forwarded_for_counts_from_the_trusted_proxies_so_that_forged_entries_evade_no_limit(
    hops: int, header: str, first: str, second: str, same: bool
) -> None:
    requests_ = [{"headers": {header: chain}} for chain in (first, second)]

    assert statuses(limited(trusted_proxies=hops), *requests_) == [200, 429 if same else 200]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time of the monotonic clock, which a test can change."""
    now = [0.0]
    monkeypatch.setattr(memory_storage, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize("days", [10, -10])
def test_a_clock_jump_refuses_no_client_for_longer_than_the_window(
    days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1e9]
    for module in (rate_limits, memory_storage):
        monkeypatch.setattr(module, "time", lambda: now[0])
    client = limited("2/minute")

    responses = []
    for jump in (0.0, days, -days, days):
        now[0] += 86_400 * jump
        responses.append(post(client))

    assert [response.status_code for response in responses] == [200, 200, 429, 429]
    assert max(int(response.headers["Retry-After"]) for response in responses[2:]) <= 60


def test_a_window_in_memory_ends_by_the_monotonic_clock(clock: list[float]) -> None:
    client = limited()

    received = []
    for clock[0] in (100, 159.9, 160, 219.9, 220):
        received += statuses(client, {})

    assert received == [200, 429, 200, 429, 200]


def test_expired_counts_in_memory_are_dropped_a_few_at_a_time(clock: list[float]) -> None:
    storage = memory_storage.MemoryStorage()
    for client in range(40_000):
        storage.incr(f"old-{client}", 60)
    clock[0] = 60.0

    sizes = []
    for client in range(40_001):
        storage.incr(f"new-{client}", 60)
        sizes.append(len(storage))

    assert max(before - after for before, after in pairwise(sizes)) <= 2
    assert sizes[-1] == 40_001


def test_counts_in_memory_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_storage, "MAX_COUNTS", 10)
    storage = memory_storage.MemoryStorage()

    for client in range(100):
        storage.incr(str(client), 60)

    assert len(storage) <= 10
    assert storage.get("99") == 1


@pytest.fixture
def redis_port() -> int:
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    return free_port()


@contextmanager
def redis(port: int, *options: str) -> Iterator[str]:
    """Run an empty Redis server until the end of the block; yield its URL."""
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert any("Ready to accept connections" in line for line in process.stdout)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()


def test_servers_with_the_same_redis_share_their_counts(redis_port: int) -> None:
    with redis(redis_port) as url:
        first, second = (limited("3/hour", redis_url=url) for _ in range(2))

        assert statuses(first, {}, {}) + statuses(second, {}, {}) == [200, 200, 200, 429]


def test_a_burst_uses_no_more_redis_connections_than_a_small_plan_allows(
    redis_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with redis(redis_port, "--maxclients", "10") as url, ThreadPoolExecutor(64) as callers:
        client = limited("50/hour", redis_url=url)
        received = [each.status_code for each in callers.map(post, [client] * 64)]

    assert (received.count(200), received.count(429)) == (50, 14)
    assert "Redis is unavailable" not in caplog.text


def test_while_redis_is_missing_a_process_counts_on_its_own_and_logs_it(
    redis_port: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rate_limits, "REDIS_RETRY_SECONDS", 0.0)
    client = limited("2/hour", redis_url=f"redis://127.0.0.1:{redis_port}/0")

    before = statuses(client, {}, {}, {})
    with redis(redis_port):
        meanwhile = statuses(client, {}, {}, {})
    after = statuses(client, {}, {})

    assert (before, meanwhile, after) == ([200, 200, 429], [200, 200, 429], [429, 429])
    assert [caplog.text.count(f"Redis is {it}") for it in ("unavailable", "available")] == [2, 1]


class DrippingRedis(socketserver.BaseRequestHandler):
    """Sends a long response byte by byte."""

    connections = 0

    def handle(self) -> None:
        type(self).connections += 1
        self.request.recv(4096)
        with suppress(OSError):
            self.request.sendall(b"$1000\r\n")
            for _ in range(100):
                self.request.sendall(b"x")
                time.sleep(0.05)


def test_a_dripping_redis_times_out_and_is_not_tried_at_each_submission(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rate_limits, "REDIS_SECONDS", 0.2)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), DrippingRedis) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        client = limited(redis_url=f"redis://127.0.0.1:{server.server_address[1]}/0")
        started = time.monotonic()

        assert statuses(client, {}, {}) == [200, 429]
        assert time.monotonic() - started < 2
        assert DrippingRedis.connections == 1
        server.shutdown()
