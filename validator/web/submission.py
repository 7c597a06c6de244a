"""What a request hands in to be judged, as a form or as a JSON object."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from validator.challenge import sids

BODY_LIMIT = 16 * 1024
HOW_TO_SUBMIT = 'Send the Message SID as a form, sid=MM..., or as JSON, {"sid": "MM..."}.'
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


class MalformedRequestError(Exception):
    """A request that holds no submission; the message says what is wrong with it."""


class Submission(NamedTuple):
    """The Message SID as it was read, and the Account SID beside an API key if one was sent."""

    message_sid: str
    account_sid: str | None


def read(request: Request) -> Submission:
    """Read a submission; raises MalformedRequestError, or an HTTPException of werkzeug's."""
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
    try:
        body = request.get_data()
    except ParseException:
        raise MalformedRequestError(
            "The chunked encoding of the request's body is broken. Send a Content-Length instead."
        ) from None
    # A body of no stated length is truncated at the limit by werkzeug, without an error.
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
            "The body is not valid JSON, although its Content-Type says so. Send an object with "
            'double quotes, such as {"sid": "MM..."}.'
        ) from None
    if not isinstance(submitted, dict):
        raise MalformedRequestError('The JSON must be an object, such as {"sid": "MM..."}.')
    return submitted


def _read(pasted: str) -> str:
    """JSON can carry lone surrogates, which cannot be encoded in a response."""
    return sids.read(pasted).encode(errors="replace").decode()
