"""The format of log lines, as text and as JSON."""

import json
import logging
import logging.config

import pytest

from validator.config import Settings
from validator.telemetry import logs
from validator.telemetry.logs import Fields

# 1,000,000,000.25 seconds after the epoch.
MOMENT = "2001-09-09T01:46:40.250+00:00"
FIELDS = Fields(sid="MM1", reason=None, ms=5, media=[{"type": "image/png", "contents": "GIF"}])


def formatted(record: logging.LogRecord, log_format: str) -> str:
    configuration = logs.configuration(Settings.model_validate({"log_format": log_format}))
    configurator = logging.config.DictConfigurator(configuration)
    formatter = configurator.configure_formatter(configuration["formatters"][log_format])
    return str(formatter.format(record))


@pytest.mark.parametrize(
    ("message", "arguments", "text", "fields"),
    [
        (FIELDS, (), "sid=MM1 reason=- ms=5 media=image/png:GIF", FIELDS),
        ("%s is up", ("Redis",), "Redis is up", {"message": "Redis is up"}),
    ],
    ids=["fields", "message"],
)
def test_a_log_line_has_timestamp_level_and_fields_or_message(
    message: object, arguments: tuple[str, ...], text: str, fields: dict[str, object]
) -> None:
    name, level = "validator.test", logging.WARNING
    record = logging.LogRecord(name, level, __file__, 1, message, arguments, None)
    record.created = 1_000_000_000.25
    always = {"timestamp": MOMENT, "level": "WARNING", "logger": name}

    assert formatted(record, "text") == f"{MOMENT} WARNING {text}"
    assert json.loads(formatted(record, "json")) == {**always, **fields}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\r\nlevel=ERROR", r'"a\r\nlevel=ERROR"'),
        ("a b", '"a b"'),
        ('"', r'"\""'),
        ("", '""'),
        ("\u2028", r'"\u2028"'),
        ("\x1b[2J", r'"\u001b[2J"'),
        ([], "-"),
        (["127.0.0.1:80", "[::1]:80"], "127.0.0.1:80,[::1]:80"),
        ("https://api.twilio.com", "https://api.twilio.com"),
        (True, "true"),
    ],
)
def test_a_value_in_a_text_log_line_cannot_forge_lines_or_fields(value: object, text: str) -> None:
    assert str(Fields(name=value)) == f"name={text}"
