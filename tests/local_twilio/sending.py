"""What it takes to send messages with the local Twilio, and to let its time pass."""

from typing import Any

import requests

from validator.local_twilio import ACCOUNT_SID, SANDBOX_SENDER, LocalTwilio

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages"
TO = "whatsapp:+15005550006"
OWL = "https://demo.twilio.com/owl.png"


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def create(local: LocalTwilio, api: requests.Session, **form: Any) -> requests.Response:
    """Send a message from the sandbox to a phone where it arrives, but for what `form` says."""
    return api.post(f"{local.url}{MESSAGES}.json", data={"From": SANDBOX_SENDER, "To": TO, **form})
