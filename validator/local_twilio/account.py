"""The one account of the local Twilio, and the credentials that open it."""

import secrets

from validator.local_twilio.errors import TwilioError

ACCOUNT_SID = f"AC{1:032d}"
AUTH_TOKEN = "local-auth-token"
API_KEY_SID = f"SK{1:032d}"
API_KEY_SECRET = "local-api-secret"
SANDBOX_SENDER = "whatsapp:+14155238886"
SMS_SENDER = "+15005550006"

_SECRETS = {ACCOUNT_SID: AUTH_TOKEN, API_KEY_SID: API_KEY_SECRET}


def authenticate(username: str | None, password: str | None) -> None:
    """Let the account's own credentials pass; raises error 20003 (HTTP 401) for all others."""
    if not username:
        raise _refused("Authentication Error - No credentials provided")
    if username not in _SECRETS:
        raise _refused("Authentication Error - invalid username")
    if not secrets.compare_digest(_SECRETS[username].encode(), (password or "").encode()):
        raise _refused("Authenticate")


def _refused(message: str) -> TwilioError:
    return TwilioError(
        20003, message, status=401, detail="Your AccountSid or AuthToken was incorrect."
    )
