"""The instructions that `make run` prints: URLs, and commands to try."""

from collections.abc import Mapping
from urllib.request import getproxies, proxy_bypass

from validator.config import Settings
from validator.local_twilio import (
    ACCOUNT_SID,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    SANDBOX_SENDER,
)

WITH_CURL = f"""\
curl '{{twilio}}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json' \\
  --data-urlencode 'From={SANDBOX_SENDER}' \\
  --data-urlencode 'To=whatsapp:+15005550006' \\
  --data-urlencode 'Body=Here is that picture of an owl you ordered.' \\
  --data-urlencode 'MediaUrl=https://demo.twilio.com/owl.png' \\
  -u '{ACCOUNT_SID}:{AUTH_TOKEN}'"""

WITH_PYTHON = f"""\
from twilio.rest import Client

client = Client("{ACCOUNT_SID}", "{AUTH_TOKEN}")
client.api.base_url = "{{twilio}}"
message = client.messages.create(
    from_="{SANDBOX_SENDER}",
    to="whatsapp:+15005550006",
    body="Here is that picture of an owl you ordered.",
    media_url=["https://demo.twilio.com/owl.png"],
)
print(message.sid)"""

WITH_LOCAL_TWILIO = f"""
The page to submit SIDs on:    {{service}}
The local Twilio:              {{twilio}}
Files and numbers to try:      {{twilio}}/samples/

1. Send a WhatsApp media message from another terminal.
{{first}}
With curl:

{WITH_CURL}

or with Twilio's SDK, which .venv/bin/python has:

{WITH_PYTHON}

An API key works as well: {API_KEY_SID}, {API_KEY_SECRET}

2. Submit its SID, MM and 32 characters, on the page or with curl:

curl -d sid=MM... {{service}}/validate

Ctrl-C stops both. The local Twilio's messages are lost then.
"""

WITH_OWN_ACCOUNT = """
The page to submit SIDs on:    {service}
With curl:                     curl -d sid=MM... {service}/validate{bearer}

TWILIO_ACCOUNT_SID is set, so messages are looked up at {twilio},
in the account that ends in {account}. To use the local Twilio instead, run this
exactly as it is, with nothing after the = sign:

make run TWILIO_ACCOUNT_SID=
"""


def with_local_twilio(port: int, twilio: str, exported: Mapping[str, str]) -> str:
    """Return how to send a message with the local Twilio at URL `twilio`, and to submit it.

    `exported` is the environment, which the user's other terminal is likely to share.
    """
    return WITH_LOCAL_TWILIO.format(service=_url(port), twilio=twilio, first=_first(exported))


def with_own_account(settings: Settings) -> str:
    """Return how to submit messages of the Twilio account in the settings."""
    return WITH_OWN_ACCOUNT.format(
        service=_url(settings.port),
        bearer=' -H "Authorization: Bearer $VALIDATOR_TOKEN"' if settings.token else "",
        twilio="the real Twilio" if settings.twilio_api_url is None else settings.api_url,
        account=(settings.twilio_account_sid or "")[-4:],
    )


def _first(exported: Mapping[str, str]) -> str:
    """Return the commands to run first if variables would disturb curl or the SDK, or `""`."""
    commands = []
    if "http" in getproxies() and not proxy_bypass("127.0.0.1"):
        commands.append("export no_proxy=localhost,127.0.0.1,$no_proxy")
    # Twilio's SDKs insert these into the host name, also into the local Twilio's.
    if names := [name for name in ("TWILIO_REGION", "TWILIO_EDGE") if name in exported]:
        commands.append(f"unset {' '.join(names)}")
    return "\n".join(["", "First, run there:", "", *commands, ""]) if commands else ""


def _url(port: int) -> str:
    return f"http://localhost:{port}"
