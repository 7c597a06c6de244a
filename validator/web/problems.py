"""Every error as application/problem+json (RFC 9457): which one it is, and what to say of it."""

from dataclasses import dataclass, replace
from http import HTTPStatus
from math import ceil

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from validator.capacity import OverloadedError
from validator.challenge.delivery_errors import with_page
from validator.concurrency import DeadlineExceededError
from validator.telemetry import tracebacks
from validator.telemetry.shared_metrics import Counter
from validator.upstream.errors import (
    BusyError,
    CredentialsRefusedError,
    InvalidResponseError,
    MediaRefusedError,
    MisdirectedResponseError,
    UnreachableError,
)
from validator.web import page, request_log
from validator.web.authorization import (
    AccountSidRequiredError,
    ApiKeyRefusedError,
    CredentialsMalformedError,
    CredentialsRequiredError,
    OpenCredentialsError,
    OwnCredentialsRefusedError,
)
from validator.web.rate_limits import RateLimitedError
from validator.web.rendering import prefers_page, render_problem
from validator.web.request_log import RequestLog
from validator.web.submission import HOW_TO_SUBMIT, MalformedRequestError

DEFAULT_RETRY_AFTER = 5
# Twilio may name a date, which is days ahead where a clock has jumped.
LONGEST_PAUSE = 3600
BASIC_CHALLENGE = 'Basic realm="Twilio account", charset="UTF-8"'
BEARER_CHALLENGE = 'Bearer realm="Twilio account of this service"'


@dataclass(frozen=True)
class Problem:
    status: HTTPStatus
    code: str
    detail: str

    def document(self) -> dict[str, str | int]:
        """Return the members of the JSON object (RFC 9457)."""
        return {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            "code": self.code,
        }


WITH_CURL = "with curl, -u ACCOUNT_SID:AUTH_TOKEN"
AGAIN = "Try the same SID again"
REPORT = "please report it where you found this challenge"
KEEPS_FAILING = f"if it keeps failing, {REPORT}"

PROBLEMS = {
    MalformedRequestError: Problem(HTTPStatus.BAD_REQUEST, "malformed_request", ""),
    AccountSidRequiredError: Problem(
        HTTPStatus.BAD_REQUEST,
        "malformed_request",
        "An API key works only together with its Account SID, AC and then 32 characters, each "
        "0\u20139 or a\u2013f. Send that in a field named accountSid: with curl, "
        "-u API_KEY_SID:SECRET -d accountSid=AC...",
    ),
    CredentialsRequiredError: Problem(
        HTTPStatus.UNAUTHORIZED,
        "credentials_required",
        "No Twilio credentials were sent. Send your Account SID as the user name and your Auth "
        f"Token as the password: {WITH_CURL}.",
    ),
    CredentialsMalformedError: Problem(HTTPStatus.UNAUTHORIZED, "credentials_rejected", ""),
    CredentialsRefusedError: Problem(
        HTTPStatus.UNAUTHORIZED,
        "credentials_rejected",
        "Twilio does not accept this Account SID and Auth Token. Copy both again from the Twilio "
        "Console, without spaces around them, and check there that the account is active.",
    ),
    ApiKeyRefusedError: Problem(
        HTTPStatus.UNAUTHORIZED,
        "credentials_rejected",
        "Twilio does not accept this API key. Copy its SID and secret again, and the SID of its "
        "account; if the secret is lost, make a new key in the Twilio Console.",
    ),
    OwnCredentialsRefusedError: Problem(
        HTTPStatus.BAD_GATEWAY,
        "twilio_refused",
        f"Twilio refused this service's own credentials. Your message is not the cause: {REPORT}.",
    ),
    OpenCredentialsError: Problem(
        HTTPStatus.FORBIDDEN,
        "https_required",
        "Your credentials came over plain HTTP, where others can read them. Make a new Auth Token "
        "(or API key) in the Twilio Console and use it from now on, in the game too; your Account "
        "SID stays the same. Send it only to this service's https:// URL: if there is none, do not "
        "send it here.",
    ),
    RateLimitedError: Problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        "rate_limited",
        "Too many submissions from {source}. Try again in {seconds}.",
    ),
    OverloadedError: Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "overloaded",
        f"This service is busy with other submissions. {AGAIN} a little later.",
    ),
    UnreachableError: Problem(
        HTTPStatus.BAD_GATEWAY,
        "twilio_unreachable",
        f"This service could not reach Twilio. {AGAIN} in a minute; {KEEPS_FAILING}.",
    ),
    InvalidResponseError: Problem(
        HTTPStatus.BAD_GATEWAY,
        "twilio_invalid_response",
        "Twilio's response could not be understood: a proxy or a firewall on the way may have "
        f"sent it in Twilio's place. {AGAIN} in a minute; {KEEPS_FAILING}.",
    ),
    MediaRefusedError: Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "twilio_busy",
        "The server that stores your media file for Twilio refused to send it to this service. "
        f"{AGAIN} a little later; if that does not help, send a new message and submit its SID.",
    ),
    BusyError: Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "twilio_busy",
        f"Twilio is too busy right now. {AGAIN} a little later.",
    ),
    DeadlineExceededError: Problem(
        HTTPStatus.GATEWAY_TIMEOUT,
        "twilio_timeout",
        f"Twilio did not respond in time. {AGAIN} in a minute.",
    ),
}
PROBLEMS[MisdirectedResponseError] = PROBLEMS[InvalidResponseError]

