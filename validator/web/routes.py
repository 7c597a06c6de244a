"""The routes: submissions, the page, health, the OpenAPI document and the metrics."""

import hmac
import json
from functools import cache
from pathlib import Path

import yaml
from flask import Blueprint, Response, abort, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST

from validator.challenge.formats import Format
from validator.challenge.sids import showable
from validator.config import Settings
from validator.judge import Judge
from validator.telemetry import metrics
from validator.upstream.errors import CredentialsRefusedError
from validator.web import (
    authorization,
    client_address,
    form_credentials,
    https,
    page,
    rendering,
    request_log,
    submission,
)
from validator.web.authorization import ApiKeyRefusedError, OwnCredentialsRefusedError
from validator.web.rate_limits import RateLimit
from validator.web.request_log import RequestLog

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_blueprint(settings: Settings, judge: Judge, limit: RateLimit) -> Blueprint:
    """Return the routes; /validate counts each submission in `limit` and calls `judge`."""
    blueprint = Blueprint("validator", __name__)
    blueprint.before_app_request(_begin)
    blueprint.after_app_request(_finish)

    @blueprint.post("/validate")
    def validate() -> Response:
        return _validate(settings, judge, limit)

    @blueprint.get("/")
    def form() -> Response:
        return page.render()

    @blueprint.get("/healthz")
    def health() -> Response:
        return jsonify(status="ok")

    @blueprint.get("/openapi.json")
    def contract() -> Response:
        return Response(openapi_json(), mimetype=rendering.JSON)

    @blueprint.get("/metrics")
    def prometheus() -> Response:
        if not _may_scrape(settings.watchers_token):
            abort(404)
        return Response(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)

    return blueprint


def _validate(settings: Settings, judge: Judge, limit: RateLimit) -> Response:
    address, header = request.remote_addr or "", request.headers.get("Authorization")
    submitted, record = submission.read(request), request_log.current()
    record.submitted = showable(submitted.message_sid)
    named = form_credentials.named_account(request) or authorization.named_account(header)
    record.account_sid = named or ""
    limit.count(address, named)
    https.refuse_open_authorization(request)
    account = form_credentials.read(request) or authorization.choose(
        header, submitted.account_sid, settings.own_credentials, settings.token
    )
    record.account_sid = account.account_sid
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
    record.verdict(verdict)
    return rendering.render_verdict(verdict, record.id, record.submitted)


@cache
def openapi_json() -> str:
    """Return the OpenAPI document of the service as indented JSON."""
    text = Path(__file__).with_name("openapi.yaml").read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    formats = [*Format, None]
    document["components"]["schemas"]["MediaItem"]["properties"]["format"]["enum"] = formats
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _begin() -> None:
    g.request_log = RequestLog(request.headers.get("X-Request-ID", ""))


def _finish(response: Response) -> Response:
    # A response may have headers of its own, such as the page's Content-Security-Policy.
    missing = [item for item in SECURITY_HEADERS.items() if item[0] not in response.headers]
    response.headers.extend([("X-Request-ID", request_log.current().id), *missing])
    return response


def _may_scrape(token: str | None) -> bool:
    """Return whether the client has the token; without one set, whether it is on this machine."""
    if token is not None:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    proxied = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    address = client_address.parse(request.remote_addr or "")
    return not proxied and address is not None and address.is_loopback
