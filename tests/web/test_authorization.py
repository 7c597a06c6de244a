"""The Twilio account of a request, by its Authorization header."""

import re
from base64 import b64encode

import pytest

from tests.support.accounts import ACCOUNT_SID, API_KEY_SID, PLAYER
from validator.upstream.credentials import Credentials
from validator.web import authorization
from validator.web.authorization import (
    AccountSidRequiredError,
    CredentialsMalformedError,
    CredentialsRequiredError,
)

SECRET = PLAYER.password
TOKEN = "a-validator-token"
SERVICE = Credentials("AC" + "9" * 32, "SK" + "9" * 32, "service-secret", players_own=False)


def basic(username: str, password: str) -> str:
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode()


def choose(
    header: str | None,
    account_sid: str | None = None,
    service: Credentials | None = SERVICE,
    token: str | None = None,
) -> Credentials:
    return authorization.choose(header, account_sid, service, token)


def test_basic_with_account_sid_and_auth_token_selects_the_players_account() -> None:
    assert choose(basic(ACCOUNT_SID, SECRET)) == Credentials(ACCOUNT_SID, ACCOUNT_SID, SECRET)


def test_basic_with_an_api_key_selects_the_account_in_account_sid() -> None:
    assert choose(basic(API_KEY_SID, SECRET), ACCOUNT_SID) == Credentials(
        ACCOUNT_SID, API_KEY_SID, SECRET
    )


def test_the_field_account_sid_is_ignored_without_an_api_key() -> None:
    chosen = choose(basic(ACCOUNT_SID, SECRET), "AC" + "3" * 32)

    assert chosen.account_sid == ACCOUNT_SID


def test_a_basic_password_may_contain_colons() -> None:
    assert choose(basic(ACCOUNT_SID, "a:b:c")).password == "a:b:c"


@pytest.mark.parametrize("scheme", ["basic", "BASIC", "Basic  "])
def test_the_authorization_scheme_is_case_insensitive(scheme: str) -> None:
    header = basic(ACCOUNT_SID, SECRET).replace("Basic", scheme)

    assert choose(header) == PLAYER


@pytest.mark.parametrize("service", [SERVICE, None])
@pytest.mark.parametrize("token", [None, TOKEN])
def test_basic_credentials_work_without_an_account_of_the_service(
    service: Credentials | None, token: str | None
) -> None:
    assert choose(basic(ACCOUNT_SID, SECRET), service=service, token=token) == PLAYER


@pytest.mark.parametrize(
    "account_sid",
    [
        None,
        "",
        " ",
        API_KEY_SID,
        ACCOUNT_SID.lower(),
        ACCOUNT_SID[:-1],
        ACCOUNT_SID + "0",
        ACCOUNT_SID + "\n",
        "AC" + "g" * 32,
        "AC/../../Accounts",
    ],
)
def test_an_api_key_needs_a_complete_account_sid(account_sid: str | None) -> None:
    with pytest.raises(AccountSidRequiredError):
        choose(basic(API_KEY_SID, SECRET), account_sid)


def test_without_authorization_the_services_own_account_is_used() -> None:
    assert choose(None) == SERVICE


def test_the_right_bearer_token_selects_the_services_own_account() -> None:
    assert choose(f"Bearer {TOKEN}", token=TOKEN) == SERVICE
    assert choose(f"bearer {TOKEN}", token=TOKEN) == SERVICE


@pytest.mark.parametrize("token", ["0123", "a-b._~+/c", "YWJj", "YWJjZA=="])
def test_a_bearer_token_may_have_all_characters_of_rfc_6750(token: str) -> None:
    assert choose(f"Bearer {token}", token=token) == SERVICE


@pytest.mark.parametrize(
    ("service", "token"), [(None, None), (SERVICE, TOKEN)], ids=["no account", "token set"]
)
def test_without_authorization_credentials_are_required_unless_the_account_is_open(
    service: Credentials | None, token: str | None
) -> None:
    with pytest.raises(CredentialsRequiredError):
        choose(None, service=service, token=token)


