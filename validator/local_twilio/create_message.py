"""The parameters of a new message, and Twilio's errors for invalid ones."""

import re
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from validator.local_twilio.account import SANDBOX_SENDER
from validator.local_twilio.errors import TwilioError

CREATE_ERRORS = {
    21211: "The 'To' number {} is not a valid phone number.",
    21212: "The 'From' number {} is not a valid phone number, shortcode, or alphanumeric"
    " sender ID.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21619: "A text message body or media urls must be specified.",
    21620: "Media urls: {} are invalid. Please use only valid http and https urls",
    21910: "Invalid From and To pair. From and To should be of the same channel",
    63007: "Twilio could not find a Channel with the specified From address",
}
"""Error message by error code, with a placeholder for the invalid value."""

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_HTTP_URL = re.compile(r"https?://[^/?#\s]\S*")


@dataclass(frozen=True)
class CreateRequest:
    """The parameters of one message."""

    to: str
    sender: str
    body: str
    media_urls: tuple[str, ...]


def read_create_request(form: MultiDict[str, str]) -> CreateRequest:
    """Return the parameters in a form; raises TwilioError for the first invalid one."""
    request = CreateRequest(
        to=form.get("To", ""),
        sender=form.get("From", ""),
        body=form.get("Body", ""),
        media_urls=tuple(form.getlist("MediaUrl")),
    )
    _validate(request)
    return request


def _validate(request: CreateRequest) -> None:
    whatsapp = request.sender.startswith("whatsapp:")
    checks = (
        (21604, not request.to, ""),
        (21603, not request.sender, ""),
        (21619, not (request.body or request.media_urls), ""),
        (21211, not _is_phone_number(request.to), request.to),
        (21212, not _is_phone_number(request.sender), request.sender),
        (21910, whatsapp != request.to.startswith("whatsapp:"), ""),
        (63007, whatsapp and request.sender != SANDBOX_SENDER, ""),
        *((21620, not _HTTP_URL.fullmatch(url), url) for url in request.media_urls),
    )
    for code, invalid, value in checks:
        if invalid:
            raise TwilioError(code, CREATE_ERRORS[code].format(value))


def _is_phone_number(address: str) -> bool:
    return _E164.fullmatch(address.removeprefix("whatsapp:")) is not None
