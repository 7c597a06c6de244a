"""Words of others, made fit to be shown to a player: plain, short, and giving nothing away."""

import re

LONGEST_NAME = 100
LONGEST_SENTENCE = 200
# No more of a text is looked at than can be shown, so that a long one costs nothing.
LONGEST_TEXT = 4 * LONGEST_SENTENCE

NAME = re.compile(r"[a-z][a-z0-9_.+-]*(/[a-z0-9_.+-]+)?")
MARKUP = re.compile(r"<[^<>]*>|[<>]")
# A token, a key or a SID; or a phone number, however it is written.
SECRET = re.compile(r"[^\W_]{24,}|\+?\d(?:[\s().\-\u2010-\u2015/\u200b]{0,3}\d){6,}")


def plain_name(text: str) -> str | None:
    """The text, if it can be shown as the name of a status or of a content type."""
    if len(text) > LONGEST_NAME or not NAME.fullmatch(text) or SECRET.search(text):
        return None
    return text


def plain_sentence(text: str | None) -> str:
    """What of the text can be shown, as one sentence; nothing if nothing can."""
    visible = "".join(c if c.isprintable() else " " for c in (text or "")[:LONGEST_TEXT])
    words = SECRET.sub("\u2026", MARKUP.sub(" ", visible)).split()
    sentence = " ".join(words)[:LONGEST_SENTENCE].strip(" .\u2026")
    return sentence if not sentence or sentence[-1] in "!?" else f"{sentence}."
