"""The format of log lines, as text or JSON, what is left out of them, and the line of the start."""

import json
import logging
import logging.config
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from validator.config import Settings
from validator.telemetry.tracebacks import trail

TEXT = "%(asctime)s %(levelname)s %(message)s"
JSON = "%(asctime)s %(levelname)s %(name)s %(message)s"
JSON_NAMES = {"asctime": "timestamp", "levelname": "level", "name": "logger"}

# Loggers whose messages are known to contain no secrets: ours, and gunicorn's through our class.
TRUSTED = ("validator.", "gunicorn.")

# A value with other characters is quoted, so that no value can forge a line or a field.
PLAIN = re.compile(r"[\w.:/+@;\[\]-]+", re.ASCII)

log = logging.getLogger(__name__)


class Fields(dict[str, object]):
    """A log message of named values: `name=value` in text, separate fields in JSON.

    In text, None is `-`, the items of a list are joined by `,` and the values of a dict by `:`.
    """

    def __str__(self) -> str:
        return " ".join(f"{name}={_in_text(value)}" for name, value in self.items())


def _in_text(value: object) -> str:
    if isinstance(value, dict):
        return ":".join(map(_in_text, value.values()))
    if isinstance(value, list):
        return ",".join(map(_in_text, value)) or "-"
    if isinstance(value, bool):
        return str(value).lower()
    text = "-" if value is None else str(value)
    return text if PLAIN.fullmatch(text) else json.dumps(text)


class Discreet(logging.Formatter):
    """Formats records without secrets: exceptions without messages, other libraries' by place."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        """Return the time of a record in ISO 8601, in UTC with milliseconds."""
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record; of another library's, logger and place only."""
        if not record.name.startswith(TRUSTED):
            record = logging.LogRecord(
                *(record.name, record.levelno, record.pathname, record.lineno),
                *(_place(record), (), record.exc_info),
            )
        return super().format(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """Return the type and the traceback of an exception, without its message."""
        return trail(ei[1]) if ei[1] else ""


def _place(record: logging.LogRecord) -> str:
    return f"{record.name} {Path(record.pathname).name}:{record.lineno}"


class DiscreetJSON(Discreet, JsonFormatter):
    """Formats records as JSON objects without secrets."""

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Return the fields of the JSON object, without a message that is empty."""
        # python-json-logger adds one to a record whose message is a dict.
        return {name: value for name, value in log_data.items() if (name, value) != ("message", "")}


class Stderr(logging.StreamHandler[Any]):
    """Writes to standard error."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Report a record that cannot be formatted by place and type of error, without values."""
        with suppress(Exception):
            self.stream.write(f"{_place(record)}: {type(sys.exception()).__name__} in logging\n")


def configuration(settings: Settings) -> dict[str, Any]:
    """Return the configuration for `logging.config.dictConfig`: all lines to standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "text": {"()": Discreet, "fmt": TEXT},
            "json": {"()": DiscreetJSON, "fmt": JSON, "rename_fields": JSON_NAMES},
        },
        "handlers": {"stderr": {"()": Stderr, "formatter": settings.log_format}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {"gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True}},
    }


def set_up(settings: Settings) -> None:
    """Configure logging unless it is already, and warn if the account is open to all."""
    if not logging.getLogger().hasHandlers():
        logging.config.dictConfig(configuration(settings))
    logging.getLogger("validator").setLevel(logging.INFO)
    # urllib3 logs URLs, and media URLs are signed.
    logging.getLogger("urllib3").setLevel(logging.CRITICAL + 1)
    if settings.is_open:
        log.warning(
            "VALIDATOR_TOKEN is not set: anyone who can reach this service can check the messages "
            "of TWILIO_ACCOUNT_SID"
        )


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
