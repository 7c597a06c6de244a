"""Faults of Twilio and of media servers: the real server responds within its deadline."""

import gzip
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from socket import create_connection, create_server

import pytest

from tests.support import faults
from tests.support.servers import Server, procfile_command
from tests.support.servers import running as running_server
from tests.support.submissions import Submission, judge
from tests.support.twilio_replies import a_list
from tests.support.upstream import Behaviour, Reply, Upstream, running
from tests.support.waiting import wait_until

trustme = pytest.importorskip("trustme", reason="tests/requirements.txt is not installed")

DEADLINE = 2.0
OVERHEAD = 1.0
# A request that is retried may also time out on a busy machine.
NO_RESPONSE = ("twilio_unreachable", "twilio_timeout")
GIF = b"GIF89a"
BOMB = Reply(
    body=gzip.compress(bytes(100_000_000)),
    headers={"Content-Encoding": "gzip", "Content-Type": "application/json"},
)
BUSY = Reply(429, headers={"Retry-After": "3600"})


@pytest.fixture(scope="module")
def twilio() -> Iterator[Upstream]:
    with running() as twilio:
        yield twilio


@pytest.fixture(scope="module")
def server(twilio: Upstream) -> Iterator[Server]:
    settings = {
        "TWILIO_API_URL": twilio.url,
        "VALIDATION_DEADLINE": str(DEADLINE),
        "PATIENCE_SECONDS": "0.2",
        "RATELIMIT_ENABLED": "0",
        "WEB_CONCURRENCY": "1",
    }
    with running_server(procfile_command(), settings) as server:
        yield server


@pytest.fixture(scope="module")
def untrusted_host() -> Iterator[str]:
    """Return an https URL whose certificate is signed by an unknown authority."""
    with running() as host:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
        host.socket = tls.wrap_socket(host.socket, server_side=True)
        yield f"https://127.0.0.1:{host.server_port}/file"


@pytest.fixture(scope="module")
def full_host() -> Iterator[str]:
    """Return the URL of a host that never accepts a connection and whose backlog is full."""
    with create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        waiting = [create_connection(address, 0.2) for _ in range(1)]
        yield f"http://127.0.0.1:{address[1]}/file"
        for connection in waiting:
            connection.close()


def redirected(url: str) -> Reply:
    return Reply(307, headers={"Location": url})


def list_without_end(submission: Submission) -> Reply:
    return a_list(submission.media_sid, next_page_uri=submission.media_list)


NUMBERS = cycle(range(1, 10**9))

JSON_FAULTS: dict[str, tuple[Behaviour | Reply, tuple[str, ...]]] = {
    "never responds": (faults.stay_silent, ("twilio_timeout",)),
    "sends its headers byte by byte": (faults.drip_headers, ("twilio_timeout",)),
    "sends its body byte by byte": (faults.drip_body, ("twilio_timeout",)),
    "sends its chunks byte by byte": (faults.drip_chunks, ("twilio_timeout",)),
    "sends headers without end": (faults.send_headers_without_end, NO_RESPONSE),
    "sends 100 Continue without end": (faults.send_continue_without_end, NO_RESPONSE),
    "sends a gigabyte": (faults.send_a_gigabyte, ("twilio_invalid_response",)),
    "sends a gzip bomb": (BOMB, ("twilio_invalid_response",)),
    "sends nothing and hangs up": (faults.hang_up, NO_RESPONSE),
    "breaks off": (faults.break_off, NO_RESPONSE),
    "sends invalid HTTP": (faults.talk_nonsense, NO_RESPONSE),
    "sends Retry-After: 3600": (BUSY, ("twilio_busy",)),
    "is down": (Reply(503, b"<html>"), ("twilio_busy",)),
    "sends HTML": (Reply(200, b"<html>"), ("twilio_invalid_response",)),
}
"""A fault of Twilio's API, and the problem codes of which one is expected."""


