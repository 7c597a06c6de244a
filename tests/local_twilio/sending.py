"""Create messages with the local Twilio, and control its clock."""

from typing import Any

import requests

from tests.support.waiting import wait_until
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


def send(local: LocalTwilio, api: requests.Session, *media_urls: str, **form: str) -> str:
    """Send these media; the URL of their message, without its .json."""
    message: str = create(local, api, MediaUrl=media_urls, **form).json()["uri"]
    return local.url + message.removesuffix(".json")


def fetch_settled(api: requests.Session, message: str) -> Any:
    """The message at this URL, once its media have been fetched or it has failed."""
    wait_until(lambda: api.get(f"{message}.json").json()["status"] != "queued")
    return api.get(f"{message}.json").json()


def send_and_settle(local: LocalTwilio, api: requests.Session, *media_urls: str) -> str:
    """Send these media; the URL of their message, once they have been fetched."""
    message = send(local, api, *media_urls)
    fetch_settled(api, message)
    return message
