"""Hosts that pour bytes: they cost what a timeout allows, and starve nobody."""

import time
from collections.abc import Callable

import gevent
import pytest
from gevent import Timeout
from gevent.socket import socket

from tests.upstream.http.hosts import next_request, pouring, serving
from validator.upstream.client import Client
from validator.upstream.errors import UnreachableError

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


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


@pytest.mark.parametrize("poured", POURED)
def test_bytes_without_end_that_are_no_body_are_bounded(client: Client, poured: str) -> None:
    with pouring(*POURED[poured]) as url, Timeout(5), pytest.raises(UnreachableError):
        read_on(client, url)


def read_on(client: Client, url: str) -> None:
    with client.get(url, {}) as response:
        while response.raw.read(65536):
            pass


def test_body_without_end_starves_nobody_and_ends_with_the_timeout(client: Client) -> None:
    turns = 0

    def take_turns() -> None:
        nonlocal turns
        while True:
            gevent.sleep(0.01)
            turns += 1

    other = gevent.spawn(take_turns)
    started = time.monotonic()
    head = OK + b"Content-Length: 1000000000000\r\n\r\n"
    with pouring(head, b"x") as url, pytest.raises(Timeout), Timeout(0.5):
        read_on(client, url)
    other.kill()

    assert time.monotonic() - started < 2
    assert turns > 5


def drip(first: bytes, part: bytes) -> Callable[[socket], None]:
    def serve(sock: socket) -> None:
        next_request(sock)
        sock.sendall(first)
        while True:
            sock.sendall(part)
            gevent.sleep(0.02)

    return serve


@pytest.mark.parametrize(
    "serve",
    [
        lambda sock: sock.recv(65536) and sock.recv(1),
        drip(OK, b"X-Slow: x\r\n"),
        drip(OK + b"Content-Length: 100000\r\n\r\n", b" "),
        drip(CHUNKED, b"1\r\n \r\n"),
    ],
)
def test_slow_response_ends_with_the_timeout(
    client: Client, serve: Callable[[socket], object]
) -> None:
    with serving(serve) as url, pytest.raises(Timeout), Timeout(0.3):
        read_on(client, url)
