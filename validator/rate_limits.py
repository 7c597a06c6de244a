"""How often one client may submit: counted in memory, or in Redis for all servers together."""

import logging
from functools import partial
from ipaddress import IPv6Address, IPv6Network
from math import ceil
from time import monotonic, time

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter
from redis import BlockingConnectionPool

from validator.config import Settings
from validator.deadline import Deadline
from validator.inquiry import Inquiry

log = logging.getLogger(__name__)

# What the counts are called in Redis, which may hold those of others, too.
COUNTS = "submissions"
# How long a submission waits for Redis, and how long a Redis that failed is not asked.
REDIS_SECONDS = 1.0
REDIS_REST = 10.0
# Of one process: a small Redis takes some twenty from all of them.
REDIS_CONNECTIONS = 4


class RateLimitedError(Exception):
    """This client submits too often, and may again in `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class RateLimit:
    """The limit of the settings. While Redis is away, each process counts for itself."""

    def __init__(self, settings: Settings) -> None:
        limits = parse_many(settings.rate_limit) if settings.ratelimit_enabled else []
        # Shortest first, so that what it refuses does not count towards a longer one.
        self._limits = sorted(limits, key=RateLimitItem.get_expiry)
        self._alone = self._shared = FixedWindowRateLimiter(MemoryStorage())
        if settings.redis_url and self._limits:
            self._shared = FixedWindowRateLimiter(_redis(str(settings.redis_url)))
        self._redis_rests_until = 0.0

    def count(self, address: str) -> None:
        """Count a submission from this address; raises RateLimitedError."""
        client = _client(address)
        if self._shared is self._alone or monotonic() < self._redis_rests_until:
            refused_for = self._count(self._alone, client)
        else:
            refused_for = self._count_together(client)
        if refused_for:
            raise RateLimitedError(refused_for)

    def _count_together(self, client: str) -> int:
        """Whatever is wrong with Redis keeps nobody from being judged, nor for long."""
        count = Inquiry(Deadline(REDIS_SECONDS), 0).start(
            partial(self._count, self._shared, client)
        )
        try:
            return count()
        except Exception as error:
            if monotonic() >= self._redis_rests_until:
                self._redis_rests_until = monotonic() + REDIS_REST
                log.warning("Redis is away (%s): this process counts alone", type(error).__name__)
            return self._count(self._alone, client)

    def _count(self, counts: FixedWindowRateLimiter, client: str) -> int:
        """The seconds for which this one is refused: none if it is not."""
        for limit in self._limits:
            if not counts.hit(limit, COUNTS, client):
                window = counts.get_window_stats(limit, COUNTS, client)
                return max(1, ceil(window.reset_time - time()))
        return 0


def _redis(url: str) -> RedisStorage:
    connections = BlockingConnectionPool.from_url(
        url,
        max_connections=REDIS_CONNECTIONS,
        timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
        socket_timeout=REDIS_SECONDS,
    )
    return RedisStorage(url, connections)


def _client(address: str) -> str:
    """Who counts as one: an address, or the whole network that one gets with IPv6 (RFC 6177)."""
    try:
        parsed = IPv6Address(address)
    except ValueError:
        return address
    return str(parsed.ipv4_mapped or IPv6Network((int(parsed), 64), strict=False))
