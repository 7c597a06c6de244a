"""No response reaches a request of somebody else, whatever comes over a shared connection."""

import json
import random
from collections import Counter
from collections.abc import Callable
from functools import partial

import gevent
from gevent.pool import Pool as GreenletPool
from gevent.socket import socket
from gevent.ssl import SSLContext

from tests.upstream.http.conftest import NewClient, Tls
from tests.upstream.http.hosts import next_request, push, response, serving
from validator.upstream.client import Client
from validator.upstream.errors import BusyError, UnreachableError
from validator.upstream.http.connection import Pool

CASES = 2500
AT_ONCE = 20
REST = 0.1
# Seconds that a surplus response is late, at most: less than what a connection rests.
LATE = 0.02

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
CHUNKED = b"\r\nTransfer-Encoding: chunked\r\n\r\n"
EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n"

Fault = Callable[[random.Random, bytes], tuple[bytes, bytes | None]]
"""Returns what is sent in place of a good response, and what follows late; None: it closes."""


def cut(chance: random.Random, good: bytes) -> tuple[bytes, bytes]:
    at = chance.randrange(1, len(good))
    return good[:at], good[at:]


def with_length(good: bytes, length: int) -> bytes:
    body = good.partition(b"\r\n\r\n")[2]
    return f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode() + body


def late_rest_of_a_surplus(chance: random.Random, good: bytes) -> tuple[bytes, bytes]:
    begun, rest = cut(chance, good)
    return good + begun, rest


FAULTS: dict[str, Fault] = {
    "surplus": lambda _, good: (good + good, b""),
    "late surplus": lambda _, good: (good, good),
    "part of a surplus": lambda chance, good: (good + cut(chance, good)[0], b""),
    "late rest of a surplus": late_rest_of_a_surplus,
    "extra bytes": lambda chance, good: (good + chance.randbytes(chance.randrange(1, 50)), b""),
    "late 408": lambda _, good: (good, response(b"", "408 Request Timeout")),
    "too short length": lambda chance, good: (with_length(good, chance.randrange(20)), b""),
    "too long length": lambda _, good: (with_length(good, len(good)), None),
    "1xx": lambda chance, good: (EARLY_HINTS * chance.randrange(1, 4) + good, b""),
    "late 1xx": lambda _, good: (good, CONTINUE),
    "two lengths": lambda _, good: (good.replace(b"\r\n\r\n", CHUNKED, 1) + good, b""),
    "hang up": lambda _, good: (good, None),
}


def respond(chance: random.Random, sock: socket) -> None:
    """Respond to each request with its own path, and often with a fault."""
    if chance.random() < 0.05:
        # A response before any request: not to be told from an own one, but nobody's either.
        sock.sendall(response(b'{"path": "/nobody"}'))
    while request := next_request(sock):
        gevent.sleep(chance.uniform(0, 0.005))
        good = response(json.dumps({"path": request.split()[1].decode()}).encode())
        fault = chance.choice(list(FAULTS.values())) if chance.random() < 0.3 else None
        sent, late = fault(chance, good) if fault else (good, b"")
        sock.sendall(sent)
        if late is None:
            gevent.sleep(chance.choice((0, LATE)))
            return
        if late:
            gevent.spawn_later(chance.uniform(0, LATE), push, sock, late)


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


def test_no_response_reaches_another_request(
    new_client: NewClient, tls: Tls, tls_if_https: SSLContext | None
) -> None:
    client = new_client(tls[1], Pool(100, rest=REST))

    with serving(partial(respond, random.Random(16)), tls_if_https) as url:
        requests = GreenletPool(AT_ONCE).imap_unordered(partial(ask, client, url), range(CASES))
        outcomes = Counter(requests)

    assert outcomes["other"] == 0, outcomes
    assert outcomes["own"] > CASES * 0.8, outcomes
