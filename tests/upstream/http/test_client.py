"""What the client sends, returns, retries and raises."""

import gc
import resource
import socket
import time
import tomllib
from pathlib import Path

import pytest
import requests

from tests.support.faults import break_off, hang_up, talk_nonsense
from tests.support.upstream import Behaviour, Reply, Upstream
from validator.upstream.client import ATTEMPTS, USER_AGENT, Client, retrying
from validator.upstream.errors import (
    BusyError,
    InvalidResponseError,
    MisdirectedResponseError,
    OutOfFilesError,
    UnreachableError,
)
from validator.upstream.http.body import Body

HELLO = Reply(body=b"hello")
PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"


def fetch(client: Client, url: str, size: int = 4096) -> bytes:
    with client.get(url, {}) as response:
        body: bytes = response.raw.read(size)
        return body


def test_response_has_status_headers_and_as_much_body_as_is_read(
    client: Client, upstream: Upstream
) -> None:
    upstream.on("/", Reply(207, b"hello", {"X-Kind": "test"}))

    with client.get(f"{upstream.url}/", {}) as response:
        assert (response.status_code, response.headers["X-Kind"]) == (207, "test")
        assert [response.raw.read(size) for size in (2, 10, 1)] == [b"he", b"llo", b""]


def test_skip_passes_over_part_of_a_body(client: Client, upstream: Upstream) -> None:
    upstream.on("/", Reply(body=bytes(200_000) + b"end"))

    with client.get(f"{upstream.url}/", {}) as response:
        response.raw.skip(200_000)
        assert response.raw.read(10) == b"end"
        response.raw.skip(1)
        assert response.raw.read(10) == b""


def test_user_agent_is_ours_unless_the_caller_has_one(client: Client, upstream: Upstream) -> None:
    upstream.on("/", HELLO)

    for headers in ({}, {"user-agent": "twilio-python/9"}):
        with client.get(f"{upstream.url}/", headers):
            pass

    sent = [asked.headers.get("User-Agent") for asked in upstream.asked]
    assert sent == [USER_AGENT, None]
    assert upstream.asked[1].headers["user-agent"] == "twilio-python/9"


def test_user_agent_has_the_version_of_the_project() -> None:
    project = tomllib.loads(PYPROJECT.read_text())["project"]
    assert f"{project['name']}/{project['version']}" == USER_AGENT


def test_host_that_refuses_requests_without_user_agent_responds(
    client: Client, upstream: Upstream
) -> None:
    upstream.on(
        "/", lambda handler: handler.send(HELLO if handler.headers["User-Agent"] else Reply(403))
    )

    with client.get(f"{upstream.url}/", {}) as response:
        assert response.status_code == 200


def test_compressed_body_is_neither_asked_for_nor_decoded(
    client: Client, upstream: Upstream
) -> None:
    upstream.on("/", Reply(body=b"\x1f\x8bbomb", headers={"Content-Encoding": "gzip"}))

    assert fetch(client, f"{upstream.url}/") == b"\x1f\x8bbomb"
    assert upstream.asked[0].headers["Accept-Encoding"] == "identity"


def test_cookies_are_not_sent_back(client: Client, upstream: Upstream) -> None:
    upstream.on("/", Reply(headers={"Set-Cookie": "account=first"}))

    for _ in range(2):
        fetch(client, f"{upstream.url}/")

    assert all("Cookie" not in asked.headers for asked in upstream.asked)


