"""Responses as JSON, or as an HTML page where the client prefers HTML."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Response, current_app, request
from flask.json.provider import DefaultJSONProvider

from validator.challenge.verdict import CheckedItem, Result, Verdict
from validator.web import page

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"

_on_one_line = json.JSONEncoder(ensure_ascii=False).encode


class ReadableJSON(DefaultJSONProvider):
    """Writes one line per field and per row of a list, to be readable in a terminal."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return an object as JSON."""
        if not isinstance(obj, dict):
            return _on_one_line(obj)
        fields = [f"  {_on_one_line(name)}: {_in_rows(value)}" for name, value in obj.items()]
        return "{\n" + ",\n".join(fields) + "\n}"


def _in_rows(value: Any) -> str:
    if not isinstance(value, list) or not value:
        return _on_one_line(value)
    return "[\n" + ",\n".join(f"    {_on_one_line(row)}" for row in value) + "\n  ]"


def render_verdict(verdict: Verdict, request_id: str, submitted: str) -> Response:
    """Return the response with a verdict; `submitted` is filled in again in the page's form."""
    document = {
        "result": verdict.result,
        "sid": verdict.message_sid,
        "reason": verdict.reason,
        "message": verdict.hint,
        "retry": verdict.retry,
        "checks": [{"name": check, "result": result} for check, result in verdict.checks()],
        "media": [_row(each) for each in verdict.media],
        "request_id": request_id,
    }
    if prefers_page():
        return page.render(submitted, verdict=document)
    return _json(document, 200, JSON)


def render_problem(problem: Mapping[str, Any], submitted: str) -> Response:
    """Return the response with a problem document; its status is the document's `status`."""
    if not prefers_page():
        return _json(problem, problem["status"], PROBLEM_JSON)
    response = page.render(submitted, problem=problem)
    response.status_code = problem["status"]
    return response


def prefers_page() -> bool:
    """Return whether the request's Accept header prefers HTML to JSON, as a browser's does."""
    # Programs seldom name a text type, and to parse the header takes longer than to search it.
    if "text/" not in request.headers.get("Accept", "").lower():
        return False
    accepted = request.accept_mimetypes
    return accepted["text/html"] > max(accepted[JSON], accepted[PROBLEM_JSON])


def _row(each: CheckedItem) -> dict[str, Any]:
    return {
        "sid": each.item.sid,
        "content_type": each.item.content_type,
        "format": each.item.format,
        "detected": each.item.detected,
        "result": Result.PASS if each.reason is None else Result.FAIL,
    }


def _json(document: Mapping[str, Any], status: int, mimetype: str) -> Response:
    body = f"{current_app.json.dumps(document)}\n"
    return Response(body, status, {"Vary": "Accept"}, mimetype)
