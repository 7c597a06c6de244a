"""Hosts that pour or drip bytes: they cost what a timeout allows, and starve nobody."""

import time

import gevent
import pytest
from gevent import Timeout
from gevent.socket import socket

from tests.upstream.http.hosts import next_request, pouring, serving
from validator.upstream.client import Client
from validator.upstream.errors import UnreachableError

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def read_on(client: Client, url: str) -> None:
    with client.get(url, {}) as response:
        while response.raw.read(65536):
            pass


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
def test_bytes_without_end_that_are_no_body_are_bounded(
    client: Client, first: bytes, part: bytes
) -> None:
    with pouring(first, part) as url, Timeout(5), pytest.raises(UnreachableError):
        read_on(client, url)


def test_body_without_end_starves_nobody_and_ends_with_the_timeout(client: Client) -> None:
    turns: list[float] = []

    def take_turns() -> None:
        while True:
            gevent.sleep(0.01)
            turns.append(time.monotonic())

    other = gevent.spawn(take_turns)
    started = time.monotonic()
    headers = OK + b"Content-Length: 1000000000000\r\n\r\n"
    with pouring(headers, b"x") as url, pytest.raises(Timeout), Timeout(0.5):
        read_on(client, url)
    other.kill()

    assert time.monotonic() - started < 2
    assert len(turns) > 5


DRIPPED = {
    "nothing": (b"", b""),
    "headers": (OK, b"X-Slow: x\r\n"),
    "body": (OK + b"Content-Length: 100000\r\n\r\n", b" "),
    "chunks": (CHUNKED, b"1\r\n \r\n"),
}


@pytest.mark.parametrize(("first", "part"), DRIPPED.values(), ids=DRIPPED)
def test_slow_response_ends_with_the_timeout(client: Client, first: bytes, part: bytes) -> None:
    def drip(sock: socket) -> None:
        next_request(sock)
        sock.sendall(first)
        while True:
            sock.sendall(part)
            gevent.sleep(0.02)

    with serving(drip) as url, pytest.raises(Timeout), Timeout(0.3):
        read_on(client, url)
