"""The rules of the challenge: facts in, a Reason or None out."""

from collections.abc import Sequence

from validator.challenge.facts import MediaItem, Message
from validator.challenge.formats import format_of_type
from validator.challenge.sids import is_whole_sid
from validator.challenge.verdict import CheckedItem, Reason

ARRIVED = frozenset({"sent", "delivered", "read"})
FAILED = frozenset({"undelivered", "failed", "canceled"})
ON_ITS_WAY = frozenset({"accepted", "scheduled", "queued", "sending"})


def check_sid(text: str) -> Reason | None:
    """Check that the submission is a whole SID of a message with media."""
    if not text:
        return Reason.SID_MISSING
    if is_whole_sid(text):
        return None if text.startswith("MM") else Reason.SID_NOT_MM
    return Reason.SID_NOT_MM if text.startswith("SM") else Reason.SID_MALFORMED


def check_message(message: Message | None) -> Reason | None:
    """Whether the player sent it, over WhatsApp, and it went out."""
    if message is None:
        return Reason.MESSAGE_NOT_FOUND
    if not message.direction.startswith("outbound"):
        return Reason.NOT_OUTBOUND
    if not _went_over_whatsapp(message):
        return Reason.NOT_WHATSAPP
    if message.status in ON_ITS_WAY:
        return Reason.NOT_SENT_YET
    if message.status not in ARRIVED:
        return Reason.NOT_DELIVERED
    return None


def check_media(media: Sequence[MediaItem]) -> tuple[CheckedItem, ...]:
    """Return every media item with the reason for which it fails, if any."""
    return tuple(CheckedItem(item, check_item(item)) for item in media)


def first_reason(media: Sequence[CheckedItem]) -> Reason | None:
    """Return why the media of a message fails: there is none, or the first item that fails."""
    if not media:
        return Reason.NO_MEDIA
    return next(filter(None, (each.reason for each in media)), None)


def check_item(item: MediaItem) -> Reason | None:
    """Whether one file is there, is called an allowed format, and is one.

    A file of one allowed format that is called another one passes.
    """
    if not item.available:
        return Reason.MEDIA_UNAVAILABLE
    if format_of_type(item.content_type) is None:
        return Reason.FORMAT_NOT_ALLOWED
    if item.format is None:
        return Reason.CONTENT_MISMATCH
    return None


def _went_over_whatsapp(message: Message) -> bool:
    """A sender that a Messaging Service has yet to choose is judged by the recipient."""
    addresses = (message.sender or message.recipient, message.recipient)
    return all((address or "").lower().startswith("whatsapp:") for address in addresses)
