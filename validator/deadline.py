"""One moment by which a whole validation must be answered."""

from math import inf
from time import monotonic
from typing import Self


class DeadlineExceededError(Exception):
    """The time for this validation is up."""

    outcome = "timeout"


class ValidationOverError(DeadlineExceededError):
    """Nobody waits any more: the validation has ended, with a verdict or without one."""

    outcome = "cancelled"


class Deadline:
    def __init__(self, seconds: float) -> None:
        self._ends = monotonic() + seconds

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let what still runs for a validation that is over begin nothing new."""
        self._ends = -inf

    def remaining(self) -> float:
        """The seconds left, always above zero; raises DeadlineExceededError without any."""
        if self._ends == -inf:
            raise ValidationOverError
        remaining = self._ends - monotonic()
        if remaining <= 0:
            raise DeadlineExceededError
        return remaining

    def allows(self, seconds: float) -> bool:
        """Whether that many seconds can be spent with some to spare."""
        return monotonic() + seconds < self._ends