HTTP_PROBLEMS = {
    404: (
        "not_found",
        "There is nothing at this URL. Send submissions with POST to /validate; in a browser, "
        "start at /.",
    ),
    405: (
        "method_not_allowed",
        "This URL does not accept that method. Send submissions with POST to /validate; in a "
        "browser, start at /.",
    ),
    408: ("request_timeout", "The request did not arrive in time. Send it again."),
    413: (
        "body_too_large",
        "The request is too large: at most 16 KiB are allowed. Send the Message SID alone.",
    ),
    414: ("malformed_request", "The request's URL is too long. Send the Message SID in the body."),
    415: (
        "unsupported_media_type",
        "The request's Content-Type is not supported. Send a form, or JSON with Content-Type: "
        "application/json.",
    ),
    431: (
        "malformed_request",
        "The request's headers are too large. Send only those that curl sends.",
    ),
    500: ("internal_error", "Something went wrong in this service. Try again in a minute."),
}

UNREADABLE = f"The request could not be read. {HOW_TO_SUBMIT}"

CODES = {problem.code for problem in PROBLEMS.values()}
CODES |= {code for code, _ in HTTP_PROBLEMS.values()}
counted = Counter(
    "validator_problems",
    "Requests answered with a problem",
    ["code"],
    [(code,) for code in sorted(CODES)],
)

# https://www.twilio.com/docs/api/errors
REFUSALS = {
    20008: (
        "These are test credentials, which cannot read messages. Use your live Account SID and "
        "Auth Token from the Twilio Console."
    ),
    70051: (
        "This API key is not allowed to read messages and their media. Give it that permission in "
        "the Twilio Console, or use a standard API key."
    ),
}


def register(app: Flask, accepts_token: bool) -> None:
    """Answer whatever is raised in the app with its problem.

    A 401 asks for Basic credentials, and for a bearer token if the service `accepts_token`; a
    browser's page asks for them itself.
    """

    def answer(error: Exception) -> Response:
        noted = request_log.current()
        problem = describe(error, noted.id)
        _note(problem, error, noted)
        tracebacks.release(error)
        document = {**problem.document(), "request_id": noted.id}
        response = render_problem(document, problem.status, noted.submitted)
        _add_headers(response, error)
        if problem.status is HTTPStatus.UNAUTHORIZED:
            _add_challenges(response, accepts_token)
        return response

    app.register_error_handler(Exception, answer)


def describe(error: Exception, request_id: str) -> Problem:
    """The problem to answer with where `error` was raised."""
    match error:
        case MalformedRequestError() | CredentialsMalformedError():
            return replace(PROBLEMS[type(error)], detail=str(error))
        case RateLimitedError(retry_after=left, source=source):
            seconds = f"{left} second{'s' if left > 1 else ''}"
            problem = PROBLEMS[RateLimitedError]
            return replace(problem, detail=problem.detail.format(source=source, seconds=seconds))
        case CredentialsRefusedError(code=int(code)) | ApiKeyRefusedError(code=int(code)):
            refused = PROBLEMS[type(error)]
            return replace(refused, detail=with_page(REFUSALS.get(code, refused.detail), code))
        case HTTPException(code=int(status)) if status < 500:
            return of_status(HTTPStatus(status))
    return PROBLEMS.get(type(error)) or Problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal_error",
        f"Something went wrong in this service. {AGAIN} in a minute; {KEEPS_FAILING}, and say that "
        f"it was request {request_id}.",
    )


def of_status(status: HTTPStatus) -> Problem:
    """Return the problem of a request that has this HTTP status, and no reason of our own."""
    code, detail = HTTP_PROBLEMS.get(status, ("malformed_request", UNREADABLE))
    return Problem(status, code, detail)


def _add_headers(response: Response, error: Exception) -> None:
    if isinstance(error, BusyError | MediaRefusedError | OverloadedError | RateLimitedError):
        seconds = error.retry_after or DEFAULT_RETRY_AFTER
        if isinstance(error, BusyError):
            seconds = min(seconds, LONGEST_PAUSE)
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


def _note(problem: Problem, error: Exception, noted: RequestLog) -> None:
    counted.count(problem.code)
    noted.problem(problem.status.value, problem.code, _twilio_error(error))
    if problem.status is HTTPStatus.INTERNAL_SERVER_ERROR:
        noted.fault(error)


def _twilio_error(error: BaseException | None) -> int | None:
    """The code with which Twilio refused a player's credentials or the service's own."""
    if isinstance(error, OwnCredentialsRefusedError):
        error = error.__cause__
    return error.code if isinstance(error, CredentialsRefusedError) else None
