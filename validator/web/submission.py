"""The fields of a submission, from a form or a JSON object."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from validator.challenge import sids

BODY_LIMIT = 16 * 1024
HOW_TO_SUBMIT = 'Send the Message SID as a form, sid=MM..., or as JSON, {"sid": "MM..."}.'
BROKEN_CHUNKS = (
    "The chunked encoding of the request's body is broken. Send a Content-Length instead."
)
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


class MalformedRequestError(Exception):
    """The request has no submission in it; the message says what is wrong and how to mend it."""


class Submission(NamedTuple):
    """The Message SID, and the Account SID that an API key needs if one was sent."""

    message_sid: str
    account_sid: str | None


def read(request: Request) -> Submission:
    """Return the submission in a request.

    Raises MalformedRequestError, and werkzeug's RequestEntityTooLarge (more than BODY_LIMIT bytes),
    UnsupportedMediaType and RequestTimeout.
    """
    # A byte-order mark at the start of a form becomes part of its first field's name.
    fields = {sids.visible(name): value for name, value in _fields(request).items()}
    message_sid = fields.get("sid", fields.get("messageSid"))
    if not isinstance(message_sid, str):
        raise MalformedRequestError(_advice(fields))
    account_sid = fields.get("accountSid")
    return Submission(
        _read(message_sid), _read(account_sid) if isinstance(account_sid, str) else None
    )


def _advice(fields: Mapping[str, Any]) -> str:
    if fields.keys() & {"sid", "messageSid"}:
        return 'The value of sid must be a string, as in {"sid": "MM..."}.'
    if any(name.startswith("{") for name in fields):
        return (
            "This looks like JSON, but it was sent as a form. Send it with the header "
            "Content-Type: application/json."
        )
    return f"The request has no field named sid. {HOW_TO_SUBMIT}"


def _fields(request: Request) -> Mapping[str, Any]:
    # Without a Content-Length, werkzeug truncates the body at its limit and raises nothing: the one
    # byte more shows that the body was larger.
    request.max_content_length = BODY_LIMIT + 1
    if len(request.get_data()) > BODY_LIMIT:
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
            "The body is not valid JSON, although its Content-Type says so. Send an object with "
            'double quotes, such as {"sid": "MM..."}.'
        ) from None
    if not isinstance(submitted, dict):
        raise MalformedRequestError('The JSON must be an object, such as {"sid": "MM..."}.')
    return submitted


def _read(pasted: str) -> str:
    # Lone surrogates are legal in JSON, and cannot be encoded in a response.
    return sids.read(pasted).encode(errors="replace").decode()
