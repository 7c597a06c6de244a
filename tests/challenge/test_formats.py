"""The names of the allowed formats."""

import pytest

from validator.challenge.formats import Format, allowed_formats, format_of_type, usual_type


@pytest.mark.parametrize(
    ("expected", "content_types"),
    [
        (Format.JPEG, ["image/jpeg", "image/jpg"]),
        (Format.PNG, ["image/png", "image/apng"]),
        (Format.MP3, ["audio/mpeg", "Audio/MPEG", "audio/x-mpg"]),
        (
            Format.OGG,
            ["audio/ogg", "audio/ogg; codecs=opus", "audio/x-flac+ogg", "application/ogg"],
        ),
        (Format.AMR, ["audio/amr", " AUDIO/AMR ;a=b"]),
        (Format.PDF, ["application/pdf", "application/x-pdf"]),
        (None, ["image/gif", "audio/amr-wb", "video/ogg", "application/octet-stream"]),
        (None, ["jpeg", "", None]),
    ],
)
def test_a_content_type_names_an_allowed_format_or_none(
    expected: Format | None, content_types: list[str | None]
) -> None:
    for content_type in content_types:
        assert (content_type, format_of_type(content_type)) == (content_type, expected)
    assert expected is None or usual_type(expected) == content_types[0]


def test_every_allowed_format_is_named_in_words() -> None:
    assert allowed_formats() == "JPG and PNG images; MP3, OGG and AMR audio; PDF documents"
    assert all(allowed.label in allowed_formats() for allowed in Format)
