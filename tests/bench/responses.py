"""Responses of the simulated Twilio: its API and its media server."""

import json
import re
import struct
import zlib
from dataclasses import dataclass

from tests.bench.sids import Case, Fate
from tests.support.accounts import ACCOUNT_SID

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages"
DATE = "Thu, 24 Aug 2023 05:01:45 +0000"
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

NOTHING = memoryview(b"")
LARGEST_FILE = 16 * 1024 * 1024
IHDR = b"IHDR" + struct.pack(">IIBBBBB", 1280, 720, 8, 6, 0, 0, 0)
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + IHDR + struct.pack(">I", zlib.crc32(IHDR))
GIF = b"GIF89a"
FILES = {
    Fate.GOOD: ("image/png", memoryview(PNG.ljust(LARGEST_FILE, b"\0"))),
    Fate.GIF: ("image/gif", memoryview(GIF.ljust(LARGEST_FILE, b"\0"))),
}
RANGE = re.compile(r"^range: bytes=(\d+)-(\d+)", re.IGNORECASE | re.MULTILINE)
AUTHORIZATION = re.compile(r"^authorization: ", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Response:
    """The bytes to send, `delay` seconds after the request."""

    delay: float
    head: bytes
    body: memoryview = NOTHING


def twilio_api(
    delay: float, redirect_delay: float, media_url: str, path: str, head: str
) -> Response | None:
    """Return the API's response: a message, its media list, or the redirect to a file."""
    if not AUTHORIZATION.search(head):
        return _json(delay, "401 Unauthorized", {"code": 20003, "status": 401})
    message_sid, _, rest = path.removeprefix(f"{MESSAGES}/").partition("/")
    case = Case.of(message_sid)
    if case.fate is Fate.STUCK:
        return None
    if case.fate is Fate.MISSING:
        return _json(delay, "404 Not Found", {"code": 20404, "status": 404})
    if rest.startswith("Media/"):
        return _redirect(redirect_delay, f"{media_url}/{rest.removeprefix('Media/')}{SIGNATURE}")
    if rest.startswith("Media.json"):
        return _json(delay, "200 OK", _media_list(message_sid, case))
    return _json(delay, "200 OK", _message(message_sid.removesuffix(".json"), case))


def media_host(delay: float, honours_range: bool, path: str, head: str) -> Response:
    """Return a file or the requested range of it; 400 if credentials are sent to this host."""
    if AUTHORIZATION.search(head):
        return Response(delay, _head("400 Bad Request", 0, *MEDIA_HEADERS))
    case = Case.of(path.removeprefix("/"))
    content_type, file = FILES[case.fate]
    size = case.kib * 1024
    wanted = RANGE.search(head) if honours_range else None
    headers = (*MEDIA_HEADERS, f"Content-Type: {content_type}")
    if not wanted:
        return Response(delay, _head("200 OK", size, *headers), file[:size])
    first, last = int(wanted[1]), min(int(wanted[2]), size - 1)
    part = file[first : last + 1]
    content_range = f"Content-Range: bytes {first}-{last}/{size}"
    return Response(delay, _head("206 Partial Content", len(part), *headers, content_range), part)


def _message(sid: str, case: Case) -> dict[str, object]:
    uri = f"{MESSAGES}/{sid}"
    return {
        "body": "Here is that picture of an owl you ordered.",
        "num_segments": "1",
        "direction": "outbound-api",
        "from": "whatsapp:+14155238886",
        "date_updated": DATE,
        "price": None,
        "error_message": None,
        "uri": f"{uri}.json",
        "account_sid": ACCOUNT_SID,
        "num_media": str(case.media),
        "to": "whatsapp:+15005550006",
        "date_created": DATE,
        "status": "delivered",
        "sid": sid,
        "date_sent": DATE,
        "messaging_service_sid": None,
        "error_code": None,
        "price_unit": None,
        "api_version": "2010-04-01",
        "subresource_uris": {"media": f"{uri}/Media.json", "feedback": f"{uri}/Feedback.json"},
    }


def _media_list(message_sid: str, case: Case) -> dict[str, object]:
    uri = f"{MESSAGES}/{message_sid}/Media"
    page = f"{uri}.json?PageSize=50&Page=0"
    return {
        "first_page_uri": page,
        "end": case.media - 1,
        "media_list": [
            {
                "account_sid": ACCOUNT_SID,
                "content_type": FILES[case.fate][0],
                "date_created": DATE,
                "date_updated": DATE,
                "parent_sid": message_sid,
                "sid": sid,
                "uri": f"{uri}/{sid}.json",
            }
            for sid in case.media_sids(message_sid)
        ],
        "next_page_uri": None,
        "page": 0,
        "page_size": 50,
        "previous_page_uri": None,
        "start": 0,
        "uri": page,
    }


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
