"""How much one process takes on at a time, derived from how many files it may have open."""

import resource
import sys
from dataclasses import dataclass
from errno import EMFILE, ENFILE
from typing import Self

MAX_VALIDATIONS = 1000
# The caller's connection, one for a caller that is told to come back, and three upstream.
FILES_FOR_EACH = 5
# Listeners, pipes, the log, the metrics, Redis, and what is opened for a moment only.
RESERVED_FILES = 64


class OverloadedError(Exception):
    """This process cannot take on more for now; there may be room at once."""

    retry_after = 1


@dataclass(frozen=True)
class Capacity:
    """How many validations run at once, and what follows from it."""

    validations: int

    @classmethod
    def within(cls, open_files: int) -> Self:
        """Return what a process can take on that may have so many files open."""
        affordable = (open_files - RESERVED_FILES) // FILES_FOR_EACH
        return cls(max(1, min(affordable, MAX_VALIDATIONS)))

    @property
    def callers(self) -> int:
        """Connections that are accepted: more than validations, so that the rest gets a 503."""
        return 2 * self.validations

    @property
    def kept_connections(self) -> int:
        """Idle connections that are kept to hosts upstream."""
        return max(1, self.validations // 2)


def open_files_limit() -> int:
    """Return how many files this process may have open (RLIMIT_NOFILE)."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft


def raise_open_files_limit() -> None:
    """Raise the soft limit to the hard one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # macOS says "unlimited", and refuses more than this (OPEN_MAX).
    soft = max(soft, 10_240) if hard == resource.RLIM_INFINITY else hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def is_out_of_files(error: BaseException | None) -> bool:
    """Return whether the cause of an error is that no more files can be opened here."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (EMFILE, ENFILE):
            return True
        error = error.__cause__ or error.__context__
    return False
