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

import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.accounts import PLAYER
from tests.support.fakes import FakeJudge, a_client
from tests.support.servers import free_port, procfile_command, serving
from validator.upstream.errors import CredentialsRefusedError
from validator.web import memory_storage, rate_limits

AUTH = (PLAYER.username, PLAYER.password)
SUBMISSION = {"sid": "hello"}


def submit_to(
    client: FlaskClient,
    forwarded_for: str | None = None,
    auth: tuple[str, str] | None = AUTH,
) -> TestResponse:
    headers = {"X-Forwarded-For": forwarded_for} if forwarded_for is not None else None
    return client.post("/validate", data=SUBMISSION, auth=auth, headers=headers)


def statuses(count: int, **settings: object) -> list[int]:
    client = a_client(FakeJudge(), **settings)
    return [submit_to(client).status_code for _ in range(count)]


def accounts(count: int) -> list[tuple[str, str]]:
    """Return the credentials of this many players."""
    return [(f"AC{number:032x}", f"fake-token-{number}") for number in range(count)]


def test_submissions_over_the_rate_limit_are_429() -> None:
    assert statuses(4, rate_limit="3/minute") == [200, 200, 200, 429]


def test_a_429_has_retry_after_in_header_and_detail() -> None:
    client = a_client(FakeJudge(), rate_limit="1/minute")
    submit_to(client)

    response = submit_to(client)

    seconds = int(response.headers["Retry-After"])
    assert response.get_json()["code"] == "rate_limited"
    assert 1 <= seconds <= 60
    assert f"Try again in {seconds} second" in response.get_json()["detail"]


def test_refused_submissions_do_not_count_towards_a_longer_limit() -> None:
    client = a_client(FakeJudge(), rate_limit="3/day; 1/hour")
    submit_to(client)

    refused = [submit_to(client) for _ in range(5)]

    assert {response.status_code for response in refused} == {429}
    assert max(int(response.headers["Retry-After"]) for response in refused) <= 3600


def test_ratelimit_enabled_0_turns_the_limit_off() -> None:
    assert statuses(4, rate_limit="3/minute", ratelimit_enabled=False) == [200] * 4


def test_healthz_is_never_rate_limited() -> None:
    client = a_client(FakeJudge(), rate_limit="1/minute")

    assert {client.get("/healthz").status_code for _ in range(5)} == {200}


def test_x_forwarded_for_is_ignored_without_trusted_proxies() -> None:
    client = a_client(FakeJudge(), rate_limit="1/minute")

    responses = [submit_to(client, f"203.0.113.{n}") for n in range(2)]

    assert [response.status_code for response in responses] == [200, 429]


def test_x_forwarded_for_of_a_trusted_proxy_names_the_client() -> None:
    client = a_client(FakeJudge(), rate_limit="1/minute", trusted_proxies=1)

    responses = [
        submit_to(client, address)
        for address in ("203.0.113.1", "203.0.113.2", "198.51.100.9, 203.0.113.2")
    ]

    assert [response.status_code for response in responses] == [200, 200, 429]


CLIENTS = {
    "203.0.113.7": (
        '203.0.113.7:49152 "203.0.113.7:49152" ::ffff:203.0.113.7 ::ffff:cb00:7107 '
        "[::ffff:203.0.113.7]:443"
    ),
    "2001:db8::1": (
        '[2001:db8::1] [2001:db8::1]:49152 "[2001:db8::1]:49152" 2001:DB8::1 2001:db8::ff '
        "2001:0db8:0000::1 2001:db8::1%eth0"
    ),
    "fe80::1%eth0": "fe80::1%eth1 [fe80::1%25eth0]:1 fe80::1",
    "unknown": (
        "_hidden rubbish 1.2.3 1.2.3.4.5 [ ] []:1 : :::: 999.1.1.1 010.0.0.1 <script> % é "
        f"203.0.113.7/24 \0 {5000 * 'x'}"
    ),
}
ENTRIES = [(client, entry) for client, entries in CLIENTS.items() for entry in entries.split()]


@pytest.mark.parametrize(("client_entry", "entry"), ENTRIES)
def test_x_forwarded_for_with_ports_quotes_or_ipv4_mapped_addresses_is_the_same_client(
    client_entry: str, entry: str
) -> None:
    client = a_client(FakeJudge(), rate_limit="1/minute", trusted_proxies=1)

    first = submit_to(client, client_entry).status_code
    others = [submit_to(client, other).status_code for other in CLIENTS if other != client_entry]

    assert (first, others) == (200, [200] * 3)
    assert submit_to(client, entry).status_code == 429


