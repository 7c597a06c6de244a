"""The Twilio credentials in the fields of the page's form."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.support.accounts import ACCOUNT_SID, API_KEY_SID, MESSAGE_SID
from tests.support.fakes import FakeJudge, a_client
from validator.upstream.credentials import Credentials

OTHER_ACCOUNT_SID = "AC" + "3" * 32
SECRET = "fake-typed-secret"
BLANK = {"accountSid": "", "apiKey": "", "secret": " "}
TOKEN_FIELDS = {**BLANK, "accountSid": ACCOUNT_SID, "secret": SECRET}
KEY_FIELDS = {**TOKEN_FIELDS, "apiKey": API_KEY_SID}
BY_TOKEN = Credentials(ACCOUNT_SID, ACCOUNT_SID, SECRET)
BY_KEY = Credentials(ACCOUNT_SID, API_KEY_SID, SECRET)
OWN_ACCOUNT = {"twilio_account_sid": OTHER_ACCOUNT_SID, "twilio_auth_token": "service-secret"}


def submit(
    judge: FakeJudge, fields: dict[str, str], settings: dict[str, Any] = OWN_ACCOUNT, **request: Any
) -> TestResponse:
    return a_client(judge, **settings).post(
        "/validate", data={"sid": MESSAGE_SID, **fields}, **request
    )


def account_of(fields: dict[str, str], **request: Any) -> Credentials:
    """Return the credentials that the judge gets for a form with these fields."""
    judge = FakeJudge()
    assert submit(judge, fields, **request).status_code == 200
    ((_, account),) = judge.asked
    return account


def refusal(fields: dict[str, str], **request: Any) -> tuple[int, str, str]:
    """Return status, code and detail for a form that must not be judged."""
    judge = FakeJudge()
    response = submit(judge, fields, **request)
    problem = response.get_json()
    assert judge.asked == []
    assert SECRET not in response.text
    return response.status_code, problem["code"], problem["detail"]


@pytest.mark.parametrize(
    ("fields", "account"),
    [
        (TOKEN_FIELDS, BY_TOKEN),
        (KEY_FIELDS, BY_KEY),
        ({name: f" {value}\u200b\n" for name, value in KEY_FIELDS.items()}, BY_KEY),
    ],
)
@pytest.mark.parametrize("auth", [None, (OTHER_ACCOUNT_SID, "remembered-by-the-browser")])
def test_form_credentials_take_precedence_over_authorization_and_the_services_account(
    fields: dict[str, str], account: Credentials, auth: tuple[str, str] | None
) -> None:
    assert account_of(fields, auth=auth) == account


@pytest.mark.parametrize("fields", [{}, BLANK, {"accountSid": ACCOUNT_SID}])
def test_without_form_credentials_the_services_account_is_used(
    fields: dict[str, str],
) -> None:
    assert not account_of(fields).players_own


def test_account_sid_in_the_form_belongs_to_an_api_key_in_authorization() -> None:
    assert account_of({"accountSid": ACCOUNT_SID}, auth=(API_KEY_SID, SECRET)) == BY_KEY


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"secret": ""}, "The Auth Token is missing."),
        ({"secret": "naïve"}, "The Auth Token contains a character"),
        ({"secret": "two\nlines"}, "The Auth Token contains a character"),
        ({"accountSid": ""}, "The Account SID is missing."),
        ({"accountSid": API_KEY_SID}, "not a complete Account SID"),
        ({"accountSid": ACCOUNT_SID[:-1]}, "not a complete Account SID"),
        ({"apiKey": API_KEY_SID, "secret": ""}, "The API key secret is missing."),
        ({"apiKey": ACCOUNT_SID}, "not a complete API key SID"),
        ({"apiKey": API_KEY_SID, "accountSid": ""}, "The Account SID is missing."),
    ],
)
def test_incomplete_form_credentials_are_401_and_never_the_services_account(
    changes: dict[str, str], expected: str
) -> None:
    status, code, detail = refusal({**TOKEN_FIELDS, **changes})

    assert (status, code) == (401, "credentials_rejected")
    assert expected in detail


@pytest.mark.parametrize(
    "request_",
    [
        {"base_url": "http://validator.example"},
        {"base_url": "http://192.168.1.7:8000"},
        {"base_url": "http://localhost.example"},
        {"headers": {"X-Forwarded-Proto": "http"}},
        {"headers": {"X-Forwarded-Proto": "https, http"}},
        {"base_url": "https://validator.example", "headers": {"X-Forwarded-Proto": "http"}},
    ],
)
def test_form_credentials_over_plain_http_are_403(request_: dict[str, Any]) -> None:
    assert refusal(TOKEN_FIELDS, **request_)[:2] == (403, "https_required")


@pytest.mark.parametrize(
    "request_",
    [
        {"base_url": "https://validator.example"},
        {"base_url": "http://validator.example", "headers": {"X-Forwarded-Proto": "HTTPS"}},
        {"base_url": "http://localhost:8000"},
        {"base_url": "http://validator.localhost:8000"},
        {"base_url": "http://127.1.2.3"},
        {"base_url": "http://[::1]:8000"},
    ],
)
def test_form_credentials_over_https_or_loopback_are_accepted(request_: dict[str, Any]) -> None:
    assert account_of(TOKEN_FIELDS, **request_) == BY_TOKEN


def test_credentials_in_json_fields_are_ignored() -> None:
    judge = FakeJudge()

    a_client(judge, **OWN_ACCOUNT).post("/validate", json={"sid": MESSAGE_SID, **TOKEN_FIELDS})

    ((_, account),) = judge.asked
    assert not account.players_own
