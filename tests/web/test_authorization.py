"""The Twilio account of a request, by its Authorization header."""

import re
from base64 import b64encode

import pytest

from tests.support.accounts import ACCOUNT_SID, API_KEY_SID, PLAYER
from tests.web.submitting import SERVICE, TOKEN
from validator.upstream.credentials import Credentials
from validator.web import authorization
from validator.web.authorization import (
    AccountSidRequiredError,
    CredentialsMalformedError,
    CredentialsRequiredError,
)

SECRET = PLAYER.password
OTHER_ACCOUNT_SID = "AC" + "3" * 32

services = pytest.mark.parametrize(
    ("service", "token"),
    [(None, None), (SERVICE, None), (SERVICE, TOKEN)],
    ids=["no account", "open account", "account with a token"],
)


def basic(username: str, password: str) -> str:
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode()


def choose(
    header: str | None,
    account_sid: str | None = None,
    service: Credentials | None = SERVICE,
    token: str | None = None,
) -> Credentials:
    return authorization.choose(header, account_sid, service, token)


@services
@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (basic(ACCOUNT_SID, SECRET), PLAYER),
        (basic(ACCOUNT_SID, SECRET).replace("Basic", "BASIC "), PLAYER),
        (basic(ACCOUNT_SID, "a:b"), Credentials(ACCOUNT_SID, ACCOUNT_SID, "a:b")),
        (basic(API_KEY_SID, SECRET), Credentials(OTHER_ACCOUNT_SID, API_KEY_SID, SECRET)),
    ],
    ids=["Auth Token", "scheme in capitals", "colons", "API key"],
)
def test_basic_credentials_select_the_players_account(
    header: str, expected: Credentials, service: Credentials | None, token: str | None
) -> None:
    assert choose(header, OTHER_ACCOUNT_SID, service, token) == expected


@pytest.mark.parametrize(
    "account_sid",
    [None, "", API_KEY_SID, ACCOUNT_SID.lower(), ACCOUNT_SID[:-1], ACCOUNT_SID + "\n"],
)
def test_an_api_key_needs_a_complete_account_sid(account_sid: str | None) -> None:
    with pytest.raises(AccountSidRequiredError):
        choose(basic(API_KEY_SID, SECRET), account_sid)


def test_without_authorization_the_services_account_is_used_if_it_is_open() -> None:
    assert choose(None) == SERVICE
    for service, token in ((None, None), (SERVICE, TOKEN)):
        with pytest.raises(CredentialsRequiredError):
            choose(None, service=service, token=token)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
@pytest.mark.parametrize("token", [TOKEN, "a-b._~+/c", "YWJjZA=="])
def test_the_right_bearer_token_selects_the_services_own_account(scheme: str, token: str) -> None:
    assert choose(f"{scheme} {token}", token=token) == SERVICE


UNREADABLE = "The Authorization header could not be read. Use your own Twilio account"
NO_PAIR = "No user name and password arrived."
NO_USERNAME = "The Account SID or API key SID is missing."
INCOMPLETE = "The Account SID or API key SID is not complete: it is AC or SK and then"
NO_SECRET = "The Auth Token or API key secret is missing."
ODD_SECRET = "The Auth Token or API key secret contains a character that cannot be in one."
OTHER_SCHEME = "does not take that kind of Authorization header. Use your own Twilio account"
NO_SIDS = [
    *("player", "AC/../../Accounts", "MM" + "1" * 32, f" {ACCOUNT_SID}", ACCOUNT_SID + "\n"),
    *(ACCOUNT_SID.lower(), ACCOUNT_SID[:-1], ACCOUNT_SID + "0", API_KEY_SID[:-1]),
    "AC" + "\N{FULLWIDTH DIGIT ZERO}" * 32,
]
MALFORMED = [
    *((header, UNREADABLE) for header in ("", "Basic !!!!", "Basic QQ", "Basic \xfc")),
    *((header, NO_PAIR) for header in ("Basic", basic("", ""), basic(" ", " "))),
    *((basic(blank, SECRET), NO_USERNAME) for blank in ("", " ")),
    *((basic(username, SECRET), INCOMPLETE) for username in NO_SIDS),
    *((basic(ACCOUNT_SID, blank), NO_SECRET) for blank in ("", "\t\n")),
    *((basic(API_KEY_SID, SECRET + odd), ODD_SECRET) for odd in "\n\0é"),
    *((header, OTHER_SCHEME) for header in (SECRET, f"{ACCOUNT_SID}:{SECRET}", f"Token {TOKEN}")),
]


@services
@pytest.mark.parametrize(("header", "expected"), MALFORMED)
def test_malformed_credentials_are_explained_and_never_fall_back_to_the_services_own(
    header: str, expected: str, service: Credentials | None, token: str | None
) -> None:
    with pytest.raises(CredentialsMalformedError, match=rf"{re.escape(expected)}.*\.$") as rejected:
        choose(header, ACCOUNT_SID, service, token)

    assert SECRET not in str(rejected.value)


WRONG_TOKENS = ["", " wrong", f" {TOKEN}x", f" {TOKEN[:-1]}", f" {TOKEN.upper()}", f" t={TOKEN}"]


@pytest.mark.parametrize(
    ("given", "service", "token", "expected"),
    [
        *((wrong, SERVICE, TOKEN, "The bearer token is wrong.") for wrong in WRONG_TOKENS),
        ("", SERVICE, None, "This service takes no bearer token."),
        (" None", SERVICE, None, "This service takes no bearer token."),
        (f" {TOKEN}", None, None, "This service takes no bearer token."),
    ],
)
def test_a_wrong_or_unexpected_bearer_token_is_rejected(
    given: str, service: Credentials | None, token: str | None, expected: str
) -> None:
    with pytest.raises(CredentialsMalformedError, match=f"^{re.escape(expected)}"):
        choose(f"Bearer{given}", service=service, token=token)


def test_credentials_have_no_password_in_their_repr() -> None:
    assert SECRET not in repr(PLAYER)


def test_credentials_become_a_basic_authorization_header() -> None:
    aladdin = Credentials(ACCOUNT_SID, "Aladdin", "open sesame")

    assert aladdin.authorization == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
