"""What Twilio refuses when a message is created, with the code and words it refuses with."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from werkzeug.datastructures import MultiDict

from validator.local_twilio.account import SANDBOX_SENDER
from validator.local_twilio.errors import TwilioError

MAX_BODY_CHARACTERS = 1600
MAX_MEDIA = 10

CREATE_ERRORS = {
    21211: "The 'To' number {} is not a valid phone number.",
    21212: "The 'From' number {} is not a valid phone number, shortcode, or alphanumeric"
    " sender ID.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21617: "The concatenated message body exceeds the 1600 character limit.",
    21619: "A text message body or media urls must be specified.",
    21620: "Media urls: {} are invalid. Please use only valid http and https urls",
    21623: "Number of media files exceeds allowed limit",
    21705: "The Messaging Service Sid {} is invalid.",
    21910: "Invalid From and To pair. From and To should be of the same channel",
    63007: "Twilio could not find a Channel with the specified From address",
}
"""The errors that a create is refused with: code -> Twilio's message, around the wrong value."""

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SERVICE_SID = re.compile(r"MG[0-9a-fA-F]{32}")


@dataclass(frozen=True)
class CreateRequest:
    """The parameters of one message, as its sender gave them."""

    to: str
    sender: str
    messaging_service_sid: str
    body: str
    media_urls: tuple[str, ...]


def read_create_request(form: MultiDict[str, str]) -> CreateRequest:
    """Read the form that creates a message; raises the first of Twilio's errors it deserves."""
    request = CreateRequest(
        to=form.get("To", ""),
        sender=form.get("From", ""),
        messaging_service_sid=form.get("MessagingServiceSid", ""),
        body=form.get("Body", ""),
        media_urls=tuple(form.getlist("MediaUrl")),
    )
    _require_both_ends(request)
    _require_content(request)
    _check_addresses(request)
    _check_service(request)
    _check_content(request)
    return request


def is_whatsapp(address: str) -> bool:
    """Whether an address is of the WhatsApp channel rather than a plain phone number."""
    return address.startswith("whatsapp:")


def _require_both_ends(request: CreateRequest) -> None:
    _refuse(not request.to, 21604)
    _refuse(not (request.sender or request.messaging_service_sid), 21603)


def _require_content(request: CreateRequest) -> None:
    _refuse(not (request.body or request.media_urls), 21619)


def _check_addresses(request: CreateRequest) -> None:
    _refuse(not _is_address(request.to), 21211, request.to)
    if request.sender:
        _refuse(not _is_address(request.sender), 21212, request.sender)
        _refuse(is_whatsapp(request.sender) != is_whatsapp(request.to), 21910)
        _refuse(is_whatsapp(request.sender) and request.sender != SANDBOX_SENDER, 63007)


def _check_service(request: CreateRequest) -> None:
    sid = request.messaging_service_sid
    _refuse(bool(sid) and not _SERVICE_SID.fullmatch(sid), 21705, sid)


def _check_content(request: CreateRequest) -> None:
    _refuse(len(request.body) > MAX_BODY_CHARACTERS, 21617)
    _refuse(len(request.media_urls) > MAX_MEDIA, 21623)
    for url in request.media_urls:
        _refuse(not _is_web_address(url), 21620, url)


def _refuse(wrong: bool, code: int, value: str = "") -> None:
    if wrong:
        raise TwilioError(code, CREATE_ERRORS[code].format(value))


def _is_address(address: str) -> bool:
    return _E164.fullmatch(address.removeprefix("whatsapp:")) is not None


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        usable_port = parts.port != 0
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and usable_port
