"""The Twilio credentials in the fields of the page's form."""

from typing import Any

import pytest

from tests.support.accounts import ACCOUNT_SID, API_KEY_SID, PLAYER
from tests.web.submitting import AUTH, SUBMISSION, judged, refused
from validator.upstream.credentials import Credentials

SECRET = "fake-typed-secret"
BLANK = {"accountSid": "", "apiKey": "", "secret": " "}
TOKEN_FIELDS = {**BLANK, "accountSid": ACCOUNT_SID, "secret": SECRET}
KEY_FIELDS = {**TOKEN_FIELDS, "apiKey": API_KEY_SID}
PASTED_FIELDS = {name: f" {value}\u200b\n" for name, value in KEY_FIELDS.items()}
BY_TOKEN = Credentials(ACCOUNT_SID, ACCOUNT_SID, SECRET)
BY_KEY = Credentials(ACCOUNT_SID, API_KEY_SID, SECRET)


def account_of(fields: dict[str, str], **request: Any) -> Credentials:
    """Return the credentials that the judge gets for a form with these fields."""
    return judged(data={**SUBMISSION, **fields}, **request)[1]


@pytest.mark.parametrize(
    ("fields", "account"),
    [(TOKEN_FIELDS, BY_TOKEN), (KEY_FIELDS, BY_KEY), (PASTED_FIELDS, BY_KEY)],
    ids=["Auth Token", "API key", "with white space"],
)
@pytest.mark.parametrize("auth", [None, AUTH])
def test_form_credentials_take_precedence_over_authorization_and_the_services_account(
    fields: dict[str, str], account: Credentials, auth: tuple[str, str] | None
) -> None:
    assert account_of(fields, auth=auth) == account


@pytest.mark.parametrize("fields", [{}, BLANK, {"accountSid": ACCOUNT_SID}])
def test_without_form_credentials_authorization_or_the_services_account_is_used(
    fields: dict[str, str],
) -> None:
    assert account_of(fields, auth=AUTH) == PLAYER
    assert not account_of(fields).players_own


def test_account_sid_in_the_form_belongs_to_an_api_key_in_authorization() -> None:
    assert account_of({"accountSid": ACCOUNT_SID}, auth=(API_KEY_SID, SECRET)) == BY_KEY


def test_credentials_in_json_fields_are_ignored() -> None:
    assert not judged(json={**SUBMISSION, **TOKEN_FIELDS})[1].players_own


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"secret": ""}, "The Auth Token is missing."),
        ({"secret": "naïve"}, "The Auth Token contains a character"),
        ({"secret": "two\nlines"}, "The Auth Token contains a character"),
        (
            {"accountSid": ""},
            "The Account SID is missing. Copy it from the Twilio Console: it begi",
        ),
        ({"accountSid": API_KEY_SID}, "not a complete Account SID"),
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
    ("url", "forwarded"),
    [
        ("http://validator.example", None),
        ("http://192.168.1.7:8000", None),
        ("http://localhost.example", None),
        ("http://localhost", "http"),
        ("https://validator.example", "http"),
        ("https://validator.example", "https, http"),
    ],
)
def test_form_credentials_over_plain_http_are_403(url: str, forwarded: str | None) -> None:
    headers = {"X-Forwarded-Proto": forwarded} if forwarded else {}
    response = refused(data={**SUBMISSION, **TOKEN_FIELDS}, base_url=url, headers=headers)

    assert (response.status_code, response.get_json()["code"]) == (403, "https_required")
    assert SECRET not in response.text


@pytest.mark.parametrize(
    ("url", "forwarded"),
    [
        ("https://validator.example", None),
        ("http://validator.example", "HTTPS"),
        ("http://localhost:8000", None),
        ("http://validator.localhost:8000", None),
        ("http://127.1.2.3", None),
        ("http://[::1]:8000", None),
    ],
)
def test_form_credentials_over_https_or_loopback_are_accepted(
    url: str, forwarded: str | None
) -> None:
    headers = {"X-Forwarded-Proto": forwarded} if forwarded else {}

    assert account_of(TOKEN_FIELDS, base_url=url, headers=headers) == BY_TOKEN
