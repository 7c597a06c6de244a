"""Responses of Twilio's API and its media host, and first bytes of files."""

from typing import Any

from tests.support.accounts import ACCOUNT_SID, MESSAGE_SID
from tests.support.upstream import Reply

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89"
)
MP3_FRAME = b"\xff\xfb\x90\x00" + bytes(413)
TAG_SIZE = 100_000
TAGGED_MP3 = b"ID3\x03\x00\x00" + bytes([0, 6, 13, 22]) + bytes(TAG_SIZE - 10) + MP3_FRAME * 3

MESSAGE = {
    "sid": MESSAGE_SID,
    "account_sid": ACCOUNT_SID,
    "direction": "outbound-api",
    "status": "delivered",
    "from": "whatsapp:+14155238886",
    "to": "whatsapp:+15005550006",
    "error_code": None,
    "error_message": None,
    "num_media": "1",
    "messaging_service_sid": None,
    "date_created": "Mon, 23 Nov 2026 08:00:00 +0000",
}
NOT_FOUND = Reply.json({"code": 20404, "message": "not found", "status": 404}, 404)


def a_message_reply(**changes: Any) -> Reply:
    """Return the response for a passing message with these changes."""
    return Reply.json({**MESSAGE, **changes})


def a_list(*media_sids: str, next_page_uri: str | None = None) -> Reply:
    media = [{"sid": sid, "content_type": "image/png"} for sid in media_sids]
    return Reply.json({"media_list": media, "page": 0, "next_page_uri": next_page_uri})


def a_file(content: bytes = PNG, **headers: str) -> Reply:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(body=content, headers=names)


def a_redirect(location: str, status: int = 307) -> Reply:
    return Reply(status, b"<xml/>", {"Location": location, "Content-Type": "application/xml"})
