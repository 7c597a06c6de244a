"""How a submission is judged: what is asked of Twilio, and in which order it counts."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from validator.challenge import media_hints, message_hints, sid_hints
from validator.challenge.checks import check_media, check_message, check_sid, first_reason
from validator.challenge.facts import MediaItem, Message
from validator.challenge.sids import showable
from validator.challenge.verdict import Reason, Verdict
from validator.deadline import Deadline
from validator.inquiry import Inquiry

# Seconds for which Twilio may not know a message that it has just created: 404s that clear within
# one to three were reported. A message of another account waits as long in vain.
CREATION_LAG = 2.5


class Twilio(Protocol):
    """One account's messages."""

    def message(self, message_sid: str) -> Message | None: ...

    def media_sids(self, message_sid: str) -> Sequence[str]: ...


class Probe(Protocol):
    """Looks at one media file of a message."""

    def __call__(self, message_sid: str, media_sid: str) -> MediaItem: ...


def judge(message_sid: str, twilio: Twilio, probe: Probe, inquiry: Inquiry) -> Verdict:
    """Judge one submission; raises what `twilio`, `probe` and `inquiry` raise.

    The message and its media are asked for at the same time. A verdict that the message decides
    does not wait for the media.
    """
    if reason := check_sid(message_sid):
        return Verdict(showable(message_sid), reason, sid_hints.for_sid(reason, message_sid))
    message_asked = inquiry.start(partial(_message, message_sid, twilio, inquiry))
    media_asked = inquiry.start(partial(_media, message_sid, message_asked, twilio, probe, inquiry))
    message = message_asked()
    if reason := check_message(message):
        hint = message_hints.for_message(reason, message)
        return Verdict(message_sid, reason, hint, message=message)
    media = check_media(media_asked())
    if reason := first_reason(media):
        return Verdict(message_sid, reason, media_hints.for_fail(media), media, message)
    return Verdict(message_sid, None, media_hints.for_pass(media), media, message)


def _message(message_sid: str, twilio: Twilio, inquiry: Inquiry) -> Message | None:
    """The message, once Twilio knows it and it is no longer on its way."""
    creation = Deadline(CREATION_LAG)

    def is_final(message: Message | None) -> bool:
        if message is None:
            return not creation.allows(0)
        return check_message(message) is not Reason.NOT_SENT_YET

    return inquiry.ask(partial(twilio.message, message_sid), until=is_final)


def _media(
    message_sid: str,
    message_asked: Callable[[], object],
    twilio: Twilio,
    probe: Probe,
    inquiry: Inquiry,
) -> tuple[MediaItem, ...]:
    """Every media item: Twilio's list of them, and their files, lag behind the message."""
    question = partial(twilio.media_sids, message_sid)
    media_sids = inquiry.ask(question, until=bool, after=message_asked)
    asks = [partial(_item, message_sid, sid, message_asked, probe, inquiry) for sid in media_sids]
    # This thread has nothing else to do meanwhile, and most messages have one item.
    others_asked = [inquiry.start(ask) for ask in asks[1:]]
    first = [ask() for ask in asks[:1]]
    return (*first, *(other_asked() for other_asked in others_asked))


def _item(
    message_sid: str,
    media_sid: str,
    message_asked: Callable[[], object],
    probe: Probe,
    inquiry: Inquiry,
) -> MediaItem:
    question = partial(probe, message_sid, media_sid)
    return inquiry.ask(question, until=lambda item: item.available, after=message_asked)
