"""Answers as JSON, or as a page to a browser that would rather have one."""

from collections.abc import Mapping
from typing import Any

from flask import Response, current_app, g, render_template, request

from validator.checks import check_item
from validator.formats import allowed_formats
from validator.verdict import MediaItem, Result, Verdict

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def render_verdict(verdict: Verdict) -> Response:
    """The verdict, whatever its result, as an answer."""
    document = {
        "result": verdict.result,
        "sid": verdict.message_sid,
        "reason": verdict.reason,
        "message": verdict.hint,
        "retry": verdict.retry,
        "checks": [{"name": check, "result": result} for check, result in verdict.checks()],
        "media": [_item(item) for item in verdict.media],
    }
    return _page(verdict=document) if _prefers_a_page() else _json(document, 200, JSON)


def render_problem(problem: Mapping[str, Any], status: int) -> Response:
    """The document of a problem (RFC 9457) as an answer."""
    if not _prefers_a_page():
        return _json(problem, status, PROBLEM_JSON)
    response = _page(problem=problem)
    response.status_code = status
    return response


def render_form() -> Response:
    """The page on which to submit a SID."""
    return _page()


def _item(item: MediaItem) -> dict[str, Any]:
    return {
        "sid": item.sid,
        "content_type": item.content_type,
        "format": item.format,
        "detected": item.detected,
        "result": Result.PASS if check_item(item) is None else Result.FAIL,
    }


def _prefers_a_page() -> bool:
    accepted = request.accept_mimetypes
    return accepted["text/html"] > max(accepted[JSON], accepted[PROBLEM_JSON])


def _json(document: Mapping[str, Any], status: int, mimetype: str) -> Response:
    body = f"{current_app.json.dumps(document)}\n"
    return Response(body, status, {"Vary": "Accept"}, mimetype)


def _page(
    verdict: Mapping[str, Any] | None = None, problem: Mapping[str, Any] | None = None
) -> Response:
    sid = g.get("submitted", "")
    page = render_template(
        "page.html",
        verdict=verdict,
        problem=problem,
        sid=sid,
        allowed_formats=allowed_formats(),
    )
    response = Response(page)
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    response.vary.add("Accept")
    return response
