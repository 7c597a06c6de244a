"""SIDs, and how to find the intended one in pasted text.

Source: https://www.twilio.com/docs/glossary/what-is-a-sid
"""

import re
import unicodedata

LENGTH = 34

_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_SID_IN_TEXT = re.compile(rf"(?<![0-9A-Za-z]){_SID.pattern}(?![0-9A-Za-z])")
_ATTEMPT = re.compile(r"(MM|SM)\S{0,38}", re.IGNORECASE)
# MM is a message with media, SM one without.
_MESSAGES = ("MM", "SM")


def is_whole_sid(text: str) -> bool:
    """Return whether the text is a complete SID, of any resource."""
    return _SID.fullmatch(text) is not None


def read(text: str) -> str:
    """Return the SID in a pasted text, otherwise the text without invisible characters.

    White space and invisible characters are ignored anywhere. A message's SID is preferred over
    those of other resources, so that a complete JSON response or a URL can be pasted. Text
    without letters and digits is returned as `""`.
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
        # Every URL and response contains the account's SID, too.
        return next((sid for sid in others if not sid.startswith("AC")), others[0])
    return shown if any(map(str.isalnum, shown)) else ""


def message_sids(text: str) -> list[str]:
    """Return the message SIDs in a text, each once, in order."""
    return [sid for sid in dict.fromkeys(_SID_IN_TEXT.findall(text)) if sid.startswith(_MESSAGES)]


def visible(text: str) -> str:
    """Return the text without invisible characters and surrounding white space."""
    if text.isascii():
        return text.strip()
    return "".join(char for char in text if unicodedata.category(char) != "Cf").strip()


def showable(text: str) -> str:
    """Return the text if it is a SID or a mistyped one; otherwise `""`, as it may be a secret."""
    return text if is_whole_sid(text) or _ATTEMPT.fullmatch(text) else ""
