"""The rules of the challenge: facts in, a Reason or None out.

Nothing here asks anybody anything, and nothing here knows Flask, twilio or requests.
"""

from collections.abc import Sequence

from validator.challenge.formats import format_of_type
from validator.challenge.sids import is_whole_sid
from validator.challenge.verdict import MediaItem, Message, Reason

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


def check_media(media: Sequence[MediaItem]) -> Reason | None:
    """Whether there is media, and every item of it is what the challenge allows."""
    if not media:
        return Reason.NO_MEDIA
    return next(filter(None, map(check_item, media)), None)


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
