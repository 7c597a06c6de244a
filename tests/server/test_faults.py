"""Faults of Twilio and of media servers: the real server responds within its deadline."""

import gzip
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, cycle, islice
from socket import create_connection, create_server

import pytest

from tests.support import faults
from tests.support.servers import Server, procfile_command, running
from tests.support.submissions import Submission, judge
from tests.support.twilio_replies import a_list, a_redirect
from tests.support.upstream import Behaviour, Reply, Upstream, an_upstream
from tests.support.waiting import wait_until

trustme = pytest.importorskip("trustme", reason="tests/requirements.txt is not installed")

DEADLINE = 2.0
OVERHEAD = 1.0
# A request that is retried may also time out on a busy machine.
NO_RESPONSE = ("twilio_unreachable", "twilio_timeout")
TIMEOUT = ("twilio_timeout",)
INVALID = ("twilio_invalid_response",)
BOMB = Reply(
    body=gzip.compress(bytes(100_000_000)),
    headers={"Content-Encoding": "gzip", "Content-Type": "application/json"},
)
BUSY = Reply(429, headers={"Retry-After": "3600"})
HTML = b"<html>"
NUMBERS = count(1)


@pytest.fixture(scope="module")
def twilio() -> Iterator[Upstream]:
    with an_upstream() as twilio:
        yield twilio


@pytest.fixture(scope="module")
def server(twilio: Upstream) -> Iterator[Server]:
    settings = {"TWILIO_API_URL": twilio.url, "VALIDATION_DEADLINE": str(DEADLINE)}
    settings |= {"PATIENCE_SECONDS": "0.2", "RATELIMIT_ENABLED": "0", "WEB_CONCURRENCY": "1"}
    with running(procfile_command(), settings) as server:
        yield server


@pytest.fixture(scope="module")
def untrusted_host() -> Iterator[str]:
    """Return an https URL whose certificate is signed by an unknown authority."""
    with an_upstream() as host:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
        host.socket = tls.wrap_socket(host.socket, server_side=True)
        yield f"https://127.0.0.1:{host.server_port}/file"


@pytest.fixture(scope="module")
def full_host() -> Iterator[str]:
    """Return the URL of a host that never accepts a connection and whose backlog is full."""
    with create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        with create_connection(address, 0.2):
            yield f"http://127.0.0.1:{address[1]}/file"


def expect_problem(server: Server, submission: Submission, codes: tuple[str, ...]) -> None:
    """Submit a message, and expect one of these problem codes within the deadline."""
    response, seconds = judge(server, submission)

    assert response.json()["code"] in codes
    assert seconds < DEADLINE + OVERHEAD


JSON_FAULTS: dict[str, tuple[Behaviour | Reply, tuple[str, ...]]] = {
    "never responds": (faults.stay_silent, TIMEOUT),
    "sends its headers byte by byte": (faults.drip_headers, TIMEOUT),
    "sends its body byte by byte": (faults.drip_body, TIMEOUT),
    "sends its chunks byte by byte": (faults.drip_chunks, TIMEOUT),
    "sends headers without end": (faults.send_headers_without_end, NO_RESPONSE),
    "sends 100 Continue without end": (faults.send_continue_without_end, NO_RESPONSE),
    "sends a gigabyte": (faults.send_a_gigabyte, INVALID),
    "sends a gzip bomb": (BOMB, INVALID),
    "sends nothing and hangs up": (faults.hang_up, NO_RESPONSE),
    "breaks off": (faults.break_off, NO_RESPONSE),
    "sends invalid HTTP": (faults.talk_nonsense, NO_RESPONSE),
    "sends Retry-After: 3600": (BUSY, ("twilio_busy",)),
    "is down": (Reply(503, HTML), ("twilio_busy",)),
    "sends HTML": (Reply(200, HTML), INVALID),
}
"""A fault of Twilio's API, and the problem codes of which one is expected."""


