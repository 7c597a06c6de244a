"""Hints about media files: which one, what was detected, and what to do next."""

import pytest

from tests.challenge.test_message_hints import HOSTILE_WORDS, is_plain, sentences
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
GOOD = an_item()


def hint_for(*media: MediaItem) -> str:
    checked = check_media(media)
    assert first_reason(checked) is not None
    return for_fail(checked)


def of_item(content_type: str | None, detected: OtherFormat | None = None) -> str:
    return hint_for(an_item(content_type=content_type, format=None, detected=detected))


def of_good_item(content_type: str | None, found: Format) -> str:
    return hint_for(an_item(content_type=content_type, format=found))


def test_no_media_hint_says_to_send_a_media_url() -> None:
    assert hint_for() == (
        "Your message has no media file. Send a new message with a MediaUrl (spelled so with curl, "
        "media_url in Python, mediaUrl in JavaScript) and submit its SID. "
        f"Allowed formats: {allowed_formats()}."
    )


@pytest.mark.parametrize(
    ("content_type", "detected", "hint"),
    [
        ("image/gif", OtherFormat.GIF, "is a GIF (image/gif): this kind of file is not allowed"),
        ("IMAGE/BMP; a=b", OtherFormat.BMP, "Your file is a BMP image (image/bmp): this kind"),
        ("video/x-unknown", None, "sent as video/x-unknown, which is not allowed here."),
    ],
)
def test_format_not_allowed_hint_names_the_detected_format(
    content_type: str | None, detected: OtherFormat | None, hint: str
) -> None:
    text = of_item(content_type, detected)

    assert hint in text
    assert text.endswith(SEND_ALLOWED)


@pytest.mark.parametrize(
    ("content_type", "detected", "hint"),
    [
        ("application/octet-stream", OtherFormat.HEIC, "a HEIC photo (application/octet-stream): "),
        (None, OtherFormat.GIF, "Your file is a GIF (no Content-Type): this kind of file is not"),
        (None, None, "is sent without a Content-Type, and it does not look like an allowed file."),
        (" ;charset=x", None, "Your file is sent without a Content-Type, and it does not look"),
        ("<b>", None, "Your file is sent with an unreadable Content-Type, and it does not look"),
    ],
)
def test_a_server_that_says_no_content_type_is_told_to_be_left(
    content_type: str | None, detected: OtherFormat | None, hint: str
) -> None:
    """An allowed file on the same server would fail as well."""
    told = of_item(content_type, detected)

    assert hint in told
    assert told.endswith(SEND_FROM_ELSEWHERE)


@pytest.mark.parametrize(
    ("content_type", "detected", "named"),
    [
        ("video/mp4", OtherFormat.MP4, "an MP4 file (video/mp4)"),
        ("image/webp", OtherFormat.WEBP, "a WEBP image (image/webp)"),
        ("text/vcard", OtherFormat.VCARD, "a vCard contact (text/vcard)"),
        ("audio/aac", OtherFormat.AAC, "an AAC recording (audio/aac)"),
    ],
)
def test_format_not_allowed_hint_says_that_whatsapp_accepts_the_file(
    content_type: str, detected: OtherFormat, named: str
) -> None:
    assert of_item(content_type, detected) == (
        f"Your file is {named}: WhatsApp accepts this kind of file, but this challenge does not. "
        f"{SEND_ALLOWED}"
    )


@pytest.mark.parametrize(
    ("content_type", "detected", "wanted", "seen"),
    [
        ("image/png", OtherFormat.GIF, "PNG", "a GIF"),
        ("image/jpg", OtherFormat.HEIC, "JPG", "a HEIC photo"),
        ("audio/mpeg", OtherFormat.WAV, "MP3", "a WAV recording"),
        ("audio/ogg", OtherFormat.WEBM, "OGG", "a WEBM file"),
        ("audio/AMR", OtherFormat.AMR_WB, "AMR", "an AMR-WB recording"),
        ("application/pdf", OtherFormat.WORD, "PDF", "a Word document"),
    ],
)
def test_content_mismatch_hint_names_the_detected_format(
    content_type: str, detected: OtherFormat, wanted: str, seen: str
) -> None:
    assert of_item(content_type, detected) == (
        f"Your file is sent as {content_type.lower()}, but inside it is {seen}. Export it again as "
        f"{wanted} or choose another file, then {SEND_NEW}: renaming it is not enough."
    )


