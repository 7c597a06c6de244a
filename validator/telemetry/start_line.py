"""The one log line of a server's start: what runs, which account it asks, and its limits."""

from collections.abc import Sequence

from validator.config import Settings
from validator.telemetry.logs import Fields


def start_line(
    settings: Settings, version: str, listening: Sequence[str], workers: int, **capacity: int
) -> Fields:
    """Return what to log once per server; `capacity` is what each worker takes on at a time.

    `account` ends the SID of the service's own account, None where players bring theirs.
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