@pytest.mark.parametrize(
    "header",
    [
        "",
        " ",
        "Basic",
        "Basic ",
        "Basic :",
        "Basic !!!!",
        "Basic QQ",
        "Basic \xfc",
        "Basic //46eA==",
        basic("", ""),
        basic(" ", " "),
        basic("", SECRET),
        basic(" ", SECRET),
        basic("player", SECRET),
        basic("player@example.com", SECRET),
        basic(ACCOUNT_SID, ""),
        basic(ACCOUNT_SID, " "),
        basic(ACCOUNT_SID, "\t\n"),
        basic(ACCOUNT_SID, f"{SECRET}\n"),
        basic(ACCOUNT_SID, f"{SECRET}\0"),
        basic(ACCOUNT_SID, f"{SECRET}é"),
        basic(API_KEY_SID, ""),
        basic(API_KEY_SID[:-1], SECRET),
        basic(API_KEY_SID + "0", SECRET),
        basic(ACCOUNT_SID.lower(), SECRET),
        basic(ACCOUNT_SID[:-1], SECRET),
        basic(ACCOUNT_SID + "0", SECRET),
        basic(ACCOUNT_SID + "\n", SECRET),
        basic(f" {ACCOUNT_SID}", SECRET),
        basic("AC" + "g" * 32, SECRET),
        basic("AC" + "\N{FULLWIDTH DIGIT ZERO}" * 32, SECRET),
        basic("AC/../../Accounts", SECRET),
        basic("MM" + "1" * 32, SECRET),
        f"Basic {ACCOUNT_SID}:{SECRET}",
        f"{ACCOUNT_SID}:{SECRET}",
        SECRET,
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN.upper()}",
        f"Bearer {TOKEN} {TOKEN}",
        "Bearer \xfc",
        f"Bearer token={TOKEN}",
        f"Token {TOKEN}",
        f"Digest username={ACCOUNT_SID}",
    ],
)
@pytest.mark.parametrize("token", [None, TOKEN])
@pytest.mark.parametrize("service", [SERVICE, None])
def test_blank_or_malformed_credentials_never_fall_back_to_the_services_own(
    header: str, token: str | None, service: Credentials | None
) -> None:
    with pytest.raises(CredentialsMalformedError) as refused:
        choose(header, ACCOUNT_SID, service, token if service else None)

    message = str(refused.value)
    assert message.endswith(".")
    assert SECRET not in message
    assert ACCOUNT_SID.lower() not in message.lower()
    assert TOKEN not in message


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Basic \xfc", "The Authorization header could not be read."),
        (basic("", ""), "No user name and password arrived."),
        (basic("", SECRET), "The Account SID or API key SID is missing."),
        (basic(ACCOUNT_SID, " "), "The Auth Token or API key secret is missing."),
        (basic(ACCOUNT_SID, "\0"), "The Auth Token or API key secret contains a character"),
        (basic(ACCOUNT_SID[:-1], SECRET), "The Account SID or API key SID is not complete"),
        ("Bearer wrong", "The bearer token is wrong."),
        (f"Token {TOKEN}", "does not take that kind of Authorization header. Use your own"),
    ],
)
def test_the_error_says_what_is_wrong_with_malformed_credentials(
    header: str, expected: str
) -> None:
    with pytest.raises(CredentialsMalformedError, match=re.escape(expected)):
        choose(header, token=TOKEN)


def test_the_error_says_that_no_bearer_token_is_accepted_if_none_is_set() -> None:
    with pytest.raises(CredentialsMalformedError, match="takes no bearer token"):
        choose(f"Bearer {TOKEN}")


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", "Bearer", "Bearer None"])
def test_without_a_validator_token_no_bearer_token_is_accepted(header: str) -> None:
    with pytest.raises(CredentialsMalformedError):
        choose(header, token=None)


def test_credentials_have_no_password_in_their_repr() -> None:
    assert SECRET not in repr(PLAYER)
    assert SECRET not in str(PLAYER)


def test_credentials_become_a_basic_authorization_header() -> None:
    aladdin = Credentials(ACCOUNT_SID, "Aladdin", "open sesame")

    assert aladdin.authorization == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
