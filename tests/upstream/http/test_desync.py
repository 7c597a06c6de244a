"""No response reaches a request of somebody else, whatever comes over a shared connection."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import gevent
import pytest
from gevent.pool import Pool as GreenletPool
from gevent.socket import socket
from gevent.ssl import SSLContext

from tests.upstream.http.conftest import NewClient
from tests.upstream.http.hosts import next_request, push, response, serving
from validator.upstream.client import Client
from validator.upstream.errors import BusyError, UnreachableError
from validator.upstream.http.connection import Pool

CASES = 2500
AT_ONCE = 20
REST = 0.1
# Seconds that a surplus response is late, at most: less than what a connection rests.
LATE = 0.02

Fault = Callable[[socket, random.Random, bytes], None]
"""Sends a response with something wrong around it."""


def surplus(sock: socket, _: random.Random, good: bytes) -> None:
    sock.sendall(good + good)


def late_surplus(sock: socket, chance: random.Random, good: bytes) -> None:
    sock.sendall(good)
    gevent.spawn_later(chance.uniform(0, LATE), push, sock, good)


def part_of_a_surplus(sock: socket, chance: random.Random, good: bytes) -> None:
    sock.sendall(good + good[: chance.randrange(1, len(good))])


def late_rest_of_a_surplus(sock: socket, chance: random.Random, good: bytes) -> None:
    cut = chance.randrange(len(good))
    sock.sendall(good + good[:cut])
    gevent.spawn_later(chance.uniform(0, LATE), push, sock, good[cut:])


def extra_bytes(sock: socket, chance: random.Random, good: bytes) -> None:
    sock.sendall(good + chance.randbytes(chance.randrange(1, 50)))


def late_timeout(sock: socket, chance: random.Random, good: bytes) -> None:
    sock.sendall(good)
    gevent.spawn_later(chance.uniform(0, LATE), push, sock, response(b"", "408 Request Timeout"))


def too_short_length(sock: socket, chance: random.Random, good: bytes) -> None:
    body = good.partition(b"\r\n\r\n")[2]
    length = f"HTTP/1.1 200 OK\r\nContent-Length: {chance.randrange(len(body))}\r\n\r\n"
    sock.sendall(length.encode() + body)


def too_long_length(sock: socket, _: random.Random, good: bytes) -> None:
    body = good.partition(b"\r\n\r\n")[2]
    sock.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body) + 9}\r\n\r\n".encode() + body)
    gevent.sleep(LATE)
    sock.close()


def interim(sock: socket, chance: random.Random, good: bytes) -> None:
    sock.sendall(b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n" * chance.randrange(1, 4) + good)


def late_interim(sock: socket, chance: random.Random, good: bytes) -> None:
    sock.sendall(good)
    gevent.spawn_later(chance.uniform(0, LATE), push, sock, b"HTTP/1.1 100 Continue\r\n\r\n")


def two_lengths(sock: socket, _: random.Random, good: bytes) -> None:
    sock.sendall(good.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n", 1) + good)


def hang_up(sock: socket, _: random.Random, good: bytes) -> None:
    sock.sendall(good)
    sock.close()


FAULTS: tuple[Fault, ...] = (
    *(surplus, late_surplus, part_of_a_surplus, late_rest_of_a_surplus, extra_bytes),
    *(late_timeout, too_short_length, too_long_length, interim, late_interim, two_lengths),
    hang_up,
)


def respond(chance: random.Random, sock: socket) -> None:
    """Respond to each request with its own path, and often with a fault."""
    if chance.random() < 0.05:
        # A response before any request: not to be told from an own one, but nobody's either.
        sock.sendall(response(b'{"path": "/nobody"}'))
    while request := next_request(sock):
        gevent.sleep(chance.uniform(0, 0.005))
        good = response(json.dumps({"path": request.split()[1].decode()}).encode())
        if chance.random() < 0.3:
            chance.choice(FAULTS)(sock, chance, good)
        else:
            sock.sendall(good)


def ask(client: Client, url: str, number: int) -> str:
    """Return whose response came: `own`, `other`, `nobody`; else `none`, or `invalid`."""
    path = f"/account{number % 2}/{number}"
    try:
        with client.get(url + path, {"Authorization": f"account{number % 2}"}) as received:
            body = received.raw.read(4096)
        return {path: "own", "/nobody": "nobody"}.get(json.loads(body)["path"], "other")
    except (UnreachableError, BusyError):
        return "none"
    except ValueError:
        return "invalid"


@pytest.fixture(params=["http", "https"])
def host(request: pytest.FixtureRequest, tls: tuple[SSLContext, Path]) -> Iterator[str]:
    context = tls[0] if request.param == "https" else None
    with serving(partial(respond, random.Random(16)), context) as url:
        yield url


def test_no_response_reaches_another_request(
    host: str, new_client: NewClient, tls: tuple[SSLContext, Path]
) -> None:
    client = new_client(Pool(100, rest=REST), tls[1])

    greenlets = GreenletPool(AT_ONCE)
    outcomes = Counter(greenlets.imap_unordered(partial(ask, client, host), range(CASES)))

    assert outcomes["other"] == 0, outcomes
    assert outcomes["own"] > CASES * 0.8, outcomes
