"""The kinds of messages that are submitted, encoded in their SIDs.

A Message SID is MM, one digit for the outcome, two for the number of media files, five for their
size in KiB, and 24 random ones, so that each is submitted only once. The SIDs of its media have
the number of the file instead. The simulated Twilio reads from them what to respond.
"""

import secrets
from dataclasses import dataclass
from enum import Enum
from typing import Self


class Outcome(Enum):
    """The outcome of a submission; STUCK never gets a response from Twilio."""

    GOOD = "0"
    MISSING = "1"
    GIF = "2"
    STUCK = "3"


@dataclass(frozen=True)
class Case:
    """A kind of message: its outcome, the number of media files, and their size in KiB."""

    outcome: Outcome = Outcome.GOOD
    media: int = 1
    kib: int = 40

    @classmethod
    def of(cls, sid: str) -> Self:
        """Return the case that a Message or Media SID encodes."""
        return cls(Outcome(sid[2]), int(sid[3:5], 16), int(sid[5:10], 16))

    def new_sid(self) -> str:
        """Return a new Message SID for this case."""
        return self._sid("MM", self.media, secrets.token_hex(12))

    def media_sids(self, message_sid: str) -> list[str]:
        """Return the Media SIDs of a message."""
        return [self._sid("ME", number, message_sid[10:]) for number in range(self.media)]

    def _sid(self, prefix: str, number: int, random: str) -> str:
        return f"{prefix}{self.outcome.value}{number:02x}{self.kib:05x}{random}"
