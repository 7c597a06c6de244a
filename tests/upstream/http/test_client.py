"""What the client sends, returns, retries and raises."""

import resource
import time
import tomllib
from pathlib import Path

import pytest
import requests
from gevent.ssl import PROTOCOL_TLS_CLIENT, SSLContext
from requests.structures import CaseInsensitiveDict

from tests.support.faults import break_off, hang_up, stay_silent, talk_nonsense
from tests.support.upstream import Behaviour, Reply, Upstream
from tests.upstream.http.conftest import fetch
from validator.upstream.client import ATTEMPTS, USER_AGENT, Client, retrying
from validator.upstream.errors import (
    BusyError,
    InvalidResponseError,
    OutOfFilesError,
    UnreachableError,
)
from validator.upstream.http.adapter import GeventAdapter
from validator.upstream.http.connection import Pool
from validator.upstream.http.dialing import Dialer
from validator.upstream.http.proxies import Proxies

HELLO = Reply(body=b"hello")
PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"


def test_response_has_status_headers_and_body_without_decoding(
    client: Client, upstream: Upstream
) -> None:
    compressed = {"Content-Encoding": "gzip"}
    upstream.on("/", Reply(207, b"hello" + bytes(200_000) + b"end", compressed))

    with client.get(upstream.url, {}) as response:
        assert (response.status_code, response.headers["content-encoding"]) == (207, "gzip")
        assert [response.raw.read(size) for size in (2, 3)] == [b"he", b"llo"]
        response.raw.skip(200_000)
        assert response.raw.read(10) == b"end"
        response.raw.skip(1)
        assert response.raw.read(10) == b""
    assert upstream.asked[0].headers["Accept-Encoding"] == "identity"


def test_adapter_can_be_mounted_on_a_session_of_requests(upstream: Upstream) -> None:
    upstream.on("/", HELLO)
    upstream.on("/silent", stay_silent)

    with requests.Session() as session:
        dialer = Dialer(SSLContext(PROTOCOL_TLS_CLIENT), Proxies())
        session.mount("http://", GeventAdapter(dialer, Pool(1)))
        for _ in range(2):
            with session.get(upstream.url) as response:
                assert response.text == "hello"
        with pytest.raises(requests.Timeout):
            session.get(f"{upstream.url}/silent", timeout=0.1)

    assert upstream.asked[0].connection == upstream.asked[1].connection


@pytest.mark.parametrize("headers", [{}, {"user-agent": "twilio-python/9"}])
def test_host_that_refuses_requests_without_user_agent_responds(
    client: Client, upstream: Upstream, headers: dict[str, str]
) -> None:
    upstream.on("/", lambda host: host.send(Reply(200 if host.headers["User-Agent"] else 403)))

    with client.get(upstream.url, headers) as response:
        assert response.status_code == 200
    sent = CaseInsensitiveDict(upstream.asked[0].headers)
    assert sent["User-Agent"] == headers.get("user-agent", USER_AGENT)


def test_user_agent_has_the_version_of_the_project() -> None:
    project = tomllib.loads(PYPROJECT.read_text())["project"]
    assert f"{project['name']}/{project['version']}" == USER_AGENT


def test_redirects_and_cookies_are_ignored(client: Client, upstream: Upstream) -> None:
    """The body of a redirect is not read, either: here, it never comes."""
    headers = {"Location": "/other", "Set-Cookie": "a=first", "Content-Length": "1000000000"}
    upstream.on("/", Reply(307, headers=headers))

    for _ in range(2):
        with client.get(upstream.url, {}) as response:
            assert response.status_code == 307

    assert upstream.paths() == ["/", "/"]
    assert "Cookie" not in upstream.asked[1].headers


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("soon", None), ("", None), ("-1x", None), ("9" * 5000, None)],
    ids=["7", "soon", "empty", "-1x", "5000 digits"],
)
def test_busy_error_has_the_seconds_of_a_valid_retry_after(
    client: Client, upstream: Upstream, header: str, seconds: int | None
) -> None:
    upstream.on("/", Reply(503, headers={"Retry-After": header}))

    with pytest.raises(BusyError) as caught:
        fetch(client, upstream.url)
    assert caught.value.retry_after == seconds


NOWHERE = ("http://127.0.0.1:1/", "http://two..dots/", f"http://{'x' * 64}/")
NO_URL = ("", "http://", "http://[::", "http://a b/", "ftp://x/", "http://x:y/", "http://x/\u20ac")


@pytest.mark.parametrize(
    ("url", "error"),
    [(url, UnreachableError) for url in NOWHERE] + [(url, InvalidResponseError) for url in NO_URL],
)
def test_url_without_a_host_that_accepts_connections_is_an_error(
    client: Client, url: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        fetch(client, url)


def test_header_with_a_line_end_is_not_sent(client: Client, upstream: Upstream) -> None:
    with pytest.raises(InvalidResponseError), client.get(upstream.url, {"X": "y\r\nHost: z"}):
        pass
    assert upstream.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_process_without_free_file_descriptors_says_so(
    client: Client, upstream: Upstream, host: str
) -> None:
    upstream.on("/", HELLO)
    fetch(client, upstream.url)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
    try:
        with pytest.raises(OutOfFilesError):
            fetch(client, f"http://{host}:1/")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_busy_and_unreachable_hosts_are_retried_after_retry_after(
    client: Client, upstream: Upstream
) -> None:
    upstream.on("/", Reply(429, headers={"Retry-After": "1"}), hang_up, break_off, HELLO)
    started = time.monotonic()

    assert retrying(lambda: fetch(client, upstream.url)) == b"hello"
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize(
    ("reply", "attempts"),
    [
        (Reply(503), ATTEMPTS),
        (hang_up, ATTEMPTS),
        (break_off, ATTEMPTS),
        (talk_nonsense, ATTEMPTS),
        (Reply(429, headers={"Retry-After": "3"}), 1),
    ],
    ids=["503", "hang_up", "break_off", "talk_nonsense", "long Retry-After"],
)
def test_retrying_ends_after_a_few_attempts_or_at_a_long_retry_after(
    client: Client, upstream: Upstream, reply: Reply | Behaviour, attempts: int
) -> None:
    upstream.on("/", reply)

    with pytest.raises((BusyError, UnreachableError)):
        retrying(lambda: fetch(client, upstream.url))
    assert len(upstream.asked) == attempts
