"""How often one client may submit: counted in memory, or in Redis for all servers together."""

import logging
from math import ceil
from time import monotonic, time

from limits import parse_many
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from validator.config import Settings

log = logging.getLogger(__name__)

# What the counts are called in Redis, which may hold those of others, too.
COUNTS = "submissions"
# Seconds, so that a Redis that hangs does not hold up what it counts, and not each time.
REDIS_TIMEOUTS: dict[str, float | str | bool] = {"socket_connect_timeout": 1, "socket_timeout": 1}
REDIS_REST = 10.0


class RateLimitedError(Exception):
    """This client submits too often, and may again in `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class RateLimit:
    """The limit of the settings. While Redis is away, each process counts for itself."""

    def __init__(self, settings: Settings) -> None:
        self._limits = parse_many(settings.rate_limit) if settings.ratelimit_enabled else []
        self._alone = self._shared = FixedWindowRateLimiter(MemoryStorage())
        if settings.redis_url:
            redis = storage_from_string(
                str(settings.redis_url), wrap_exceptions=True, **REDIS_TIMEOUTS
            )
            self._shared = FixedWindowRateLimiter(redis)
        self._redis_rests_until = 0.0

    def count(self, client: str) -> None:
        """Count a submission of the client at this address; raises RateLimitedError."""
        redis_rests = monotonic() < self._redis_rests_until
        try:
            self._count(client, self._alone if redis_rests else self._shared)
        except StorageError:
            log.warning("Redis is away: this process counts submissions for itself")
            self._redis_rests_until = monotonic() + REDIS_REST
            self._count(client, self._alone)

    def _count(self, client: str, counts: FixedWindowRateLimiter) -> None:
        broken = [limit for limit in self._limits if not counts.hit(limit, COUNTS, client)]
        if broken:
            windows = (counts.get_window_stats(limit, COUNTS, client) for limit in broken)
            last_end = max(window.reset_time for window in windows)
            raise RateLimitedError(max(1, ceil(last_end - time())))
