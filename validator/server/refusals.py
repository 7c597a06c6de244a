"""Responses to requests that never reach the application, or that broke it."""

import json
from http import HTTPStatus

from gunicorn.http import errors

from validator.web import problems
from validator.web.routes import SECURITY_HEADERS


class HeadTimeoutError(errors.ParseException):  # type: ignore[misc]
    """The headers of a request began to arrive, and did not end in time."""


STATUSES = {
    HeadTimeoutError: HTTPStatus.REQUEST_TIMEOUT,
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
}


def refusal(error: errors.ParseException) -> bytes:
    """Return the response to a request that gunicorn's parser refuses; it repeats nothing of it."""
    problem = problems.of_status(STATUSES.get(type(error), HTTPStatus.BAD_REQUEST))
    problems.counted.count(problem.code)
    return _response(problem)


def _response(problem: problems.Problem) -> bytes:
    body = json.dumps(problem.document(), indent=2) + "\n"
    headers = {
        "Connection": "close",
        "Content-Type": "application/problem+json",
        "Content-Length": str(len(body)),
        **SECURITY_HEADERS,
    }
    lines = [f"HTTP/1.1 {problem.status.value} {problem.status.phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join((*lines, "", body)).encode()


FAULT = _response(problems.of_status(HTTPStatus.INTERNAL_SERVER_ERROR))
