"""What can be submitted, found at Twilio or refused: one case for each sentence."""

from base64 import b64encode
from typing import Any

from werkzeug.exceptions import BadRequest

from tests.support.accounts import ACCOUNT_SID, API_KEY_SID, MESSAGE_SID
from tests.support.fakes import a_message, an_item
from validator.capacity import OverloadedError
from validator.challenge import sid_hints
from validator.challenge.delivery_errors import EXPLANATIONS
from validator.challenge.facts import MediaItem, Message
from validator.challenge.formats import Format
from validator.challenge.other_formats import OtherFormat
from validator.concurrency import DeadlineExceededError
from validator.upstream.errors import (
    BusyError,
    CredentialsRefusedError,
    InvalidResponseError,
    MediaRefusedError,
    UnreachableError,
)
from validator.web.problems import REFUSALS
from validator.web.rate_limits import RateLimitedError
from validator.web.submission import BODY_LIMIT, BROKEN_CHUNKS, MalformedRequestError

PASTED = {
    "nothing": "",
    "an Account SID": ACCOUNT_SID,
    "a SID of an unknown kind": "ZZ" + "1" * 32,
    "33 characters": MESSAGE_SID[:-1],
    "lower case, a z, 33 characters": f"{MESSAGE_SID.lower()[:-2]}z",
    "an unprintable character": MESSAGE_SID[:-1] + "\0",
    "a placeholder": "MM" + "X" * 32,
    "two SIDs": f"MM{'1' * 32} MM{'2' * 32}",
    "Twilio's error": '{"code": 21211, "message": "Invalid To"}',
    "a phone number": "+1 555 123 4567",
    "a secret": "f4ce" * 8,
    "a word": "hello",
    **{f"a SID of {prefix}": prefix + "1" * 32 for prefix in sid_hints.RESOURCES},
}

MESSAGES: dict[str, Message | None] = {
    "unknown to Twilio": None,
    "received": a_message(direction="inbound"),
    "an SMS": a_message(sender="+15005550006", recipient="+15005550006"),
    "on its way": a_message(status="queued"),
    "scheduled": a_message(status="scheduled"),
    "cancelled, without an error code": a_message(status="canceled"),
    "with a status that Twilio does not explain": a_message(status="partially_delivered"),
    "with an unknown error code": a_message(status="failed", error_code=63999),
    "with an unknown error code that Twilio explains": a_message(
        status="failed", error_code=63999, error_message="The channel is closed"
    ),
    **{
        f"with error code {code}": a_message(status="undelivered", error_code=code)
        for code in EXPLANATIONS
    },
}

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
        f"{found}, sent as {sent or 'nothing'}": [an_item(content_type=sent, format=found)]
        for found in Format
        for sent in ("application/octet-stream", "text/plain", None)
    },
    **{
        f"{kind}, sent as {sent}": [an_item(content_type=sent, format=None, detected=kind)]
        for kind in OtherFormat
        for sent in ("application/octet-stream", "image/png")
    },
}
PASSED = {
    **{f"{found}": [an_item(format=found)] for found in Format},
    "several": [GOOD, GOOD, an_item(format=Format.PDF)],
    "audio/opus": [an_item(content_type="audio/opus", format=Format.OGG)],
}

# Without settings of its own, a case is one of a service that has an account and no token.
OWN_ACCOUNT = {"twilio_account_sid": "AC" + "9" * 32, "twilio_auth_token": "fake-token"}
TOKEN = {**OWN_ACCOUNT, "validator_token": "fake-validator-token"}
FORM = {"sid": MESSAGE_SID}
JSON = {"content_type": "application/json"}
PAIR = (ACCOUNT_SID, "fake-token")
KEY = {"data": {**FORM, "accountSid": ACCOUNT_SID}, "auth": (API_KEY_SID, "fake-secret")}


class BrokenChunks:
    """A request's body as the server's worker reads it if its chunked encoding is broken."""

    def read(self, _: int = -1) -> bytes:
        raise MalformedRequestError(BROKEN_CHUNKS)


