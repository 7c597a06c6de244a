"""Messages and their media: the values, where they are kept, and how a status moves.

Nothing moves by itself: a message's status is worked out from its age whenever it is asked for.
"""

import threading
from dataclasses import dataclass, replace
from uuid import uuid4

from validator.local_twilio.create import CreateRequest
from validator.local_twilio.recipients import Recipient, recipient_of


@dataclass(frozen=True)
class Media:
    """One stored file, with the content type that its host gave it."""

    sid: str
    content_type: str
    content: bytes
    created: float


@dataclass(frozen=True)
class Message:
    """One message. `created` is in seconds since the epoch, as all times here."""

    sid: str
    request: CreateRequest
    recipient: Recipient
    created: float
    media_pending: bool
    media: tuple[Media, ...] = ()
    media_error: int | None = None

    @property
    def statuses(self) -> tuple[str, ...]:
        """The statuses it goes through, as far as the fate of its media is known."""
        first = self.recipient.statuses[0] if self.request.sender else "accepted"
        if self.media_pending:
            return (first,)
        if self.media_error:
            return (first, "failed")
        if self.request.sender:
            return self.recipient.statuses
        return (first, *self.recipient.statuses)

    @property
    def error_code(self) -> int | None:
        """The code that a failed or undelivered message ends with."""
        return self.media_error or self.recipient.error_code

    def stage_at(self, now: float, step: float) -> int:
        """How many of its statuses it has left behind, `step` seconds being spent in each."""
        last = len(self.statuses) - 1
        if step <= 0:
            return last
        return min(int((now - self.created) / step), last)


def new_message(request: CreateRequest, now: float) -> Message:
    """The message that a valid request creates: MM with media, SM without."""
    recipient = recipient_of(request.to)
    return Message(
        sid=_new_sid("MM" if request.media_urls else "SM"),
        request=request,
        recipient=recipient,
        created=now,
        media_pending=bool(request.media_urls) and recipient.media_arrives,
    )


def new_media(content_type: str, content: bytes, now: float) -> Media:
    """A file as it was fetched, under a SID of its own."""
    return Media(_new_sid("ME"), content_type, content, now)


class MessageStore:
    """All messages of the account, in memory, for as long as the local Twilio runs."""

    def __init__(self) -> None:
        self._messages: dict[str, Message] = {}
        self._message_of_media: dict[str, str] = {}
        self._lock = threading.Lock()

    def add(self, message: Message) -> None:
        """Keep a new message."""
        with self._lock:
            self._messages[message.sid] = message

    def find(self, sid: str) -> Message | None:
        """The message with this SID."""
        return self._messages.get(sid)

    def delete(self, sid: str) -> None:
        """Forget a message and its media."""
        with self._lock:
            self._messages.pop(sid, None)

    def find_media(self, sid: str) -> Media | None:
        """The file with this SID, whichever message it belongs to."""
        message = self._messages.get(self._message_of_media.get(sid, ""))
        return next((item for item in message.media if item.sid == sid), None) if message else None

    def delete_media(self, message_sid: str, media_sid: str) -> None:
        """Forget one file of a message."""
        with self._lock:
            if message := self._messages.get(message_sid):
                left = tuple(item for item in message.media if item.sid != media_sid)
                self._messages[message_sid] = replace(message, media=left)

    def media_arrived(self, sid: str, media: tuple[Media, ...]) -> None:
        """Give a message the files that were fetched for it."""
        self._settle_media(sid, media=media)

    def media_failed(self, sid: str, error_code: int) -> None:
        """Let a message fail because a file could not be fetched."""
        self._settle_media(sid, error_code=error_code)

    def _settle_media(
        self, sid: str, media: tuple[Media, ...] = (), error_code: int | None = None
    ) -> None:
        with self._lock:
            if message := self._messages.get(sid):
                self._message_of_media.update({item.sid: sid for item in media})
                self._messages[sid] = replace(
                    message, media_pending=False, media=media, media_error=error_code
                )


def _new_sid(prefix: str) -> str:
    return prefix + uuid4().hex
