"""The verdict on a submission: the checks, the reasons why they fail, and the result."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from validator.challenge.facts import MediaItem, Message


class Result(StrEnum):
    """The result of a check, or of a verdict, which is never skipped."""

    PASS = "pass"
    FAIL = "fail"
    SKIPPED = "skipped"


class Check(StrEnum):
    """The seven checks, in order."""

    SID = "sid"
    EXISTS = "exists"
    OUTBOUND = "outbound"
    WHATSAPP = "whatsapp"
    SENT = "sent"
    MEDIA = "media"
    FORMAT = "format"


class Reason(StrEnum):
    """Why a submission failed; `check` is the check that failed."""

    check: Check

    def __new__(cls, code: str, check: Check) -> "Reason":
        """Create a member from its code, which clients rely on, and its check."""
        reason = str.__new__(cls, code)
        reason._value_ = code
        reason.check = check
        return reason

    SID_MISSING = "sid_missing", Check.SID
    SID_NOT_MM = "sid_not_mm", Check.SID
    SID_MALFORMED = "sid_malformed", Check.SID
    MESSAGE_NOT_FOUND = "message_not_found", Check.EXISTS
    NOT_OUTBOUND = "not_outbound", Check.OUTBOUND
    NOT_WHATSAPP = "not_whatsapp", Check.WHATSAPP
    NOT_SENT_YET = "not_sent_yet", Check.SENT
    NOT_DELIVERED = "not_delivered", Check.SENT
    NO_MEDIA = "no_media", Check.MEDIA
    FORMAT_NOT_ALLOWED = "format_not_allowed", Check.FORMAT
    CONTENT_MISMATCH = "content_mismatch", Check.FORMAT
    MEDIA_UNAVAILABLE = "media_unavailable", Check.FORMAT


@dataclass(frozen=True)
class CheckedItem:
    """A media item, and the reason why it fails, None if it passes."""

    item: MediaItem
    reason: Reason | None


@dataclass(frozen=True)
class Verdict:
    """The verdict on one submission, with the message and media that it depends on.

    `reason` is None for a pass. `hint` is the text for the player.
    """

    message_sid: str
    reason: Reason | None
    hint: str
    media: tuple[CheckedItem, ...] = ()
    message: Message | None = None

    @property
    def result(self) -> Result:
        """Pass without a reason, otherwise fail."""
        return Result.PASS if self.reason is None else Result.FAIL

    @property
    def retry(self) -> bool:
        """Whether the message is still on its way, so that the same SID may pass later."""
        return self.reason is Reason.NOT_SENT_YET

    def checks(self) -> Iterator[tuple[Check, Result]]:
        """Yield every check with its result: passed up to the failed one, skipped after it."""
        result = Result.PASS
        for check in Check:
            if self.reason is not None and check is self.reason.check:
                yield check, Result.FAIL
                result = Result.SKIPPED
            else:
                yield check, result
