"""Settings: environment variables, defaults, and errors that abort the start."""

from pathlib import Path
from typing import Any

import certifi
import pytest

from tests.support.accounts import ACCOUNT_SID, API_KEY_SID
from validator.config import InvalidSettingError, Settings
from validator.upstream.credentials import Credentials

SECRET = "hunter2-hunter2"
ACCOUNT = {"TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": SECRET}
API_KEY = {"TWILIO_API_KEY": API_KEY_SID, "TWILIO_API_SECRET": SECRET}


def read(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Settings.from_environment()


def error_line(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    """Return the error, which must be one line without the secret."""
    with pytest.raises(InvalidSettingError) as raised:
        read(monkeypatch, **environment)
    line = str(raised.value)
    assert len(line.splitlines()) == 1
    assert SECRET not in line
    return line


@pytest.mark.parametrize(
    ("name", "value", "read_as"),
    [
        ("VALIDATION_DEADLINE", "2.5", 2.5),
        ("PATIENCE_SECONDS", "0", 0),
        ("RATE_LIMIT", "5/second;100/hour", "5/second;100/hour"),
        ("RATELIMIT_ENABLED", "0", False),
        ("RATELIMIT_ENABLED", "1", True),
        ("PORT", "80", 80),
        ("LOCAL_TWILIO_PORT", "9000", 9000),
        ("WEB_CONCURRENCY", "4", 4),
        ("REQUESTS_CA_BUNDLE", certifi.where(), Path(certifi.where())),
    ],
)
def test_a_setting_is_read_from_the_variable_of_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, read_as: Any
) -> None:
    assert getattr(read(monkeypatch, **{name: value}), name.lower()) == read_as


@pytest.mark.parametrize("name", [name.upper() for name in Settings.model_fields])
def test_a_blank_setting_counts_as_unset(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert read(monkeypatch, **{name: ""}) == Settings()


INVALID = {
    "TWILIO_ACCOUNT_SID": [SECRET, API_KEY_SID, ACCOUNT_SID + "\n", ACCOUNT_SID[:-1]],
    "TWILIO_API_KEY": [SECRET, ACCOUNT_SID],
    "TWILIO_AUTH_TOKEN": ["  "],
    "TWILIO_API_SECRET": ["  "],
    "VALIDATOR_TOKEN": ["  ", f"{SECRET}={SECRET}", f"{SECRET}\n", f"{SECRET}é"],
    "TWILIO_REGION": ["ie1.example.com", "ie1/", "ie1\n"],
    "TWILIO_EDGE": ["dublin@example.com#"],
    "TWILIO_API_URL": [
        "127.0.0.1:8001",
        "ftp://127.0.0.1",
        "http://",
        f"http://user:{SECRET}@127.0.0.1",
        "http://127.0.0.1/2010-04-01",
        "http://127.0.0.1/?",
        "http://127.0.0.1/#",
    ],
    "REQUESTS_CA_BUNDLE": ["/no/such/file.pem", __file__, str(Path(__file__).parent)],
    "VALIDATION_DEADLINE": ["1e300", "0", "-1", "soon", "10s", "inf", "nan"],
    "PATIENCE_SECONDS": ["-1", "long", "inf", "nan"],
    "RATE_LIMIT": ["many", "120", "120/fortnight", "120/minute and more", "0/minute", "1/day\nx"],
    "RATELIMIT_ENABLED": ["perhaps"],
    "REDIS_URL": [
        SECRET,
        f"http://:{SECRET}@127.0.0.1",
        f"redis://:{SECRET}@127.0.0.1:99999",
        f"redis://:{SECRET}@127.0.0.1?colour=blue",
        f"redis://:{SECRET}@127.0.0.1?socket_timeout=soon",
        f"rediss://:{SECRET}@127.0.0.1?ssl_cert_reqs=perhaps",
    ],
    "ALLOWED_ORIGINS": ["*", "https://*.game.example", "https://game.example/path"],
    "PORT": ["0", "65536", "http"],
    "LOCAL_TWILIO_PORT": ["0"],
    "WEB_CONCURRENCY": ["0", "1.5"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in INVALID.items() for value in values]
)
def test_an_invalid_setting_aborts_the_start_with_one_line_that_names_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    assert error_line(monkeypatch, **{**ACCOUNT, **API_KEY, name: value}).startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"TWILIO_ACCOUNT_SID": ACCOUNT_SID}, "TWILIO_AUTH_TOKEN"),
        ({"TWILIO_AUTH_TOKEN": SECRET}, "TWILIO_ACCOUNT_SID"),
        ({"TWILIO_API_KEY": API_KEY_SID}, "TWILIO_API_SECRET"),
        ({"TWILIO_API_SECRET": SECRET}, "TWILIO_API_KEY"),
        (API_KEY, "TWILIO_ACCOUNT_SID"),
        ({**ACCOUNT, "TWILIO_API_KEY": API_KEY_SID}, "TWILIO_API_SECRET"),
        ({**ACCOUNT, "TWILIO_API_SECRET": SECRET}, "TWILIO_API_KEY"),
        ({"VALIDATOR_TOKEN": SECRET}, "TWILIO_ACCOUNT_SID"),
        ({**ACCOUNT, "TWILIO_AUTH_TOKEN": ""}, "TWILIO_AUTH_TOKEN"),
    ],
)
def test_an_incomplete_account_aborts_the_start_with_one_line_that_names_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], named: str
) -> None:
    assert named in error_line(monkeypatch, **environment)


