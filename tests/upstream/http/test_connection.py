"""Which connections are opened, kept, used again and closed."""

from contextlib import suppress
from functools import partial
from queue import Queue

import gevent
import pytest
from gevent import Timeout
from gevent.socket import socket, socketpair
from gevent.ssl import SSLContext

from tests.support.faults import hang_up
from tests.support.upstream import Behaviour, Reply, Upstream, an_upstream
from tests.upstream.http.conftest import NewClient, Tls, fetch
from tests.upstream.http.hosts import next_request, response, serving
from validator.upstream.client import Client
from validator.upstream.errors import (
    CredentialsRefusedError,
    MisdirectedResponseError,
    NotFoundError,
    UnreachableError,
)
from validator.upstream.http import connection
from validator.upstream.http.connection import MAX_IDLE_SECONDS, Connection, Pool
from validator.upstream.http.dialing import Origin

HELLO = Reply(body=bytes(10_000))


def connections(upstream: Upstream) -> int:
    """Return on how many connections the requests came."""
    return len({asked.connection for asked in upstream.asked})


@pytest.mark.parametrize(
    ("size", "read", "opened"),
    [(10_000, 10_000, 1), (1_000_000, 990_000, 1), (10_000, 0, 1), (1_000_000, 4096, 2)],
    ids=["read", "nearly read", "short and not read", "long and not read"],
)
def test_connection_is_reused_unless_much_of_a_body_is_left(
    new_client: NewClient, tls: Tls, tls_if_https: SSLContext, size: int, read: int, opened: int
) -> None:
    client = new_client(tls[1], Pool(10))
    with an_upstream(tls_if_https) as upstream:
        upstream.on("/", Reply(body=bytes(size)))

        for _ in range(2):
            assert len(fetch(client, upstream.url, read)) == read
        assert connections(upstream) == opened


def test_untrusted_certificate_is_unreachable(client: Client, tls: Tls) -> None:
    with an_upstream(tls[0]) as upstream, pytest.raises(UnreachableError):
        fetch(client, upstream.url)


CLOSED = {NotFoundError: 0, CredentialsRefusedError: 0, LookupError: 1, MisdirectedResponseError: 2}


@pytest.mark.parametrize(("error", "closed"), CLOSED.items())
def test_connections_are_kept_or_closed_after_an_error(
    client: Client, upstream: Upstream, error: type[Exception], closed: int
) -> None:
    """Common errors close none, others that of the request, and a misdirected response all."""
    with client.get(upstream.url, {}), client.get(upstream.url, {}):
        pass
    with pytest.raises(error), client.get(upstream.url, {}):
        raise error
    with client.get(upstream.url, {}), client.get(upstream.url, {}):
        pass

    assert connections(upstream) == 2 + closed


def record(requests: Queue[bytes], reply: bytes, sock: socket) -> None:
    """Reply to each request on a connection, and record it; `b""` at the end."""
    while request := next_request(sock):
        requests.put(request)
        sock.sendall(reply)
    requests.put(b"")


def test_connection_of_a_killed_request_is_closed(client: Client) -> None:
    requests = Queue[bytes]()
    with serving(partial(record, requests, b"")) as url:
        request = gevent.spawn(fetch, client, url)
        assert requests.get(timeout=2) != b""
        request.kill()
        assert requests.get(timeout=2) == b""


def test_idle_connections_are_closed_when_nothing_is_requested(
    new_client: NewClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "TIDY_EVERY", 0.05)
    client, requests = new_client(None, Pool(10, max_age=0.1)), Queue[bytes]()
    with serving(partial(record, requests, response(b"hello"))) as url:
        for _ in range(2):
            assert fetch(client, url) == b"hello"
            assert requests.get() != b""
            assert requests.get(timeout=2) == b""


def test_connection_that_was_idle_for_long_is_not_reused(new_client: NewClient) -> None:
    """A NAT that swallows packets of idle connections after 0.4 s; in real life after 8 s."""
    assert MAX_IDLE_SECONDS < 8
    client, requests = new_client(None, Pool(10, max_age=0.2, rest=0)), Queue[bytes]()

    def swallow_when_idle(sock: socket) -> None:
        sock.settimeout(0.4)
        with suppress(TimeoutError):
            record(requests, response(b"hello"), sock)
        gevent.sleep(5)

    with serving(swallow_when_idle) as url, Timeout(4):
        for _ in range(3):
            burst = [gevent.spawn(fetch, client, url) for _ in range(4)]
            assert [each.get() for each in burst] == [b"hello"] * 4
            gevent.sleep(0.5)
    assert sum(request != b"" for request in requests.queue) == 12


def test_connection_rests_between_greenlets(new_client: NewClient, upstream: Upstream) -> None:
    upstream.on("/", HELLO)
    client = new_client(None, Pool(10, rest=0.2))

    for pause in (0, 0.3, 0):
        gevent.spawn(fetch, client, upstream.url).get()
        gevent.sleep(pause)

    # The third greenlet comes 0.3 s after the second, and gets what was idle for longest.
    first, second, third = (asked.connection for asked in upstream.asked)
    assert first == third != second


def test_kept_connections_are_bounded_over_hosts(new_client: NewClient, upstream: Upstream) -> None:
    upstream.on("/", HELLO)
    client = new_client(None, Pool(1))

    for host in ("127.0.0.1", "127.0.0.1", "localhost", "127.0.0.1"):
        fetch(client, f"http://{host}:{upstream.server_port}/")

    assert connections(upstream) == 3


@pytest.mark.parametrize("last", [hang_up, Reply(408)], ids=["hang_up", "408"])
def test_request_is_sent_once_more_if_a_reused_connection_gives_nothing(
    client: Client, upstream: Upstream, last: Behaviour | Reply
) -> None:
    """The other end times out just when the request is on its way."""
    upstream.on("/", HELLO, last, HELLO)

    assert [fetch(client, upstream.url) for _ in range(2)] == [HELLO.body] * 2

    first, timed_out, repeated = (asked.connection for asked in upstream.asked)
    assert first == timed_out != repeated


def test_a_request_larger_than_the_sockets_buffer_is_sent_to_its_end() -> None:
    request = bytes(range(256)) * 40_000
    ours, theirs = socketpair()
    with Timeout(5), ours, theirs, theirs.makefile("rb") as received:
        sending = gevent.spawn(Connection(Origin("http", "host", 80), ours).send, request, 5)

        assert received.read(len(request)) == request
        sending.get()
