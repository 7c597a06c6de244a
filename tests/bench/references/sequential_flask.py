"""A simple service: Flask, Twilio's SDK and requests, one request after the other."""

from typing import Any

import requests
from flask import Flask, request
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests.bench.references import common
from validator.challenge.checks import check_media, check_message, first_reason
from validator.challenge.facts import MediaItem, Message
from validator.challenge.formats import HEAD_SIZE
from validator.challenge.verdict import Reason

LOGIN = (common.ACCOUNT_SID, common.AUTH_TOKEN)
# A connection for each thread of the server.
CONNECTIONS = 64

app = Flask(__name__)
session = requests.Session()
for scheme in ("http://", "https://"):
    session.mount(scheme, HTTPAdapter(pool_maxsize=CONNECTIONS))
http_client = TwilioHttpClient(timeout=common.TIMEOUT)
http_client.session = session
twilio = Client(*LOGIN, http_client=http_client)
twilio.api.base_url = common.API_URL


@app.post("/validate")
def validate() -> dict[str, Any]:
    sid = request.form["sid"]
    try:
        sent = twilio.messages(sid).fetch()
    except TwilioRestException as error:
        if error.status != 404:
            raise
        return common.document(sid, Reason.MESSAGE_NOT_FOUND, [])
    message = Message(sid, str(sent.direction), str(sent.status), sent.from_, sent.to)
    if reason := check_message(message):
        return common.document(sid, reason, [])
    media = check_media([_fetch_item(sid, str(e.sid)) for e in twilio.messages(sid).media.list()])
    return common.document(sid, first_reason(media), media)


@app.get("/healthz")
def health() -> dict[str, str]:
    return {"status": "ok"}


def _fetch_item(message_sid: str, media_sid: str) -> MediaItem:
    url = f"{common.MESSAGES}/{message_sid}/Media/{media_sid}"
    with session.get(
        url, headers=common.FIRST_BYTES, auth=LOGIN, stream=True, timeout=common.TIMEOUT
    ) as response:
        response.raise_for_status()
        head = response.raw.read(HEAD_SIZE)
        return common.media_item(media_sid, response.headers.get("Content-Type"), head)
