"""How often one client may submit: counted in memory, or in Redis for all servers together.

A class shares one address, so each account counts by itself there, and the address as a whole may
submit more often. An account from another address is another client: an Account SID is no secret,
and nobody shall use up the submissions of somebody else.
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
from validator.web.memory_storage import MemoryStorage

T = TypeVar("T")

log = logging.getLogger(__name__)

# What the counts are called in Redis, which may hold those of others, too.
COUNTS = "submissions"
# How many times as often all accounts of one address may submit together.
WIDER = 20
# How long a submission waits for Redis, and how long a Redis that failed is left alone.
REDIS_SECONDS = 1.0
REDIS_REST = 10.0
# Of one process: a small Redis takes some twenty from all of them.
REDIS_CONNECTIONS = 4


class RateLimitedError(Exception):
    """Too many submissions from `source`; another may come in `retry_after` seconds."""

    def __init__(self, retry_after: int, source: str) -> None:
        super().__init__()
        self.retry_after = retry_after
        self.source = source


class RedisTimeoutError(Exception):
    """Counting in Redis took too long; redis-py would retry after an error that it knows."""


class RateLimit:
    """The limit of the settings. While Redis is away, each process counts for itself."""

    def __init__(self, settings: Settings) -> None:
        limits = parse_many(settings.rate_limit) if settings.ratelimit_enabled else []
        # Shortest first, so that what it refuses does not count towards a longer one.
        self._limits = sorted(limits, key=RateLimitItem.get_expiry)
        self._wider = [type(each)(WIDER * each.amount, each.multiples) for each in self._limits]
        self._alone = self._shared = FixedWindowRateLimiter(MemoryStorage())
        if settings.redis_url and self._limits:
            self._shared = FixedWindowRateLimiter(_redis(str(settings.redis_url)))
        self._redis_is_away = False
        self._redis_rests_until = 0.0

    def count(self, address: str, account: str | None = None) -> None:
        """Count a submission from an address, by an account there; raises RateLimitedError."""
        network = client_address.network(address)
        if refused := self._count_in_time(partial(self._count, network, account)):
            raise refused

    def count_guess(self, address: str) -> None:
        """Count wrong credentials as heavily as if all accounts of the address had sent them."""
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
            # As a submission it has been counted once.
            counts.hit(limit, COUNTS, network, cost=WIDER - 1)

    def _count_in_time(self, count: Callable[[FixedWindowRateLimiter], T]) -> T:
        """Count in Redis if it can, else alone: a Redis failure never blocks a submission."""
        if not self._redis_may_be_asked():
            return count(self._alone)
        try:
            with Timeout(REDIS_SECONDS, RedisTimeoutError):
                counted = count(self._shared)
        except Exception as error:
            self._redis_rests_until = monotonic() + REDIS_REST
            if not self._redis_is_away:
                self._redis_is_away = True
                log.warning("Redis is away (%s): this process counts alone", type(error).__name__)
            return count(self._alone)
        if self._redis_is_away:
            self._redis_is_away = False
            log.warning("Redis is back: all processes count together")
        return counted

    def _redis_may_be_asked(self) -> bool:
        """One submission at a time tries whether a Redis that was away is back."""
        if self._shared is self._alone or monotonic() < self._redis_rests_until:
            return False
        if self._redis_is_away:
            self._redis_rests_until = monotonic() + REDIS_REST
        return True


def _seconds_left(counts: FixedWindowRateLimiter, limit: RateLimitItem, *client: str) -> int:
    """Until the client's window ends: no longer than a window is, whatever the clocks say."""
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
