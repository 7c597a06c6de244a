"""Rate limits: how clients are identified, and counting in memory and in Redis."""

import shutil
import socketserver
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.accounts import ACCOUNT_SID
from tests.support.fakes import FakeJudge, a_client
from tests.support.servers import free_port
from tests.web.submitting import AUTH, SUBMISSION
from validator.upstream.errors import CredentialsRefusedError
from validator.web import client_address, rate_limit_storage, rate_limits

Request = dict[str, Any]


def limited(rate_limit: str = "1/minute", **settings: Any) -> FlaskClient:
    return a_client(FakeJudge(), rate_limit=rate_limit, **settings)


def post(client: FlaskClient, **request: Any) -> TestResponse:
    """Submit a message, with a player's credentials by default."""
    return client.post("/validate", **{"data": SUBMISSION, "auth": AUTH, **request})


def statuses(client: FlaskClient, *requests: Request) -> list[int]:
    return [post(client, **each).status_code for each in requests]


def players(count: int) -> list[Request]:
    """Return submissions of this many players."""
    return [{"auth": (f"AC{number:032x}", f"fake-token-{number}")} for number in range(count)]


def test_submissions_over_the_rate_limit_are_429_with_retry_after(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = limited("3/minute")

    assert statuses(client, *[{}] * 3) == [200] * 3
    response = post(client)
    seconds = int(response.headers["Retry-After"])
    assert (response.status_code, response.get_json()["code"]) == (429, "rate_limited")
    assert 50 < seconds <= 60
    assert f"from your account. Try again in {seconds} second" in response.get_json()["detail"]
    assert " account=1111 status=429 code=rate_limited " in caplog.text


def test_refused_submissions_do_not_count_towards_a_longer_limit() -> None:
    client = limited("3/day; 1/hour")

    assert statuses(client, *[{}] * 6) == [200] + [429] * 5
    assert int(post(client).headers["Retry-After"]) <= 3600


def test_ratelimit_enabled_0_turns_the_limit_off() -> None:
    assert statuses(limited(ratelimit_enabled=False), {}, {}) == [200, 200]


WITH_ACCOUNT = {**SUBMISSION, "accountSid": ACCOUNT_SID}
KEYS = [{"data": WITH_ACCOUNT, "auth": (f"SK{digit * 32}", "fake-secret")} for digit in "12"]
FORMS = [
    {"data": {**SUBMISSION, "accountSid": f"AC{digit * 32}", "secret": "fake"}, "auth": None}
    for digit in "12"
]
ANONYMOUS = [
    {"headers": {"Authorization": header}, "auth": None}
    for header in ("Bearer wrong", "Basic ???", "Basic bm86bm8=", "Digest x")
]


@pytest.mark.parametrize(
    ("requests", "expected"),
    [
        (players(2), [200, 200]),
        (KEYS, [200, 200]),
        ([KEYS[0]] * 2, [200, 429]),
        (FORMS, [200, 200]),
        ([FORMS[0]] * 2, [200, 429]),
        (ANONYMOUS, [401, 429, 429, 429]),
    ],
    ids=["accounts", "API keys", "same API key", "forms", "same form", "without an account"],
)
def test_each_account_and_api_key_at_an_ip_address_has_its_own_limit(
    requests: list[Request], expected: list[int]
) -> None:
    assert statuses(limited(), *requests) == expected


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


@pytest.mark.parametrize(("address", "metrics"), [("", 404), ("unix:", 404), ("::1%lo", 200)])
def test_an_unusual_remote_addr_breaks_neither_submissions_nor_metrics(
    address: str, metrics: int
) -> None:
    client, environ = a_client(FakeJudge()), {"REMOTE_ADDR": address}

    assert post(client, environ_overrides=environ).status_code == 200
    assert client.get("/metrics", environ_overrides=environ).status_code == metrics


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
    requests = [{"headers": {header: chain}} for chain in (first, second)]

    assert statuses(limited(trusted_proxies=hops), *requests) == [200, 429 if same else 200]


@pytest.mark.parametrize("days", [10, -10])
def test_a_clock_jump_refuses_no_client_for_longer_than_the_window(
    days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1e9]
    for module in (rate_limits, rate_limit_storage):
        monkeypatch.setattr(module, "time", lambda: now[0])
    client = limited()

    assert statuses(client, {}) == [200]
    for now[0] in (1e9, 1e9 + 86_400 * days):
        response = post(client)
        assert response.status_code == 429
        assert int(response.headers["Retry-After"]) <= 60


def test_a_window_in_memory_ends_by_the_monotonic_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(rate_limit_storage, "monotonic", lambda: now[0])
    client = limited()

    received = []
    for now[0] in (100, 159.9, 160, 219.9, 220):
        received += statuses(client, {})

    assert received == [200, 429, 200, 429, 200]


@contextmanager
def redis(*options: str, port: int | None = None) -> Iterator[str]:
    """Run an empty Redis server until the end of the block; yield its URL."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    port = port or free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert any("Ready to accept connections" in line for line in process.stdout)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()


def test_servers_with_the_same_redis_share_their_counts() -> None:
    with redis() as url:
        first, second = (limited("3/hour", redis_url=url) for _ in range(2))

        assert statuses(first, {}, {}) + statuses(second, {}, {}) == [200, 200, 200, 429]


def test_a_burst_uses_no_more_redis_connections_than_a_small_plan_allows(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with redis("--maxclients", "10") as url, ThreadPoolExecutor(64) as callers:
        client = limited("50/hour", redis_url=url)
        received = [each.status_code for each in callers.map(post, [client] * 64)]

    assert (received.count(200), received.count(429)) == (50, 14)
    assert "Redis is unavailable" not in caplog.text


def test_while_redis_is_missing_a_process_counts_on_its_own_and_logs_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rate_limits, "REDIS_RETRY_SECONDS", 0.0)
    port = free_port()
    client = limited("2/hour", redis_url=f"redis://127.0.0.1:{port}/0")

    before = statuses(client, {}, {}, {})
    with redis(port=port):
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
            for byte in b"$1000\r\n" + 100 * b"x":
                self.request.sendall(bytes([byte]))
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
