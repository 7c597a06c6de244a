"""Faults of Twilio and of media servers: the real server responds within its deadline."""

import gzip
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, cycle, islice

import pytest

from tests.support import faults
from tests.support.accounts import MEDIA_SID
from tests.support.servers import Server, procfile_command, running
from tests.support.submissions import Submission, judge
from tests.support.twilio_replies import a_list, a_redirect
from tests.support.upstream import Behaviour, Reply, Upstream, an_upstream
from tests.support.waiting import wait_until
from tests.upstream.http.hosts import silent_addresses

trustme = pytest.importorskip("trustme", reason="tests/requirements.txt is not installed")

DEADLINE = 2.0
OVERHEAD = 1.0
TIMEOUT = ("twilio_timeout",)
# A request that is retried may also time out on a busy machine.
NO_RESPONSE = ("twilio_unreachable", *TIMEOUT)
INVALID = ("twilio_invalid_response",)
BUSY = ("twilio_busy",)
JSON = {"Content-Type": "application/json"}
BOMB = Reply(body=gzip.compress(bytes(100_000_000)), headers={"Content-Encoding": "gzip", **JSON})
BUSY_FOR_AN_HOUR = Reply(429, headers={"Retry-After": "3600"})
NUMBERS = count(1)

Fault = tuple[Behaviour | Reply, tuple[str, ...]]
"""What a server does, and the problem codes of which one is expected."""

TWILIO_FAULTS: dict[str, Fault] = {
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
    "sends Retry-After: 3600": (BUSY_FOR_AN_HOUR, BUSY),
    "is down": (Reply(503, b"<html>"), BUSY),
    "sends HTML": (Reply(200, b"<html>"), INVALID),
}
MEDIA_FAULTS: dict[str, Fault] = {
    "never responds": (faults.stay_silent, TIMEOUT),
    "sends its headers byte by byte": (faults.drip_headers, TIMEOUT),
    "sends its body byte by byte": (faults.drip_body, TIMEOUT),
    "hangs up": (faults.hang_up, NO_RESPONSE),
    "sends a compressed body": (BOMB, INVALID),
    "sends Retry-After: 3600": (BUSY_FOR_AN_HOUR, BUSY),
    "redirects to itself": (a_redirect(""), INVALID),
    "redirects to a file": (a_redirect("file:///etc/passwd"), INVALID),
    "redirects in a loop": (a_redirect("/loop"), INVALID),
    "has no IP address": (a_redirect("http://media.invalid/file"), NO_RESPONSE),
    "refuses connections": (a_redirect("http://127.0.0.1:9/file"), NO_RESPONSE),
    "has a certificate of an unknown authority": (a_redirect("/untrusted"), NO_RESPONSE),
    "never accepts a connection": (a_redirect("/full"), NO_RESPONSE),
}


@pytest.fixture(scope="module")
def twilio() -> Iterator[Upstream]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(tls)
    with an_upstream() as twilio, an_upstream(tls) as untrusted, silent_addresses(1) as [full]:
        twilio.on("/loop", a_redirect("/host"))
        twilio.on("/untrusted", a_redirect(untrusted.url))
        twilio.on("/full", a_redirect("http://{}:{}".format(*full)))
        yield twilio


@pytest.fixture(scope="module")
def server(twilio: Upstream) -> Iterator[Server]:
    settings = {"TWILIO_API_URL": twilio.url, "VALIDATION_DEADLINE": str(DEADLINE)}
    settings |= {"PATIENCE_SECONDS": "0.2", "RATELIMIT_ENABLED": "0", "WEB_CONCURRENCY": "1"}
    with running(procfile_command(), settings) as server:
        yield server


@pytest.fixture
def submission(twilio: Upstream) -> Submission:
    return Submission(twilio, next(NUMBERS))


def expect_problem(server: Server, submission: Submission, codes: tuple[str, ...]) -> None:
    """Submit a message, and expect one of these problem codes within the deadline."""
    response, seconds = judge(server, submission)

    assert response.json()["code"] in codes
    assert seconds < DEADLINE + OVERHEAD


@pytest.mark.parametrize("fault", TWILIO_FAULTS)
@pytest.mark.parametrize("part", ["message", "media_list"])
def test_a_faulty_twilio_is_a_problem_within_the_deadline(
    server: Server, twilio: Upstream, submission: Submission, part: str, fault: str
) -> None:
    reply, codes = TWILIO_FAULTS[fault]
    twilio.on(getattr(submission, part), reply)

    expect_problem(server, submission, codes)


def test_an_endless_media_list_is_a_problem_within_the_deadline(
    server: Server, twilio: Upstream, submission: Submission
) -> None:
    twilio.on(submission.media_list, a_list(MEDIA_SID, next_page_uri=submission.media_list))

    expect_problem(server, submission, INVALID)


@pytest.mark.parametrize("fault", MEDIA_FAULTS)
def test_a_faulty_media_server_is_a_problem_within_the_deadline(
    server: Server, twilio: Upstream, submission: Submission, fault: str
) -> None:
    reply, codes = MEDIA_FAULTS[fault]
    twilio.on(submission.file, a_redirect("/host"))
    twilio.on("/host", reply)

    expect_problem(server, submission, codes)


def test_a_file_of_a_gigabyte_is_judged_by_its_first_bytes(
    server: Server, twilio: Upstream, submission: Submission
) -> None:
    twilio.on(submission.file, faults.send_a_gigabyte)

    response, seconds = judge(server, submission)

    assert response.json()["reason"] == "format_not_allowed"
    assert seconds < DEADLINE


def test_hundreds_of_faults_leak_no_file_descriptors_or_threads(
    server: Server, twilio: Upstream, submission: Submission
) -> None:
    assert judge(server, submission)[0].json()["result"] == "pass"
    descriptors, threads = server.descriptors(), server.threads()

    def seconds_of(fault: Fault) -> float:
        faulty = Submission(twilio, next(NUMBERS))
        twilio.on(faulty.message, fault[0])
        response, seconds = judge(server, faulty)
        assert response.status_code >= 500
        return seconds

    with ThreadPoolExecutor(50) as callers:
        slowest = max(callers.map(seconds_of, islice(cycle(TWILIO_FAULTS.values()), 500)))

    assert slowest < DEADLINE + OVERHEAD
    wait_until(lambda: server.descriptors() <= descriptors)
    wait_until(lambda: server.threads() <= threads)
    assert judge(server, submission)[0].json()["result"] == "pass"
