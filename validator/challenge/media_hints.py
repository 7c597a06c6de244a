"""Hints about the media files of a message: what was detected, and what to do next.

Plain text in the second person. Text from media hosts is only quoted after sanitizing.
"""

from collections import Counter
from collections.abc import Sequence

from validator.challenge.delivery_errors import PRIVATE_WINDOW, SAMPLE_FILE
from validator.challenge.facts import MediaItem
from validator.challenge.formats import (
    Format,
    allowed_formats,
    format_of_type,
    in_words,
    media_type,
    usual_type,
)
from validator.challenge.other_formats import DAMAGED, PAGES, WHATSAPP_FORMATS, OtherFormat
from validator.challenge.sanitize import plain_name
from validator.challenge.sid_hints import MEDIA_URL
from validator.challenge.verdict import CheckedItem

SEND_NEW = "send a new message and submit its SID"
SEND_ALLOWED = f"Send a new message with an allowed file ({allowed_formats()}) and submit its SID."
SEND_FROM_ELSEWHERE = (
    f"Upload an allowed file ({allowed_formats()}) to another server, because this one does not "
    f"say what kind of file it sends, then {SEND_NEW}."
)
NO_MEDIA = (
    f"Your message has no media file. Send a new message with {MEDIA_URL} and submit its SID. "
    f"Allowed formats: {allowed_formats()}."
)

_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_GENERIC_TYPES = frozenset({"application/octet-stream", "binary/octet-stream"})
_ORDINALS = {0: "st", 1: "nd", 2: "rd"}
_OPUS_TYPES = frozenset({"audio/opus", "audio/x-opus+ogg"})


def for_fail(media: Sequence[CheckedItem]) -> str:
    """Return the hint for a message whose media fails: its first failed file, then the others."""
    failed = [index for index, each in enumerate(media) if each.reason]
    if not failed:
        return NO_MEDIA
    first, *others = failed
    file = "file" if len(media) == 1 else f"{_ordinal(first)} file of {len(media)}"
    return " ".join((_for_item(file, media[first].item), *_of_others(others, len(media))))


def for_pass(media: Sequence[CheckedItem]) -> str:
    """Return the sentence for a message that passes."""
    items = [each.item for each in media]
    formats = Counter(item.format.label for item in items if item.format)
    files = [
        f"a valid {label} file" if count == 1 else f"{count} valid {label} files"
        for label, count in formats.items()
    ]
    praise = f"Well done! Your WhatsApp message was sent with {in_words(files)}."
    if any(media_type(item.content_type) in _OPUS_TYPES for item in items):
        return f"{praise} Next time, serve Opus as audio/ogg: WhatsApp may refuse audio/opus."
    return praise


def _for_item(file: str, item: MediaItem) -> str:
    """Return one or two sentences about a file that failed."""
    if not item.available:
        return (
            f"Twilio no longer has your {file}: it may have been deleted. Send a new message, and "
            "submit its SID before you delete the message or its media at Twilio."
        )
    if item.format is not None:
        return _for_wrong_type(file, item, item.format)
    if _is_page(item):
        return (
            f"The MediaUrl of your {file} leads to a web page instead of a file, as share links of "
            "Google Drive and Dropbox often do. Find a URL that shows the file alone in "
            f"{PRIVATE_WINDOW} (for a picture, right-click it and choose \u201cCopy image "
            f"address\u201d), then {SEND_NEW}."
        )
    if item.detected in PAGES:
        return _for_text(file, item, item.detected)
    if item.detected is OtherFormat.EMPTY:
        return (
            f"Your {file} is empty. Upload it again and open its MediaUrl in {PRIVATE_WINDOW} to "
            f"see that it works, then {SEND_NEW}."
        )
    declared = format_of_type(item.content_type)
    if declared is None:
        send = SEND_FROM_ELSEWHERE if _untyped(item) else SEND_ALLOWED
        return f"{_not_allowed(file, item)} {send}"
    return _for_wrong_content(file, item, declared)


def _for_text(file: str, item: MediaItem, detected: OtherFormat) -> str:
    """Text or data where a file should be."""
    return (
        f"Your {file} is {detected.phrase}, sent {_served_as(item)}: perhaps an error message of "
        f"its server. Open MediaUrl in {PRIVATE_WINDOW}, find a URL that shows an allowed file "
        f"alone ({allowed_formats()}), then {SEND_NEW}."
    )


