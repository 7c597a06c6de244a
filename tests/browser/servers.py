"""The servers behind the page: a local Twilio, and the service with its documented command."""

import time
from contextlib import AbstractContextManager

from twilio.rest import Client

from tests.support.servers import Server, procfile_command, running
from tests.support.waiting import wait_until
from validator.local_twilio import ACCOUNT_SID, AUTH_TOKEN, SANDBOX_SENDER, LocalTwilio

OWN_ACCOUNT = {"TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": AUTH_TOKEN}
# Seconds until a message arrives. No test waits for that: the clock is advanced.
PACE = 200


class Twilio(LocalTwilio):
    """A local Twilio where messages arrive when the clock is advanced."""

    def __init__(self) -> None:
        self._ahead = 0.0
        super().__init__(port=0, pace=PACE, clock=lambda: time.time() + self._ahead)

    def skip(self) -> None:
        """Advance the clock until every message has arrived."""
        self._ahead += 2 * PACE

    def send(self, *samples: str) -> str:
        """Send a WhatsApp message with these files; return its SID once the files are there."""
        client = Client(ACCOUNT_SID, AUTH_TOKEN)
        client.api.base_url = self.url
        urls = [f"{self.url}/samples/{name}" for name in samples]
        to = "whatsapp:+15005550006"
        message = client.messages.create(to=to, from_=SANDBOX_SENDER, media_url=urls)
        wait_until(lambda: message.fetch().num_media != "0")
        return str(message.sid)

    def deliver(self, *samples: str) -> str:
        """Send a message, let it arrive and return its SID."""
        sid = self.send(*samples)
        self.skip()
        return sid


def serve(twilio_url: str, **settings: str) -> AbstractContextManager[Server]:
    """Run the service inside the block, without rate limits unless a setting changes that."""
    few = {"RATELIMIT_ENABLED": "0", "WEB_CONCURRENCY": "1", "PATIENCE_SECONDS": "0"}
    return running(procfile_command(), {"TWILIO_API_URL": twilio_url, **few, **settings})
