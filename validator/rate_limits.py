"""How often one client may submit: counted in memory, or in Redis for all servers together."""

from collections.abc import Callable
from math import ceil
from time import time
from typing import Any

from flask import Flask, g
from flask_limiter import Limiter, RequestLimit
from flask_limiter.util import get_remote_address

from validator.config import Settings

Limit = Callable[[Callable[..., Any]], Callable[..., Any]]
"""Decorates a view, so that it takes no more than so many requests of one client address."""

# Seconds, so that a Redis that hangs does not hold up what it counts.
REDIS_TIMEOUTS: dict[str, str | int] = {"socket_connect_timeout": 1, "socket_timeout": 1}


def create_limit(app: Flask, settings: Settings) -> Limit:
    """The limit of the settings. While Redis is away, each process counts for itself."""
    if not settings.ratelimit_enabled:
        return lambda view: view
    limiter = Limiter(
        get_remote_address,
        app=app,
        storage_uri=str(settings.redis_url or "memory://"),
        storage_options=REDIS_TIMEOUTS if settings.redis_url else {},
        in_memory_fallback_enabled=settings.redis_url is not None,
        on_breach=_note_wait,
    )
    return limiter.limit(settings.rate_limit)


def _note_wait(limit: RequestLimit) -> None:
    g.retry_after = max(1, ceil(limit.reset_at - time()))
