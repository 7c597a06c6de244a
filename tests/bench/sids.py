"""SIDs that say by themselves how the stand-in is to answer, so that each is asked for only once.

A Message SID is MM, one digit for what becomes of it, two for the number of its media, five for
their size in KiB, and 24 random ones. The SIDs of its media have the number of the file instead.
"""

import secrets
from dataclasses import dataclass
from enum import Enum
from typing import Self

RANDOM = slice(10, 34)


class Fate(Enum):
    """What becomes of a submission."""

    GOOD = "0"
    MISSING = "1"
    GIF = "2"
    STUCK = "3"


@dataclass(frozen=True)
class Case:
    """A kind of message: its fate, the number of its media and the size of each, in KiB."""

    fate: Fate = Fate.GOOD
    media: int = 1
    kib: int = 40

    @classmethod
    def of(cls, sid: str) -> Self:
        return cls(Fate(sid[2]), int(sid[3:5], 16), int(sid[5:10], 16))

    def new_sid(self) -> str:
        return self._sid("MM", self.media, secrets.token_hex(12))

    def media_sids(self, message_sid: str) -> list[str]:
        return [self._sid("ME", number, message_sid[RANDOM]) for number in range(self.media)]

    def _sid(self, prefix: str, number: int, random: str) -> str:
        return f"{prefix}{self.fate.value}{number:02x}{self.kib:05x}{random}"
