"""HTTP as it goes out: what is sent, what is kept, what is tried again."""

import resource
import socket
import ssl
import threading
import time
from functools import partial
from pathlib import Path

import pytest
import requests

from tests.support.faults import (
    break_off,
    drip_body,
    drip_headers,
    hang_up,
    stay_silent,
    talk_nonsense,
)
from tests.support.upstream import Behaviour, Handler, Reply, Upstream, running
from validator import connections, transport
from validator.capacity import OverloadedError
from validator.connections import PooledAdapter
from validator.deadline import Deadline, DeadlineExceededError
from validator.total_timeout import TotalTimeoutTLS
from validator.transport import (
    ATTEMPTS,
    BusyError,
    InvalidAnswerError,
    Transport,
    UnreachableError,
    persistently,
)

HELLO = Reply(body=b"hello")


def get(
    url: str, seconds: float = 5.0, size: int = 4096, transport: Transport | None = None
) -> bytes:
    with (transport or Transport()).get(url, {}, Deadline(seconds)) as answer:
        return answer.read(size)


@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """What a server named localhost shows, and the file of the authority behind it."""
    trustme = pytest.importorskip("trustme", reason="tests/requirements.txt is not installed")
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    return context, tmp_path / "authority.pem"


def test_an_answer_has_its_status_headers_and_as_much_body_as_is_asked_for(
    upstream: Upstream,
) -> None:
    upstream.on("/", Reply(207, b"hello", {"X-Kind": "test"}))

    with Transport().get(f"{upstream.url}/", {}, Deadline(5)) as answer:
        assert (answer.status, answer.headers["x-kind"]) == (207, "test")
        assert (answer.read(2), answer.read(10), answer.read(1)) == (b"he", b"llo", b"")


def test_skipping_passes_over_what_is_there_and_no_more(upstream: Upstream) -> None:
    upstream.on("/", Reply(body=bytes(200_000) + b"end"))

    with Transport().get(f"{upstream.url}/", {}, Deadline(5)) as answer:
        answer.skip(200_000)
        assert answer.read(10) == b"end"
        answer.skip(1)
        assert answer.read(10) == b""


def test_a_compressed_body_comes_as_it_was_sent(upstream: Upstream) -> None:
    upstream.on("/", Reply(body=b"\x1f\x8bbomb", headers={"Content-Encoding": "gzip"}))

    assert get(f"{upstream.url}/") == b"\x1f\x8bbomb"
    assert upstream.asked[0].headers["Accept-Encoding"] == "identity"


def test_a_connection_is_used_again_once_its_answer_is_read_or_nearly_read(
    upstream: Upstream,
) -> None:
    upstream.on("/", Reply(body=bytes(10_000)))
    shared = Transport()

    for size in (10_000, 100, 0, 10_000):
        with shared.get(f"{upstream.url}/", {}, Deadline(5)) as answer:
            answer.read(size)

    assert len({asked.connection for asked in upstream.asked}) == 1
    assert {asked.headers["Host"] for asked in upstream.asked} == {upstream.url[len("http://") :]}


def test_over_tls_an_answer_and_its_connection_are_the_same(
    tls: tuple[ssl.SSLContext, Path],
) -> None:
    context, authority = tls
    with running(context) as upstream:
        upstream.on("/", Reply(body=bytes(100_000) + b"end"))
        shared = Transport(authority)
        for _ in range(2):
            with shared.get(f"{upstream.url}/", {}, Deadline(5)) as answer:
                assert answer.read(200_000).endswith(b"end")

    assert len({asked.connection for asked in upstream.asked}) == 1


def test_a_certificate_that_nobody_trusts_is_not_accepted(
    tls: tuple[ssl.SSLContext, Path],
) -> None:
    with running(tls[0]) as upstream, pytest.raises(UnreachableError):
        get(f"{upstream.url}/")
    assert upstream.asked == []