@pytest.mark.parametrize(("reply", "codes"), JSON_FAULTS.values(), ids=JSON_FAULTS)
@pytest.mark.parametrize("part", ["message", "media_list"])
def test_a_faulty_twilio_is_a_problem_within_the_deadline(
    server: Server, twilio: Upstream, part: str, reply: Behaviour | Reply, codes: tuple[str, ...]
) -> None:
    submission = Submission(twilio, next(NUMBERS))
    twilio.on(getattr(submission, part), reply)

    response, seconds = judge(server, submission)

    assert response.json()["code"] in codes
    assert seconds < DEADLINE + OVERHEAD


def test_an_endless_media_list_is_a_problem_within_the_deadline(
    server: Server, twilio: Upstream
) -> None:
    submission = Submission(twilio, next(NUMBERS))
    twilio.on(submission.media_list, list_without_end(submission))

    response, seconds = judge(server, submission)

    assert response.json()["code"] == "twilio_invalid_response"
    assert seconds < DEADLINE + OVERHEAD


MEDIA_FAULTS: dict[str, tuple[Behaviour | Reply, tuple[str, ...]]] = {
    "never responds": (faults.stay_silent, ("twilio_timeout",)),
    "sends its headers byte by byte": (faults.drip_headers, ("twilio_timeout",)),
    "sends its body byte by byte": (faults.drip_body, ("twilio_timeout",)),
    "hangs up": (faults.hang_up, NO_RESPONSE),
    "sends a compressed body": (BOMB, ("twilio_invalid_response",)),
    "sends Retry-After: 3600": (BUSY, ("twilio_busy",)),
    "redirects to itself": (redirected(""), ("twilio_invalid_response",)),
    "redirects to a file": (redirected("file:///etc/passwd"), ("twilio_invalid_response",)),
    "has no IP address": (redirected("http://media.invalid/file"), NO_RESPONSE),
    "refuses connections": (redirected("http://127.0.0.1:9/file"), NO_RESPONSE),
}


@pytest.mark.parametrize(("reply", "codes"), MEDIA_FAULTS.values(), ids=MEDIA_FAULTS)
def test_a_faulty_media_server_is_a_problem_within_the_deadline(
    server: Server, twilio: Upstream, reply: Behaviour | Reply, codes: tuple[str, ...]
) -> None:
    submission = Submission(twilio, next(NUMBERS))
    twilio.on(submission.file, redirected(f"{twilio.url}/host/{submission.sid}"))
    twilio.on(f"/host/{submission.sid}", reply)

    response, seconds = judge(server, submission)

    assert response.json()["code"] in codes
    assert seconds < DEADLINE + OVERHEAD


def test_a_redirect_loop_is_a_problem_within_the_deadline(server: Server, twilio: Upstream) -> None:
    submission = Submission(twilio, next(NUMBERS))
    first, second = f"/first/{submission.sid}", f"/second/{submission.sid}"
    twilio.on(submission.file, redirected(first))
    twilio.on(first, redirected(second))
    twilio.on(second, redirected(first))

    response, seconds = judge(server, submission)

    assert response.json()["code"] == "twilio_invalid_response"
    assert seconds < DEADLINE + OVERHEAD


def test_a_media_server_with_an_untrusted_certificate_is_a_problem(
    server: Server, twilio: Upstream, untrusted_host: str
) -> None:
    submission = Submission(twilio, next(NUMBERS))
    twilio.on(submission.file, redirected(untrusted_host))

    response, seconds = judge(server, submission)

    assert response.json()["code"] in NO_RESPONSE
    assert seconds < DEADLINE + OVERHEAD


def test_a_media_server_that_never_accepts_is_a_problem_within_the_deadline(
    server: Server, twilio: Upstream, full_host: str
) -> None:
    submission = Submission(twilio, next(NUMBERS))
    twilio.on(submission.file, redirected(full_host))

    response, seconds = judge(server, submission)

    assert response.json()["code"] in NO_RESPONSE
    assert seconds < DEADLINE + OVERHEAD


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
