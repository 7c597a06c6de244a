"""SIDs, and how to find the one that is meant in what people paste.

Source: https://www.twilio.com/docs/glossary/what-is-a-sid
"""

import re
import unicodedata

LENGTH = 34

_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_SID_IN_TEXT = re.compile(rf"(?<![0-9A-Za-z]){_SID.pattern}(?![0-9A-Za-z])")
_ATTEMPT = re.compile(r"(MM|SM)\S{0,38}", re.IGNORECASE)
# Twilio calls a message with media MM and any other SM.
_MESSAGES = ("MM", "SM")


def is_whole_sid(text: str) -> bool:
    """Return whether the text is the SID of anything at Twilio."""
    return _SID.fullmatch(text) is not None


def read(text: str) -> str:
    """Return the SID in a pasted text; without one, the text as far as it is visible.

    White space and invisible characters are ignored anywhere. A message's SID counts before those
    of other resources, so that a whole JSON response or a URL can be pasted. `""` is returned for
    a text without letters and digits.
    """
    shown = visible(text)
    joined = "".join(shown.split())
    if is_whole_sid(joined):
        return joined
    messages = message_sids(shown)
    if len(messages) == 1:
        return messages[0]
    others: list[str] = _SID_IN_TEXT.findall(shown)
    if others and not messages:
        # The account's SID comes along in every URL and every response.
        return next((sid for sid in others if not sid.startswith("AC")), others[0])
    return shown if any(map(str.isalnum, shown)) else ""


def message_sids(text: str) -> list[str]:
    """Return the different SIDs of messages in a text."""
    return [sid for sid in dict.fromkeys(_SID_IN_TEXT.findall(text)) if sid.startswith(_MESSAGES)]


def visible(text: str) -> str:
    """Return the text without invisible characters, nor white space around it."""
    if text.isascii():
        return text.strip()
    return "".join(char for char in text if unicodedata.category(char) != "Cf").strip()


def showable(text: str) -> str:
    """Return the text if it is a SID or a mistyped one, else `""`: it may be a secret."""
    return text if is_whole_sid(text) or _ATTEMPT.fullmatch(text) else ""