def test_a_connection_that_is_not_made_for_long_is_no_answer_before_the_deadline(
    tls: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "CONNECT_TIMEOUT", 0.1)
    context, authority = tls
    context.sni_callback = lambda *_: time.sleep(0.3)
    with (
        running(context) as upstream,
        pytest.raises(UnreachableError),
        Transport(authority).get(f"{upstream.url}/", {}, Deadline(5)),
    ):
        pass


def test_connecting_and_answering_share_the_deadline(tls: tuple[ssl.SSLContext, Path]) -> None:
    context, authority = tls
    context.sni_callback = lambda *_: time.sleep(0.7)
    with running(context) as upstream:
        upstream.on("/", stay_silent)
        started = time.monotonic()
        with (
            pytest.raises(DeadlineExceededError),
            Transport(authority).get(f"{upstream.url}/", {}, Deadline(1)),
        ):
            pass

    assert len(upstream.asked) == 1
    assert 1 <= time.monotonic() - started < 1.5


def test_connections_that_nobody_uses_any_more_are_closed(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "KEPT_SECONDS", 0.05)
    closed = threading.Semaphore(0)

    def answer_and_wait(handler: Handler) -> None:
        handler.send(HELLO)
        if not handler.rfile.read(1):
            closed.release()

    upstream.on("/", answer_and_wait)
    shared = Transport()

    for _ in range(2):
        # Whoever asks just when connections are closed has to ask again.
        ask = partial(get, f"{upstream.url}/", transport=shared)
        assert persistently(ask, Deadline(5)) == b"hello"
        assert closed.acquire(timeout=5)


def test_a_host_that_is_asked_while_its_connections_are_closed_is_asked_over_new_ones(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream.on("/", HELLO)
    adapter = PooledAdapter(TotalTimeoutTLS(ssl.PROTOCOL_TLS_CLIENT), 10)
    request = requests.Request("GET", f"{upstream.url}/").prepare()
    adapter.send(request, timeout=5).close()
    asker = threading.Thread(target=adapter.get_connection_with_tls_context, args=(request,))
    clear = adapter.poolmanager.clear

    def clear_while_somebody_asks() -> None:
        asker.start()
        asker.join(0.2)
        clear()

    monkeypatch.setattr(adapter.poolmanager, "clear", clear_while_somebody_asks)
    adapter.close()
    asker.join()

    adapter.send(request, timeout=5).close()
    assert upstream.paths() == ["/", "/"]


def test_the_rest_of_a_large_file_is_not_fetched(upstream: Upstream) -> None:
    upstream.on("/", Reply(body=bytes(1_000_000)))
    shared = Transport()

    for _ in range(2):
        with shared.get(f"{upstream.url}/", {}, Deadline(5)) as answer:
            answer.read(4096)

    assert len({asked.connection for asked in upstream.asked}) == 2


def test_connections_are_kept_to_a_few_hosts_only(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MAX_HOSTS", 1)
    upstream.on("/", HELLO)
    shared = Transport()

    for host in ("127.0.0.1", "127.0.0.1", "localhost", "127.0.0.1"):
        with shared.get(f"http://{host}:{upstream.server_port}/", {}, Deadline(5)) as answer:
            answer.read(5)

    assert len({asked.connection for asked in upstream.asked}) == 3


def test_cookies_do_not_pass_from_one_answer_to_the_next_request(upstream: Upstream) -> None:
    upstream.on("/", Reply(headers={"Set-Cookie": "account=first"}))
    shared = Transport()

    for _ in range(2):
        with shared.get(f"{upstream.url}/", {}, Deadline(5)):
            pass

    assert all("Cookie" not in asked.headers for asked in upstream.asked)


def test_a_redirect_is_not_followed(upstream: Upstream) -> None:
    upstream.on("/", Reply(307, headers={"Location": "/elsewhere"}))

    with Transport().get(f"{upstream.url}/", {}, Deadline(5)) as answer:
        assert answer.status == 307
    assert upstream.paths() == ["/"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_host_that_refuses_for_now_is_busy(upstream: Upstream, status: int) -> None:
    upstream.on("/", Reply(status, headers={"Retry-After": "7"}))

    with pytest.raises(BusyError) as caught:
        get(f"{upstream.url}/")
    assert caught.value.retry_after == 7


@pytest.mark.parametrize("retry_after", ["soon", "", "-1x", "9" * 5000])
def test_a_retry_after_that_says_nothing_is_passed_over(
    upstream: Upstream, retry_after: str
) -> None:
    upstream.on("/", Reply(503, headers={"Retry-After": retry_after}))

    with pytest.raises(BusyError) as caught:
        get(f"{upstream.url}/")
    assert caught.value.retry_after is None


@pytest.mark.parametrize("behaviour", [hang_up, break_off, talk_nonsense])
def test_a_connection_that_breaks_is_no_answer(upstream: Upstream, behaviour: Behaviour) -> None:
    upstream.on("/", behaviour)

    with pytest.raises(UnreachableError):
        get(f"{upstream.url}/")


def test_a_process_without_free_files_is_overloaded_and_twilio_is_not_unreachable() -> None:
    shared, soft_and_hard = Transport(), resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, soft_and_hard[1]))
    try:
        with pytest.raises(OverloadedError):
            get("http://127.0.0.1:9/", transport=shared)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, soft_and_hard)


