"""The names of the allowed formats."""

import pytest

from validator.challenge.formats import (
    Format,
    allowed_formats,
    format_of_type,
    in_words,
    media_type,
    usual_type,
)


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("image/png", "image/png"),
        ("IMAGE/PNG; charset=binary", "image/png"),
        (" audio/ogg ;codecs=opus", "audio/ogg"),
        ("", ""),
        (";", ""),
        (None, ""),
    ],
)
def test_a_media_type_is_lower_case_without_parameters(
    content_type: str | None, expected: str
) -> None:
    assert media_type(content_type) == expected


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("image/jpeg", Format.JPEG),
        ("image/jpg", Format.JPEG),
        ("image/apng", Format.PNG),
        ("Audio/MPEG", Format.MP3),
        ("audio/x-mpg", Format.MP3),
        ("audio/ogg; codecs=opus", Format.OGG),
        ("audio/x-flac+ogg", Format.OGG),
        ("application/ogg", Format.OGG),
        ("audio/AMR", Format.AMR),
        ("application/x-pdf", Format.PDF),
        ("image/gif", None),
        ("audio/amr-wb", None),
        ("video/ogg", None),
        ("application/octet-stream", None),
        ("jpeg", None),
        ("", None),
        (None, None),
    ],
)
def test_a_content_type_names_an_allowed_format_or_none(
    content_type: str | None, expected: Format | None
) -> None:
    assert format_of_type(content_type) is expected


@pytest.mark.parametrize("allowed", Format)
def test_the_usual_type_of_a_format_names_it(allowed: Format) -> None:
    assert format_of_type(usual_type(allowed)) is allowed


def test_every_allowed_format_is_named_in_words() -> None:
    assert allowed_formats() == "JPG and PNG images; MP3, OGG and AMR audio; PDF documents"
    assert all(allowed.label in allowed_formats() for allowed in Format)


@pytest.mark.parametrize(
    ("names", "sentence"), [("a", "a"), ("ab", "a and b"), ("abc", "a, b and c")]
)
def test_a_list_is_written_as_in_a_sentence(names: str, sentence: str) -> None:
    assert in_words(list(names)) == sentence
