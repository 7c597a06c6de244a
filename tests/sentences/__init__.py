"""Every sentence that a player or a caller can read, for review: `make sentences` prints them.

All are those of the code and of the game's files, for cases that a test holds complete.
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from tests.sentences.cases import (
    ERRORS,
    FILES,
    MESSAGES,
    OWN_ACCOUNT,
    PASSED,
    PASTED,
    REFUSED_REQUESTS,
)
from tests.support.accounts import MESSAGE_SID
from tests.support.fakes import FakeJudge, a_client
from validator.challenge import media_hints, message_hints, sid_hints, sids
from validator.challenge.checks import check_media, check_message, check_sid, first_reason
from validator.web.problems import of_status

# What the server refuses before the application sees it.
BY_THE_SERVER = (
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.REQUEST_URI_TOO_LONG,
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
)

Sentences = Iterator[tuple[str, str]]
"""A case, and what is said of it."""


def hints() -> Sentences:
    """Yield the message of each kind of verdict."""
    for case, pasted in PASTED.items():
        text = sids.read(pasted)
        if reason := check_sid(text):
            yield f"{reason}: {case}", sid_hints.for_sid(reason, text)
    for case, message in MESSAGES.items():
        if reason := check_message(message):
            yield f"{reason}: {case}", message_hints.for_message(reason, message)
    for case, media in FILES.items():
        checked = check_media(media)
        if reason := first_reason(checked):
            yield f"{reason}: {case}", media_hints.for_fail(checked)
    for case, media in PASSED.items():
        yield f"pass: {case}", media_hints.for_pass(check_media(media))


def problems() -> Sentences:
    """Yield the detail of each kind of problem."""
    for case, request in REFUSED_REQUESTS.items():
        yield _problem(case, FakeJudge(), request)
    for case, (error, request) in ERRORS.items():
        yield _problem(case, FakeJudge(error), request)

    for status in BY_THE_SERVER:
        problem = of_status(status)
        yield f"{status.value} {problem.code}: {status.phrase}", problem.detail


def _problem(case: str, judge: FakeJudge, request: dict[str, Any]) -> tuple[str, str]:
    request = {"path": "/validate", "method": "POST", **request}
    if not request.keys() & {"data", "json", "environ_overrides"}:
        request["data"] = {"sid": MESSAGE_SID}
    client = a_client(judge, **request.pop("settings", OWN_ACCOUNT))
    problem = client.open(**request).get_json()
    return f"{problem['status']} {problem['code']}: {case}", problem["detail"]
