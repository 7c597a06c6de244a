"""Messages and their media, in memory.

The status of a message is computed from its age when it is fetched, without a background task.
"""

from dataclasses import dataclass, field
from secrets import token_hex

from validator.local_twilio.create_message import CreateRequest
from validator.local_twilio.recipients import Recipient, recipient_of


@dataclass(frozen=True)
class Media:
    """One file, with the Content-Type that its server sent."""

    content_type: str
    content: bytes
    created: float
    sid: str = field(default_factory=lambda: _new_sid("ME"))
    signature: str = field(default_factory=token_hex)


@dataclass
class Message:
    """One message. Times are in seconds since the epoch."""

    sid: str
    request: CreateRequest
    recipient: Recipient
    created: float
    media_pending: bool
    media: list[Media] = field(default_factory=list)
    media_error: int | None = None

    @property
    def statuses(self) -> tuple[str, ...]:
        """Statuses of the message in order; only the first while its media are being fetched."""
        first = self.recipient.statuses[:1]
        if self.media_pending:
            return first
        return (*first, "failed") if self.media_error else self.recipient.statuses

    @property
    def error_code(self) -> int | None:
        """The error code of the final status, None if the message is delivered."""
        return self.media_error or self.recipient.error_code

    def stage_at(self, now: float, step: float) -> int:
        """Return the index of the current status, if each lasts `step` seconds."""
        last = len(self.statuses) - 1
        return min(int((now - self.created) / step), last) if step > 0 else last

    def find_media(self, sid: str) -> Media | None:
        """Return the file with this SID, None if the message has no such file."""
        return next((media for media in self.media if media.sid == sid), None)


def new_message(request: CreateRequest, now: float) -> Message:
    """Return a new message with a random SID: MM with media, SM without."""
    recipient = recipient_of(request.to)
    return Message(
        sid=_new_sid("MM" if request.media_urls else "SM"),
        request=request,
        recipient=recipient,
        created=now,
        media_pending=bool(request.media_urls) and recipient.media_arrives,
    )


def _new_sid(prefix: str) -> str:
    return prefix + token_hex(16)
