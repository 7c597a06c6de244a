"""Responses of the simulated Twilio: its API and its media server."""

import json
import re
from typing import NamedTuple

from tests.bench.cases import Case, Fate, Surroundings
from tests.support.twilio_replies import PNG
from validator.local_twilio.account import SANDBOX_SENDER
from validator.local_twilio.create import CreateRequest
from validator.local_twilio.messages import Media, Message
from validator.local_twilio.recipients import recipient_of
from validator.local_twilio.resources import ACCOUNT_URI, media_page, message_resource

MESSAGES = f"{ACCOUNT_URI}/Messages/"
CREATED = 1692853305.0
TO = "whatsapp:+15005550006"
REQUEST = CreateRequest(TO, SANDBOX_SENDER, "Here is that picture of an owl you ordered.", ())
RECIPIENT = recipient_of(TO)
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

LARGEST_FILE = 16 * 1024 * 1024
FILES = {
    Fate.GOOD: ("image/png", memoryview(PNG.ljust(LARGEST_FILE, b"\0"))),
    Fate.GIF: ("image/gif", memoryview(b"GIF89a".ljust(LARGEST_FILE, b"\0"))),
}
RANGE = re.compile(r"^range: bytes=(\d+)-(\d+)", re.IGNORECASE | re.MULTILINE)
AUTHORIZATION = re.compile(r"^authorization: ", re.IGNORECASE | re.MULTILINE)


class Response(NamedTuple):
    """The bytes to send, `delay` seconds after the request."""

    delay: float
    head: bytes
    body: memoryview = memoryview(b"")


def twilio_api(surroundings: Surroundings, media_url: str, path: str, head: str) -> Response | None:
    """Return the API's response: a message, its media list, or the redirect to a file."""
    delay = surroundings.twilio
    if not AUTHORIZATION.search(head):
        return _json(delay, "401 Unauthorized", {"code": 20003, "status": 401})
    message_sid, _, rest = path.removeprefix(MESSAGES).partition("/")
    case = Case.of(message_sid)
    if case.fate is Fate.STUCK:
        return None
    if case.fate is Fate.MISSING:
        return _json(delay, "404 Not Found", {"code": 20404, "status": 404})
    if rest.startswith("Media/"):
        target = f"{media_url}/{rest.removeprefix('Media/')}{SIGNATURE}"
        return _redirect(surroundings.redirect, target)
    if rest.startswith("Media.json"):
        return _json(delay, "200 OK", media_page(_message(message_sid, case), 0, 50))
    message = _message(message_sid.removesuffix(".json"), case)
    return _json(delay, "200 OK", message_resource(message, len(message.statuses) - 1, 0.0))


def media_host(surroundings: Surroundings, path: str, head: str) -> Response:
    """Return a file or the requested range of it; 400 if credentials are sent to this host."""
    delay = surroundings.media
    if AUTHORIZATION.search(head):
        return Response(delay, _head("400 Bad Request", 0, *MEDIA_HEADERS))
    case = Case.of(path.removeprefix("/"))
    content_type, file = FILES[case.fate]
    size = case.kib * 1024
    headers = (*MEDIA_HEADERS, f"Content-Type: {content_type}")
    wanted = RANGE.search(head)
    if not (wanted and surroundings.honours_range):
        return Response(delay, _head("200 OK", size, *headers), file[:size])
    first, last = int(wanted[1]), min(int(wanted[2]), size - 1)
    part = file[first : last + 1]
    content_range = f"Content-Range: bytes {first}-{last}/{size}"
    return Response(delay, _head("206 Partial Content", len(part), *headers, content_range), part)


def _message(sid: str, case: Case) -> Message:
    """Return a delivered message with the media of the case."""
    content_type, _ = FILES[case.fate]
    media = [Media(content_type, b"", CREATED, each, "") for each in case.media_sids(sid)]
    return Message(sid, REQUEST, RECIPIENT, CREATED, media_pending=False, media=media)


def _json(delay: float, status: str, document: object) -> Response:
    body = json.dumps(document).encode()
    headers = (*API_HEADERS, "Content-Type: application/json")
    return Response(delay, _head(status, len(body), *headers) + body)


def _redirect(delay: float, target: str) -> Response:
    """Return a redirect with a body, as Twilio's has."""
    body = f"<TwilioResponse><RedirectTo>{target}</RedirectTo></TwilioResponse>".encode()
    headers = (*API_HEADERS, f"Location: {target}", "Content-Type: application/xml")
    return Response(delay, _head("307 Temporary Redirect", len(body), *headers) + body)


def _head(status: str, size: int, *headers: str) -> bytes:
    lines = (f"HTTP/1.1 {status}", *headers, f"Content-Length: {size}", "", "")
    return "\r\n".join(lines).encode()
