"""What Twilio and the hosts of its media say of a submitted message."""

from dataclasses import dataclass

from validator.challenge.formats import Format
from validator.challenge.other_formats import OtherFormat


@dataclass(frozen=True)
class Message:
    """Twilio's Message resource, as far as it is judged.

    Source: https://www.twilio.com/docs/messaging/api/message-resource
    """

    sid: str
    direction: str
    status: str
    sender: str | None
    recipient: str | None
    error_code: int | None = None
    error_message: str | None = None


@dataclass(frozen=True)
class MediaItem:
    """One media file: the Content-Type it was served with and what its first bytes show.

    That is the allowed format it is in, or else the other kind of file that was `detected`. A
    file that Twilio does not have any more is not `available`.
    """

    sid: str
    content_type: str | None = None
    format: Format | None = None
    detected: OtherFormat | None = None
    available: bool = True
