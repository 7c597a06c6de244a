"""Surplus responses of Twilio, or of a box on the way, become nobody's verdict."""

import json
import random
from collections import Counter
from collections.abc import Callable
from functools import partial

import gevent
import requests
from gevent.pool import Pool
from gevent.socket import socket

from tests.support.accounts import ACCOUNT_SID
from tests.support.servers import Server, procfile_command, running
from tests.support.twilio_replies import MESSAGE, PNG
from tests.upstream.http.hosts import next_request, push, response, serving

SUBMISSIONS = 400
ACCOUNTS = (ACCOUNT_SID, "AC" + "2" * 32)
GIF = b"GIF89a".ljust(500, b"\0")
JSON = "Content-Type: application/json\r\n"

# What each submission's number, by its last digit, deserves.
DESERVED = {"0": "message_not_found", "1": "format_not_allowed", "2": "no_media"}


def file_reply(path: str) -> bytes:
    """Return the media host's response to a request for a path."""
    if DESERVED.get(path[-1]) == "format_not_allowed":
        return response(GIF, headers="Content-Type: image/gif\r\n")
    return response(PNG, headers="Content-Type: image/png\r\n")


def api_reply(media_host: str, path: str) -> bytes:
    """Return Twilio's response to a request for a path."""
    _, _, _, account_sid, _, message, *media = path.partition("?")[0].split("/")
    message_sid = message.removesuffix(".json")
    deserved = DESERVED.get(message_sid[-1])
    if len(media) == 2:
        return response(b"", "307 Temporary Redirect", f"Location: {media_host}/{media[1]}\r\n")
    if deserved == "message_not_found":
        error = {"code": 20404, "message": f"The requested resource {path} was not found"}
        return response(json.dumps(error).encode(), "404 Not Found", JSON)
    if media:
        item = {"sid": f"ME{message_sid[2:]}", "account_sid": account_sid}
        items = [] if deserved == "no_media" else [{**item, "parent_sid": message_sid}]
        page = {"media_list": items, "uri": path, "next_page_uri": None}
        return response(json.dumps(page).encode(), headers=JSON)
    document = MESSAGE | {"sid": message_sid, "account_sid": account_sid}
    return response(json.dumps(document).encode(), headers=JSON)


def respond(chance: random.Random, reply: Callable[[str], bytes], sock: socket) -> None:
    """Respond to each request, and to some of them twice."""
    while request := next_request(sock):
        gevent.sleep(chance.uniform(0, 0.01))
        sent = reply(request.split()[1].decode())
        sock.sendall(sent)
        if chance.random() < 0.15:
            gevent.spawn_later(chance.uniform(0, 0.04), push, sock, sent)


def judge(server: Server, number: int) -> str:
    """Return whether the outcome is `right`, `wrong` or `error`."""
    account_sid = ACCOUNTS[number % 2]
    data, auth = {"sid": f"MM{number:032x}"}, (account_sid, "fake-auth-token")
    received = requests.post(f"{server.url}/validate", data=data, auth=auth, timeout=30).json()
    if "code" in received:
        return "error"
    right = received["reason"] == DESERVED.get(f"{number:x}"[-1])
    return "right" if right else f"wrong: {received['reason']}"


def test_no_verdict_is_made_of_somebody_elses_response() -> None:
    chance = random.Random(16)
    settings = {"PATIENCE_SECONDS": "0", "RATELIMIT_ENABLED": "0", "WEB_CONCURRENCY": "1"}
    with (
        serving(partial(respond, chance, file_reply)) as media_host,
        serving(partial(respond, chance, partial(api_reply, media_host))) as twilio,
        running(procfile_command(), {**settings, "TWILIO_API_URL": twilio}) as server,
    ):
        outcomes = Counter(Pool(20).map(partial(judge, server), range(SUBMISSIONS)))

    assert set(outcomes) <= {"right", "error"}, outcomes
    assert outcomes["right"] > 0.97 * SUBMISSIONS, outcomes
