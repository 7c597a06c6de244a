"""Rate limits of submissions, counted in memory, or in Redis for all servers together.

A class may share one IP address, so the limit is per account and address, and a wider one is per
address. The same account at another address has its own limit: Account SIDs are no secrets, so
otherwise one player could use up the limit of another.
"""

import logging
from collections.abc import Callable
from functools import partial
from math import ceil
from time import monotonic, time
from typing import TypeVar

from gevent import Timeout
from limits import RateLimitItem, parse_many
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter
from redis import BlockingConnectionPool

from validator.config import Settings
from validator.web import client_address
from validator.web.rate_limit_storage import MemoryStorage

T = TypeVar("T")

log = logging.getLogger(__name__)

# Part of the keys in Redis, which other programs may use, too.
COUNTS = "submissions"
# The limit of an address, as a multiple of the limit of an account.
WIDER = 20
# Seconds that a submission waits for Redis, and until Redis is tried again after an error.
REDIS_SECONDS = 1.0
REDIS_RETRY_SECONDS = 10.0
# Per process: small Redis plans allow about twenty in all.
REDIS_CONNECTIONS = 4


class RateLimitedError(Exception):
    """Too many submissions from `source`; the next is accepted after `retry_after` seconds."""

    def __init__(self, retry_after: int, source: str) -> None:
        super().__init__()
        self.retry_after = retry_after
        self.source = source


class RedisTimeoutError(Exception):
    """Counting in Redis took too long; redis-py would retry after an error that it knows."""


class RateLimit:
    """Counts submissions against RATE_LIMIT; while Redis is unavailable, per process."""

    def __init__(self, settings: Settings) -> None:
        limits = parse_many(settings.rate_limit) if settings.ratelimit_enabled else []
        # Shortest first: what it refuses does not count towards the longer ones.
        self._limits = sorted(limits, key=RateLimitItem.get_expiry)
        self._wider = [type(each)(WIDER * each.amount, each.multiples) for each in self._limits]
        self._alone = self._shared = FixedWindowRateLimiter(MemoryStorage())
        if settings.redis_url and self._limits:
            self._shared = FixedWindowRateLimiter(_redis(str(settings.redis_url)))
        self._redis_failed = False
        self._redis_retry_at = 0.0

    def count(self, address: str, account: str | None = None) -> None:
        """Count a submission by its account and address; raises RateLimitedError over the limit."""
        network = client_address.network(address)
        if refused := self._count_in_time(partial(self._count, network, account)):
            raise refused

    def count_guess(self, address: str) -> None:
        """Count rejected credentials WIDER times for the address, to slow down guessing."""
        self._count_in_time(partial(self._count_guess, client_address.network(address)))

    def _count(
        self, network: str, account: str | None, counts: FixedWindowRateLimiter
    ) -> RateLimitedError | None:
        own = ("account", account, network) if account else ("address", network)
        source = "your account" if account else "your network"
        for limit in self._limits:
            if not counts.hit(limit, COUNTS, *own):
                return RateLimitedError(_seconds_left(counts, limit, *own), source)
        for limit in self._wider:
            if not counts.hit(limit, COUNTS, network):
                return RateLimitedError(_seconds_left(counts, limit, network), "your network")
        return None

    def _count_guess(self, network: str, counts: FixedWindowRateLimiter) -> None:
        for limit in self._wider:
            # It has already been counted once, as a submission.
            counts.hit(limit, COUNTS, network, cost=WIDER - 1)

    def _count_in_time(self, count: Callable[[FixedWindowRateLimiter], T]) -> T:
        """Count in Redis, or in memory if Redis fails: it must never block a submission."""
        if not self._may_try_redis():
            return count(self._alone)
        try:
            with Timeout(REDIS_SECONDS, RedisTimeoutError):
                counted = count(self._shared)
        except Exception as error:
            self._redis_retry_at = monotonic() + REDIS_RETRY_SECONDS
            if not self._redis_failed:
                self._redis_failed = True
                log.warning(
                    "Redis is unavailable (%s): this process counts on its own",
                    type(error).__name__,
                )
            return count(self._alone)
        if self._redis_failed:
            self._redis_failed = False
            log.warning("Redis is available again: all processes count together")
        return counted

    def _may_try_redis(self) -> bool:
        """Return whether to use Redis; after an error, only one submission at a time tries it."""
        if self._shared is self._alone or monotonic() < self._redis_retry_at:
            return False
        if self._redis_failed:
            self._redis_retry_at = monotonic() + REDIS_RETRY_SECONDS
        return True


def _seconds_left(counts: FixedWindowRateLimiter, limit: RateLimitItem, *client: str) -> int:
    # The clock may have jumped, so not more than the length of a window.
    ends = counts.get_window_stats(limit, COUNTS, *client).reset_time
    return max(1, min(limit.get_expiry(), ceil(ends - time())))


def _redis(url: str) -> RedisStorage:
    connections = BlockingConnectionPool.from_url(
        url,
        max_connections=REDIS_CONNECTIONS,
        timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
        socket_timeout=REDIS_SECONDS,
    )
    return RedisStorage(url, connections)
