"""HTTPS_PROXY and NO_PROXY."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import gevent
import pytest
from gevent.socket import create_connection, socket
from gevent.ssl import SSLContext

from tests.support.upstream import Reply, Upstream
from tests.upstream.http.hosts import next_request, response, serving
from validator.upstream.client import Client
from validator.upstream.errors import UnreachableError
from validator.upstream.http.connection import Pool
from validator.upstream.http.proxies import Proxies, Proxy

OPEN = b"HTTP/1.1 200 OK\r\n\r\n"
CREDENTIALS = "someone:pass%20word"


@contextmanager
def proxy(
    requests: list[bytes], first_response: bytes = b"HTTP/1.1 200 OK\r\n\r\n"
) -> Iterator[str]:
    """A proxy that opens tunnels; yields its host and port."""

    def tunnel(sock: socket) -> None:
        requests.append(next_request(sock))
        sock.sendall(first_response)
        host, _, port = requests[-1].split()[1].decode().rpartition(":")
        with create_connection((host, int(port))) as target:
            back = gevent.spawn(pass_on, target, sock)
            pass_on(sock, target)
            back.kill()

    with serving(tunnel) as url:
        yield url.removeprefix("http://")


def pass_on(source: socket, target: socket) -> None:
    while data := source.recv(65536):
        target.sendall(data)


@dataclass(frozen=True)
class Host:
    """A host that responds over https, and the requests that have reached it."""

    url: str
    requests: list[bytes]


@pytest.fixture
def host(tls: tuple[SSLContext, Path]) -> Iterator[Host]:
    requests: list[bytes] = []

    def serve(sock: socket) -> None:
        requests.append(next_request(sock))
        sock.sendall(response(b"hello"))

    with serving(serve, tls[0]) as url:
        yield Host(url, requests)


def fetch(authority: Path, url: str) -> bytes:
    client = Client(authority, Pool(10))
    try:
        with client.get(url, {}) as response:
            body: bytes = response.raw.read(10)
            return body
    finally:
        client.close()


@pytest.mark.parametrize("scheme", ["http://", ""])
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_https_proxy_is_asked_for_a_tunnel(
    host: Host,
    tls: tuple[SSLContext, Path],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    scheme: str,
) -> None:
    requests: list[bytes] = []
    with proxy(requests) as address:
        monkeypatch.setenv(variable, f"{scheme}{CREDENTIALS}@{address}")
        assert fetch(tls[1], f"{host.url}/") == b"hello"

    lines = requests[0].decode().split("\r\n")
    assert lines[0] == f"CONNECT {host.url.removeprefix('https://')} HTTP/1.1"
    assert f"Proxy-Authorization: Basic {b64encode(b'someone:pass word').decode()}" in lines
    assert b"Proxy-Authorization" not in host.requests[0]


def test_no_proxy_names_hosts_that_are_asked_directly(
    host: Host, tls: tuple[SSLContext, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    with pytest.raises(UnreachableError):
        fetch(tls[1], f"{host.url}/")

    monkeypatch.setenv("NO_PROXY", "example.org,localhost")
    assert fetch(tls[1], f"{host.url}/") == b"hello"


def test_plain_http_uses_no_proxy(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    upstream.on("/", Reply(body=b"hello"))
    for variable in ("HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1")

    client = Client(None, Pool(1))
    with client.get(f"{upstream.url}/", {}) as response:
        assert response.status_code == 200
    client.close()


@pytest.mark.parametrize(
    "refusal",
    [
        b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 502 Bad Gateway\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nsurplus",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 20_000,
        b"nonsense\r\n\r\n",
    ],
)
def test_proxy_that_opens_no_tunnel_makes_a_host_unreachable(
    host: Host,
    tls: tuple[SSLContext, Path],
    monkeypatch: pytest.MonkeyPatch,
    refusal: bytes,
) -> None:
    with proxy([], refusal) as address:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{CREDENTIALS}@{address}")
        with pytest.raises(UnreachableError) as caught:
            fetch(tls[1], f"{host.url}/")

    assert host.requests == []
    error: BaseException | None = caught.value
    while error is not None:
        assert "pass" not in f"{error!r} {error}"
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("url", ["socks5://secret@proxy:1080", "https://u:secret@proxy", "http://"])
def test_proxy_of_another_kind_is_refused_at_start(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", url)
    with pytest.raises(ValueError, match="HTTPS_PROXY: ") as caught:
        Proxies.from_environment()
    assert "secret" not in str(caught.value)


def test_proxy_without_port_or_credentials() -> None:
    assert Proxy("proxy.example").address == ("proxy.example", 80)
    assert Proxy("http://[::1]:3128").address == ("::1", 3128)
