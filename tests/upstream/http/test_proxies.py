"""HTTPS_PROXY and NO_PROXY."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import gevent
import pytest
from gevent.socket import create_connection, socket

from tests.support.upstream import Reply, Upstream, an_upstream
from tests.upstream.http.conftest import NewClient, Tls, fetch
from tests.upstream.http.hosts import next_request, serving
from validator.upstream.errors import UnreachableError
from validator.upstream.http.proxies import Proxies, Proxy

OPEN = b"HTTP/1.1 200 OK\r\n\r\n"
CREDENTIALS = "someone:pass%20word"
NOBODY = "http://127.0.0.1:1"

Fetch = Callable[[], bytes]


@contextmanager
def proxy(requests: list[bytes], first_response: bytes = OPEN) -> Iterator[str]:
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


@pytest.fixture
def host(tls: Tls) -> Iterator[Upstream]:
    """A host that responds over https."""
    with an_upstream(tls[0]) as upstream:
        upstream.on("/", Reply(body=b"hello"))
        yield upstream


@pytest.fixture
def fetch_from_host(host: Upstream, tls: Tls, new_client: NewClient) -> Fetch:
    """Fetch from the host with a new client, which reads the environment."""
    return lambda: fetch(new_client(authority=tls[1]), f"{host.url}/")


@pytest.mark.parametrize("scheme", ["http://", ""])
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_https_proxy_opens_a_tunnel(
    host: Upstream,
    fetch_from_host: Fetch,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    scheme: str,
) -> None:
    requests: list[bytes] = []
    with proxy(requests) as address:
        monkeypatch.setenv(variable, f"{scheme}{CREDENTIALS}@{address}")
        assert fetch_from_host() == b"hello"

    lines = requests[0].decode().split("\r\n")
    assert lines[0] == f"CONNECT localhost:{host.server_port} HTTP/1.1"
    assert f"Proxy-Authorization: Basic {b64encode(b'someone:pass word').decode()}" in lines
    assert "Proxy-Authorization" not in host.asked[0].headers


def test_no_proxy_names_hosts_that_need_no_proxy(
    fetch_from_host: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", NOBODY)
    with pytest.raises(UnreachableError):
        fetch_from_host()

    monkeypatch.setenv("NO_PROXY", "example.org,localhost")
    assert fetch_from_host() == b"hello"


def test_plain_http_uses_no_proxy(
    upstream: Upstream, new_client: NewClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream.on("/", Reply(body=b"hello"))
    monkeypatch.setenv("ALL_PROXY", NOBODY)

    assert fetch(new_client(), f"{upstream.url}/") == b"hello"


REFUSALS = {
    "407": b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
    "502": b"HTTP/1.1 502 Bad Gateway\r\n\r\n",
    "surplus": OPEN + b"surplus",
    "headers without end": b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 20_000,
    "not HTTP": b"nonsense\r\n\r\n",
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_host_whose_proxy_opens_no_tunnel_is_unreachable(
    host: Upstream, fetch_from_host: Fetch, monkeypatch: pytest.MonkeyPatch, refusal: bytes
) -> None:
    with proxy([], refusal) as address:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{CREDENTIALS}@{address}")
        with pytest.raises(UnreachableError) as caught:
            fetch_from_host()

    assert host.asked == []
    error: BaseException | None = caught.value
    while error is not None:
        assert "pass" not in f"{error!r} {error}"
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("url", ["socks5://secret@proxy:1080", "https://u:secret@proxy", "http://"])
def test_proxy_of_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", url)
    with pytest.raises(ValueError, match="HTTPS_PROXY: ") as caught:
        Proxies.from_environment()
    assert "secret" not in str(caught.value)


def test_proxy_without_port_or_credentials() -> None:
    assert Proxy("proxy.example").address == ("proxy.example", 80)
    assert Proxy("http://[::1]:3128").address == ("::1", 3128)
