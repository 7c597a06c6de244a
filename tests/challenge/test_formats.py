"""The allowed formats: their names, and their recognition in real files and at each limit."""

import random
import struct
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from validator.challenge.formats import (
    HEAD_SIZE,
    Format,
    allowed_formats,
    format_of_type,
    recognise,
    usual_type,
)
from validator.challenge.jpeg import NEXT_READS

CORPUS = Path(__file__).parents[1] / "corpus"
FILES = [path for folder in (*Format, "other") for path in sorted((CORPUS / folder).iterdir())]


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


class File:
    """A file that records the sizes of its reads, and may fail at one of them."""

    def __init__(self, content: bytes, fails_at: int | None = None) -> None:
        self.reads: list[int] = []
        self._content = content
        self._fails_at = fails_at

    def read(self, offset: int, size: int) -> bytes:
        if len(self.reads) == self._fails_at:
            raise ConnectionError
        self.reads.append(size)
        return self._content[offset : offset + size]


def recognised(content: bytes) -> Format | None:
    """Return the format of a file, for which reads, bytes and time must be limited."""
    file = File(content)
    started = time.process_time()
    found = recognise(file.read).format
    assert time.process_time() - started < 0.3
    assert len(file.reads) <= 14
    assert sum(file.reads) <= 5_000_000
    return found


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2) + body


def comments(size: int) -> bytes:
    """Return JPEG comment segments of `size` bytes in all."""
    whole, rest = divmod(size, 60_000)
    return segment(0xFE, bytes(59_996)) * whole + segment(0xFE, bytes(rest - 4))


def jpeg(*segments: bytes) -> bytes:
    return (b"\xff\xd8" + b"".join(segments)).ljust(64, b"\0")


def png(header: bytes = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)) -> bytes:
    checksum = zlib.crc32(b"IHDR" + header).to_bytes(4)
    return b"\x89PNG\r\n\x1a\n" + len(header).to_bytes(4) + b"IHDR" + header + checksum


def ogg_page(packet: bytes, flags: int = 2) -> bytes:
    return b"OggS\0" + bytes((flags, *bytes(20), 1, len(packet))) + packet


