"""Where log lines go and what they look like, and which stay out."""

import json
import logging
import logging.config
import re
import sys
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

# Loggers whose messages are known to quote nothing: our modules, and gunicorn's through our class.
TRUSTED = ("validator.", "gunicorn.")

# What python-json-logger writes beside the values of a dict.
NO_MESSAGE = ("message", "")
# A value of other characters stands in quotes, so that a line ends where its record does.
PLAIN = re.compile(r"[\w.:/+@;\[\]-]+", re.ASCII)

log = logging.getLogger(__name__)


class Fields(dict[str, object]):
    """A log message of named values: `name=value` in text, fields of their own in JSON.

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
    """Reduces exceptions to their trail, and what other libraries log to its place."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

    def format(self, record: logging.LogRecord) -> str:
        if not record.name.startswith(TRUSTED):
            record = _without_message(record)
        return super().format(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return trail(ei[1]) if ei[1] else ""


def _without_message(record: logging.LogRecord) -> logging.LogRecord:
    return logging.LogRecord(
        *(record.name, record.levelno, record.pathname, record.lineno),
        *(_place(record), (), record.exc_info),
    )


def _place(record: logging.LogRecord) -> str:
    return f"{record.name} {Path(record.pathname).name}:{record.lineno}"


class DiscreetJSON(Discreet, JsonFormatter):
    """The same as a JSON object; the values of `Fields` are not repeated in a message."""

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in log_data.items() if (name, value) != NO_MESSAGE}


class Stderr(logging.StreamHandler[Any]):
    """Standard error. A record that cannot be written is reported by the error's type alone."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        with suppress(Exception):
            self.stream.write(f"{_place(record)}: {type(sys.exception()).__name__} in logging\n")


def configuration(settings: Settings) -> dict[str, Any]:
    """What logging.config takes: all lines to standard error, as text or as JSON."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "text": {"()": Discreet, "fmt": TEXT},
            "json": {"()": DiscreetJSON, "fmt": JSON, "rename_fields": JSON_NAMES},
        },
        "handlers": {"stderr": {"()": Stderr, "formatter": settings.log_format}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {
            "gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True},
        },
    }


def set_up(settings: Settings) -> None:
    """Configure logging, unless whoever runs the process has done it."""
    if not logging.getLogger().hasHandlers():
        logging.config.dictConfig(configuration(settings))
    logging.getLogger("validator").setLevel(logging.INFO)
    # urllib3 logs URLs, and media URLs are signed.
    logging.getLogger("urllib3").setLevel(logging.CRITICAL + 1)
    if settings.is_open:
        log.warning(
            "VALIDATOR_TOKEN is not set: anyone who reaches this service may ask about the "
            "messages of TWILIO_ACCOUNT_SID"
        )
