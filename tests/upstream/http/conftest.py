"""A client for each test, and a certificate for servers named localhost."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from gevent.ssl import PROTOCOL_TLS_SERVER, SSLContext

from validator.upstream.client import Client
from validator.upstream.http.connection import Pool

NewClient = Callable[[Path | None, Pool], Client]
"""Creates a client that is closed after the test."""

Tls = tuple[SSLContext, Path]
"""What a server named localhost needs, and the file of the authority behind it."""


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def new_client() -> Iterator[NewClient]:
    with ExitStack() as stack:
        yield lambda ca_file, pool: stack.enter_context(closing(Client(ca_file, pool)))


@pytest.fixture
def client(new_client: NewClient) -> Client:
    return new_client(None, Pool(10))


@pytest.fixture
def tls(tmp_path: Path) -> Tls:
    trustme = pytest.importorskip("trustme", reason="tests/requirements.txt is not installed")
    authority, context = trustme.CA(), SSLContext(PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    return context, tmp_path / "authority.pem"


@pytest.fixture(params=["http", "https"])
def tls_if_https(request: pytest.FixtureRequest, tls: Tls) -> SSLContext | None:
    """What the server of a test needs that runs over http, and again over https."""
    return tls[0] if request.param == "https" else None


def fetch(client: Client, url: str, size: int = 20_000) -> bytes:
    """Return the first bytes of the body of a response."""
    with client.get(url, {}) as response:
        body: bytes = response.raw.read(size)
        return body
