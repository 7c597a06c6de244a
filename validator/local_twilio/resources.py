"""The Message and Media resources as JSON, field by field as Twilio's OpenAPI document has them.

That document is `twilio_api_v2010.json` of https://github.com/twilio/twilio-oai.
"""

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from validator.local_twilio.account import ACCOUNT_SID, SANDBOX_SENDER, SMS_SENDER
from validator.local_twilio.create import is_whatsapp
from validator.local_twilio.errors import DELIVERY_ERRORS
from validator.local_twilio.messages import Media, Message

API_VERSION = "2010-04-01"
ACCOUNT_URI = f"/{API_VERSION}/Accounts/{ACCOUNT_SID}"
MAX_PAGE_SIZE = 1000

_NOT_SENT_YET = {"accepted", "queued", "sending", "receiving"}
_FAILED = {"failed", "undelivered"}

Resource = dict[str, Any]


def message_resource(message: Message, stage: int, step: float) -> Resource:
    """A message in one of its stages, `step` seconds after each other."""
    status = message.statuses[stage]
    error_code = message.error_code if status in _FAILED else None
    sender, recipient = _ends(message, status)
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
        "messaging_service_sid": message.request.messaging_service_sid or None,
        "num_media": str(len(message.media)),
        "num_segments": "1" if sender else "0",
        "price": None,
        "price_unit": None,
        "sid": message.sid,
        "status": status,
        "subresource_uris": {"media": media_list_uri(message.sid)},
        "to": recipient,
        "uri": f"{ACCOUNT_URI}/Messages/{message.sid}.json",
    }


def media_resource(message_sid: str, media: Media) -> Resource:
    """What Twilio tells about one file, which is neither its name nor its size."""
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
    """One page of a message's media list, with the addresses of the pages around it."""
    page = max(page, 0)
    size = min(max(page_size, 1), MAX_PAGE_SIZE)
    start = page * size
    shown = message.media[start : start + size]
    more = len(message.media) > start + size
    return {
        "media_list": [media_resource(message.sid, item) for item in shown],
        "page": page,
        "page_size": size,
        "start": start,
        "end": start + max(len(shown) - 1, 0),
        "uri": _page_uri(message, page, size),
        "first_page_uri": _page_uri(message, 0, size),
        "next_page_uri": _page_uri(message, page + 1, size) if more else None,
        "previous_page_uri": _page_uri(message, page - 1, size) if page else None,
    }


def media_list_uri(message_sid: str) -> str:
    """Where a message's media list lies, relative to the API's host."""
    return f"{ACCOUNT_URI}/Messages/{message_sid}/Media.json"


def _page_uri(message: Message, page: int, size: int) -> str:
    return f"{media_list_uri(message.sid)}?PageSize={size}&Page={page}"


def _ends(message: Message, status: str) -> tuple[str | None, str]:
    if message.recipient.direction == "inbound":
        return message.request.to, _sender(message)
    return None if status == "accepted" else _sender(message), message.request.to


def _date_sent(message: Message, stage: int, step: float) -> str | None:
    waiting = sum(status in _NOT_SENT_YET for status in message.statuses)
    return _date(message.created + waiting * step) if stage >= waiting else None


def _sender(message: Message) -> str:
    chosen_by_service = SANDBOX_SENDER if is_whatsapp(message.request.to) else SMS_SENDER
    return message.request.sender or chosen_by_service


def _date(seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, UTC))
