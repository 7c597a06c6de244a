"""The table of problems: every error as a problem document (RFC 9457), with a stable code."""

from dataclasses import dataclass, replace
from http import HTTPStatus

from werkzeug.exceptions import HTTPException

from validator.capacity import OverloadedError
from validator.challenge.delivery_errors import with_page
from validator.greenlets import DeadlineExceededError
from validator.upstream.errors import (
    BusyError,
    CredentialsRefusedError,
    InvalidResponseError,
    MediaRefusedError,
    MisdirectedResponseError,
    UnreachableError,
)
from validator.web.authorization import (
    AccountSidRequiredError,
    ApiKeyRefusedError,
    CredentialsMalformedError,
    CredentialsRequiredError,
    OwnCredentialsRefusedError,
)
from validator.web.https import OpenCredentialsError
from validator.web.rate_limits import RateLimitedError
from validator.web.submission import HOW_TO_SUBMIT, MalformedRequestError


@dataclass(frozen=True)
class Problem:
    """A response without a verdict; `detail` is the sentence for the player."""

    status: HTTPStatus
    code: str
    detail: str

    def document(self, request_id: str) -> dict[str, str | int]:
        """Return the members of the JSON object (RFC 9457)."""
        return {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            "code": self.code,
            "request_id": request_id,
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
}

UNREADABLE = f"The request could not be read. {HOW_TO_SUBMIT}"

INTERNAL_ERROR = Problem(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "internal_error",
    f"Something went wrong in this service. {AGAIN} in a minute; if it keeps failing, please tell "
    "whoever runs this service that it was request {request_id}.",
)

CODES = {problem.code for problem in (INTERNAL_ERROR, *PROBLEMS.values())}
CODES |= {code for code, _ in HTTP_PROBLEMS.values()}

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


def describe(error: Exception, request_id: str) -> Problem:
    """Return the problem that an exception becomes; `internal_error` for an unexpected one."""
    match error:
        case MalformedRequestError() | CredentialsMalformedError():
            return replace(PROBLEMS[type(error)], detail=str(error))
        case RateLimitedError(retry_after=left, source=source):
            seconds = f"{left} second{'s' if left > 1 else ''}"
            return _filled_in(PROBLEMS[RateLimitedError], source=source, seconds=seconds)
        case CredentialsRefusedError(code=int(code)) | ApiKeyRefusedError(code=int(code)):
            refused = PROBLEMS[type(error)]
            return replace(refused, detail=with_page(REFUSALS.get(code, refused.detail), code))
        case HTTPException(code=int(status)) if status < 500:
            return of_status(HTTPStatus(status))
    return PROBLEMS.get(type(error)) or internal_error(request_id)


def internal_error(request_id: str) -> Problem:
    """Return the problem of a fault of this service, with the id to find it in the log by."""
    return _filled_in(INTERNAL_ERROR, request_id=request_id)


def of_status(status: HTTPStatus) -> Problem:
    """Return the problem of a client error that has an HTTP status and no exception of ours."""
    code, detail = HTTP_PROBLEMS.get(status, ("malformed_request", UNREADABLE))
    return Problem(status, code, detail)


def _filled_in(problem: Problem, **values: str) -> Problem:
    return replace(problem, detail=problem.detail.format(**values))