@pytest.mark.parametrize("address", ["", "unix:", "@", "127.0.0.1:80", "::1%lo"])
def test_an_unusual_remote_addr_breaks_neither_submissions_nor_metrics(address: str) -> None:
    client = a_client(FakeJudge())
    environ = {"REMOTE_ADDR": address}

    submitted = client.post("/validate", data=SUBMISSION, auth=AUTH, environ_overrides=environ)
    watched = client.get("/metrics", environ_overrides=environ)

    assert submitted.status_code == 200
    assert watched.status_code in (200, 404)


@pytest.mark.parametrize(
    ("hops", "first", "second", "same"),
    [
        (0, "203.0.113.1", "203.0.113.2", True),
        (1, "203.0.113.1", "203.0.113.2", False),
        (1, "198.51.100.1, 203.0.113.1", "198.51.100.2, 203.0.113.1", True),
        (1, '198.51.100.1, ", 203.0.113.1', '198.51.100.2, ", 203.0.113.1', True),
        (2, "203.0.113.1, 192.0.2.1", "203.0.113.2, 192.0.2.1", False),
        (2, "198.51.100.1, 203.0.113.1, 192.0.2.1", "198.51.100.2, 203.0.113.1, 192.0.2.1", True),
        (2, "203.0.113.1", "203.0.113.2", True),
        (
            2,
            '198.51.100.1, ", 203.0.113.1, 192.0.2.1',
            '198.51.100.2, ", 203.0.113.1, 192.0.2.1',
            True,
        ),
    ],
)
def test_forged_entries_of_x_forwarded_for_do_not_evade_the_limit(
    hops: int, first: str, second: str, same: bool
) -> None:
    client = a_client(FakeJudge(), rate_limit="1/minute", trusted_proxies=hops)

    received = [submit_to(client, chain).status_code for chain in (first, second)]

    assert received == [200, 429 if same else 200]


@pytest.mark.parametrize("hops", [0, 1])
def test_the_forwarded_header_of_rfc_7239_is_ignored(hops: int) -> None:
    client = a_client(FakeJudge(), rate_limit="1/minute", trusted_proxies=hops)

    responses = [
        client.post("/validate", data=SUBMISSION, auth=AUTH, headers={"Forwarded": f"for={each}"})
        for each in ("203.0.113.1", "203.0.113.2")
    ]

    assert [response.status_code for response in responses] == [200, 429]


def test_a_class_behind_one_ip_address_is_not_limited() -> None:
    client = a_client(FakeJudge())

    responses = [submit_to(client, auth=player) for player in accounts(40) * 5]

    assert {response.status_code for response in responses} == {200}


def test_each_account_at_an_ip_address_has_its_own_limit() -> None:
    client = a_client(FakeJudge(), rate_limit="1/minute")
    one, other = accounts(2)

    responses = [submit_to(client, auth=player) for player in (one, one, other)]

    assert [response.status_code for response in responses] == [200, 429, 200]
    assert "from your account" in responses[1].get_json()["detail"]


def test_the_same_account_at_another_ip_address_has_its_own_limit() -> None:
    client = a_client(FakeJudge(), rate_limit="1/minute", trusted_proxies=1)

    responses = [submit_to(client, address) for address in ("203.0.113.1", "203.0.113.2")]

    assert [response.status_code for response in responses] == [200, 200]


def test_each_api_key_has_its_own_limit() -> None:
    client = a_client(FakeJudge(), rate_limit="1/minute")
    keys = [(f"SK{number:032x}", "fake-secret") for number in range(2)]
    form = {"sid": "hello", "accountSid": PLAYER.account_sid}

    responses = [client.post("/validate", data=form, auth=key) for key in (keys[0], *keys)]

    assert [response.status_code for response in responses] == [200, 429, 200]


def test_all_accounts_at_an_ip_address_share_a_wider_limit() -> None:
    client = a_client(FakeJudge(), rate_limit="1/minute")

    responses = [submit_to(client, auth=player) for player in accounts(21)]

    assert [response.status_code for response in responses] == [200] * 20 + [429]
    assert "from your network" in responses[-1].get_json()["detail"]


def test_guessing_credentials_uses_up_the_limit_of_the_ip_address() -> None:
    judge = FakeJudge(CredentialsRefusedError())
    client = a_client(judge, rate_limit="3/minute")

    responses = [submit_to(client, auth=guess) for guess in accounts(5)]

    assert [response.status_code for response in responses] == [401, 401, 401, 429, 429]
    assert len(judge.asked) == 3


@pytest.mark.parametrize("header", ["Bearer wrong", "Basic ???", "Basic bm86bm8=", "Digest x"])
def test_a_client_without_an_account_is_limited_by_ip_address(header: str) -> None:
    client = a_client(FakeJudge(), rate_limit="1/minute")

    responses = [
        client.post("/validate", data=SUBMISSION, headers={"Authorization": header})
        for _ in range(2)
    ]

    assert [response.status_code for response in responses] == [401, 429]


