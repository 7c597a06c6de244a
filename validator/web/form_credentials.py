"""The Twilio credentials in the fields of the page's form."""

import re

from flask import Request

from validator.challenge.sids import visible
from validator.upstream.credentials import ACCOUNT_SID, API_KEY_SID, Credentials
from validator.web.authorization import CredentialsMalformedError
from validator.web.https import OpenCredentialsError, is_private

FIELDS = ("accountSid", "apiKey", "secret")

WHERE = "Copy it from the Twilio Console"
NEW_KEY = "Fill it in, or make a new key in the Twilio Console if it is lost"


def read(request: Request) -> Credentials | None:
    """Return the credentials in a form's fields, None if the fields are blank.

    `secret` is the secret of the API key if there is one, else the Auth Token.
    Raises CredentialsMalformedError, or OpenCredentialsError over plain HTTP.
    """
    account_sid, key, secret = (_field(request, name) for name in FIELDS)
    # accountSid alone belongs to an API key in the Authorization header.
    if not (key or secret or (account_sid and "secret" in request.form)):
        return None
    if not is_private(request):
        raise OpenCredentialsError
    _check_sid(account_sid, ACCOUNT_SID, "Account SID")
    if key:
        _check_sid(key, API_KEY_SID, "API key SID")
    _check_secret(secret, "API key secret" if key else "Auth Token", NEW_KEY if key else WHERE)
    return Credentials(account_sid, key or account_sid, secret)


def named_account(request: Request) -> str | None:
    """Return the unverified API key or Account SID of the form's credentials, None without any."""
    account_sid, key, secret = (_field(request, name) for name in FIELDS)
    return (key or account_sid or None) if secret else None


def _field(request: Request, name: str) -> str:
    return visible(request.form.get(name, ""))


def _check_sid(sid: str, pattern: re.Pattern[str], name: str) -> None:
    start = pattern.pattern[:2]
    if not sid:
        raise CredentialsMalformedError(f"The {name} is missing. {WHERE}: it begins with {start}.")
    if not pattern.fullmatch(sid):
        raise CredentialsMalformedError(
            f"That is not a complete {name}: it is {start} and then 32 characters, each 0\u20139 "
            f"or a\u2013f. {WHERE} again."
        )


def _check_secret(secret: str, name: str, where: str) -> None:
    if not secret:
        raise CredentialsMalformedError(f"The {name} is missing. {where}.")
    if not (secret.isascii() and secret.isprintable()):
        raise CredentialsMalformedError(
            f"The {name} contains a character that cannot be in one. Copy it again."
        )