@pytest.mark.parametrize(
    ("content_type", "detected", "wanted"),
    [
        ("image/png", OtherFormat.WAV, "PNG"),
        ("image/jpeg", OtherFormat.MP4, "JPG"),
        ("image/png", OtherFormat.DAMAGED_MP3, "PNG"),
        ("audio/mpeg", OtherFormat.GIF, "MP3"),
        ("audio/ogg", OtherFormat.OGG_VIDEO, "OGG"),
        ("application/pdf", OtherFormat.ZIP, "PDF"),
    ],
)
def test_a_file_that_cannot_be_exported_as_its_content_type_is_not_told_to_be(
    content_type: str, detected: OtherFormat, wanted: str
) -> None:
    assert of_item(content_type, detected) == (
        f"Your file is sent as {content_type}, but it is really {detected.phrase}, under a wrong "
        f"name or type. Send a new message with a real {wanted}, or with another allowed file "
        f"({allowed_formats()}), and submit its SID."
    )


def test_ogg_with_cover_picture_hint_says_to_export_the_sound_alone() -> None:
    assert of_item("audio/ogg", OtherFormat.OGG_WITH_PICTURE).endswith(
        "an Ogg file with a picture or video in it. Save the sound alone as OGG, without a cover "
        f"picture or video, upload it so that it is sent as audio/ogg, then {SEND_NEW}."
    )


def test_damaged_file_hint_does_not_mention_renaming() -> None:
    assert of_item("image/png", OtherFormat.DAMAGED_PNG) == (
        "Your file is sent as image/png, but it is a damaged or incomplete PNG. If it opens on "
        "your computer, export it again as PNG, else choose another file; then "
        f"{SEND_NEW}."
    )


def test_unknown_content_hint_names_no_format() -> None:
    assert of_item("image/png") == (
        "Your file is sent as image/png, but its content is not valid PNG: it may be damaged, or "
        "another kind of file. Export it again as PNG or choose another file, then "
        f"{SEND_NEW}."
    )


def test_empty_file_hint() -> None:
    assert "Your file is empty." in of_item("image/png", OtherFormat.EMPTY)


@pytest.mark.parametrize(
    ("content_type", "detected"),
    [
        ("text/html; charset=utf-8", OtherFormat.HTML),
        ("text/html", None),
        ("application/xhtml+xml", OtherFormat.XML),
        ("image/png", OtherFormat.HTML),
        (None, OtherFormat.HTML),
    ],
)
def test_web_page_hint_says_to_use_a_private_window(
    content_type: str | None, detected: OtherFormat | None
) -> None:
    assert of_item(content_type, detected) == (
        "The MediaUrl of your file leads to a web page instead of a file, as share links of Google "
        "Drive and Dropbox often do. Find a URL that shows the file alone in a private (Incognito) "
        "window (for a picture, right-click it and choose \u201cCopy image address\u201d), then "
        f"{SEND_NEW}."
    )


@pytest.mark.parametrize("content_type", ["image/png", "application/pdf", "text/plain", None])
@pytest.mark.parametrize("detected", [OtherFormat.XML, OtherFormat.JSON, OtherFormat.TEXT])
def test_error_message_instead_of_a_file_hint(
    content_type: str | None, detected: OtherFormat
) -> None:
    hint = of_item(content_type, detected)

    assert hint.startswith(f"Your file is {detected.phrase}, sent ")
    assert "perhaps an error message of its server. Open MediaUrl in a private (Incogn" in hint


