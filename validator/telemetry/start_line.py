"""The log line of a server's start: its version, addresses, account and limits."""

from collections.abc import Sequence

from validator.config import Settings
from validator.telemetry.logs import Fields


def start_line(
    settings: Settings, version: str, listening: Sequence[str], workers: int, **capacity: int
) -> Fields:
    """Return the fields of the start line; `capacity` has the limits of each worker.

    `account` is the last four characters of the service's own Account SID, None without one.
    """
    account_sid = settings.twilio_account_sid
    return Fields(
        started=version,
        listening=list(listening),
        twilio=settings.api_url,
        account=account_sid[-4:] if account_sid else None,
        open_to_all=settings.is_open,
        rate_limit=settings.rate_limit if settings.ratelimit_enabled else None,
        counted_in="redis" if settings.redis_url else "each worker",
        trusted_proxies=settings.trusted_proxies,
        deadline_seconds=settings.validation_deadline,
        patience_seconds=settings.patience_seconds,
        workers=workers,
        **capacity,
    )