def _basic(pair: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


REFUSED_REQUESTS: dict[str, dict[str, Any]] = {
    "no field": {"data": {}},
    "a number in JSON": {"json": {"sid": 1}},
    "JSON as a form": {
        "data": '{"sid": "MM"}',
        "content_type": "application/x-www-form-urlencoded",
    },
    "broken JSON": {"data": "{", **JSON},
    "a list in JSON": {"json": []},
    "broken chunks": {
        "content_type": "application/x-www-form-urlencoded",
        "environ_overrides": {
            "wsgi.input": BrokenChunks(),
            "wsgi.input_terminated": True,
            "CONTENT_LENGTH": "",
        },
    },
    "a body that is too large": {"data": {"sid": "x" * BODY_LIMIT}},
    "another type": {"data": "MM", "content_type": "text/plain"},
    "another path": {"path": "/nothing"},
    "another method": {"method": "GET"},
    "an API key without its account": {"data": FORM, "auth": (API_KEY_SID, "fake-secret")},
    "an unreadable header": {"data": FORM, "headers": {"Authorization": "Basic \xfc"}},
    "another scheme": {"data": FORM, "headers": {"Authorization": "Digest x=y"}},
    "an empty pair": {"data": FORM, "headers": _basic(":")},
    "no user name": {"data": FORM, "headers": _basic(":fake-secret")},
    "no password": {"data": FORM, "headers": _basic(f"{ACCOUNT_SID}:")},
    "an odd password": {"data": FORM, "headers": _basic(f"{ACCOUNT_SID}:é")},
    "an incomplete user name": {"data": FORM, "headers": _basic("AC1:fake-secret")},
    "a bearer token": {"data": FORM, "headers": {"Authorization": "Bearer wrong"}},
    "no credentials": {"data": FORM, "settings": {}},
    "a wrong bearer token": {
        "data": FORM,
        "headers": {"Authorization": "Bearer wrong"},
        "settings": TOKEN,
    },
    "credentials over plain HTTP": {
        "data": FORM,
        "headers": {**_basic(f"{ACCOUNT_SID}:fake-token"), "X-Forwarded-Proto": "http"},
    },
    **{
        f"the page's form: {what}": {"data": {**FORM, **fields}}
        for what, fields in {
            "no Account SID": {"secret": "fake-token"},
            "an incomplete Account SID": {"accountSid": "AC1", "secret": "fake-token"},
            "an incomplete API key": {
                "accountSid": ACCOUNT_SID,
                "apiKey": "SK1",
                "secret": "fake-secret",
            },
            "no Auth Token": {"accountSid": ACCOUNT_SID, "secret": ""},
            "no API key secret": {"accountSid": ACCOUNT_SID, "apiKey": API_KEY_SID, "secret": ""},
            "an odd Auth Token": {"accountSid": ACCOUNT_SID, "secret": "é"},
        }.items()
    },
}

# What judging raises, and the request that it is raised for.
ERRORS: dict[str, tuple[Exception, dict[str, Any]]] = {
    "Twilio refuses the player's Auth Token": (CredentialsRefusedError(20003), {"auth": PAIR}),
    "Twilio refuses the player's API key": (CredentialsRefusedError(20003), KEY),
    "Twilio refuses them without a code": (CredentialsRefusedError(), {"auth": PAIR}),
    **{
        f"Twilio refuses them with code {code}": (CredentialsRefusedError(code), KEY)
        for code in REFUSALS
    },
    "Twilio refuses the service's own": (CredentialsRefusedError(20003), {}),
    "too many submissions for an account": (RateLimitedError(47, "your account"), {}),
    "too many submissions for a network": (RateLimitedError(1, "your network"), {}),
    "too many at once": (OverloadedError(), {}),
    "no connection": (UnreachableError(), {}),
    "an unexpected response": (InvalidResponseError(), {}),
    "a media host that refuses": (MediaRefusedError(), {}),
    "a busy Twilio": (BusyError(), {}),
    "no time left": (DeadlineExceededError(), {}),
    "any other status of HTTP": (BadRequest(), {}),
    "a fault of ours": (RuntimeError(), {}),
}
