"""The player's Twilio account, as filled in on the page's form."""

import re
from ipaddress import ip_address

from flask import Request

from validator.credentials import (
    ACCOUNT_SID,
    API_KEY_SID,
    Credentials,
    CredentialsMalformedError,
    OpenCredentialsError,
)
from validator.submission import PADDING

WHERE = "Copy it from the Twilio Console"


def read(request: Request) -> Credentials | None:
    """Return the credentials in a form's fields, `None` where they are blank.

    An API key wins over an Auth Token. Raises CredentialsMalformedError, or OpenCredentialsError
    where others could read the request.
    """
    account_sid = _field(request, "accountSid")
    auth_token, key, secret = (_field(request, it) for it in ("authToken", "apiKey", "apiSecret"))
    # Beside an Authorization header with an API key, there is an accountSid alone.
    is_page = "authToken" in request.form
    if not (auth_token or key or secret or (is_page and account_sid)):
        return None
    if not is_private(request):
        raise OpenCredentialsError
    _check_sid(account_sid, ACCOUNT_SID, "Account SID")
    if key or secret:
        _check_sid(key, API_KEY_SID, "API key SID")
        return Credentials(account_sid, key, _secret(secret, "API key secret"))
    return Credentials(account_sid, account_sid, _secret(auth_token, "Auth Token"))


def is_private(request: Request) -> bool:
    """Return whether nobody on the network can read the request: by HTTPS, or on this machine.

    Browsers trust the same hosts: https://www.w3.org/TR/secure-contexts/#is-origin-trustworthy
    """
    forwarded = request.headers.get("X-Forwarded-Proto", "").lower()
    if forwarded:
        return set(re.split(r"[,\s]+", forwarded)) == {"https"}
    return request.is_secure or _is_loopback(request.host)


def _is_loopback(host: str) -> bool:
    name = re.sub(r":\d*$", "", host).strip("[]").lower()
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def _field(request: Request, name: str) -> str:
    return request.form.get(name, "").strip(PADDING)


def _check_sid(sid: str, pattern: re.Pattern[str], name: str) -> None:
    start = pattern.pattern[:2]
    if not sid:
        raise CredentialsMalformedError(f"The {name} is missing. {WHERE}: it begins with {start}.")
    if not pattern.fullmatch(sid):
        raise CredentialsMalformedError(
            f"That is not a complete {name}: it is {start} and then 32 characters, each 0-9 or "
            f"a-f. {WHERE} again."
        )


def _secret(secret: str, name: str) -> str:
    if not secret:
        raise CredentialsMalformedError(f"The {name} is missing. {WHERE}.")
    if not (secret.isascii() and secret.isprintable()):
        raise CredentialsMalformedError(
            f"The {name} holds a character that cannot be in one. {WHERE} again."
        )
    return secret