@pytest.mark.parametrize("days", [10, -10])
def test_a_clock_jump_refuses_no_client_for_longer_than_the_window(
    days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, jump = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: now() + jump[0])
    for module in (rate_limits, memory_storage):
        monkeypatch.setattr(module, "time", time.time)
    client = a_client(FakeJudge(), rate_limit="2/minute")

    responses = []
    for jump[0] in (0.0, days * 86_400.0, 0.0, days * 86_400.0):
        responses.append(submit_to(client))

    assert [response.status_code for response in responses] == [200, 200, 429, 429]
    assert max(int(response.headers["Retry-After"]) for response in responses[2:]) <= 60


def test_a_window_in_memory_ends_by_the_monotonic_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(memory_storage, "monotonic", lambda: now[0])
    client = a_client(FakeJudge(), rate_limit="1/minute")

    def status_at(seconds: float) -> int:
        now[0] = seconds
        return submit_to(client).status_code

    assert [status_at(at) for at in (100, 159.9, 160, 219.9, 220)] == [200, 429, 200, 429, 200]


def test_expired_counts_in_memory_are_dropped_a_few_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr(memory_storage, "monotonic", lambda: now[0])
    storage = memory_storage.MemoryStorage()
    for client in range(40_000):
        storage.incr(f"old-{client}", 60)
    now[0] = 60.0

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


def test_on_heroku_one_proxy_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYNO", "web.1")
    client = a_client(FakeJudge(), rate_limit="1/minute")

    responses = [submit_to(client, address) for address in ("203.0.113.1", "203.0.113.2")]

    assert [response.status_code for response in responses] == [200, 200]


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
        assert process.stdout is not None
        assert any("Ready to accept connections" in line for line in process.stdout)
        yield f"redis://127.0.0.1:{port}/0"
        process.terminate()


def submit(url: str) -> int:
    response = requests.post(f"{url}/validate", data=SUBMISSION, auth=AUTH, timeout=30)
    return response.status_code


def test_servers_with_the_same_redis_share_their_counts(redis_port: int) -> None:
    with redis(redis_port) as url, ThreadPoolExecutor(8) as callers:
        settings = {"REDIS_URL": url, "RATE_LIMIT": "10/hour"}
        with (
            serving(procfile_command(), settings) as first,
            serving(procfile_command(), settings) as second,
        ):
            received = list(callers.map(submit, [first, second] * 10))

    assert sorted(received) == [200] * 10 + [429] * 10


def test_a_burst_uses_no_more_redis_connections_than_a_small_plan_allows(
    redis_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with redis(redis_port, "--maxclients", "10") as url, ThreadPoolExecutor(64) as callers:
        client = a_client(FakeJudge(), redis_url=url, rate_limit="50/hour")
        received = list(callers.map(lambda _: submit_to(client).status_code, range(64)))

    assert (received.count(200), received.count(429)) == (50, 14)
    assert "Redis is unavailable" not in caplog.text


def test_while_redis_is_unavailable_a_process_counts_on_its_own_and_logs_it(
    redis_port: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rate_limits, "REDIS_RETRY_SECONDS", 0.0)

    with redis(redis_port) as url:
        client = a_client(FakeJudge(), redis_url=url, rate_limit="2/hour")
        before = [submit_to(client).status_code for _ in range(3)]
    meanwhile = [submit_to(client).status_code for _ in range(3)]
    with redis(redis_port):
        after = [submit_to(client).status_code for _ in range(3)]

    assert (before, meanwhile, after) == ([200, 200, 429],) * 3
    assert [caplog.text.count(f"Redis is {it}") for it in ("unavailable", "available")] == [1, 1]


def test_a_slow_redis_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
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
    """Sends a long response byte by byte."""

    def handle(self) -> None:
        self.request.recv(4096)
        with suppress(OSError):
            self.request.sendall(b"$1000\r\n")
            for _ in range(100):
                self.request.sendall(b"x")
                time.sleep(0.05)


def test_an_unavailable_redis_is_not_tried_at_each_submission(
    caplog: pytest.LogCaptureFixture,
) -> None:
    unused = f"redis://127.0.0.1:{free_port()}/0"
    client = a_client(FakeJudge(), redis_url=unused)

    assert [submit_to(client).status_code for _ in range(3)] == [200] * 3
    assert caplog.text.count("Redis is unavailable") == 1


def test_an_account_in_the_form_is_limited_as_in_authorization() -> None:
    client = a_client(FakeJudge(), rate_limit="1/minute")
    statuses = [
        client.post(
            "/validate",
            base_url="https://localhost",
            data={"sid": "MM", "accountSid": "AC" + digit * 32, "secret": "fake-auth-token"},
        ).status_code
        for digit in "1122"
    ]

    assert statuses == [200, 429, 200, 429]
