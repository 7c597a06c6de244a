"""Create messages with the local Twilio, and control its clock."""

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
    """Create a message that is delivered, unless the parameters in `form` change that."""
    return api.post(f"{local.url}{MESSAGES}.json", data={"From": SANDBOX_SENDER, "To": TO, **form})
