"""HTTP in, HTTP out: parse the submission, have it judged, render the verdict."""

import logging
import re
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any, NamedTuple
from uuid import uuid4

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from validator import credentials
from validator.checks import check_item, is_whole_sid
from validator.config import Settings
from validator.credentials import Credentials
from validator.problems import (
    MalformedRequestError,
    OpenCredentialsError,
    OwnCredentialsRefusedError,
)
from validator.rate_limits import Limit
from validator.transport import CredentialsRefusedError
from validator.verdict import MediaItem, Result, Verdict

log = logging.getLogger(__name__)

Judge = Callable[[str, Credentials], Verdict]
"""Judges the submission of a Message SID with what opens the account to ask."""

BODY_LIMIT = 16 * 1024
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
# White space, and what else comes along with pasted text though nobody sees it.
PADDING = (
    "".join(filter(str.isspace, map(chr, range(0x3001))))
    + "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
)


SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Submission(NamedTuple):
    message_sid: str
    account_sid: str | None


def create_blueprint(settings: Settings, judge: Judge, limit: Limit) -> Blueprint:
    """The service's addresses, with `judge` behind them and a `limit` before it."""
    blueprint = Blueprint("validator", __name__)

    @blueprint.before_app_request
    def start() -> None:
        g.started = monotonic()
        g.request_id = uuid4().hex

    @blueprint.after_app_request
    def secure(response: Response) -> Response:
        response.headers.update(SECURITY_HEADERS)
        return response

    @blueprint.post("/validate")
    @limit
    def validate() -> Response:
        _refuse_open_credentials()
        submission = _submission()
        account = credentials.choose(
            request.headers.get("Authorization"),
            submission.account_sid,
            settings.own_credentials,
            settings.token,
        )
        try:
            verdict = judge(submission.message_sid, account)
        except CredentialsRefusedError as error:
            raise error if account.players_own else OwnCredentialsRefusedError from error
        _log(verdict)
        return jsonify(_render(verdict))

    @blueprint.get("/healthz")
    def health() -> Response:
        return jsonify(status="ok")

    return blueprint


def _refuse_open_credentials() -> None:
    """Credentials that a router says came over plain HTTP have been seen by others already."""
    forwarded = request.headers.get("X-Forwarded-Proto", "").lower()
    if "Authorization" in request.headers and "http" in re.split(r"[,\s]+", forwarded):
        raise OpenCredentialsError


def _submission() -> Submission:
    """Whatever the form or the JSON object of this request submits."""
    fields = _fields()
    message_sid = fields.get("sid", fields.get("messageSid"))
    if not isinstance(message_sid, str):
        raise MalformedRequestError("Send the Message SID, a string, in a field named sid.")
    account_sid = fields.get("accountSid")
    return Submission(
        _without_padding(message_sid),
        _without_padding(account_sid) if isinstance(account_sid, str) else None,
    )


def _fields() -> Mapping[str, Any]:
    # A body of no stated length is cut off behind the limit, without a word.
    if len(request.get_data()) > BODY_LIMIT:
        raise RequestEntityTooLarge
    if request.is_json:
        return _json_object()
    if request.mimetype in FORMS or not (request.mimetype or request.data):
        return request.form
    raise UnsupportedMediaType


def _json_object() -> dict[str, Any]:
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


def _render(verdict: Verdict) -> dict[str, Any]:
    return {
        "result": verdict.result,
        "sid": verdict.message_sid,
        "reason": verdict.reason,
        "message": verdict.hint,
        "retry": verdict.retry,
        "checks": [{"name": check, "result": result} for check, result in verdict.checks()],
        "media": [_render_item(item) for item in verdict.media],
    }


def _render_item(item: MediaItem) -> dict[str, Any]:
    return {
        "sid": item.sid,
        "content_type": item.content_type,
        "format": item.format,
        "result": Result.PASS if check_item(item) is None else Result.FAIL,
    }


def _log(verdict: Verdict) -> None:
    """What was submitted is logged only if it is a SID: people paste their secrets, too."""
    log.info(
        "request=%s sid=%s result=%s reason=%s ms=%d",
        g.request_id,
        verdict.message_sid if is_whole_sid(verdict.message_sid) else "-",
        verdict.result,
        verdict.reason or "-",
        (monotonic() - g.started) * 1000,
    )
