"""Hosts that pour bytes: they cost what a timeout allows, and starve nobody."""

import time

import gevent
import pytest
from gevent import Timeout

from tests.support.upstream import Behaviour, Handler, Reply, Upstream
from tests.upstream.http.conftest import fetch
from validator.upstream.client import Client
from validator.upstream.errors import UnreachableError

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def pour(first: bytes, part: bytes) -> Behaviour:
    """Send `first`, then `part` over and over as fast as it is taken."""

    def respond(handler: Handler) -> None:
        handler.wfile.write(first)
        while True:
            handler.wfile.write(part * (65536 // len(part)))

    return respond


POURED = {
    "many headers": (OK, b"X-Many: x\r\n"),
    "large headers": (OK, b"X-Large: " + b"x" * 1000 + b"\r\n"),
    "one value": (OK + b"X-One: ", b"x"),
    "one name": (OK, b"x"),
    "reason phrase": (b"HTTP/1.1 200 ", b"x"),
    "100 Continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "103 Early Hints": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"),
    "chunk extension": (CHUNKED + b"5;", b"x"),
    "one trailer": (CHUNKED + b"5\r\nhello\r\n0\r\nX-Trailer: ", b"x"),
    "many trailers": (CHUNKED + b"5\r\nhello\r\n0\r\n", b"X-Trailer: x\r\n"),
}


@pytest.mark.parametrize(("first", "part"), POURED.values(), ids=POURED)
def test_endless_bytes_that_are_no_body_are_bounded(
    client: Client, upstream: Upstream, first: bytes, part: bytes
) -> None:
    upstream.on("/", pour(first, part))

    with Timeout(5), pytest.raises(UnreachableError):
        fetch(client, upstream.url)


def test_body_without_end_ends_with_the_timeout(client: Client, upstream: Upstream) -> None:
    upstream.on("/", pour(OK + b"Content-Length: 1000000000000\r\n\r\n", b"x"))
    started = time.monotonic()

    with pytest.raises(Timeout), Timeout(0.5), client.get(upstream.url, {}) as response:
        response.raw.skip(1 << 40)
    assert time.monotonic() - started < 2


def test_large_body_lets_other_greenlets_run(client: Client, upstream: Upstream) -> None:
    upstream.on("/", Reply(body=bytes(1 << 20)))
    turns: list[int] = []

    def take_turns() -> None:
        while True:
            turns.append(1)
            gevent.sleep(0)

    with client.get(upstream.url, {}) as response:
        # Once the kernel has so much of the body, reading it waits for nothing.
        gevent.sleep(0.1)
        other = gevent.spawn(take_turns)
        response.raw.read(1 << 19)
        other.kill()

    assert len(turns) >= 4
