"""What a run submits and under which conditions.

SIDs encode the simulated Twilio's response, so that each is submitted only once. A Message SID is
MM, one digit for the outcome, two for the number of media files, five for their size in KiB, and
24 random ones. The SIDs of its media have the number of the file instead.
"""

import secrets
from dataclasses import dataclass
from enum import Enum
from typing import Self

RANDOM = slice(10, 34)


class Fate(Enum):
    """The outcome of a submission."""

    GOOD = "0"
    MISSING = "1"
    GIF = "2"
    STUCK = "3"


@dataclass(frozen=True)
class Case:
    """A kind of message: its outcome, the number of media files, and their size in KiB."""

    fate: Fate = Fate.GOOD
    media: int = 1
    kib: int = 40

    @classmethod
    def of(cls, sid: str) -> Self:
        """Return the case that a Message or Media SID encodes."""
        return cls(Fate(sid[2]), int(sid[3:5], 16), int(sid[5:10], 16))

    def new_sid(self) -> str:
        """Return a new Message SID for this case."""
        return self._sid("MM", self.media, secrets.token_hex(12))

    def media_sids(self, message_sid: str) -> list[str]:
        """Return the Media SIDs of a message."""
        return [self._sid("ME", number, message_sid[RANDOM]) for number in range(self.media)]

    def _sid(self, prefix: str, number: int, random: str) -> str:
        return f"{prefix}{self.fate.value}{number:02x}{self.kib:05x}{random}"


@dataclass(frozen=True)
class Surroundings:
    """The conditions that all contenders of a run share.

    The delays are the seconds before the JSON of Twilio's API, its redirect to a media file, and
    the file.
    """

    twilio: float
    redirect: float
    media: float
    tls: bool = False
    honours_range: bool = True

    @property
    def critical_path(self) -> float:
        """Return the seconds of one validation that requests all it can at the same time."""
        return self.twilio + self.redirect + self.media
