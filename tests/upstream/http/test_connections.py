"""Which connections are opened, kept, used again and closed."""

import time
from contextlib import suppress
from inspect import signature
from pathlib import Path

import gevent
import pytest
from gevent import Timeout
from gevent.event import Event
from gevent.socket import AF_INET, AF_INET6, SOCK_STREAM, socket
from gevent.ssl import PROTOCOL_TLS_CLIENT, SSLContext

from tests.support.upstream import Reply, Upstream
from tests.upstream.http.conftest import NewClient
from tests.upstream.http.hosts import Serve, next_request, response, serving, silent_addresses
from validator.upstream.client import Client
from validator.upstream.errors import UnreachableError
from validator.upstream.http import connection, dialing
from validator.upstream.http.connection import Pool
from validator.upstream.http.dialing import Dialer, Origin, alternate_families
from validator.upstream.http.proxies import Proxies

HELLO = Reply(body=bytes(10_000))


def fetch(client: Client, url: str, size: int = 20_000) -> bytes:
    with client.get(url, {}) as response:
        body: bytes = response.raw.read(size)
        return body


def connections(upstream: Upstream) -> list[int]:
    return [asked.connection for asked in upstream.asked]


def test_connection_is_reused_once_its_response_is_read_or_nearly_read(
    client: Client, upstream: Upstream
) -> None:
    upstream.on("/", HELLO)

    for size in (10_000, 100, 0, 10_000):
        fetch(client, f"{upstream.url}/", size)

    assert len(set(connections(upstream))) == 1


def test_connection_is_reused_over_tls(new_client: NewClient, tls: tuple[SSLContext, Path]) -> None:
    context, authority = tls
    connections = []

    def serve(sock: socket) -> None:
        connections.append(sock)
        while next_request(sock):
            sock.sendall(response(bytes(100_000) + b"end"))

    client = new_client(authority=authority)
    with serving(serve, context) as url:
        for _ in range(2):
            assert fetch(client, f"{url}/", 200_000).endswith(b"end")
    assert len(connections) == 1


def test_untrusted_certificate_is_unreachable(client: Client, tls: tuple[SSLContext, Path]) -> None:
    requests: list[bytes] = []

    def serve(sock: socket) -> None:
        requests.append(next_request(sock))

    with serving(serve, tls[0]) as url, pytest.raises(UnreachableError):
        fetch(client, url)
    assert requests == []


def test_tls_handshake_has_a_timeout(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialing, "HANDSHAKE_SECONDS", 0.1)
    with serving(lambda _: gevent.sleep(5)) as url, pytest.raises(UnreachableError):
        fetch(client, url.replace("http:", "https:"))


def test_rest_of_a_large_body_is_not_fetched(client: Client, upstream: Upstream) -> None:
    upstream.on("/", Reply(body=bytes(1_000_000)))

    for _ in range(2):
        fetch(client, f"{upstream.url}/", 4096)

    assert len(set(connections(upstream))) == 2


def test_connection_of_a_failed_block_is_closed(client: Client, upstream: Upstream) -> None:
    upstream.on("/", HELLO)

    with suppress(LookupError), client.get(f"{upstream.url}/", {}) as response:
        response.raw.read(10_000)
        raise LookupError
    fetch(client, f"{upstream.url}/")

    assert len(set(connections(upstream))) == 2


def test_connection_of_a_killed_request_is_closed(client: Client) -> None:
    closed = []

    def never_respond(sock: socket) -> None:
        next_request(sock)
        closed.append(next_request(sock))

    with serving(never_respond) as url:
        request = gevent.spawn(fetch, client, url)
        gevent.sleep(0.1)
        request.kill()
        gevent.sleep(0.1)
    assert closed == [b""]


def swallow_when_idle_for(seconds: float, seen: list[bytes]) -> Serve:
    """Respond on a connection only until it has been idle: then as a NAT that forgot it does."""

    def serve(sock: socket) -> None:
        idle_since = time.monotonic()
        while request := next_request(sock):
            seen.append(request)
            if time.monotonic() - idle_since > seconds:
                gevent.sleep(5)
            sock.sendall(response(b"hello"))
            idle_since = time.monotonic()

    return serve


def test_connection_that_was_idle_for_long_is_not_reused(new_client: NewClient) -> None:
    """A NAT that swallows packets of idle connections after 0.4 s; in real life after 8 s."""
    client, seen = new_client(Pool(10, max_age=0.2, rest=0)), list[bytes]()
    with serving(swallow_when_idle_for(0.4, seen)) as url, Timeout(4):
        for _ in range(3):
            burst = [gevent.spawn(fetch, client, url) for _ in range(4)]
            assert [each.get() for each in burst] == [b"hello"] * 4
            gevent.sleep(0.5)
    assert len(seen) == 12


def test_idle_connections_are_kept_for_less_than_eight_seconds() -> None:
    assert signature(Pool).parameters["max_age"].default < 8


