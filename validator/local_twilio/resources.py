"""The Message and Media resources as JSON, with the fields of Twilio's OpenAPI document.

That document is `twilio_api_v2010.json` in https://github.com/twilio/twilio-oai
"""

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from validator.local_twilio.account import ACCOUNT_SID
from validator.local_twilio.messages import Media, Message

API_VERSION = "2010-04-01"
ACCOUNT_URI = f"/{API_VERSION}/Accounts/{ACCOUNT_SID}"
MAX_PAGE_SIZE = 1000

DELIVERY_ERRORS = {
    11200: "HTTP retrieval failure",
    63015: "Channel Sandbox can only send messages to phone numbers that have joined the Sandbox",
    63016: "Outside messaging window. For WhatsApp, use a Message Template instead",
    63019: "Media failed to download",
}
"""Twilio's `error_message` by `error_code`, for messages that were not delivered."""

_NOT_SENT_YET = {"queued", "sending", "receiving"}
_FAILED = {"failed", "undelivered"}

Resource = dict[str, Any]


def message_resource(message: Message, stage: int, step: float) -> Resource:
    """Return the Message resource at a stage: the index of its status, each `step` seconds long."""
    status = message.statuses[stage]
    error_code = message.error_code if status in _FAILED else None
    ends = (message.request.sender, message.request.to)
    sender, recipient = ends if message.recipient.direction != "inbound" else reversed(ends)
    return {
        "account_sid": ACCOUNT_SID,
        "api_version": API_VERSION,
        "body": message.request.body,
        "date_created": _date(message.created),
        "date_sent": _date_sent(message, stage, step),
        "date_updated": _date(message.created + stage * step),
        "direction": message.recipient.direction,
        "error_code": error_code,
        "error_message": DELIVERY_ERRORS[error_code] if error_code else None,
        "from": sender,
        "messaging_service_sid": None,
        "num_media": str(len(message.media)),
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": message.sid,
        "status": status,
        "subresource_uris": {"media": _media_list_uri(message.sid)},
        "to": recipient,
        "uri": f"{ACCOUNT_URI}/Messages/{message.sid}.json",
    }


def media_resource(message_sid: str, media: Media) -> Resource:
    """Return the Media resource of a file, which has neither its name nor its size."""
    return {
        "account_sid": ACCOUNT_SID,
        "content_type": media.content_type,
        "date_created": _date(media.created),
        "date_updated": _date(media.created),
        "parent_sid": message_sid,
        "sid": media.sid,
        "uri": f"{ACCOUNT_URI}/Messages/{message_sid}/Media/{media.sid}.json",
    }


def media_page(message: Message, page: int, page_size: int) -> Resource:
    """Return a page of a message's media list, with the URIs of the first, next and previous."""
    page, size = max(page, 0), min(max(page_size, 1), MAX_PAGE_SIZE)
    start = page * size
    shown = message.media[start : start + size]
    more = len(message.media) > start + size

    def uri(number: int) -> str:
        return f"{_media_list_uri(message.sid)}?PageSize={size}&Page={number}"

    return {
        "media_list": [media_resource(message.sid, media) for media in shown],
        "page": page,
        "page_size": size,
        "start": start,
        "end": start + max(len(shown) - 1, 0),
        "uri": uri(page),
        "first_page_uri": uri(0),
        "next_page_uri": uri(page + 1) if more else None,
        "previous_page_uri": uri(page - 1) if page else None,
    }


def _media_list_uri(message_sid: str) -> str:
    return f"{ACCOUNT_URI}/Messages/{message_sid}/Media.json"


def _date_sent(message: Message, stage: int, step: float) -> str | None:
    waiting = sum(status in _NOT_SENT_YET for status in message.statuses)
    return _date(message.created + waiting * step) if stage >= waiting else None


def _date(seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, UTC))