def test_a_port_where_nobody_listens_is_unreachable() -> None:
    with socket.socket() as bound_but_deaf:
        bound_but_deaf.bind(("127.0.0.1", 0))
        port = bound_but_deaf.getsockname()[1]

        with pytest.raises(UnreachableError):
            get(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("url", ["http://", "http://[::", "http://a b/", "ftp://x/", "http://x:y/"])
def test_an_address_that_is_none_is_an_invalid_answer(url: str) -> None:
    with pytest.raises(InvalidAnswerError):
        get(url)


@pytest.mark.parametrize("behaviour", [stay_silent, drip_headers, drip_body])
def test_an_answer_that_is_not_whole_by_the_deadline_is_given_up(
    upstream: Upstream, behaviour: Behaviour
) -> None:
    upstream.on("/", behaviour)
    started = time.monotonic()

    with pytest.raises(DeadlineExceededError):
        get(f"{upstream.url}/", seconds=0.3, size=100_000)
    assert 0.3 <= time.monotonic() - started < 1.0


def test_after_the_deadline_nothing_is_asked(upstream: Upstream) -> None:
    with Deadline(5) as deadline:
        pass

    with pytest.raises(DeadlineExceededError), Transport().get(upstream.url, {}, deadline):
        pass
    assert upstream.asked == []


def test_what_fails_for_now_is_asked_again(upstream: Upstream) -> None:
    upstream.on("/", Reply(503), hang_up, break_off, HELLO)

    assert persistently(lambda: get(f"{upstream.url}/"), Deadline(5)) == b"hello"


def test_asking_again_has_an_end(upstream: Upstream) -> None:
    upstream.on("/", Reply(503))

    with pytest.raises(BusyError):
        persistently(lambda: get(f"{upstream.url}/"), Deadline(5))
    assert len(upstream.asked) == ATTEMPTS


def test_a_host_that_wants_to_rest_beyond_the_deadline_is_not_asked_again(
    upstream: Upstream,
) -> None:
    upstream.on("/", Reply(429, headers={"Retry-After": "3600"}))

    with pytest.raises(BusyError):
        persistently(lambda: get(f"{upstream.url}/"), Deadline(5))
    assert len(upstream.asked) == 1


def test_a_host_is_left_alone_for_as_long_as_it_says(upstream: Upstream) -> None:
    upstream.on("/", Reply(429, headers={"Retry-After": "1"}), HELLO)
    started = time.monotonic()

    assert persistently(lambda: get(f"{upstream.url}/"), Deadline(5)) == b"hello"
    assert time.monotonic() - started >= 1