def test_an_image_served_as_text_html_is_not_a_web_page() -> None:
    assert "is a GIF (text/html)" in of_item("text/html", OtherFormat.GIF)


@pytest.mark.parametrize(
    ("found", "usual_type"),
    [
        (Format.JPEG, "image/jpeg"),
        (Format.PNG, "image/png"),
        (Format.MP3, "audio/mpeg"),
        (Format.OGG, "audio/ogg"),
        (Format.AMR, "audio/amr"),
        (Format.PDF, "application/pdf"),
    ],
)
def test_wrong_content_type_hint_names_the_right_one(found: Format, usual_type: str) -> None:
    assert of_good_item("application/octet-stream", found) == (
        f"Your file is a valid {found.label}, but its server sends it as application/octet-stream, "
        "which says nothing about its format. Twilio and WhatsApp rely on the Content-Type: upload "
        f"the file to another file host, one that sends it as {usual_type}, or use "
        f"https://demo.twilio.com/owl.png as MediaUrl, then {SEND_NEW}."
    )
    assert "server sends it as image/gif. Twilio" in of_good_item("image/gif", found)
    assert "server sends it without a Content-Type. Twilio" in of_good_item(None, found)


def test_media_unavailable_hint() -> None:
    assert hint_for(MediaItem("ME", available=False)).startswith("Twilio no longer has your file:")


@pytest.mark.parametrize(
    ("media", "which", "others"),
    [
        ([GIF, GOOD], "Your 1st file of 2 is a GIF", "The other file is fine."),
        ([GOOD] * 9 + [GIF], "Your 10th file of 10 is a GIF", "The other files are fine."),
        ([GIF, GIF], "Your 1st file of 2 is a GIF", "The 2nd fails too."),
        ([GIF, GIF, GIF], "Your 1st file of 3 is a GIF", "The 2nd and 3rd fail too."),
        ([GOOD, GIF, GOOD, GIF], "Your 2nd file", "The 4th fails too; the others are fine."),
        ([GIF, GOOD, GIF, GIF], "Your 1st", "The 3rd and 4th fail too; the others are fine."),
    ],
)
def test_the_hint_says_which_of_several_files_failed(
    media: list[MediaItem], which: str, others: str
) -> None:
    hint = hint_for(*media)

    assert hint.startswith(which)
    assert hint.endswith(f" {others}")


def test_the_hint_is_about_the_file_that_determined_the_reason() -> None:
    gone = an_item(available=False)

    assert hint_for(GOOD, gone, GIF).startswith("Twilio no longer has your 2nd file of 3:")


@pytest.mark.parametrize("detected", [None, *OtherFormat])
@pytest.mark.parametrize("content_type", [None, "image/png", "image/gif", "text/html"])
def test_every_hint_is_one_to_three_plain_sentences(
    content_type: str | None, detected: OtherFormat | None
) -> None:
    item = an_item(content_type=content_type, format=None, detected=detected)
    hint = hint_for(item, GOOD, GOOD)

    assert is_plain(hint)
    assert 1 <= len(sentences(hint)) <= 3


@pytest.mark.parametrize("found", [None, Format.PDF])
@pytest.mark.parametrize("words", HOSTILE_WORDS)
def test_a_hostile_content_type_is_sanitized(words: str, found: Format | None) -> None:
    for content_type in (words, f"image/{words}", f"{words}/gif", f"image/gif;{words}"):
        item = an_item(content_type=content_type, format=found)

        assert is_plain(hint_for(item))


@pytest.mark.parametrize(
    ("formats", "files"),
    [
        ([Format.PNG], "a valid PNG file"),
        ([Format.JPEG], "a valid JPG file"),
        ([Format.PNG, Format.PNG], "2 valid PNG files"),
        ([Format.PNG, Format.PDF], "a valid PNG file and a valid PDF file"),
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