def test_idle_connections_are_closed_when_nothing_is_requested(
    new_client: NewClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "TIDY_EVERY", 0.05)
    client = new_client(Pool(10, max_age=0.1))
    closed = Event()

    def serve(sock: socket) -> None:
        next_request(sock)
        sock.sendall(response(b"hello"))
        assert next_request(sock) == b""
        closed.set()

    with serving(serve) as url:
        for _ in range(2):
            closed.clear()
            fetch(client, url)
            assert closed.wait(2)


def test_other_greenlets_get_a_connection_only_after_a_rest(new_client: NewClient) -> None:
    client, users = new_client(Pool(10, rest=0.2)), list[int]()

    def serve(sock: socket) -> None:
        while next_request(sock):
            users.append(sock.getpeername()[1])
            sock.sendall(response(b"hello"))

    with serving(serve) as url:
        for pause in (0, 0.3, 0):
            gevent.spawn(fetch, client, url).get()
            gevent.sleep(pause)
    # The third greenlet comes 0.3 s after the second, and gets what was idle for longest.
    assert users[0] != users[1]
    assert users[2] == users[0]


def test_kept_connections_are_bounded_over_all_hosts(
    new_client: NewClient, upstream: Upstream
) -> None:
    upstream.on("/", HELLO)
    client = new_client(Pool(1))

    for host in ("127.0.0.1", "127.0.0.1", "localhost", "127.0.0.1"):
        fetch(client, f"http://{host}:{upstream.server_port}/")

    assert len(set(connections(upstream))) == 3


@pytest.mark.parametrize(
    "last", [b"", response(b"", "408 Request Timeout", "Connection: close\r\n")]
)
def test_request_is_sent_once_more_if_a_reused_connection_gives_nothing(
    client: Client, last: bytes
) -> None:
    """The other end times out just when the request is on its way."""
    requests = []

    def respond_once(sock: socket) -> None:
        requests.append(next_request(sock))
        sock.sendall(response(b"hello"))
        requests.append(next_request(sock))
        sock.sendall(last)

    with serving(respond_once) as url:
        assert [fetch(client, url) for _ in range(3)] == [b"hello"] * 3
        gevent.sleep(0.05)
    assert len([request for request in requests if request]) == 5


def test_request_on_a_new_connection_is_sent_only_once(client: Client) -> None:
    requests: list[bytes] = []

    def read_only(sock: socket) -> None:
        requests.append(next_request(sock))

    with serving(read_only) as url, pytest.raises(UnreachableError):
        fetch(client, url)
    assert len(requests) == 1


def test_eight_silent_addresses_before_a_live_one_cost_two_seconds() -> None:
    with silent_addresses(8) as silent, serving(next_request) as url:
        live = ("127.0.0.1", int(url.rpartition(":")[2]))
        addresses = [(AF_INET, SOCK_STREAM, 6, "", address) for address in [*silent, live]]
        dialer = Dialer(SSLContext(PROTOCOL_TLS_CLIENT), Proxies(), lambda *_, **__: addresses)
        started = time.monotonic()
        with dialer.dial(Origin("http", "many.example", 80)) as sock:
            assert sock.getpeername() == live
        assert time.monotonic() - started < 2.5


def test_slower_address_is_closed_once_another_accepts(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[socket] = []

    class RecordedSocket(socket):
        def __init__(self, *arguments: int) -> None:
            super().__init__(*arguments)
            opened.append(self)

    monkeypatch.setattr(dialing, "socket", RecordedSocket)
    with silent_addresses(2) as silent, serving(next_request) as url:
        live = ("127.0.0.1", int(url.rpartition(":")[2]))
        addresses = [(AF_INET, SOCK_STREAM, 6, "", address) for address in [*silent, live]]
        with dialing.connect_to_first(addresses) as connected:
            assert [each.fileno() for each in opened] == [-1, -1, connected.fileno()]


def test_refused_addresses_cost_no_time() -> None:
    with socket() as refusing, serving(next_request) as url:
        refusing.bind(("127.0.0.1", 0))
        live = ("127.0.0.1", int(url.rpartition(":")[2]))
        targets = [refusing.getsockname()] * 20 + [live]
        addresses = [(AF_INET, SOCK_STREAM, 6, "", target) for target in targets]
        started = time.monotonic()
        with dialing.connect_to_first(addresses) as sock:
            assert sock.getpeername() == live
        assert time.monotonic() - started < 0.25


def test_silent_addresses_have_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialing, "CONNECT_SECONDS", 0.3)
    with silent_addresses(1) as silent:
        addresses = [(AF_INET, SOCK_STREAM, 6, "", silent[0])]
        dialer = Dialer(SSLContext(PROTOCOL_TLS_CLIENT), Proxies(), lambda *_, **__: addresses)
        with pytest.raises(TimeoutError):
            dialer.dial(Origin("http", "silent.example", 80))


def test_addresses_alternate_between_families() -> None:
    def address(family: int, host: str) -> dialing.Address:
        return (family, SOCK_STREAM, 6, "", (host, 443))

    sixes = [address(AF_INET6, host) for host in ("::1", "::2", "::3")]
    four = address(AF_INET, "127.0.0.1")

    assert alternate_families([*sixes, four]) == [sixes[0], four, sixes[1], sixes[2]]
    assert alternate_families([four, *sixes]) == [four, *sixes]