def tag(size: int, version: int = 4) -> bytes:
    digits = (size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3" + bytes((version, 0, 0, *digits)) + bytes(size)


def plain_tag(size: int) -> bytes:
    """Return a tag whose size is a plain integer instead of a synchsafe one."""
    return b"ID3\x03\0\0" + size.to_bytes(4) + b"PRIV".ljust(size, b".")


def frame(header: bytes, size: int) -> bytes:
    return header.ljust(size, b"\0")


QUANTISATION = segment(0xDB, bytes(65))
FRAME = segment(0xC0, bytes((8, 0, 16, 0, 16, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1)))
JFIF = segment(0xE0, b"JFIF\0")
EXIF = segment(0xE1, b"Exif\0\0" + bytes(60_000))
PROFILE = segment(0xE2, b"ICC_PROFILE\0" + bytes(65_521))
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
VORBIS = ogg_page(b"\x01vorbis" + bytes(23))
INDEX = ogg_page(b"fishead\0" + bytes(56))
LATER_PAGE = ogg_page(b"\x03vorbis", flags=0)
MPEG_1 = frame(b"\xff\xfb\x90\xc0", 417)  # 128 kbit/s, 44,100 Hz
LONGEST = frame(b"\xff\xfb\xe8\xc0", 1440)  # 320 kbit/s, 32,000 Hz
LAYER_II = frame(b"\xff\xfd\x80\xc0", 417)
AAC = frame(b"\xff\xf1\x50\x80\x2e\x7f\xfc", 371)
# The starts of other formats, which nothing may search in quadratic time.
PIECES = (b"<!---->", b"<", b" ", b"\xff\xd8", b"PK\x03\x04", b"OggS", b"{", b"\xff", b"G", b"x\n")
MAX_REACH = 16 * 1024 * 1024

ALLOWED: dict[Format, dict[str, bytes]] = {
    Format.JPEG: {
        "with its name": jpeg(JFIF, FRAME),
        "with 5 MB of metadata": jpeg(PROFILE * 76, FRAME),
        "after fill bytes across a window": jpeg(b"\xff" * 100_000, FRAME),
        "with a length below two": jpeg(b"\xff\xfe\0\0", FRAME),
        "with garbage between segments": jpeg(QUANTISATION, b"\xff\0 \0", FRAME),
    },
    Format.PNG: {"": png()},
    Format.PDF: {
        "": b"%PDF-1.7\n".ljust(64),
        "after a warning": b"\xef\xbb\xbf\r\nWarning: Undefined variable\n" + PDF,
        "after 1,023 bytes of text": b"text ".ljust(1023, b"x") + b"\n" + PDF,
    },
    Format.AMR: {"": b"#!AMR\n\x3c" + bytes(31)},
    Format.OGG: {"": VORBIS + LATER_PAGE, "with an index": INDEX + VORBIS + LATER_PAGE},
    Format.MP3: {
        "": MPEG_1 + MPEG_1,
        "of one frame": MPEG_1,
        "after the longest tag": tag(MAX_REACH - 10) + MPEG_1 + MPEG_1,
        "after a short tag of plain size": plain_tag(200) + MPEG_1 + MPEG_1,
        "after a tag of plain size that could be synchsafe": plain_tag(0x4512) + MPEG_1 * 2,
        "after a tag of plain size and zeros": plain_tag(65_525) + bytes(30_000) + MPEG_1 * 2,
        "after the most zeros": tag(56) + bytes(64 * 1024) + LONGEST * 2,
        "after long tags and zeros": tag(90_000) * 2 + bytes(10_000) + MPEG_1 * 2,
        "across the end of the search": tag(20) + b"x" * 8191 + MPEG_1 + MPEG_1,
        "that ends with the head": tag(HEAD_SIZE - 10 - 417) + MPEG_1,
    },
}
ALLOWED_FILES = [
    pytest.param(allowed, content, id=f"{allowed} {what}")
    for allowed, files in ALLOWED.items()
    for what, content in files.items()
]

OTHER = {
    "JPEG, truncated": jpeg(JFIF, FRAME)[:63],
    "JPEG, truncated after its metadata": jpeg(EXIF),
    "JPEG, truncated in its frame's marker": jpeg(EXIF, FRAME[:1]),
    "JPEG, zeros after the start": b"\xff\xd8\xff" + bytes(100_000),
    "JPEG, zeros after the metadata": jpeg(JFIF, bytes(100_000)),
    "JPEG, hierarchical": jpeg(segment(0xDE, FRAME[4:]), FRAME),
    "JPEG, tables only": jpeg(QUANTISATION, b"\xff\xd9"),
    "JPEG, a scan without a frame": jpeg(QUANTISATION, segment(0xDA, bytes(10))),
    "JPEG, a frame of an impossible length": jpeg(segment(0xC0, bytes(5))),
    "JPEG, nothing but a comment": jpeg(comments(9000)),
    "JPEG, segments without end": jpeg(PROFILE * 200),
    "JPEG, small segments without end": jpeg(b"\xff\xfe\0\2" * 1_500_000),
    "JPEG, fill bytes without end": jpeg(b"\xff" * 6_000_000),
    "PNG, wrong length": png(bytes(14)),
    "PDF, version 3": b"%PDF-3.0".ljust(64),
    "PDF, no version": b"%PDF-\n".ljust(64),
    "PDF without an object after text, but with words": b"Text\n%PDF-1.4\n" + b"of a PDF\n" * 9,
    "PDF without an object after text": b"Content-Type: text\n\n%PDF-1.4\n" + b"%\n" * 90,
    "PDF in JSON": b'{"file": "\n' + PDF,
    "PDF headers without end": b"x\n" + b"%PDF-1.4\n" * 2000,
    "AMR, padding bits set": b"#!AMR\n\xbc" + bytes(40),
    "AMR, unknown frame type": b"#!AMR\n\x4c" + bytes(40),
    "Ogg with an index only": INDEX + LATER_PAGE,
    "Ogg from the middle of a stream": LATER_PAGE + LATER_PAGE,
    "MP3, an invalid second frame": MPEG_1 + b"RIFF",
    "MP3, reserved version": frame(b"\xff\xeb\x90\xc0", 417) * 2,
    "MP3, free bit rate": frame(b"\xff\xfb\x00\xc0", 417) * 2,
    "MP3, forbidden bit rate": frame(b"\xff\xfb\xf0\xc0", 417) * 2,
    "MP3, reserved sampling rate": frame(b"\xff\xfb\x9c\xc0", 417) * 2,
    "MP3 after bytes that are no tag": b"\0" + MPEG_1 + MPEG_1,
    "MP3 after zeros without a tag": bytes(1000) + MPEG_1 + MPEG_1,
    "MP3 after a tag of unknown version": tag(20, version=5) + MPEG_1 + MPEG_1,
    "MP3 after more than the most zeros": tag(20) + bytes(64 * 1024 + 1) + MPEG_1 + MPEG_1,
    "MP3 near the end of a tag of plain size": plain_tag(70_000) + b"x" + MPEG_1 + MPEG_1,
    "a tag and zeros": tag(20) + bytes(200_000),
    "a tag, zeros and something else": tag(20) + bytes(20_000) + b"x" + MPEG_1 + MPEG_1,
    "a tag that ends beyond the file": tag(300_000)[:10] + MPEG_1 + MPEG_1,
    "a tag of plain size that ends beyond the file": plain_tag(70_000)[:60_000],
    "AAC after a tag of plain size": plain_tag(70_000) + AAC * 400,
    "AAC after a tag and zeros": tag(20) + bytes(20_000) + AAC * 400,
    "Layer II after a tag of plain size": plain_tag(70_000) + LAYER_II * 40,
    "Layer II after a tag and zeros": tag(20) + bytes(20_000) + LAYER_II * 40,
    **{f"{piece!r} without end": piece * HEAD_SIZE for piece in PIECES},
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_real_file_has_the_format_of_its_folder(path: Path) -> None:
    assert (recognised(path.read_bytes()) or "other") == path.parent.name


@pytest.mark.parametrize(("expected", "content"), ALLOWED_FILES)
def test_an_allowed_format_is_recognised(expected: Format, content: bytes) -> None:
    assert recognised(content) is expected


@pytest.mark.parametrize("content", OTHER.values(), ids=OTHER)
def test_anything_else_is_not_recognised(content: bytes) -> None:
    assert recognised(content) is None


@pytest.mark.parametrize(
    ("content", "further_reads"),
    [
        (bytes(100_000), []),
        (png() + bytes(100_000), []),
        (MPEG_1 * 100, []),
        (tag(20) + MPEG_1 * 100, []),
        (tag(300), []),
        (tag(MAX_REACH)[:10] + bytes(100_000), []),
        (plain_tag(65_525) + MPEG_1 * 100, [11_264]),
        (tag(20_000) + MPEG_1 * 100, [11_264]),
        (tag(90_000) * 2 + MPEG_1 * 100, [11_264, 11_264]),
        (jpeg(JFIF, FRAME) + bytes(100_000), []),
        (jpeg(comments(40_000), FRAME), NEXT_READS[:1]),
        (jpeg(PROFILE * 2, FRAME), NEXT_READS[:1]),
        (jpeg(PROFILE * 8, FRAME), NEXT_READS[:2]),
        (jpeg(segment(0xE2, bytes(32_014)) * 18, FRAME), NEXT_READS[:2]),
        (jpeg(segment(0xE2, bytes(900)) * 100, FRAME, bytes(100_000)), NEXT_READS[:2]),
        (jpeg(PROFILE * 76, FRAME), NEXT_READS),
    ],
)
def test_no_more_is_read_than_needed(content: bytes, further_reads: Sequence[int]) -> None:
    file = File(content)
    recognise(file.read)
    assert file.reads == [HEAD_SIZE, *further_reads]


@pytest.mark.parametrize("shift", range(-12, 6))
@pytest.mark.parametrize("reads", [1, 2, 3])
def test_a_jpeg_frame_is_found_just_inside_and_outside_of_every_window(
    reads: int, shift: int
) -> None:
    windows = (HEAD_SIZE - 2, *NEXT_READS)[:reads]
    passed = b"".join(comments(size + 40_000) for size in windows[:-1])
    file = File(jpeg(passed, comments(windows[-1] + shift), FRAME) + bytes(1000))

    assert recognise(file.read).format is Format.JPEG
    assert len(file.reads) in (reads, reads + 1)


ZEROS = (8192, 8192 + 3072, HEAD_SIZE - 30, 64 * 1024 - 4)


@pytest.mark.parametrize("shift", range(-12, 5))
@pytest.mark.parametrize(
    ("front", "window", "audio"),
    [
        *((lambda size: tag(20) + bytes(size), zeros, LONGEST * 2) for zeros in ZEROS),
        (plain_tag, HEAD_SIZE - 10, MPEG_1 * 10),
        (plain_tag, HEAD_SIZE - 10 - 417, MPEG_1 * 10),
    ],
)
def test_audio_is_found_just_inside_and_outside_of_every_window(
    front: Callable[[int], bytes], window: int, audio: bytes, shift: int
) -> None:
    file = File(front(window + shift) + audio)

    assert recognise(file.read).format is Format.MP3
    assert len(file.reads) <= 3


@pytest.mark.parametrize("fails_at", [0, 1, 2])
def test_a_failed_read_is_not_treated_as_the_end_of_the_file(fails_at: int) -> None:
    with pytest.raises(ConnectionError):
        recognise(File(jpeg(PROFILE * 8, FRAME), fails_at).read)


def truncated(content: bytes, _: random.Random) -> Iterator[bytes]:
    return (content[:size] for size in range(min(len(content), 500)))


def with_flipped_bits(content: bytes, chance: random.Random) -> Iterator[bytes]:
    for _ in range(200):
        flipped = bytearray(content[:9000])
        flipped[chance.randrange(min(len(flipped), 100))] ^= 1 << chance.randrange(8)
        yield bytes(flipped)


def with_trailing_garbage(content: bytes, chance: random.Random) -> Iterator[bytes]:
    return (content[: chance.randrange(40)] + chance.randbytes(300) for _ in range(200))


@pytest.mark.parametrize("damaged", [truncated, with_flipped_bits, with_trailing_garbage])
@pytest.mark.parametrize(("expected", "content"), ALLOWED_FILES)
def test_damaged_files_never_raise_or_pass_as_another_format(
    damaged: Callable[[bytes, random.Random], Iterator[bytes]], expected: Format, content: bytes
) -> None:
    found = {recognised(variant) for variant in damaged(content, random.Random(0))}
    assert found <= {expected, None}
