"""HTTP in, HTTP out: have a submission judged, and answer with the verdict."""

import hmac
import logging
import re
from time import monotonic
from uuid import uuid4

from flask import Blueprint, Response, abort, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST

from validator.challenge.sids import is_whole_sid, showable
from validator.challenge.verdict import Verdict
from validator.config import Settings
from validator.telemetry import logs, metrics
from validator.transport import CredentialsRefusedError
from validator.upstream import credentials
from validator.upstream.credentials import (
    ApiKeyRefusedError,
    OpenCredentialsError,
    OwnCredentialsRefusedError,
)
from validator.validation import Judge
from validator.web import client_address, form_account, openapi, rendering, submission
from validator.web.rate_limits import RateLimit

log = logging.getLogger(__name__)

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_blueprint(settings: Settings, judge: Judge, limit: RateLimit) -> Blueprint:
    """The service's addresses, with `judge` behind them and a `limit` before it."""
    blueprint = Blueprint("validator", __name__)
    blueprint.before_app_request(_begin)
    blueprint.after_app_request(_finish)

    @blueprint.post("/validate")
    def validate() -> Response:
        address, authorization = request.remote_addr or "", request.headers.get("Authorization")
        submitted = submission.read(request)
        g.submitted = showable(submitted.message_sid)
        named = form_account.named_account(request) or credentials.named_account(authorization)
        limit.count(address, named)
        _refuse_open_credentials()
        account = form_account.read(request) or credentials.choose(
            authorization,
            submitted.account_sid,
            settings.own_credentials,
            settings.token,
        )
        try:
            with metrics.validating():
                verdict = judge(submitted.message_sid, account)
        except CredentialsRefusedError as error:
            if not account.players_own:
                raise OwnCredentialsRefusedError from error
            limit.count_guess(address)
            if account.by_api_key:
                raise ApiKeyRefusedError(error.code) from error
            raise
        _note(verdict)
        return rendering.render_verdict(verdict)

    @blueprint.get("/")
    def form() -> Response:
        return rendering.render_form()

    @blueprint.get("/healthz")
    def health() -> Response:
        return jsonify(status="ok")

    @blueprint.get("/openapi.json")
    def contract() -> Response:
        return jsonify(openapi.document())

    @blueprint.get("/metrics")
    def watch() -> Response:
        if not _may_watch(settings.watchers_token):
            abort(404)
        return Response(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)

    return blueprint


def _begin() -> None:
    g.started = monotonic()
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if re.fullmatch(r"[\w.-]{1,64}", given, re.ASCII) else uuid4().hex


def _finish(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _refuse_open_credentials() -> None:
    """Credentials that a router says came over plain HTTP have been seen by others already."""
    forwarded = request.headers.get("X-Forwarded-Proto", "").lower()
    if "Authorization" in request.headers and "http" in re.split(r"[,\s]+", forwarded):
        raise OpenCredentialsError


def _may_watch(token: str | None) -> bool:
    """Whether this caller may see the metrics: by the token, or without one on this machine."""
    if token is not None:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    proxied = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    address = client_address.parse(request.remote_addr or "")
    return not proxied and address is not None and address.is_loopback


def _note(verdict: Verdict) -> None:
    """What was submitted is logged only if it is a SID: people paste their secrets, too."""
    metrics.verdicts.count(verdict.result, verdict.reason or "")
    logs.write(
        log,
        request=g.request_id,
        sid=verdict.message_sid if is_whole_sid(verdict.message_sid) else None,
        result=verdict.result,
        reason=verdict.reason,
        ms=round((monotonic() - g.started) * 1000),
    )
