"""The facts about a submitted message, from Twilio's API and its media files."""

from dataclasses import dataclass

from validator.challenge.formats import Format
from validator.challenge.other_formats import OtherFormat


@dataclass(frozen=True)
class Message:
    """The fields of Twilio's Message resource that the verdict depends on.

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
    """One media file: its Content-Type header, and the format detected from its first bytes.

    `format` is the allowed format, None for any other; then `detected` is the other kind of file,
    None if unknown. `available` is false for a file that was deleted at Twilio.
    """

    sid: str
    content_type: str | None = None
    format: Format | None = None
    detected: OtherFormat | None = None
    available: bool = True
