"""Which addresses of a host are tried, in which order and for how long."""

import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from socket import create_server

import gevent
import pytest
from gevent import Timeout
from gevent.socket import AF_INET, AF_INET6, SOCK_STREAM

from tests.upstream.http.conftest import fetch
from tests.upstream.http.hosts import serving, silent_addresses
from validator.upstream.client import Client
from validator.upstream.errors import UnreachableError
from validator.upstream.http import dialing
from validator.upstream.http.dialing import alternate_families, connect_to_first


def test_connecting_and_the_tls_handshake_have_timeouts(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialing, "CONNECT_SECONDS", 0.2)
    monkeypatch.setattr(dialing, "HANDSHAKE_SECONDS", 0.2)
    with Timeout(4), silent_addresses(1) as [(host, port)]:
        with pytest.raises(UnreachableError):
            fetch(client, f"http://{host}:{port}/")
        with serving(lambda _: gevent.sleep(5)) as url, pytest.raises(UnreachableError):
            fetch(client, url.replace("http:", "https:"))


def address(family: int, host: str, port: int = 443) -> dialing.Address:
    return (family, SOCK_STREAM, 6, "", (host, port))


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize(
    ("dead_addresses", "seconds"),
    [(silent_addresses(8), 2.5), (nullcontext([("127.0.0.1", 1)] * 20), 0.25)],
    ids=["silent", "refusing"],
)
def test_dead_addresses_cost_little_time_and_no_file_descriptor(
    dead_addresses: AbstractContextManager[list[tuple[str, int]]], seconds: float
) -> None:
    with dead_addresses as dead, create_server(("127.0.0.1", 0)) as live:
        addresses = [address(AF_INET, *target) for target in (*dead, live.getsockname())]
        open_before, started = open_files(), time.monotonic()
        with connect_to_first(addresses) as sock:
            assert time.monotonic() - started < seconds
            assert sock.getpeername() == live.getsockname()
            assert open_files() <= open_before + 1


def test_addresses_alternate_between_families() -> None:
    sixes = [address(AF_INET6, host) for host in ("::1", "::2", "::3")]
    four = address(AF_INET, "127.0.0.1")

    assert alternate_families([*sixes, four]) == [sixes[0], four, sixes[1], sixes[2]]
    assert alternate_families([four, *sixes]) == [four, *sixes]
