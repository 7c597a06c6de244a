"""What a request hands in to be judged, as a form or as a JSON object."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

BODY_LIMIT = 16 * 1024
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
# White space, and what else comes along with pasted text though nobody sees it.
PADDING = (
    "".join(filter(str.isspace, map(chr, range(0x3001))))
    + "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
)


class MalformedRequestError(Exception):
    """A request that holds no submission; the message says what is wrong with it."""


class Submission(NamedTuple):
    """The Message SID as it was typed, without padding, and an API key's account if one came."""

    message_sid: str
    account_sid: str | None


def read(request: Request) -> Submission:
    """Read a submission; raises MalformedRequestError, or an HTTPException of werkzeug's."""
    fields = _fields(request)
    message_sid = fields.get("sid", fields.get("messageSid"))
    if not isinstance(message_sid, str):
        raise MalformedRequestError("Send the Message SID, a string, in a field named sid.")
    account_sid = fields.get("accountSid")
    return Submission(
        _without_padding(message_sid),
        _without_padding(account_sid) if isinstance(account_sid, str) else None,
    )


def _fields(request: Request) -> Mapping[str, Any]:
    try:
        body = request.get_data()
    except ParseException:
        raise MalformedRequestError("The chunks of the body are broken.") from None
    # A body of no stated length is cut off behind the limit, without a word.
    if len(body) > BODY_LIMIT:
        raise RequestEntityTooLarge
    if request.is_json:
        return _json_object(request)
    if request.mimetype in FORMS or not (request.mimetype or request.data):
        return request.form
    raise UnsupportedMediaType


def _json_object(request: Request) -> dict[str, Any]:
    try:
        submitted = request.get_json()
    except (BadRequest, RecursionError):
        raise MalformedRequestError(
            "The body is not JSON, though its Content-Type says so."
        ) from None
    if not isinstance(submitted, dict):
        raise MalformedRequestError('The JSON is not an object such as {"sid": "MM..."}.')
    return submitted


def _without_padding(pasted: str) -> str:
    """The text itself; JSON can carry half characters, which no answer could carry back."""
    return pasted.strip(PADDING).encode(errors="replace").decode()
