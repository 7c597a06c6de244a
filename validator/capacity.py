"""Concurrency limits of a process, derived from its limit of open files (RLIMIT_NOFILE)."""

import resource
import sys
from dataclasses import dataclass
from typing import Self

MAX_VALIDATIONS = 1000
# The client's connection, one for a client that gets a 503, and three upstream.
FILES_PER_VALIDATION = 5
# Listeners, pipes, the log, the metrics, Redis, and files that are open only briefly.
RESERVED_FILES = 64


class OverloadedError(Exception):
    """The concurrency limit of this process is reached; retry after `retry_after` seconds."""

    retry_after = 1


@dataclass(frozen=True)
class Capacity:
    """The maximum number of concurrent validations, and the limits derived from it."""

    validations: int

    @classmethod
    def within(cls, open_files: int) -> Self:
        """Return the capacity of a process with this limit of open files, at least 1."""
        affordable = (open_files - RESERVED_FILES) // FILES_PER_VALIDATION
        return cls(max(1, min(affordable, MAX_VALIDATIONS)))

    @property
    def callers(self) -> int:
        """Accepted client connections: twice the validations, so that the rest gets 503."""
        return 2 * self.validations

    @property
    def kept_connections(self) -> int:
        """Idle connections that are kept to hosts upstream."""
        return max(1, self.validations // 2)


def open_files_limit() -> int:
    """Return the soft limit of open files of this process (RLIMIT_NOFILE)."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft


def raise_open_files_limit() -> None:
    """Raise the soft limit of open files to the hard limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # macOS reports "unlimited", but rejects more than this (OPEN_MAX).
    soft = max(soft, 10_240) if hard == resource.RLIM_INFINITY else hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
