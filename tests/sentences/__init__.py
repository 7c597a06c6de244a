"""Every sentence that a player or a caller can read, for review: `make sentences` prints them.

All are those of the code and of the game's files, for cases that a test holds complete.
"""

from collections.abc import Iterator

from tests.sentences.cases import ERRORS, FILES, MESSAGES, PASSED, PASTED, REFUSED_REQUESTS
from tests.web.submitting import submit
from validator.challenge import media_hints, message_hints, sid_hints, sids
from validator.challenge.checks import check_media, check_message, check_sid, first_reason
from validator.web.problems import describe

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
        refused = submit(**{"settings": {}, **request}).get_json()
        yield f"{refused['status']} {refused['code']}: {case}", refused["detail"]
    for error in ERRORS:
        problem = describe(error, request_id="4d1f")
        yield f"{problem.status.value} {problem.code}: {error!r}", problem.detail
