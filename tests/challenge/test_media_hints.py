"""Hints about media files: which one, what was detected, and what to do next."""

import re

import pytest

from tests.support.fakes import an_item
from validator.challenge.checks import check_item, check_media, first_reason
from validator.challenge.facts import MediaItem
from validator.challenge.formats import Format, allowed_formats
from validator.challenge.media_hints import (
    SEND_ALLOWED,
    SEND_FROM_ELSEWHERE,
    SEND_NEW,
    for_fail,
    for_pass,
)
from validator.challenge.other_formats import OtherFormat

GIF = an_item(content_type="image/gif", format=None, detected=OtherFormat.GIF)
GOOD, GONE = an_item(), an_item(available=False)
NOT_ALLOWED = "this kind of file is not allowed here."
WHATSAPP_ONLY = "WhatsApp accepts this kind of file, but this challenge does not."
UNTYPED = "as application/octet-stream, which says nothing about its format"
NO_LOOKS = "and it does not look like an allowed file."


def hint_for(*media: MediaItem) -> str:
    checked = check_media(media)
    assert first_reason(checked) is not None
    return for_fail(checked)


def of_item(content_type: str | None, detected: OtherFormat | None = None) -> str:
    return hint_for(an_item(content_type=content_type, format=None, detected=detected))


@pytest.mark.parametrize(
    ("content_type", "detected", "seen"),
    [
        ("image/gif", OtherFormat.GIF, f"a GIF (image/gif): {NOT_ALLOWED}"),
        ("text/html", OtherFormat.GIF, f"a GIF (text/html): {NOT_ALLOWED}"),
        ("IMAGE/BMP; a=b", OtherFormat.BMP, f"a BMP image (image/bmp): {NOT_ALLOWED}"),
        ("video/mp4", OtherFormat.MP4, f"an MP4 file (video/mp4): {WHATSAPP_ONLY}"),
        ("text/vcard", OtherFormat.VCARD, f"a vCard contact (text/vcard): {WHATSAPP_ONLY}"),
        ("video/x-new", None, "sent as video/x-new, which is not allowed here."),
    ],
)
def test_format_not_allowed_hint_names_the_detected_format(
    content_type: str | None, detected: OtherFormat | None, seen: str
) -> None:
    assert of_item(content_type, detected) == f"Your file is {seen} {SEND_ALLOWED}"


@pytest.mark.parametrize(
    ("content_type", "detected", "seen"),
    [
        (None, OtherFormat.GIF, f"a GIF (no Content-Type): {NOT_ALLOWED}"),
        ("binary/octet-stream", OtherFormat.GIF, f"a GIF (binary/octet-stream): {NOT_ALLOWED}"),
        ("application/octet-stream", None, f"sent as application/octet-stream, {NO_LOOKS}"),
        (None, None, f"sent without a Content-Type, {NO_LOOKS}"),
        (" ;charset=x", None, f"sent without a Content-Type, {NO_LOOKS}"),
        ("<b>", None, f"sent with an unreadable Content-Type, {NO_LOOKS}"),
    ],
)
def test_hint_about_a_server_that_says_no_content_type_says_to_use_another(
    content_type: str | None, detected: OtherFormat | None, seen: str
) -> None:
    """An allowed file on the same server would fail as well."""
    assert of_item(content_type, detected) == f"Your file is {seen} {SEND_FROM_ELSEWHERE}"


PAGE = "The MediaUrl of your file leads to a web page instead of a file"
ERROR = "perhaps an error message of its server. Open MediaUrl in a private (Incognito) window"


