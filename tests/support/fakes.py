"""Fakes of Twilio, its media and the judge, and builders of their values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Generic, TypeVar

from flask.testing import FlaskClient

from tests.support.accounts import MEDIA_SID, MESSAGE_SID
from validator import create_app
from validator.challenge.checks import check_media
from validator.challenge.facts import MediaItem, Message
from validator.challenge.formats import Format
from validator.challenge.verdict import Verdict
from validator.config import Settings
from validator.upstream.credentials import Credentials

T = TypeVar("T")

PASSING_MESSAGE = Message(
    sid=MESSAGE_SID,
    direction="outbound-api",
    status="delivered",
    sender="whatsapp:+14155238886",
    recipient="whatsapp:+15005550006",
)
PASSING_ITEM = MediaItem(MEDIA_SID, "image/png", Format.PNG)
PASSING_VERDICT = Verdict(
    *(MESSAGE_SID, None, "Well done.", check_media([PASSING_ITEM]), PASSING_MESSAGE)
)


def a_message(**changes: Any) -> Message:
    """Return a passing message with these changes."""
    return replace(PASSING_MESSAGE, **changes)


def an_item(**changes: Any) -> MediaItem:
    """Return a passing media item with these changes."""
    return replace(PASSING_ITEM, **changes)


class Answers(Generic[T]):
    """Return one value after the other, then the last one again; raise those that are exceptions.

    Each call waits for `before` first, which may block.
    """

    def __init__(
        self, *answers: T | Exception, before: Callable[[], object] = lambda: None
    ) -> None:
        self._answers = list(answers)
        self._before = before

    def next(self) -> T:
        self._before()
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class FakeAccount:
    """Messages, the media SIDs of each and media items by their SIDs, in memory.

    `requested` is what was requested: the kind and the SIDs.
    """

    def __init__(
        self,
        messages: Mapping[str, Answers[Message | None]],
        media: Mapping[str, Answers[Sequence[str]]],
        items: Mapping[str, Answers[MediaItem]],
    ) -> None:
        self.requested: list[tuple[str, ...]] = []
        self._messages = messages
        self._media = media
        self._items = items

    def message(self, message_sid: str) -> Message | None:
        self.requested.append(("message", message_sid))
        return self._messages[message_sid].next() if message_sid in self._messages else None

    def media_sids(self, message_sid: str) -> Sequence[str]:
        self.requested.append(("media", message_sid))
        return self._media[message_sid].next() if message_sid in self._media else []

    def probe(self, message_sid: str, media_sid: str) -> MediaItem:
        self.requested.append(("file", message_sid, media_sid))
        return self._items[media_sid].next()


class FakeJudge:
    """Always the same verdict or exception; `asked` records the calls."""

    def __init__(self, verdict: Verdict | Exception = PASSING_VERDICT) -> None:
        self.asked: list[tuple[str, Credentials]] = []
        self._verdict = Answers(verdict)

    def __call__(self, message_sid: str, credentials: Credentials) -> Verdict:
        self.asked.append((message_sid, credentials))
        return self._verdict.next()


def a_client(judge: FakeJudge, **settings: Any) -> FlaskClient:
    """Return a test client of the service with these settings and this judge."""
    return create_app(Settings(**settings), judge).test_client()
