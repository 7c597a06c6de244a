"""A simple service: Flask, Twilio's SDK and requests, one request after the other."""

import os
from typing import Any

import requests
from flask import Flask, request
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from validator.challenge.checks import check_message
from validator.challenge.facts import Message
from validator.challenge.formats import HEAD_SIZE, format_of_type, recognise

API_URL = os.environ["TWILIO_API_URL"]
ACCOUNT_SID = os.environ["TWILIO_ACCOUNT_SID"]
AUTH_TOKEN = os.environ["TWILIO_AUTH_TOKEN"]
TIMEOUT = 10.0
CONNECTIONS = 64

app = Flask(__name__)


def _session() -> requests.Session:
    """Return a session with a connection for each thread of the server."""
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=CONNECTIONS))
    return session


files = _session()
http_client = TwilioHttpClient(timeout=TIMEOUT)
http_client.session = _session()
twilio = Client(ACCOUNT_SID, AUTH_TOKEN, http_client=http_client)
twilio.api.base_url = API_URL


@app.post("/validate")
def validate() -> dict[str, Any]:
    sid = request.form["sid"]
    try:
        sent = twilio.messages(sid).fetch()
    except TwilioRestException as error:
        if error.status != 404:
            raise
        return _verdict(sid, "message_not_found", [])
    message = Message(sid, str(sent.direction), str(sent.status), sent.from_, sent.to)
    if reason := check_message(message):
        return _verdict(sid, reason, [])
    media = [_probe(sid, str(item.sid)) for item in twilio.messages(sid).media.list()]
    passed = bool(media) and all(item["result"] == "pass" for item in media)
    return _verdict(sid, None if passed else "format_not_allowed", media)


@app.get("/healthz")
def health() -> dict[str, str]:
    return {"status": "ok"}


def _probe(message_sid: str, media_sid: str) -> dict[str, Any]:
    url = f"{API_URL}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{message_sid}/Media/{media_sid}"
    wanted = {"Range": f"bytes=0-{HEAD_SIZE - 1}", "Accept-Encoding": "identity"}
    with files.get(
        url, headers=wanted, auth=(ACCOUNT_SID, AUTH_TOKEN), stream=True, timeout=TIMEOUT
    ) as response:
        response.raise_for_status()
        content_type = response.headers.get("Content-Type")
        head = response.raw.read(HEAD_SIZE)
    found, detected = recognise(lambda offset, size: head[offset : offset + size])
    allowed = found is not None and format_of_type(content_type) is not None
    return {
        "sid": media_sid,
        "content_type": content_type,
        "format": found,
        "detected": detected,
        "result": "pass" if allowed else "fail",
    }


def _verdict(sid: str, reason: str | None, media: list[dict[str, Any]]) -> dict[str, Any]:
    result = "fail" if reason else "pass"
    return {"result": result, "sid": sid, "reason": reason, "media": media}
