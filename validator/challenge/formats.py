"""The media formats that the challenge allows, and how each is recognised by its first bytes."""

import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from validator.challenge.file_parts import Part, ReadAt, read_part
from validator.challenge.jpeg import is_jpeg
from validator.challenge.mp3 import is_mp3
from validator.challenge.other_formats import OtherFormat, detect

HEAD_SIZE = 16 * 1024  # bytes; enough for 72 % of 700 JPEGs from public test suites

_PNG_START = b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4) + b"IHDR"


def is_png(head: bytes) -> bool:
    """Return whether data starts with the PNG signature and an IHDR chunk with a valid CRC.

    Source: ISO 15948, https://www.w3.org/TR/png-3/
    """
    chunk, checksum = head[12:29], head[29:33]
    return head.startswith(_PNG_START) and checksum == zlib.crc32(chunk).to_bytes(4)


_PDF_HEADER = rb"%PDF-[12]\.[0-9]"
_PDF_START = re.compile(rb"(?:\xef\xbb\xbf)?[\0\t\n\f\r ]*" + _PDF_HEADER)
_PDF_MIN_SIZE = 64
# Lines of text before the header, as left by curl -i, forms, mail and printers (ESC), but no
# markup, program's comment or PostScript. After the header only comments, then an object.
_PDF_AFTER_TEXT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?!%!)[\w%\x1b-][^\0-\x08\x0e-\x1a\x1c-\x1f]{0,1022}?[\r\n]"
    + _PDF_HEADER
    + rb"[^\r\n]*[\r\n]\s*(?:%[^\r\n]*[\r\n]\s*)*[0-9]+\s+[0-9]+\s+obj\b"
)


def is_pdf(head: bytes) -> bool:
    """Return whether data starts with a PDF header, of version 1 or 2.

    A byte-order mark, white space or lines of text may precede it, since readers search for the
    header in the first 1,024 bytes. After text an object must follow the header, so that a page
    that only mentions one is not taken for a PDF.

    Source: ISO 32000
    """
    if len(head) < _PDF_MIN_SIZE:
        return False
    return bool(_PDF_START.match(head) or _PDF_AFTER_TEXT.match(head))


_AMR_START = b"#!AMR\n"
_AMR_PADDING_BITS = 0b1000_0011
_AMR_FRAME_SIZES = {0: 13, 1: 14, 2: 16, 3: 18, 4: 20, 5: 21, 6: 27, 7: 32, 8: 6, 15: 1}


def is_amr(head: bytes) -> bool:
    """Return whether data starts with the AMR narrow-band magic number and a complete frame.

    Source: https://www.rfc-editor.org/rfc/rfc4867#section-5.1
    """
    frame = head[len(_AMR_START) :]
    if not head.startswith(_AMR_START) or not frame or frame[0] & _AMR_PADDING_BITS:
        return False
    size = _AMR_FRAME_SIZES.get(frame[0] >> 3)
    return size is not None and len(frame) >= size


_OGG_PAGE_START = b"OggS"
_OGG_PAGE_HEADER_SIZE = 27
_OGG_FIRST_PAGE = 0x02
_OGG_AUDIO = (b"\x01vorbis", b"OpusHead", b"Speex   ", b"\x7fFLAC")
_OGG_INDEX = (b"fishead",)


def is_ogg_audio(head: bytes) -> bool:
    """Return whether an Ogg file has at least one audio stream, and no other streams.

    Source: https://www.rfc-editor.org/rfc/rfc3533 and https://www.rfc-editor.org/rfc/rfc5334
    """
    openings = list(_ogg_stream_openings(head))
    return any(packet.startswith(_OGG_AUDIO) for packet in openings) and all(
        packet.startswith(_OGG_AUDIO + _OGG_INDEX) for packet in openings
    )


def _ogg_stream_openings(head: bytes) -> Iterator[bytes]:
    """Yield the first packet of each stream: their pages are flagged and precede all others."""
    page = head
    while page.startswith(_OGG_PAGE_START) and len(page) >= _OGG_PAGE_HEADER_SIZE:
        flags, segments = page[5], page[26]
        if not flags & _OGG_FIRST_PAGE:
            return
        body = _OGG_PAGE_HEADER_SIZE + segments
        end = body + sum(page[_OGG_PAGE_HEADER_SIZE:body])
        yield page[body:end]
        page = page[end:]


Recogniser = Callable[[Part, ReadAt], bool]
"""Returns whether a file has a format: by its start, or by what it reads after that."""


def _by_start(is_format: Callable[[bytes], bool]) -> Recogniser:
    return lambda start, _: is_format(start.data)


class Format(StrEnum):
    """A media format that the challenge allows: its name, content types and recogniser.

    The standard content type is the first, then others that servers send.
    """

    content_types: tuple[str, ...]
    is_format_of: Recogniser

    def __new__(cls, name: str, content_types: str, is_format_of: Recogniser) -> "Format":
        """Create a member; the content types are separated by white space."""
        allowed = str.__new__(cls, name)
        allowed._value_ = name
        allowed.content_types = tuple(content_types.split())
        allowed.is_format_of = is_format_of
        return allowed

    JPEG = "JPEG", "image/jpeg image/jpg image/pjpeg", is_jpeg
    PNG = "PNG", "image/png image/apng image/x-png", _by_start(is_png)
    MP3 = (
        "MP3",
        "audio/mpeg audio/mp3 audio/mpeg3 audio/x-mp3 audio/x-mpeg audio/x-mpeg-3 audio/x-mpg",
        is_mp3,
    )
    OGG = (
        "OGG",
        """audio/ogg application/ogg audio/opus audio/vorbis audio/speex audio/x-ogg
        application/x-ogg audio/x-vorbis+ogg audio/x-opus+ogg audio/x-speex+ogg audio/x-flac+ogg""",
        _by_start(is_ogg_audio),
    )
    AMR = "AMR", "audio/amr audio/amr-nb", _by_start(is_amr)
    PDF = "PDF", "application/pdf application/x-pdf", _by_start(is_pdf)

    @property
    def label(self) -> str:
        """What people call the format: "JPG" for JPEG."""
        return "JPG" if self is Format.JPEG else self.value


class Contents(NamedTuple):
    """The allowed format of a file, otherwise the other format that was detected, if any."""

    format: Format | None = None
    detected: OtherFormat | None = None


def recognise(read: ReadAt) -> Contents:
    """Return the format of a file by its first bytes; raises what `read` raises.

    Reads more, within limits, only where metadata precedes the image or the audio.
    """
    start = read_part(read, 0, HEAD_SIZE)
    for allowed in Format:
        if allowed.is_format_of(start, read):
            return Contents(allowed)
    return Contents(detected=detect(start.data))


_KINDS = {"image": "images", "audio": "audio", "application": "documents"}
_FORMAT_OF_TYPE = {name: allowed for allowed in Format for name in allowed.content_types}


def media_type(content_type: str | None) -> str:
    """Return the lower-case type/subtype of a Content-Type without parameters, `""` for None."""
    return (content_type or "").partition(";")[0].strip().lower()


def format_of_type(content_type: str | None) -> Format | None:
    """Return the allowed format of a Content-Type, None if it is not allowed."""
    return _FORMAT_OF_TYPE.get(media_type(content_type))


def usual_type(allowed: Format) -> str:
    """Return the media type that a server should send for an allowed format."""
    return allowed.content_types[0]


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
