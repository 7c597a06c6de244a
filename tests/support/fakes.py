"""Fakes of Twilio, its media and the judge, and builders of their values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, repeat
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
CHECKED = check_media([PASSING_ITEM])
PASSING_VERDICT = Verdict(MESSAGE_SID, None, "Well done.", CHECKED, PASSING_MESSAGE)


def a_message(**changes: Any) -> Message:
    """Return a passing message with these changes."""
    return replace(PASSING_MESSAGE, **changes)


def an_item(**changes: Any) -> MediaItem:
    """Return a passing media item with these changes."""
    return replace(PASSING_ITEM, **changes)


class Responses(Generic[T]):
    """Return one value after the other, then the last one again; raise those that are exceptions.

    Each call waits for `before` first, which may block.
    """

    def __init__(
        self, *responses: T | Exception, before: Callable[[], object] = lambda: None
    ) -> None:
        self._responses = chain(responses, repeat(responses[-1]))
        self._before = before

    def next(self) -> T:
        self._before()
        response = next(self._responses)
        if isinstance(response, Exception):
            raise response
        return response


@dataclass
class FakeAccount:
    """Messages, the media SIDs of each and media items by their SIDs, in memory.

    `requested` is what was requested: the kind and the SIDs.
    """

    messages: Mapping[str, Responses[Message | None]]
    media: Mapping[str, Responses[Sequence[str]]]
    items: Mapping[str, Responses[MediaItem]]
    requested: list[tuple[str, ...]] = field(default_factory=list)

    def message(self, message_sid: str) -> Message | None:
        self.requested.append(("message", message_sid))
        return self.messages[message_sid].next() if message_sid in self.messages else None

    def media_sids(self, message_sid: str) -> Sequence[str]:
        self.requested.append(("media", message_sid))
        return self.media[message_sid].next() if message_sid in self.media else []

    def probe(self, message_sid: str, media_sid: str) -> MediaItem:
        self.requested.append(("file", message_sid, media_sid))
        return self.items[media_sid].next()


@dataclass
class FakeJudge:
    """Always the same verdict or exception; `asked` records the calls."""

    verdict: Verdict | Exception = PASSING_VERDICT
    asked: list[tuple[str, Credentials]] = field(default_factory=list)

    def __call__(self, message_sid: str, credentials: Credentials) -> Verdict:
        self.asked.append((message_sid, credentials))
        return Responses(self.verdict).next()


def a_client(judge: FakeJudge, **settings: Any) -> FlaskClient:
    """Return a test client of the service with these settings and this judge."""
    return create_app(Settings(**settings), judge).test_client()