def test_redirect_is_not_followed_and_its_body_is_not_read(
    client: Client, upstream: Upstream
) -> None:
    headers = {"Location": "/elsewhere", "Content-Length": "1000000000"}
    upstream.on("/", Reply(307, headers=headers))

    with client.get(f"{upstream.url}/", {}) as response:
        assert response.status_code == 307
    assert upstream.paths() == ["/"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_429_and_5xx_are_busy_and_say_for_how_long(
    client: Client, upstream: Upstream, status: int
) -> None:
    upstream.on("/", Reply(status, headers={"Retry-After": "7"}))

    with pytest.raises(BusyError) as caught:
        fetch(client, f"{upstream.url}/")
    assert caught.value.retry_after == 7


@pytest.mark.parametrize("retry_after", ["soon", "", "-1x", "9" * 5000])
def test_invalid_retry_after_is_ignored(
    client: Client, upstream: Upstream, retry_after: str
) -> None:
    upstream.on("/", Reply(503, headers={"Retry-After": retry_after}))

    with pytest.raises(BusyError) as caught:
        fetch(client, f"{upstream.url}/")
    assert caught.value.retry_after is None


@pytest.mark.parametrize("behaviour", [hang_up, break_off, talk_nonsense])
def test_broken_connection_is_unreachable(
    client: Client, upstream: Upstream, behaviour: Behaviour
) -> None:
    upstream.on("/", behaviour)

    with pytest.raises(UnreachableError):
        fetch(client, f"{upstream.url}/")
    assert len(upstream.asked) == 1


def test_closed_port_is_unreachable(client: Client) -> None:
    with socket.socket() as bound_but_not_listening:
        bound_but_not_listening.bind(("127.0.0.1", 0))
        port = bound_but_not_listening.getsockname()[1]

        with pytest.raises(UnreachableError):
            fetch(client, f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("host", ["two..dots", "x" * 64])
def test_host_without_address_is_unreachable(client: Client, host: str) -> None:
    with pytest.raises(UnreachableError):
        fetch(client, f"http://{host}/")


@pytest.mark.parametrize(
    "url",
    ["", "http://", "http://[::", "http://a b/", "ftp://x/", "http://x:y/", "http://x/\u20ac"],
)
def test_invalid_url_is_an_invalid_response(client: Client, url: str) -> None:
    with pytest.raises(InvalidResponseError):
        fetch(client, url)


def test_header_with_a_line_end_is_not_sent(client: Client, upstream: Upstream) -> None:
    with pytest.raises(InvalidResponseError), client.get(upstream.url, {"X": "y\r\nHost: z"}):
        pass
    assert upstream.asked == []


def test_error_of_the_callers_own_passes_through(client: Client, upstream: Upstream) -> None:
    upstream.on("/", HELLO)

    with pytest.raises(TypeError), client.get(f"{upstream.url}/", {}):
        raise TypeError


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_process_without_free_file_descriptors_says_so(
    client: Client, upstream: Upstream, host: str
) -> None:
    upstream.on("/", HELLO)
    fetch(client, f"{upstream.url}/")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
    try:
        with pytest.raises(OutOfFilesError):
            fetch(client, f"http://{host}:1/")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_busy_and_unreachable_hosts_are_asked_again(client: Client, upstream: Upstream) -> None:
    upstream.on("/", Reply(503), hang_up, break_off, HELLO)

    assert retrying(lambda: fetch(client, f"{upstream.url}/")) == b"hello"


def test_retrying_ends_after_a_few_attempts(client: Client, upstream: Upstream) -> None:
    upstream.on("/", Reply(503))

    with pytest.raises(BusyError):
        retrying(lambda: fetch(client, f"{upstream.url}/"))
    assert len(upstream.asked) == ATTEMPTS


def test_retry_after_is_waited_for(client: Client, upstream: Upstream) -> None:
    upstream.on("/", Reply(429, headers={"Retry-After": "1"}), HELLO)
    started = time.monotonic()

    assert retrying(lambda: fetch(client, f"{upstream.url}/")) == b"hello"
    assert time.monotonic() - started >= 1


def test_long_retry_after_is_not_waited_for(client: Client, upstream: Upstream) -> None:
    upstream.on("/", Reply(429, headers={"Retry-After": "3600"}))

    with pytest.raises(BusyError):
        retrying(lambda: fetch(client, f"{upstream.url}/"))
    assert len(upstream.asked) == 1


def test_misdirected_response_is_asked_for_again_on_a_new_connection(
    client: Client, upstream: Upstream
) -> None:
    upstream.on("/", Reply(body=b"own"), Reply(body=b"other"), Reply(body=b"own"))

    def fetch_own() -> bytes:
        with client.get(f"{upstream.url}/", {}) as response:
            if response.raw.read(10) != b"own":
                raise MisdirectedResponseError
        return b"own"

    assert [retrying(fetch_own), retrying(fetch_own)] == [b"own", b"own"]
    connections = [asked.connection for asked in upstream.asked]
    assert connections[0] == connections[1] != connections[2]


@pytest.mark.parametrize("behaviour", [hang_up, break_off, talk_nonsense, Reply(503)])
def test_failed_requests_leave_nothing_to_the_garbage_collector(
    client: Client, upstream: Upstream, behaviour: Behaviour | Reply
) -> None:
    upstream.on("/", behaviour)

    def fail() -> None:
        with pytest.raises((UnreachableError, BusyError)), client.get(upstream.url + "/", {}) as r:
            r.raw.read(10)

    fail()
    gc.collect()
    gc.disable()
    try:
        fail()
        kinds = (requests.PreparedRequest, requests.Response, Body)
        kept = [each for each in gc.get_objects() if isinstance(each, kinds)]
        assert kept == []
    finally:
        gc.enable()
