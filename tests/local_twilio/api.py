"""A client for the API of the local Twilio, with a clock that tests control."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import requests

from tests.support.waiting import wait_until
from validator.local_twilio import ACCOUNT_SID, AUTH_TOKEN, SANDBOX_SENDER, LocalTwilio

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages"
UNKNOWN_MESSAGE = f"{MESSAGES}/MM{0:032d}"
TO = "whatsapp:+15005550006"


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Api(requests.Session):
    """A session with the account's Auth Token; URLs may be paths of the local Twilio.

    `check` is called with every response in JSON.
    """

    def __init__(
        self, local: LocalTwilio, clock: Clock, check: Callable[[requests.Response], object]
    ) -> None:
        super().__init__()
        self.auth = (ACCOUNT_SID, AUTH_TOKEN)
        self.clock = clock
        self._url = local.url
        self._check = check

    def request(self, method: Any, url: Any, *args: Any, **options: Any) -> requests.Response:
        response = super().request(method, urljoin(self._url, url), *args, **options)
        if response.url.partition("?")[0].endswith(".json"):
            self._check(response)
        return response

    def create(self, *media_urls: str, **form: str) -> requests.Response:
        """Create a message that is delivered, unless the parameters in `form` change that."""
        urls = [urljoin(self._url, url) for url in media_urls]
        defaults = {"From": SANDBOX_SENDER, "To": TO, "Body": "Hi", "MediaUrl": urls}
        return self.post(f"{MESSAGES}.json", data={**defaults, **form})

    def create_settled(self, *media_urls: str, **form: str) -> Any:
        """Create a message; return it in its final status, once its media were fetched."""
        uri = self.create(*media_urls, **form).json()["uri"]
        self.clock.now += 60
        wait_until(lambda: self.get(uri).json()["status"] != "queued")
        return self.get(uri).json()

    def media_of(self, message: Any) -> Any:
        """Return the Media resources in a message's media list."""
        return self.get(message["subresource_uris"]["media"]).json()["media_list"]
