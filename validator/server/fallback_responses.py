"""Responses to requests that gunicorn cannot parse, and to those that failed outside Flask."""

import json
from http import HTTPStatus

from gunicorn.http import errors

from validator.web import problems, request_log
from validator.web.problems import Problem
from validator.web.routes import SECURITY_HEADERS


class HeaderTimeoutError(errors.ParseException):  # type: ignore[misc]
    """The headers of a request did not arrive in time."""


STATUSES = {
    HeaderTimeoutError: HTTPStatus.REQUEST_TIMEOUT,
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
}


def refusal(error: errors.ParseException, request_id: str) -> bytes:
    """Count a request that gunicorn cannot parse, and return its response without quoting it."""
    problem = problems.of_status(STATUSES.get(type(error), HTTPStatus.BAD_REQUEST))
    request_log.problems.count(problem.code)
    return _response(problem, request_id)


def fault(request_id: str) -> bytes:
    """Return the response to a request that failed outside Flask's error handler."""
    return _response(problems.internal_error(request_id), request_id)


def _response(problem: Problem, request_id: str) -> bytes:
    body = json.dumps(problem.document(request_id), indent=2) + "\n"
    headers = {
        "Connection": "close",
        "Content-Type": "application/problem+json",
        "Content-Length": str(len(body)),
        "X-Request-ID": request_id,
        **SECURITY_HEADERS,
    }
    lines = [f"HTTP/1.1 {problem.status.value} {problem.status.phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join((*lines, "", body)).encode()