def _for_wrong_type(file: str, item: MediaItem, detected: Format) -> str:
    """Return the hint for a valid file with a Content-Type that is not allowed."""
    served_as = _served_as(item)
    if media_type(item.content_type) in _GENERIC_TYPES:
        served_as += ", which says nothing about its format"
    return (
        f"Your {file} is a valid {detected.label}, but its server sends it {served_as}. Twilio "
        "and WhatsApp rely on the Content-Type: upload the file to another file host, one that "
        f"sends it as {usual_type(detected)}, or use {SAMPLE_FILE} as MediaUrl, then {SEND_NEW}."
    )


def _not_allowed(file: str, item: MediaItem) -> str:
    if item.detected is None:
        looks = "and it does not look like an allowed file"
        what = looks if _untyped(item) else "which is not allowed here"
        return f"Your {file} is sent {_served_as(item)}, {what}."
    seen = f"Your {file} is {item.detected.phrase} ({_type_in_brackets(item)})"
    if item.detected in WHATSAPP_FORMATS:
        return f"{seen}: WhatsApp accepts this kind of file, but this challenge does not."
    return f"{seen}: this kind of file is not allowed here."


def _for_wrong_content(file: str, item: MediaItem, declared: Format) -> str:
    """Return the hint for a file of another format, or a damaged one, with an allowed type."""
    sent = f"Your {file} is sent {_served_as(item)}, but "
    export = f"Export it again as {declared.label} or choose another file, then {SEND_NEW}"
    if item.detected is OtherFormat.OGG_WITH_PICTURE:
        return (
            f"{sent}inside it is {item.detected.phrase}. Save the sound alone as "
            f"{Format.OGG.label}, without a cover picture or video, upload it so that it is sent "
            f"as {usual_type(Format.OGG)}, then {SEND_NEW}."
        )
    if item.detected is None:
        return (
            f"{sent}its content is not valid {declared.label}: it may be damaged, or another kind "
            f"of file. {export}."
        )
    if item.detected.exported_as != usual_type(declared).partition("/")[0]:
        return (
            f"{sent}it is really {item.detected.phrase}, under a wrong name or type. Send a new "
            f"message with a real {declared.label}, or with another allowed file "
            f"({allowed_formats()}), and submit its SID."
        )
    if item.detected in DAMAGED:
        return (
            f"{sent}it is {item.detected.phrase}. If it opens on your computer, export it again as "
            f"{declared.label}, else choose another file; then {SEND_NEW}."
        )
    return f"{sent}inside it is {item.detected.phrase}. {export}: renaming it is not enough."


def _is_page(item: MediaItem) -> bool:
    if item.detected is OtherFormat.HTML:
        return True
    return item.detected in (None, *PAGES) and media_type(item.content_type) in _PAGE_TYPES


def _served_as(item: MediaItem) -> str:
    name = media_type(item.content_type)
    if not name:
        return "without a Content-Type"
    return f"as {plain_name(name)}" if plain_name(name) else "with an unreadable Content-Type"


def _untyped(item: MediaItem) -> bool:
    """Return whether the server of a file does not say what kind of file it is."""
    name = media_type(item.content_type)
    return not plain_name(name) or name in _GENERIC_TYPES


def _type_in_brackets(item: MediaItem) -> str:
    return _served_as(item).removeprefix("as ") if item.content_type else "no Content-Type"


def _of_others(failed: Sequence[int], count: int) -> list[str]:
    """Return a sentence about the files after the first failed one, of `count` in all."""
    others = count - 1
    if not failed:
        fine = "The other file is fine." if others == 1 else "The other files are fine."
        return [fine] if others else []
    named = in_words([_ordinal(index) for index in failed])
    verb = "fails too" if len(failed) == 1 else "fail too"
    return [f"The {named} {verb}{'; the others are fine' if len(failed) < others else ''}."]


def _ordinal(index: int) -> str:
    """Return "1st" for 0, and so on; a message has at most ten files."""
    return f"{index + 1}{_ORDINALS.get(index, 'th')}"