@pytest.mark.parametrize(
    ("dyno", "url", "used"),
    [
        ("web.1", "rediss://127.0.0.1:6379/0", "rediss://127.0.0.1:6379/0?ssl_cert_reqs=none"),
        ("web.1", "redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
        ("", "rediss://127.0.0.1:6379/0", "rediss://127.0.0.1:6379/0"),
    ],
)
def test_the_self_signed_certificate_of_redis_on_heroku_is_not_verified(
    monkeypatch: pytest.MonkeyPatch, dyno: str, url: str, used: str
) -> None:
    monkeypatch.setenv("DYNO", dyno) if dyno else monkeypatch.delenv("DYNO", raising=False)
    monkeypatch.setenv("REDIS_URL", url)

    assert str(Settings.from_environment().redis_url) == used


@pytest.mark.parametrize(
    ("environment", "username"),
    [
        (ACCOUNT, ACCOUNT_SID),
        ({**ACCOUNT, **API_KEY, "TWILIO_AUTH_TOKEN": ""}, API_KEY_SID),
        ({**ACCOUNT, **API_KEY, "TWILIO_AUTH_TOKEN": "another-secret"}, API_KEY_SID),
    ],
    ids=["Auth Token", "API key", "both"],
)
def test_own_credentials_are_the_api_key_if_it_is_set_else_the_auth_token(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], username: str
) -> None:
    expected = Credentials(ACCOUNT_SID, username, SECRET, players_own=False)

    assert read(monkeypatch, **environment).own_credentials == expected


def test_without_an_account_there_are_no_credentials_and_no_bearer_token() -> None:
    assert (Settings().own_credentials, Settings().token) == (None, None)


def test_secrets_do_not_show_in_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, **ACCOUNT, **API_KEY, VALIDATOR_TOKEN=SECRET)

    assert settings.token == SECRET
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump_json()}"


@pytest.mark.parametrize(
    ("environment", "api_url"),
    [
        ({}, "https://api.twilio.com"),
        ({"TWILIO_REGION": "ie1"}, "https://api.ie1.twilio.com"),
        ({"TWILIO_EDGE": "dublin"}, "https://api.dublin.us1.twilio.com"),
        ({"TWILIO_REGION": "ie1", "TWILIO_EDGE": "dublin"}, "https://api.dublin.ie1.twilio.com"),
        ({"TWILIO_API_URL": "http://127.0.0.1:8001"}, "http://127.0.0.1:8001"),
        ({"TWILIO_API_URL": "http://127.0.0.1:8001/"}, "http://127.0.0.1:8001"),
        ({"TWILIO_API_URL": "http://[::1]:8001/"}, "http://[::1]:8001"),
        ({"TWILIO_API_URL": "https://a.example", "TWILIO_REGION": "ie1"}, "https://a.example"),
    ],
)
def test_the_url_of_twilios_api_from_region_edge_and_api_url(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], api_url: str
) -> None:
    assert read(monkeypatch, **environment).api_url == api_url
