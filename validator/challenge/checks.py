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
    """Return why a submission is not the SID of a message with media, None if it is."""
    if not text:
        return Reason.SID_MISSING
    if is_whole_sid(text):
        return None if text.startswith("MM") else Reason.SID_NOT_MM
    return Reason.SID_NOT_MM if text.startswith("SM") else Reason.SID_MALFORMED


def check_message(message: Message | None) -> Reason | None:
    """Return why a message was not sent over WhatsApp by the player's account, None if it was."""
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
    """Return every media item with the reason why it fails, None for one that passes."""
    return tuple(CheckedItem(item, check_item(item)) for item in media)


def first_reason(media: Sequence[CheckedItem]) -> Reason | None:
    """Return why the media of a message fails: it has none, or the first item that fails."""
    if not media:
        return Reason.NO_MEDIA
    return next(filter(None, (each.reason for each in media)), None)


def check_item(item: MediaItem) -> Reason | None:
    """Return why a media item fails, None if it passes.

    It passes if it is available, its Content-Type is an allowed one, and its first bytes are those
    of an allowed format, which may be another one.
    """
    if not item.available:
        return Reason.MEDIA_UNAVAILABLE
    if format_of_type(item.content_type) is None:
        return Reason.FORMAT_NOT_ALLOWED
    if item.format is None:
        return Reason.CONTENT_MISMATCH
    return None


def _went_over_whatsapp(message: Message) -> bool:
    # A Messaging Service has not chosen the sender yet: judge by the recipient.
    addresses = (message.sender or message.recipient, message.recipient)
    return all((address or "").lower().startswith("whatsapp:") for address in addresses)
