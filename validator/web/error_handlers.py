"""Flask's handler of all exceptions: the problem as a response, its headers and its record."""

from http import HTTPStatus
from math import ceil

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from validator.capacity import OverloadedError
from validator.telemetry import tracebacks
from validator.upstream.errors import BusyError, CredentialsRefusedError, MediaRefusedError
from validator.web import page, problems, request_log
from validator.web.authorization import ApiKeyRefusedError, OwnCredentialsRefusedError
from validator.web.rate_limits import RateLimitedError
from validator.web.rendering import prefers_page, render_problem

DEFAULT_RETRY_AFTER = 5
# Twilio may send a date in Retry-After, which is days ahead after a clock has jumped.
MAX_RETRY_AFTER = 3600
BASIC_CHALLENGE = 'Basic realm="Twilio account", charset="UTF-8"'
BEARER_CHALLENGE = 'Bearer realm="Twilio account of this service"'


def register(app: Flask, accepts_token: bool) -> None:
    """Turn every exception that is raised in the app into the response of its problem.

    A 401 has a Basic challenge, and a Bearer challenge if the service `accepts_token`.
    """

    def handle(error: Exception) -> Response:
        record = request_log.current()
        problem = problems.describe(error, record.id)
        record.problem(problem, _twilio_error(error))
        if problem.code == problems.INTERNAL_ERROR.code:
            record.fault(error)
        tracebacks.release(error)
        response = render_problem(problem.document(record.id), record.submitted)
        _add_headers(response, error)
        if problem.status is HTTPStatus.UNAUTHORIZED:
            _add_challenges(response, accepts_token)
        return response

    app.register_error_handler(Exception, handle)


def _add_headers(response: Response, error: Exception) -> None:
    if isinstance(error, BusyError | MediaRefusedError | OverloadedError | RateLimitedError):
        seconds = error.retry_after or DEFAULT_RETRY_AFTER
        if isinstance(error, BusyError):
            seconds = min(seconds, MAX_RETRY_AFTER)
        response.headers["Retry-After"] = str(ceil(seconds))
    if isinstance(error, HTTPException) and "Allow" in (given := error.get_response().headers):
        response.headers["Allow"] = given["Allow"]


def _add_challenges(response: Response, accepts_token: bool) -> None:
    if prefers_page():
        challenges = [page.CHALLENGE]
    else:
        challenges = [BASIC_CHALLENGE, *([BEARER_CHALLENGE] if accepts_token else [])]
    for challenge in challenges:
        response.headers.add("WWW-Authenticate", challenge)


def _twilio_error(error: BaseException | None) -> int | None:
    """Return Twilio's error code if Twilio refused the player's or the service's credentials."""
    if isinstance(error, OwnCredentialsRefusedError):
        error = error.__cause__
    if isinstance(error, CredentialsRefusedError | ApiKeyRefusedError):
        return error.code
    return None
