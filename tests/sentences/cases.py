"""What can be submitted, found at Twilio or refused: one case for each sentence."""

from typing import Any

from werkzeug.exceptions import BadRequest, default_exceptions

from tests.support.accounts import ACCOUNT_SID, API_KEY_SID, MESSAGE_SID
from tests.support.fakes import a_message, an_item
from tests.web.submitting import FORM, OWN_ACCOUNT, SUBMISSION, TOKEN
from validator.challenge.delivery_errors import EXPLANATIONS
from validator.challenge.facts import MediaItem, Message
from validator.challenge.formats import Format
from validator.challenge.other_formats import OtherFormat
from validator.challenge.sid_hints import RESOURCES
from validator.upstream.errors import CredentialsRefusedError
from validator.web.authorization import ApiKeyRefusedError, CredentialsMalformedError
from validator.web.problems import HTTP_PROBLEMS, PROBLEMS, REFUSALS
from validator.web.rate_limits import RateLimitedError
from validator.web.submission import BROKEN_CHUNKS, MalformedRequestError

PASTED = {
    "nothing": "",
    "a SID of an unknown kind": "ZZ" + "1" * 32,
    **{f"a SID of {prefix}": prefix + "1" * 32 for prefix in RESOURCES},
    "33 characters": MESSAGE_SID[:-1],
    "lower case, a z, 33 characters": f"{MESSAGE_SID.lower()[:-2]}z",
    "an unprintable character": MESSAGE_SID[:-1] + "\0",
    "a placeholder": "MM" + "X" * 32,
    "two SIDs": f"MM{'1' * 32} MM{'2' * 32}",
    "Twilio's error": '{"code": 21211, "message": "Invalid To"}',
    "a phone number": "+1 555 123 4567",
    "a secret": "f4ce" * 8,
    "a word": "hello",
}

MESSAGES: dict[str, Message | None] = {
    "unknown to Twilio": None,
    "received": a_message(direction="inbound"),
    "an SMS": a_message(sender="+15005550006", recipient="+15005550006"),
    "on its way": a_message(status="queued"),
    "scheduled": a_message(status="scheduled"),
    "without an error code": a_message(status="canceled"),
    "of an unknown status": a_message(status="partially_delivered"),
    "unknown error code": a_message(status="failed", error_code=63999),
    "in Twilio's words": a_message(status="failed", error_code=63999, error_message="It closed"),
    **{f"error {code}": a_message(status="failed", error_code=code) for code in EXPLANATIONS},
}

GENERIC = "application/octet-stream"
BAD = an_item(content_type="image/gif", format=None, detected=OtherFormat.GIF)
GOOD = an_item()
FILES: dict[str, list[MediaItem]] = {
    "none": [],
    "gone": [an_item(available=False)],
    "of an unknown type and format": [an_item(content_type="video/x-unknown", format=None)],
    "without a type": [an_item(content_type=None, format=None)],
    "with a type that cannot be shown": [an_item(content_type="<b>", format=None)],
    "like nothing known": [an_item(format=None)],
    "1 wrong of 2": [GOOD, BAD],
    "2 wrong of 2": [BAD, BAD],
    "1 wrong of 3": [GOOD, BAD, GOOD],
    "3 wrong of 4": [BAD, BAD, GOOD, BAD],
    **{
        f"{found}, sent as {sent}": [an_item(content_type=sent, format=found)]
        for found in Format
        for sent in (GENERIC, "text/plain", None)
    },
    **{
        f"{kind}, sent as {sent}": [an_item(content_type=sent, format=None, detected=kind)]
        for kind in OtherFormat
        for sent in (GENERIC, "image/png")
    },
}
PASSED = {
    **{f"{found}": [an_item(format=found)] for found in Format},
    "several": [GOOD, GOOD, an_item(format=Format.PDF)],
    "audio/opus": [an_item(content_type="audio/opus", format=Format.OGG)],
}


def _header(authorization: str) -> dict[str, Any]:
    return {"headers": {"Authorization": authorization}}


def _form(**fields: str) -> dict[str, Any]:
    return {"data": {**SUBMISSION, **fields}}


# To a service without an account of its own, unless there are other settings.
REFUSED_REQUESTS: dict[str, dict[str, Any]] = {
    "no field": {"data": {}},
    "JSON as a form": {"data": '{"sid": "MM"}', "content_type": FORM},
    "broken JSON": {"data": "{", "content_type": "application/json"},
    "a list in JSON": {"json": []},
    "a number in JSON": {"json": {"sid": 1}},
    "an unreadable header": _header("Basic \xfc"),
    "another scheme": _header("Digest x=y"),
    "a bearer token": _header("Bearer wrong"),
    "a wrong bearer token": {
        **_header("Bearer wrong"),
        "settings": {**OWN_ACCOUNT, "validator_token": TOKEN},
    },
    "an empty pair": {"auth": ("", "")},
    "no user name": {"auth": ("", "fake-secret")},
    "an incomplete user name": {"auth": ("AC1", "fake-secret")},
    "no password": {"auth": (ACCOUNT_SID, "")},
    "an odd password": {"auth": (ACCOUNT_SID, "é")},
    "the form without an Account SID": _form(secret="fake-token"),
    "the form with half an Account SID": _form(accountSid="AC1", secret="fake-token"),
    "the form with half an API key": _form(accountSid=ACCOUNT_SID, apiKey="SK1", secret="fake"),
    "the form without an Auth Token": _form(accountSid=ACCOUNT_SID, secret=""),
    "the form without a key's secret": _form(accountSid=ACCOUNT_SID, apiKey=API_KEY_SID),
    "the form with an odd Auth Token": _form(accountSid=ACCOUNT_SID, secret="é"),
}

# Their sentences depend on the request or on their arguments.
VARYING = {MalformedRequestError, CredentialsMalformedError, RateLimitedError}
ERRORS = [
    MalformedRequestError(BROKEN_CHUNKS),
    *(kind(code) for kind in (CredentialsRefusedError, ApiKeyRefusedError) for code in REFUSALS),
    CredentialsRefusedError(20003),
    RateLimitedError(47, "your account"),
    RateLimitedError(1, "your network"),
    *(kind() for kind in PROBLEMS if kind not in VARYING),
    *(default_exceptions[status]() for status in HTTP_PROBLEMS),
    BadRequest(),
    RuntimeError(),
]
