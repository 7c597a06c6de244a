"""Responses of the simulated Twilio: its API and its media server."""

import json
import re
from dataclasses import replace

from tests.bench.cases import Case, Outcome
from tests.support.twilio_replies import PNG
from validator.local_twilio.account import SANDBOX_SENDER
from validator.local_twilio.create_message import CreateRequest
from validator.local_twilio.messages import Media, Message, new_message
from validator.local_twilio.resources import ACCOUNT_URI, media_page, message_resource

CREATED = 1692853305.0
BODY = "Here is that picture of an owl you ordered."
MESSAGE = new_message(CreateRequest("whatsapp:+15005550006", SANDBOX_SENDER, BODY, ()), CREATED)
PATH = re.compile(rf"{ACCOUNT_URI}/Messages/(\w+)(?:\.json|(/Media\.json)|/Media/(\w+))")
RANGE = re.compile(r"^range: bytes=(\d+)-(\d+)", re.IGNORECASE | re.MULTILINE)
SIGNATURE = "?Expires=1700000000&Signature=" + "s" * 344 + "&Key-Pair-Id=APKA"

# As many as Twilio and its media server send, because the client has to parse them all.
API_HEADERS = (
    "Date: Thu, 24 Aug 2023 05:01:45 GMT",
    "Connection: keep-alive",
    "Twilio-Concurrent-Requests: 1",
    f"Twilio-Request-Id: RQ{32 * '0'}",
    "Twilio-Request-Duration: 0.080",
    "X-Home-Region: us1",
    "X-API-Domain: api.twilio.com",
    "Strict-Transport-Security: max-age=31536000",
    "Access-Control-Allow-Origin: *",
    "Access-Control-Allow-Headers: Accept, Authorization, Content-Type",
    "Access-Control-Allow-Methods: GET, POST, DELETE, OPTIONS",
    "Access-Control-Expose-Headers: ETag",
)
MEDIA_HEADERS = (
    "Date: Thu, 24 Aug 2023 05:01:45 GMT",
    "Connection: keep-alive",
    "Server: AmazonS3",
    "Last-Modified: Thu, 24 Aug 2023 05:01:44 GMT",
    f'ETag: "{32 * "0"}"',
    "Accept-Ranges: bytes",
    "X-Cache: Miss from cloudfront",
    f"Via: 1.1 {32 * '0'}.cloudfront.net (CloudFront)",
    "X-Amz-Cf-Pop: FRA60-P1",
    f"X-Amz-Cf-Id: {56 * '0'}",
)
FILES = {Outcome.GOOD: ("image/png", PNG), Outcome.GIF: ("image/gif", b"GIF89a")}
"""The Content-Type of a file, and its first bytes; all others are zero."""


def twilio_api(media_url: str, path: str, _: str) -> bytes | None:
    """Return the API's response: a message, its media list, or the redirect to a file."""
    found = PATH.match(path)
    assert found, path
    message_sid, wants_list, media_sid = found.groups()
    case = Case.of(message_sid)
    if case.outcome is Outcome.STUCK:
        return None
    if case.outcome is Outcome.MISSING:
        return _json("404 Not Found", {"code": 20404, "status": 404})
    if media_sid:
        return _redirect(f"{media_url}/{media_sid}{SIGNATURE}")
    message = _message(message_sid, case)
    if wants_list:
        return _json("200 OK", media_page(message, 0, 50))
    return _json("200 OK", message_resource(message, len(message.statuses) - 1, 0.0))


def media_server(path: str, head: str) -> bytes:
    """Return the requested range of a file; every service requests one."""
    case = Case.of(path.removeprefix("/"))
    content_type, first_bytes = FILES[case.outcome]
    size = case.kib * 1024
    wanted = RANGE.search(head)
    assert wanted, head
    first, last = int(wanted[1]), min(int(wanted[2]), size - 1)
    part = first_bytes[first : last + 1].ljust(last + 1 - first, b"\0")
    content_range = f"Content-Range: bytes {first}-{last}/{size}"
    headers = (*MEDIA_HEADERS, f"Content-Type: {content_type}", content_range)
    return _response("206 Partial Content", part, *headers)


def _message(sid: str, case: Case) -> Message:
    """Return a delivered message with the media of the case."""
    content_type, _ = FILES[case.outcome]
    media = [Media(content_type, b"", CREATED, each, "") for each in case.media_sids(sid)]
    return replace(MESSAGE, sid=sid, media=media)


def _json(status: str, document: object) -> bytes:
    body = json.dumps(document).encode()
    return _response(status, body, *API_HEADERS, "Content-Type: application/json")


def _redirect(target: str) -> bytes:
    """Return a redirect with a body, as Twilio's has."""
    body = f"<TwilioResponse><RedirectTo>{target}</RedirectTo></TwilioResponse>".encode()
    headers = (*API_HEADERS, f"Location: {target}", "Content-Type: application/xml")
    return _response("307 Temporary Redirect", body, *headers)


def _response(status: str, body: bytes, *headers: str) -> bytes:
    lines = (f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", "")
    return "\r\n".join(lines).encode() + body