@pytest.mark.parametrize(
    ("content_type", "detected", "words"),
    [
        ("image/png", OtherFormat.GIF, "is sent as image/png, but inside it is a GIF. Export it"),
        ("image/jpg", OtherFormat.HEIC, "inside it is a HEIC photo. Export it again as JPG or"),
        ("audio/AMR", OtherFormat.AMR_WB, "as audio/amr, but inside it is an AMR-WB recording."),
        ("application/pdf", OtherFormat.WORD, "inside it is a Word document. Export it again as"),
        ("image/jpeg", OtherFormat.MP4, "it is really an MP4 file, under a wrong name or type."),
        ("image/png", OtherFormat.DAMAGED_MP3, "it is really a damaged or incomplete MP3, under"),
        ("audio/mpeg", OtherFormat.GIF, "under a wrong name or type. Send a new message with a "),
        ("audio/ogg", OtherFormat.OGG_WITH_PICTURE, "Save the sound alone as OGG, without a cover"),
        ("image/png", OtherFormat.DAMAGED_PNG, "If it opens on your computer, export it again as"),
        ("image/png", None, "but its content is not valid PNG: it may be damaged, or another kind"),
        ("image/png", OtherFormat.EMPTY, "Your file is empty. Upload it again"),
        ("text/html; charset=utf-8", OtherFormat.HTML, PAGE),
        ("text/html", None, PAGE),
        ("application/xhtml+xml", OtherFormat.XML, PAGE),
        ("image/png", OtherFormat.HTML, PAGE),
        (None, OtherFormat.HTML, PAGE),
        ("image/png", OtherFormat.XML, f"is an XML document, sent as image/png: {ERROR}"),
        ("text/plain", OtherFormat.JSON, f"is a JSON document, sent as text/plain: {ERROR}"),
        (None, OtherFormat.TEXT, f"is plain text, sent without a Content-Type: {ERROR}"),
    ],
)
def test_wrong_content_hint_says_what_it_is_and_to_send_a_new_message(
    content_type: str | None, detected: OtherFormat | None, words: str
) -> None:
    hint = of_item(content_type, detected)

    assert words in hint
    assert re.search(r"[Ss]end a new message\b.* and submit its SID\b", hint)


@pytest.mark.parametrize(
    ("content_type", "found", "valid", "sent", "usual_type"),
    [
        ("image/gif", Format.JPEG, "JPG", "as image/gif", "image/jpeg"),
        (None, Format.AMR, "AMR", "without a Content-Type", "audio/amr"),
        ("application/octet-stream", Format.PDF, "PDF", UNTYPED, "application/pdf"),
    ],
)
def test_wrong_content_type_hint_names_the_right_one(
    content_type: str | None, found: Format, valid: str, sent: str, usual_type: str
) -> None:
    assert hint_for(an_item(content_type=content_type, format=found)) == (
        f"Your file is a valid {valid}, but its server sends it {sent}. Twilio and WhatsApp rely "
        "on the Content-Type: upload the file to another file host, one that sends it as "
        f"{usual_type}, or use https://demo.twilio.com/owl.png as MediaUrl, then {SEND_NEW}."
    )


@pytest.mark.parametrize(
    ("media", "which", "others"),
    [
        ([], "Your message has no media file.", f"Allowed formats: {allowed_formats()}."),
        ([GIF, GOOD], "Your 1st file of 2 is a GIF", "The other file is fine."),
        ([GOOD] * 9 + [GIF], "Your 10th file of 10 is a GIF", "The other files are fine."),
        ([GIF, GIF], "Your 1st file of 2 is a GIF", "The 2nd fails too."),
        ([GIF, GIF, GIF], "Your 1st file of 3 is a GIF", "The 2nd and 3rd fail too."),
        ([GOOD, GIF, GOOD, GIF], "Your 2nd file", "The 4th fails too; the others are fine."),
        ([GIF, GOOD, GIF, GIF], "Your 1st", "The 3rd and 4th fail too; the others are fine."),
        (
            [GOOD, GONE, GIF],
            "Twilio no longer has your 2nd file of 3:",
            "The 3rd fails too; the others are fine.",
        ),
    ],
)
def test_the_hint_is_about_the_first_failed_file_and_says_how_the_others_are(
    media: list[MediaItem], which: str, others: str
) -> None:
    hint = hint_for(*media)

    assert hint.startswith(which)
    assert hint.endswith(f" {others}")


@pytest.mark.parametrize(
    ("formats", "files"),
    [
        ([Format.JPEG], "a valid JPG file"),
        ([Format.PNG, Format.PNG], "2 valid PNG files"),
        (
            [Format.MP3, Format.PNG, Format.MP3, Format.OGG],
            "2 valid MP3 files, a valid PNG file and a valid OGG file",
        ),
    ],
)
def test_a_pass_names_the_files_that_were_found(formats: list[Format], files: str) -> None:
    hint = for_pass(check_media([an_item(format=found) for found in formats]))

    assert hint == f"Well done! Your WhatsApp message was sent with {files}."


@pytest.mark.parametrize("content_type", ["audio/opus", "audio/x-opus+ogg"])
def test_audio_opus_passes_with_advice_on_the_content_type(content_type: str) -> None:
    item = an_item(content_type=content_type, format=Format.OGG)

    assert check_item(item) is None
    assert " file. Next time, serve Opus as audio/ogg: " in for_pass(check_media([item]))
