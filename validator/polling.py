"""Repeating a request whose response may yet change."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar

from gevent import sleep

T = TypeVar("T")


@dataclass(frozen=True)
class Polling:
    """How long to poll, and how often; in seconds.

    `ends` is the moment of the monotonic clock by which the last response must have come.
    """

    patience: float
    ends: float
    first_pause: float = 0.25
    longest_pause: float = 1.0

    def poll(
        self,
        request: Callable[[], T],
        until: Callable[[T], bool],
        after: Callable[[], object] = lambda: None,
    ) -> T:
        """Return the first response that is final, or the last one when the patience ends.

        The patience begins when `after` returns, before which no other response is expected.
        """
        started = monotonic()
        response, took = request(), monotonic() - started
        if until(response):
            return response
        after()
        patience_ends, pause = monotonic() + self.patience, self.first_pause
        # A response in hand is not given up for one that would come too late.
        while monotonic() + pause < min(patience_ends, self.ends - took):
            sleep(pause)
            response, pause = request(), min(2 * pause, self.longest_pause)
            if until(response):
                break
        return response
