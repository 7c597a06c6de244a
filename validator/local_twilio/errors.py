"""Error responses in Twilio's format.

Source: https://www.twilio.com/docs/usage/twilios-response
"""

from dataclasses import dataclass

from flask import Response, jsonify


@dataclass(eq=False)
class TwilioError(Exception):
    """A request rejected with one of Twilio's error codes.

    Source: https://www.twilio.com/docs/api/errors
    """

    code: int
    message: str
    status: int = 400
    detail: str | None = None


def error_response(error: TwilioError) -> Response:
    """Return the JSON response for an error."""
    detail = {"detail": error.detail} if error.detail else {}
    response = jsonify(
        code=error.code,
        message=error.message,
        more_info=f"https://www.twilio.com/docs/errors/{error.code}",
        status=error.status,
        **detail,
    )
    response.status_code = error.status
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return response
