"""The Twilio account of a request, by its Authorization header."""

import hmac

from werkzeug.datastructures import Authorization

from validator.upstream.credentials import ACCOUNT_SID, API_KEY_SID, Credentials

SEND_BASIC = (
    "Use your own Twilio account with Basic: with curl, -u ACCOUNT_SID:AUTH_TOKEN, or "
    "-u API_KEY_SID:SECRET -d accountSid=AC..."
)
COPY = "Copy it again, without spaces around it."


class CredentialsRequiredError(Exception):
    """The request has no credentials, and the service has no account that is open to all."""


class CredentialsMalformedError(Exception):
    """The credentials are incomplete or malformed; the message says what is wrong with them."""


class AccountSidRequiredError(Exception):
    """An API key was sent without its Account SID."""


class ApiKeyRefusedError(Exception):
    """Twilio refused the player's API key; `code` is Twilio's error code, None without one."""

    def __init__(self, code: int | None = None) -> None:
        super().__init__()
        self.code = code


class OwnCredentialsRefusedError(Exception):
    """Twilio refused the service's own credentials, which only its operator can correct."""


def choose(
    authorization: str | None,
    account_sid: str | None,
    service: Credentials | None,
    token: str | None,
) -> Credentials:
    """Return the credentials in an Authorization header, or the service's own.

    `account_sid` is the account of an API key. `service` has the service's own credentials, and
    `token` is the bearer token that they need; without one they are open to all.
    Raises CredentialsRequiredError, CredentialsMalformedError or AccountSidRequiredError.
    """
    if authorization is None:
        if service is None or token is not None:
            raise CredentialsRequiredError
        return service
    given = Authorization.from_header(authorization) if authorization.isascii() else None
    if given is None:
        raise CredentialsMalformedError(f"The Authorization header could not be read. {SEND_BASIC}")
    if given.type == "basic":
        return _players_own(given.username or "", given.password or "", account_sid)
    if given.type == "bearer":
        return _services_own(given.token or "", service, token)
    raise CredentialsMalformedError(
        f"This service does not take that kind of Authorization header. {SEND_BASIC}"
    )


def named_account(authorization: str | None) -> str | None:
    """Return the unverified Account or API key SID in a Basic header, None without one."""
    if authorization is None or not authorization.isascii():
        return None
    given = Authorization.from_header(authorization)
    name = (given.username or "") if given is not None and given.type == "basic" else ""
    return name if ACCOUNT_SID.fullmatch(name) or API_KEY_SID.fullmatch(name) else None


def _services_own(given: str, service: Credentials | None, token: str | None) -> Credentials:
    if service is None or token is None:
        raise CredentialsMalformedError(f"This service takes no bearer token. {SEND_BASIC}")
    if not hmac.compare_digest(given.encode(), token.encode()):
        raise CredentialsMalformedError(
            "The bearer token is wrong. Copy it again from where you got it, or use your own "
            "Twilio account with Basic: with curl, -u ACCOUNT_SID:AUTH_TOKEN."
        )
    return service


def _players_own(username: str, password: str, account_sid: str | None) -> Credentials:
    _check_pair(username, password)
    if ACCOUNT_SID.fullmatch(username):
        return Credentials(username, username, password)
    if not API_KEY_SID.fullmatch(username):
        raise CredentialsMalformedError(
            "The Account SID or API key SID is not complete: it is AC or SK and then 32 "
            f"characters, each 0\u20139 or a\u2013f. {COPY}"
        )
    if account_sid is None or not ACCOUNT_SID.fullmatch(account_sid):
        raise AccountSidRequiredError
    return Credentials(account_sid, username, password)


def _check_pair(username: str, password: str) -> None:
    if not (username.strip() or password.strip()):
        raise CredentialsMalformedError(
            "No user name and password arrived. Check that the variables that hold your Account "
            "SID and Auth Token are set."
        )
    if not username.strip():
        raise CredentialsMalformedError(f"The Account SID or API key SID is missing. {COPY}")
    if not password.strip():
        raise CredentialsMalformedError(f"The Auth Token or API key secret is missing. {COPY}")
    if not (password.isprintable() and password.isascii()):
        raise CredentialsMalformedError(
            f"The Auth Token or API key secret contains a character that cannot be in one. {COPY}"
        )
