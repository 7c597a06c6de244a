"""The only account of the local Twilio, and its credentials."""

from secrets import compare_digest

from validator.local_twilio.errors import TwilioError

ACCOUNT_SID = f"AC{1:032d}"
AUTH_TOKEN = "local-auth-token"
API_KEY_SID = f"SK{1:032d}"
API_KEY_SECRET = "local-api-secret"
SANDBOX_SENDER = "whatsapp:+14155238886"

_PASSWORDS = {ACCOUNT_SID: AUTH_TOKEN, API_KEY_SID: API_KEY_SECRET}


def authenticate(username: str | None, password: str | None) -> None:
    """Verify credentials; raises TwilioError 20003 (HTTP 401) if they are not valid."""
    expected = _PASSWORDS.get(username or "")
    if expected is None or not compare_digest(expected.encode(), (password or "").encode()):
        detail = "Your AccountSid or AuthToken was incorrect."
        raise TwilioError(20003, "Authenticate", 401, detail)
