"""Hints about a submission that is not the SID of a message with media.

At most two letters or one character of the submission are quoted, since it may be a secret.
"""

import re
import unicodedata
from collections.abc import Callable

from validator.challenge import sids
from validator.challenge.formats import in_words
from validator.challenge.verdict import Reason

# SID prefixes of other resources: https://www.twilio.com/docs/glossary/what-is-a-sid
RESOURCES = {
    "AC": "a Twilio account",
    "CA": "a phone call",
    "CH": "a conversation",
    "HX": "a content template",
    "IM": "a message in a conversation",
    "ME": "one media file of a message",
    "MG": "a messaging service",
    "PN": "a phone number",
    "SK": "an API key",
    "SM": "a message without media",
}

SHAPE = (
    f"A Message SID is MM and then 32 characters, each 0\u20139 or a\u2013f: {sids.LENGTH} in all."
)
COPY = (
    "Copy the value of sid from the response that you got when you sent the message, or the "
    "Message SID from the message log in the Twilio Console."
)
MEDIA_URL = "a MediaUrl (spelled so with curl, media_url in Python, mediaUrl in JavaScript)"

_ATTEMPT = re.compile(r"(?<![0-9A-Za-z])MM[^\s\"'`,;)}\]]*", re.IGNORECASE)
_EXAMPLE = re.compile(r"MM[Xx.*#\u2026_-]+", re.IGNORECASE)
_PHONE_NUMBER = re.compile(r"(whatsapp:)?\s*\+?(\W{0,3}\d){7,15}", re.IGNORECASE | re.ASCII)
_OTHER_SID = re.compile(rf"(?<![0-9A-Za-z])({'|'.join(RESOURCES)})[0-9a-fA-F]{{16,}}")
_TOKEN = re.compile(r"[\w-]{24,}", re.ASCII)
_ERROR_RESPONSE = re.compile(r'\{.{0,500}"code"\s*:\s*(\d{5})\b', re.DOTALL | re.ASCII)
_NOT_HEX = re.compile(r"[^0-9a-fA-F]")


def for_sid(reason: Reason, text: str) -> str:
    """Return the hint for a submission that failed the SID check."""
    match reason:
        case Reason.SID_MISSING:
            return (
                "The Message SID is missing. Send your WhatsApp message with a media file, then "
                "submit the value of sid from Twilio's response: it begins with MM."
            )
        case Reason.SID_NOT_MM:
            return _other_resource(text[:2])
    return next(filter(None, (describe(text) for describe in _MISTAKES)))


def _other_resource(prefix: str) -> str:
    resource = RESOURCES.get(prefix, "something other than a message")
    named = f"A SID that begins with {prefix} belongs to {resource}."
    if prefix == "SM":
        return (
            f"{named} The SID of a message with media begins with MM: send a WhatsApp message with "
            f"{MEDIA_URL}, then submit the value of sid from Twilio's response."
        )
    return f"{named} The SID of a message with media begins with MM. {COPY}"


def _several(text: str) -> str:
    if len(sids.message_sids(text)) < 2:
        return ""
    return (
        "You submitted more than one Message SID. Submit only the one of your WhatsApp message "
        "with media."
    )


def _example(text: str) -> str:
    attempt = _ATTEMPT.search(text)
    if attempt is None or not _EXAMPLE.fullmatch(attempt[0]):
        return ""
    return (
        "That is a placeholder from an example, not the SID of your own message. Send your "
        "WhatsApp message with a media file, then submit the value of sid from Twilio's response."
    )


def _mistyped(text: str) -> str:
    """Return what is wrong with a mistyped SID that begins with MM, in either case."""
    attempt = _ATTEMPT.search(text)
    if attempt is None:
        return ""
    # White space within a SID is ignored, so it must not count.
    sid = "".join(text.split()) if attempt.start() == 0 else attempt[0]
    faults = []
    if sid[:2] != "MM":
        faults.append(f"begins with {sid[:2]} instead of MM in capitals")
    if stray := _NOT_HEX.search(sid, 2):
        faults.append(f"has {_name(stray[0])} at position {stray.end()}")
    if len(sid) != sids.LENGTH:
        faults.append(f"is {len(sid)} characters long")
    return f"{SHAPE} Yours {in_words(faults)}. {COPY}" if faults else ""


def _name(char: str) -> str:
    if not char.isprintable():
        return "an invisible character"
    seen = not unicodedata.category(char).startswith("M")
    return f"\u201c{char}\u201d" if seen and char not in "<>" else "a special character"


def _error_response(text: str) -> str:
    error = _ERROR_RESPONSE.match(text)
    if error is None:
        return ""
    return (
        "That is an error from Twilio, not a Message SID. See "
        f"https://www.twilio.com/docs/errors/{error[1]} for what to change, then send your message "
        "again and submit the value of sid from the response."
    )


def _phone_number(text: str) -> str:
    return f"That is a phone number. {SHAPE} {COPY}" if _PHONE_NUMBER.fullmatch(text) else ""


def _other_sid(text: str) -> str:
    sid = _OTHER_SID.search(text)
    return _other_resource(sid[1]) if sid else ""


def _secret(text: str) -> str:
    if not _TOKEN.fullmatch(text):
        return ""
    return (
        "That does not begin with MM, so it is not a Message SID. If it is your Auth Token or "
        "another secret, delete it where you pasted it: this service has not stored it, but if you "
        f"do not trust that, make a new one in the Twilio Console. {COPY}"
    )


def _nothing(_: str) -> str:
    return f"There is no Message SID in what you submitted. {SHAPE} {COPY}"


_MISTAKES: tuple[Callable[[str], str], ...] = (
    _several,
    _example,
    _mistyped,
    _error_response,
    _phone_number,
    _other_sid,
    _secret,
    _nothing,
)
