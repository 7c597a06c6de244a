"""The media formats that the challenge allows, and the content types that name them."""

from collections.abc import Sequence
from enum import StrEnum


class Format(StrEnum):
    """A media format that the challenge allows."""

    JPEG = "JPEG"
    PNG = "PNG"
    MP3 = "MP3"
    OGG = "OGG"
    AMR = "AMR"
    PDF = "PDF"

    @property
    def label(self) -> str:
        """What people call the format: "JPG" for JPEG."""
        return "JPG" if self is Format.JPEG else self.value


# The standard media type of each first, then others that servers send.
_MEDIA_TYPES = {
    Format.JPEG: "image/jpeg image/jpg image/pjpeg",
    Format.PNG: "image/png image/apng image/x-png",
    Format.MP3: """
        audio/mpeg audio/mp3 audio/mpeg3 audio/x-mp3 audio/x-mpeg audio/x-mpeg-3 audio/x-mpg""",
    Format.OGG: """
        audio/ogg application/ogg audio/opus audio/vorbis audio/speex audio/x-ogg application/x-ogg
        audio/x-vorbis+ogg audio/x-opus+ogg audio/x-speex+ogg audio/x-flac+ogg""",
    Format.AMR: "audio/amr audio/amr-nb",
    Format.PDF: "application/pdf application/x-pdf",
}
_KINDS = {"image": "images", "audio": "audio", "application": "documents"}
_FORMAT_OF_TYPE = {name: known for known, names in _MEDIA_TYPES.items() for name in names.split()}


def media_type(content_type: str | None) -> str:
    """Return the lower-case type/subtype of a Content-Type without parameters, `""` for None."""
    return (content_type or "").partition(";")[0].strip().lower()


def format_of_type(content_type: str | None) -> Format | None:
    """Return the allowed format of a Content-Type, None if it is not allowed."""
    return _FORMAT_OF_TYPE.get(media_type(content_type))


def usual_type(allowed: Format) -> str:
    """Return the media type that a server should send for an allowed format."""
    return _MEDIA_TYPES[allowed].split()[0]


def allowed_formats() -> str:
    """Return all allowed formats as a phrase: "JPG and PNG images; …"."""
    labels: dict[str, list[str]] = {}
    for allowed in Format:
        kind = usual_type(allowed).partition("/")[0]
        labels.setdefault(_KINDS[kind], []).append(allowed.label)
    return "; ".join(f"{in_words(names)} {kind}" for kind, names in labels.items())


def in_words(names: Sequence[str]) -> str:
    """Return names joined as in a sentence: "a, b and c"; raises ValueError for none."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
