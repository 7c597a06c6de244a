"""Where log lines go and what they look like, and which stay out."""

import logging
import logging.config
from typing import Any

from validator.config import Settings

TEXT = "%(asctime)s %(levelname)s %(message)s"
JSON = "%(asctime)s %(levelname)s %(name)s %(message)s"

log = logging.getLogger(__name__)


def configuration(settings: Settings) -> dict[str, Any]:
    """What logging.config takes: all lines to standard error, as text or as JSON."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "text": {"format": TEXT},
            "json": {"()": "pythonjsonlogger.json.JsonFormatter", "format": JSON},
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": settings.log_format}
        },
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
    # It logs the addresses that it asks, and those of media are signed: who reads one can use it.
    logging.getLogger("urllib3").setLevel(logging.CRITICAL + 1)
    if settings.is_open:
        log.warning(
            "VALIDATOR_TOKEN is not set: anyone who reaches this service may ask about the "
            "messages of TWILIO_ACCOUNT_SID"
        )


def write(to: logging.Logger, **fields: object) -> None:
    """One line of fields: name=value in text, values of their own in JSON."""
    line = " ".join(f"{name}={'-' if value is None else value}" for name, value in fields.items())
    to.info(line, extra=fields)
