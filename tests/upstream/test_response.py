"""Answers as they may come over the wire, and what may be asked after them."""

from socket import SHUT_RDWR
from threading import Event

import pytest

from tests.support import faults
from tests.support.upstream import Behaviour, Handler, Reply, Upstream
from validator.deadline import Deadline
from validator.transport import InvalidAnswerError, Transport, UnreachableError

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def sending(answer: bytes, keep: bool = True, at_once: int = 100_000) -> Behaviour:
    """Send these bytes, so many at once; the connection ends after them unless it is kept."""

    def send(handler: Handler) -> None:
        for start in range(0, len(answer), at_once):
            handler.wfile.write(answer[start : start + at_once])
        handler.close_connection = not keep

    return send


def get(upstream: Upstream, transport: Transport | None = None) -> bytes:
    with (transport or Transport()).get(f"{upstream.url}/", {}, Deadline(5)) as answer:
        return answer.read(100)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(HELLO, id="of a length that it tells"),
        pytest.param(CHUNKED + b"2\r\nhe\r\n3;a=b\r\nllo\r\n0\r\nX: y\r\n\r\n", id="in chunks"),
        pytest.param(b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n" + HELLO, id="announced"),
        pytest.param(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3 + HELLO, id="announced thrice"),
    ],
)
@pytest.mark.parametrize("at_once", [1, 100_000], ids=["byte by byte", "at once"])
def test_a_whole_answer_is_read_however_it_comes_and_its_connection_kept(
    upstream: Upstream, answer: bytes, at_once: int
) -> None:
    upstream.on("/", sending(answer, at_once=at_once))
    shared = Transport()

    assert [get(upstream, shared) for _ in range(2)] == [b"hello", b"hello"]
    assert len({asked.connection for asked in upstream.asked}) == 1


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_an_answer_of_no_stated_length_ends_with_its_connection(
    upstream: Upstream, version: bytes
) -> None:
    upstream.on("/", sending(b"HTTP/" + version + b" 200 OK\r\n\r\nhello", keep=False))

    assert get(upstream) == b"hello"


def test_headers_of_one_name_are_one_and_those_of_an_announcement_or_a_trailer_none(
    upstream: Upstream,
) -> None:
    announced = b"HTTP/1.1 100 Continue\r\nX: early\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nX: a \r\nx: a\r\nx: b\r\nTransfer-Encoding: chunked\r\n\r\n"
    upstream.on("/", sending(announced + head + b"0\r\nX: late\r\n\r\n"))

    with Transport().get(f"{upstream.url}/", {}, Deadline(5)) as answer:
        assert (answer.read(1), answer.headers["x"]) == (b"", "a, b")


@pytest.mark.parametrize(
    "more", [HELLO.replace(b"hello", b"other"), b"x", b"HTTP/1.1 100 Continue\r\n\r\n", b"\r\nx"]
)
@pytest.mark.parametrize("head", [b"Content-Length: 5", b"Content-Length: 5\r\nConnection: close"])
def test_what_follows_an_answer_is_nobody_elses(
    upstream: Upstream, more: bytes, head: bytes
) -> None:
    upstream.on("/", sending(HELLO.replace(b"Content-Length: 5", head) + more), Reply(body=b"mine"))
    shared = Transport()

    with shared.get(f"{upstream.url}/", {}, Deadline(5)) as answer:
        assert (answer.read(100), answer.headers["content-length"]) == (b"hello", "5")
    assert get(upstream, shared) == b"mine"
    assert len({asked.connection for asked in upstream.asked}) == 2


@pytest.mark.parametrize(
    "last",
    [HELLO.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), HELLO.replace(b"1.1", b"1.0")],
)
def test_a_connection_is_not_kept_after_its_last_answer(upstream: Upstream, last: bytes) -> None:
    upstream.on("/", sending(last))
    shared = Transport()

    assert [get(upstream, shared) for _ in range(2)] == [b"hello", b"hello"]
    assert len({asked.connection for asked in upstream.asked}) == 2


@pytest.mark.parametrize("late", [b"", HELLO.replace(b"hello", b"other")], ids=["end", "answer"])
def test_a_kept_connection_on_which_something_came_meanwhile_is_not_used_again(
    upstream: Upstream, late: bytes
) -> None:
    kept, came = Event(), Event()

    def send_later(handler: Handler) -> None:
        handler.wfile.write(HELLO)
        kept.wait(5)
        handler.wfile.write(late)
        if not late:
            handler.connection.shutdown(SHUT_RDWR)
        came.set()

    upstream.on("/", send_later, Reply(body=b"mine"))
    shared = Transport()

    assert get(upstream, shared) == b"hello"
    kept.set()
    assert came.wait(5)
    assert get(upstream, shared) == b"mine"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Le", id="half a head"),
        pytest.param(HELLO[:-1], id="less than its length"),
        pytest.param(CHUNKED + b"5\r\nhello\r\n", id="no last chunk"),
        pytest.param(CHUNKED + b"x\r\nhello\r\n0\r\n\r\n", id="a chunk of no size"),
        pytest.param(HELLO.replace(b"5\r", b"5\r\nContent-Length: 4\r"), id="two lengths"),
        pytest.param(HELLO.replace(b"5\r", b"-5\r"), id="a negative length"),
        pytest.param(CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n"), id="both"),
        pytest.param(
            b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", id="1"
        ),
    ],
)
def test_what_is_not_a_whole_answer_is_none(upstream: Upstream, answer: bytes) -> None:
    upstream.on("/", sending(answer, keep=False))

    with pytest.raises(UnreachableError):
        get(upstream)


@pytest.mark.parametrize(
    "fault", [faults.send_headers_without_end, faults.send_continue_without_end]
)
def test_a_head_without_end_is_not_waited_for(upstream: Upstream, fault: Behaviour) -> None:
    upstream.on("/", fault)

    with pytest.raises(UnreachableError):
        get(upstream)


@pytest.mark.parametrize("text", ["a\r\nX: y", "a\nb", "\x00", "\u2028", "\u20ac"])
def test_a_header_that_would_be_another_line_is_not_sent(upstream: Upstream, text: str) -> None:
    upstream.on("/", Reply())

    with (
        pytest.raises(InvalidAnswerError),
        Transport().get(f"{upstream.url}/", {"X": text}, Deadline(5)),
    ):
        pass

    assert upstream.asked == []
