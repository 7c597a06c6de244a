"""Sanitize text from Twilio and media hosts: no markup, no secrets, limited length."""

import re

LONGEST_NAME = 100
LONGEST_SENTENCE = 200
# The rest of a longer text is ignored, to limit the time.
LONGEST_TEXT = 4 * LONGEST_SENTENCE

NAME = re.compile(r"[a-z][a-z0-9_.+-]*(/[a-z0-9_.+-]+)?")
MARKUP = re.compile(r"<[^<>]*>|[<>]")
# A token, a key or a SID; or a phone number, in any notation.
SECRET = re.compile(r"[^\W_]{24,}|\+?\d(?:[\s().\-\u2010-\u2015/\u200b]{0,3}\d){6,}")


def plain_name(text: str) -> str | None:
    """Return the text if it is safe as the name of a status or media type, otherwise None."""
    if len(text) > LONGEST_NAME or not NAME.fullmatch(text) or SECRET.search(text):
        return None
    return text


def plain_sentence(text: str | None) -> str:
    """Return the text as one safe sentence, with secrets replaced; `""` if nothing is left."""
    visible = "".join(c if c.isprintable() else " " for c in (text or "")[:LONGEST_TEXT])
    words = SECRET.sub("\u2026", MARKUP.sub(" ", visible)).split()
    sentence = " ".join(words)[:LONGEST_SENTENCE].strip(" .\u2026")
    return sentence if not sentence or sentence[-1] in "!?" else f"{sentence}."
