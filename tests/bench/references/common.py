"""What the reference services share: their settings, and how a file is judged and reported."""

import os
from collections.abc import Sequence
from typing import Any

from validator.challenge.facts import MediaItem
from validator.challenge.formats import HEAD_SIZE, recognise
from validator.challenge.verdict import CheckedItem, Reason, Result

API_URL = os.environ["TWILIO_API_URL"]
ACCOUNT_SID = os.environ["TWILIO_ACCOUNT_SID"]
AUTH_TOKEN = os.environ["TWILIO_AUTH_TOKEN"]
MESSAGES = f"{API_URL}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages"
FIRST_BYTES = {"Range": f"bytes=0-{HEAD_SIZE - 1}", "Accept-Encoding": "identity"}
TIMEOUT = 10.0


def media_item(sid: str, content_type: str | None, head: bytes) -> MediaItem:
    """Return a media item with the format of its first bytes."""
    return MediaItem(sid, content_type, *recognise(lambda at, size: head[at : at + size]))


def document(sid: str, reason: Reason | None, media: Sequence[CheckedItem]) -> dict[str, Any]:
    """Return a verdict without hints and checks."""
    rows = [
        {
            "sid": each.item.sid,
            "content_type": each.item.content_type,
            "format": each.item.format,
            "detected": each.item.detected,
            "result": Result.FAIL if each.reason else Result.PASS,
        }
        for each in media
    ]
    result = Result.FAIL if reason else Result.PASS
    return {"result": result, "sid": sid, "reason": reason, "media": rows}