@pytest.mark.parametrize(("reply", "codes"), JSON_FAULTS.values(), ids=JSON_FAULTS)
@pytest.mark.parametrize("part", ["message", "media_list"])
def test_a_faulty_twilio_is_a_problem_within_the_deadline(
    server: Server, twilio: Upstream, part: str, reply: Behaviour | Reply, codes: tuple[str, ...]
) -> None:
    submission = Submission(twilio, next(NUMBERS))
    twilio.on(getattr(submission, part), reply)

    expect_problem(server, submission, codes)


def test_an_endless_media_list_is_a_problem_within_the_deadline(
    server: Server, twilio: Upstream
) -> None:
    submission = Submission(twilio, next(NUMBERS))
    endless = a_list(submission.media_sid, next_page_uri=submission.media_list)
    twilio.on(submission.media_list, endless)

    expect_problem(server, submission, INVALID)


MEDIA_FAULTS: dict[str, tuple[Behaviour | Reply, tuple[str, ...]]] = {
    "never responds": (faults.stay_silent, TIMEOUT),
    "sends its headers byte by byte": (faults.drip_headers, TIMEOUT),
    "sends its body byte by byte": (faults.drip_body, TIMEOUT),
    "hangs up": (faults.hang_up, NO_RESPONSE),
    "sends a compressed body": (BOMB, INVALID),
    "sends Retry-After: 3600": (BUSY, ("twilio_busy",)),
    "redirects to itself": (a_redirect(""), INVALID),
    "redirects to a file": (a_redirect("file:///etc/passwd"), INVALID),
    "redirects in a loop": (a_redirect("/loop"), INVALID),
    "has no IP address": (a_redirect("http://media.invalid/file"), NO_RESPONSE),
    "refuses connections": (a_redirect("http://127.0.0.1:9/file"), NO_RESPONSE),
}


@pytest.mark.parametrize(("reply", "codes"), MEDIA_FAULTS.values(), ids=MEDIA_FAULTS)
def test_a_faulty_media_server_is_a_problem_within_the_deadline(
    server: Server, twilio: Upstream, reply: Behaviour | Reply, codes: tuple[str, ...]
) -> None:
    submission = Submission(twilio, next(NUMBERS))
    host = f"/host/{submission.sid}"
    twilio.on(submission.file, a_redirect(host))
    twilio.on(host, reply)
    twilio.on("/loop", a_redirect(host))

    expect_problem(server, submission, codes)


@pytest.mark.parametrize("host", ["untrusted_host", "full_host"])
def test_a_media_server_without_a_connection_is_a_problem_within_the_deadline(
    server: Server, twilio: Upstream, host: str, request: pytest.FixtureRequest
) -> None:
    submission = Submission(twilio, next(NUMBERS))
    twilio.on(submission.file, a_redirect(request.getfixturevalue(host)))

    expect_problem(server, submission, NO_RESPONSE)


def test_a_file_of_a_gigabyte_is_judged_by_its_first_bytes(
    server: Server, twilio: Upstream
) -> None:
    submission = Submission(twilio, next(NUMBERS))
    twilio.on(submission.file, faults.send_a_gigabyte)

    response, seconds = judge(server, submission)

    assert response.json()["reason"] == "format_not_allowed"
    assert seconds < DEADLINE


def test_hundreds_of_faults_leak_no_file_descriptors_or_threads(
    server: Server, twilio: Upstream
) -> None:
    good = Submission(twilio, next(NUMBERS))
    assert judge(server, good)[0].json()["result"] == "pass"
    descriptors, threads = server.descriptors(), server.threads()
    replies = [reply for reply, _ in JSON_FAULTS.values()]

    def one_fault(reply: Behaviour | Reply) -> float:
        submission = Submission(twilio, next(NUMBERS))
        twilio.on(submission.message, reply)
        response, seconds = judge(server, submission)
        assert response.status_code >= 500
        return seconds

    with ThreadPoolExecutor(50) as callers:
        slowest = max(callers.map(one_fault, islice(cycle(replies), 500)))

    assert slowest < DEADLINE + OVERHEAD
    wait_until(lambda: server.descriptors() <= descriptors)
    wait_until(lambda: server.threads() <= threads)
    assert judge(server, good)[0].json()["result"] == "pass"
