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
    with pytest.raises(InvalidSettingError) as raised:
        read(monkeypatch, **environment)
    return str(raised.value)


@pytest.mark.parametrize(
    ("setting", "default"),
    [("own_credentials", None), ("token", None), ("api_url", "https://api.twilio.com")],
)
def test_an_unset_setting_has_its_default(setting: str, default: Any) -> None:
    assert getattr(Settings.from_environment(), setting) == default


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
        SECRET,
        "127.0.0.1:8001",
        "ftp://127.0.0.1",
        "http://",
        f"http://user:{SECRET}@127.0.0.1",
        "http://127.0.0.1/2010-04-01",
        "http://127.0.0.1/?a=b",
        "http://127.0.0.1/?",
        "http://127.0.0.1/#",
    ],
    "REQUESTS_CA_BUNDLE": ["/no/such/file.pem", __file__, str(Path(__file__).parent)],
    "VALIDATION_DEADLINE": ["1e300", "0", "-1", "soon", "10s", "inf", "nan"],
    "PATIENCE_SECONDS": ["-1", "long", "inf", "nan"],
    "RATE_LIMIT": [
        "many",
        "120",
        "120/fortnight",
        "120/minute and more",
        "0/minute",
        "120/minute\nmany",
    ],
    "RATELIMIT_ENABLED": ["perhaps"],
    "REDIS_URL": [
        f"http://:{SECRET}@127.0.0.1",
        f"redis://:{SECRET}@127.0.0.1:99999",
        SECRET,
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
    line = error_line(monkeypatch, **{**ACCOUNT, **API_KEY, name: value})

    assert line.startswith(f"{name}: ")
    assert len(line.splitlines()) == 1
    assert SECRET not in line


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
    line = error_line(monkeypatch, **environment)

    assert named in line
    assert len(line.splitlines()) == 1
    assert SECRET not in line


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


def test_own_credentials_with_an_auth_token(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, **ACCOUNT).own_credentials == Credentials(
        ACCOUNT_SID, ACCOUNT_SID, SECRET, players_own=False
    )


@pytest.mark.parametrize("auth_token", ["", "another-secret"])
def test_an_api_key_is_preferred_over_the_auth_token(
    monkeypatch: pytest.MonkeyPatch, auth_token: str
) -> None:
    settings = read(monkeypatch, **ACCOUNT | API_KEY | {"TWILIO_AUTH_TOKEN": auth_token})

    assert settings.own_credentials == Credentials(
        ACCOUNT_SID, API_KEY_SID, SECRET, players_own=False
    )


def test_validator_token_is_the_bearer_token(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, **ACCOUNT, VALIDATOR_TOKEN="a-token").token == "a-token"


def test_secrets_do_not_show_in_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, **ACCOUNT, **API_KEY, VALIDATOR_TOKEN=SECRET)

    assert SECRET not in repr(settings)
    assert SECRET not in str(settings)
    assert SECRET not in settings.model_dump_json()


@pytest.mark.parametrize(
    ("environment", "api_url"),
    [
        ({"TWILIO_REGION": "ie1"}, "https://api.ie1.twilio.com"),
        ({"TWILIO_EDGE": "dublin"}, "https://api.dublin.us1.twilio.com"),
        ({"TWILIO_REGION": "ie1", "TWILIO_EDGE": "dublin"}, "https://api.dublin.ie1.twilio.com"),
        ({"TWILIO_API_URL": "http://127.0.0.1:8001"}, "http://127.0.0.1:8001"),
        ({"TWILIO_API_URL": "http://127.0.0.1:8001/"}, "http://127.0.0.1:8001"),
        ({"TWILIO_API_URL": "http://[::1]:8001/"}, "http://[::1]:8001"),
        (
            {"TWILIO_API_URL": "https://twilio.example", "TWILIO_REGION": "ie1"},
            "https://twilio.example",
        ),
    ],
)
def test_the_url_of_twilios_api_from_region_edge_and_api_url(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], api_url: str
) -> None:
    assert read(monkeypatch, **environment).api_url == api_url
