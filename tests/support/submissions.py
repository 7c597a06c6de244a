"""Messages at a fake Twilio, and their submission to a real server."""

import time

import requests

from tests.support.accounts import ACCOUNT_SID, PLAYER
from tests.support.servers import Server
from tests.support.twilio_replies import PNG, a_file, a_list, a_message_reply
from tests.support.upstream import Upstream


class Submission:
    """A new passing message, whose parts a test can change."""

    def __init__(self, twilio: Upstream, number: int) -> None:
        messages = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages"
        self.sid = f"MM{number:032x}"
        self.media_sid = f"ME{number:032x}"
        self.message = f"{messages}/{self.sid}.json"
        self.media_list = f"{messages}/{self.sid}/Media.json"
        self.file = f"{messages}/{self.sid}/Media/{self.media_sid}"
        twilio.on(self.message, a_message_reply(sid=self.sid))
        twilio.on(self.media_list, a_list(self.media_sid))
        twilio.on(self.file, a_file(PNG, Content_Type="image/png"))


def judge(server: Server, submission: Submission) -> tuple[requests.Response, float]:
    """Submit a message, and return the response and its time in seconds."""
    started = time.monotonic()
    url, account = f"{server.url}/validate", (PLAYER.username, PLAYER.password)
    response = requests.post(url, {"sid": submission.sid}, auth=account, timeout=30)
    return response, time.monotonic() - started
