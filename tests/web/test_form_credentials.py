"""The Twilio credentials in the fields of the page's form."""

import pytest

from tests.support.accounts import ACCOUNT_SID, API_KEY_SID, PLAYER
from tests.web.submitting import AUTH, SERVICE, SUBMISSION, judged, refused, submit
from validator.upstream.credentials import Credentials

SECRET = "fake-typed-secret"
BLANK = {"accountSid": "", "apiKey": "", "secret": " "}
TOKEN_FIELDS = {**BLANK, "accountSid": ACCOUNT_SID, "secret": SECRET}
KEY_FIELDS = {**TOKEN_FIELDS, "apiKey": API_KEY_SID}
PASTED_FIELDS = {name: f" {value}\u200b\n" for name, value in KEY_FIELDS.items()}
BY_TOKEN = Credentials(ACCOUNT_SID, ACCOUNT_SID, SECRET)
BY_KEY = Credentials(ACCOUNT_SID, API_KEY_SID, SECRET)
ACCOUNT_ALONE = {"accountSid": ACCOUNT_SID}


@pytest.mark.parametrize(
    ("fields", "auth", "account"),
    [
        (TOKEN_FIELDS, None, BY_TOKEN),
        (TOKEN_FIELDS, AUTH, BY_TOKEN),
        (KEY_FIELDS, AUTH, BY_KEY),
        (PASTED_FIELDS, None, BY_KEY),
        (BLANK, AUTH, PLAYER),
        (BLANK, None, SERVICE),
        (ACCOUNT_ALONE, AUTH, PLAYER),
        (ACCOUNT_ALONE, None, SERVICE),
        (ACCOUNT_ALONE, (API_KEY_SID, SECRET), BY_KEY),
    ],
)
def test_form_credentials_take_precedence_over_authorization_and_the_services_account(
    fields: dict[str, str], auth: tuple[str, str] | None, account: Credentials
) -> None:
    assert judged(data={**SUBMISSION, **fields}, auth=auth)[1] == account


def test_credentials_in_json_fields_are_ignored() -> None:
    assert judged(json={**SUBMISSION, **TOKEN_FIELDS})[1] == SERVICE


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"secret": ""}, "The Auth Token is missing."),
        ({"secret": "naïve"}, "The Auth Token contains a character"),
        ({"accountSid": ""}, "The Account SID is missing. Copy it from the Twilio Console: it beg"),
        ({"accountSid": ACCOUNT_SID[:-1]}, "not a complete Account SID: it is AC and then"),
        ({"apiKey": API_KEY_SID, "secret": ""}, "The API key secret is missing."),
        ({"apiKey": ACCOUNT_SID}, "not a complete API key SID: it is SK and then"),
        ({"apiKey": API_KEY_SID, "accountSid": ""}, "The Account SID is missing."),
    ],
)
def test_incomplete_form_credentials_are_401_and_never_the_services_account(
    changes: dict[str, str], expected: str
) -> None:
    response = refused(data={**SUBMISSION, **TOKEN_FIELDS, **changes})

    assert (response.status_code, response.get_json()["code"]) == (401, "credentials_rejected")
    assert expected in response.get_json()["detail"]
    assert SECRET not in response.text


@pytest.mark.parametrize(
    ("url", "forwarded", "code"),
    [
        ("http://validator.example", None, "https_required"),
        ("http://localhost.example", None, "https_required"),
        ("http://localhost", "http", "https_required"),
        ("https://validator.example", "http", "https_required"),
        ("https://validator.example", "https, http", "https_required"),
        ("https://validator.example", None, None),
        ("http://validator.example", "HTTPS", None),
        ("http://localhost:8000", None, None),
        ("http://validator.localhost:8000", None, None),
        ("http://127.1.2.3", None, None),
        ("http://[::1]:8000", None, None),
    ],
)
def test_form_credentials_need_https_or_loopback(
    url: str, forwarded: str | None, code: str | None
) -> None:
    headers = {"X-Forwarded-Proto": forwarded} if forwarded else {}
    response = submit(data={**SUBMISSION, **TOKEN_FIELDS}, base_url=url, headers=headers)

    assert response.status_code == (403 if code else 200)
    assert response.get_json().get("code") == code
    assert SECRET not in response.text
