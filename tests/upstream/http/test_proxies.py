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
from validator.upstream.http.connection import Pool
from validator.upstream.http.proxies import Proxies

OPEN = b"HTTP/1.1 200 OK\r\n\r\n"
CREDENTIALS = "someone:pass%20word"

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
    return lambda: fetch(new_client(tls[1], Pool(1)), host.url)


def test_https_proxy_opens_a_tunnel(
    host: Upstream, fetch_from_host: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[bytes] = []
    with proxy(requests) as address:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{CREDENTIALS}@{address}")
        assert fetch_from_host() == b"hello"

    lines = requests[0].decode().split("\r\n")
    assert lines[0] == f"CONNECT localhost:{host.server_port} HTTP/1.1"
    assert f"Proxy-Authorization: Basic {b64encode(b'someone:pass word').decode()}" in lines
    assert "Proxy-Authorization" not in host.asked[0].headers


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


@pytest.mark.parametrize(
    ("variable", "url", "address"),
    [
        ("HTTPS_PROXY", "http://proxy.example:3128", ("proxy.example", 3128)),
        ("https_proxy", "proxy.example", ("proxy.example", 80)),
        ("ALL_PROXY", f"{CREDENTIALS}@[::1]:3128", ("::1", 3128)),
    ],
)
def test_environment_names_the_proxy_and_the_hosts_that_need_none(
    monkeypatch: pytest.MonkeyPatch, variable: str, url: str, address: tuple[str, int]
) -> None:
    monkeypatch.setenv(variable, url)
    monkeypatch.setenv("NO_PROXY", "example.org,localhost")
    proxies = Proxies.from_environment()

    found = proxies.find("https", "api.twilio.com")
    assert found is not None
    assert found.address == address
    assert proxies.find("http", "api.twilio.com") is None
    assert proxies.find("https", "localhost") is None


@pytest.mark.parametrize("url", ["socks5://secret@proxy:1080", "https://u:secret@proxy", "http://"])
def test_proxy_of_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", url)
    with pytest.raises(ValueError, match="HTTPS_PROXY: ") as caught:
        Proxies.from_environment()
    assert "secret" not in str(caught.value)
