"""How files of the allowed formats begin.

Pure: bytes in, a `Format` or None out, the standard library and nothing else.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from validator.formats import Format

HEAD_SIZE = 4096  # bytes, in which every allowed file shows itself, but for MP3 behind a long tag

ReadAt = Callable[[int, int], bytes]
"""(offset, size) -> the bytes there; fewer than `size` only at the end of the file."""


def recognise(read: ReadAt) -> Format | None:
    """Return the allowed format that a file's first bytes are in, None for any other.

    Reads the head once, and reads on only where ID3v2 tags push the audio of an MP3 out of it.
    """
    head = read(0, HEAD_SIZE)
    for known, begins in _BEGINNINGS.items():
        if begins(head):
            return known
    return Format.MP3 if is_mp3(head, read) else None


# --- JPEG

_JPEG_START = b"\xff\xd8\xff"
_JPEG_MIN_SIZE = 64
_JPEG_NAME_OFFSET = 6
_JPEG_NAMES = (b"JFIF", b"Exif", b"http", b"Photoshop", b"ICC_")
_JPEG_LOSSY_FRAMES = {0xC0, 0xC1, 0xC2, 0xC9, 0xCA}
_JPEG_OTHER_FRAMES = {0xC3, 0xC5, 0xC6, 0xC7, 0xC8, 0xCB, 0xCD, 0xCE, 0xCF, 0xF7}  # F7: JPEG-LS
_JPEG_SCAN = 0xDA
_JPEG_IMAGE_MARKERS = _JPEG_LOSSY_FRAMES | _JPEG_OTHER_FRAMES | {_JPEG_SCAN}


def is_jpeg(head: bytes) -> bool:
    """ISO 10918-1: a lossy frame, or a first segment of its usual names if that lies too deep."""
    if len(head) < _JPEG_MIN_SIZE or not head.startswith(_JPEG_START):
        return False
    image = _jpeg_image_marker(head)
    if image is None:
        return head.startswith(_JPEG_NAMES, _JPEG_NAME_OFFSET)
    return image not in _JPEG_OTHER_FRAMES


def _jpeg_image_marker(head: bytes) -> int | None:
    """Walk the segments by their lengths, and return the marker of the first frame or scan."""
    position = 2
    while position + 4 <= len(head) and head[position] == 0xFF:
        marker = head[position + 1]
        if marker in _JPEG_IMAGE_MARKERS:
            return marker
        is_fill_byte = marker == 0xFF
        length = int.from_bytes(head[position + 2 : position + 4])
        position += 1 if is_fill_byte else 2 + length
    return None


# --- PNG

_PNG_START = b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4) + b"IHDR"
_PNG_IHDR = slice(12, 29)
_PNG_IHDR_CRC = slice(29, 33)


def is_png(head: bytes) -> bool:
    """ISO 15948: the signature, then the image header with its right checksum."""
    checksum = zlib.crc32(head[_PNG_IHDR]).to_bytes(4)
    return head.startswith(_PNG_START) and head[_PNG_IHDR_CRC] == checksum


# --- PDF

_PDF_START = re.compile(rb"(?:\xef\xbb\xbf|[\0\t\n\f\r ]*)%PDF-[12]\.[0-9]")
_PDF_MIN_SIZE = 64


def is_pdf(head: bytes) -> bool:
    """ISO 32000: a version 1 or 2 header, behind no more than a byte-order mark or white space."""
    return len(head) >= _PDF_MIN_SIZE and bool(_PDF_START.match(head))


# --- AMR

_AMR_START = b"#!AMR\n"
_AMR_PADDING_BITS = 0b1000_0011
_AMR_FRAME_SIZES = {0: 13, 1: 14, 2: 16, 3: 18, 4: 20, 5: 21, 6: 27, 7: 32, 8: 6, 15: 1}


def is_amr(head: bytes) -> bool:
    """RFC 4867, section 5.1: the mark of narrow-band AMR, then a whole frame of a known type."""
    frame = head[len(_AMR_START) :]
    if not head.startswith(_AMR_START) or not frame or frame[0] & _AMR_PADDING_BITS:
        return False
    size = _AMR_FRAME_SIZES.get(frame[0] >> 3)
    return size is not None and len(frame) >= size


# --- Ogg

_OGG_PAGE_START = b"OggS"
_OGG_PAGE_HEADER_SIZE = 27
_OGG_FIRST_PAGE = 0x02
_OGG_AUDIO = (b"\x01vorbis", b"OpusHead", b"Speex   ", b"\x7fFLAC")
_OGG_INDEX = (b"fishead",)


def is_ogg_audio(head: bytes) -> bool:
    """RFC 3533 and 5334: at least one stream of audio, and no stream of anything else."""
    openings = list(_ogg_stream_openings(head))
    return any(packet.startswith(_OGG_AUDIO) for packet in openings) and all(
        packet.startswith(_OGG_AUDIO + _OGG_INDEX) for packet in openings
    )


def _ogg_stream_openings(head: bytes) -> Iterator[bytes]:
    """Yield each stream's first packet: their pages stand before all others and are flagged."""
    page = head
    while page.startswith(_OGG_PAGE_START) and len(page) >= _OGG_PAGE_HEADER_SIZE:
        flags, segments = page[5], page[26]
        if not flags & _OGG_FIRST_PAGE:
            return
        body = _OGG_PAGE_HEADER_SIZE + segments
        end = body + sum(page[_OGG_PAGE_HEADER_SIZE:body])
        yield page[body:end]
        page = page[end:]


# --- MP3

_TAG_HEADER = re.compile(rb"ID3[\x00-\x04]..[\x00-\x7f]{4}", re.DOTALL)
_TAG_HEADER_SIZE = 10
_TAG_FOOTER_FLAG = 0x10
_TAG_FOOTER_SIZE = 10
_MAX_TAGS = 9
_MAX_MESSAGE_SIZE = 16 * 1024 * 1024  # bytes, WhatsApp's
_SEARCH_SIZE = 8192

_FRAME_SYNC = 0x7FF
_LAYER_III = 0b01
_KBPS_MPEG_1 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBPS_MPEG_2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_FREE_BIT_RATE, _FORBIDDEN_BIT_RATE, _RESERVED_RATE = 0, 15, 3


class _Mpeg(NamedTuple):
    """What a frame's length depends on in one version of MPEG audio."""

    samples: int
    kbps: tuple[int, ...]
    hertz: tuple[int, int, int]


_MPEG_VERSIONS = {
    0b11: _Mpeg(1152, _KBPS_MPEG_1, (44100, 48000, 32000)),
    0b10: _Mpeg(576, _KBPS_MPEG_2, (22050, 24000, 16000)),
    0b00: _Mpeg(576, _KBPS_MPEG_2, (11025, 12000, 8000)),  # MPEG-2.5, in no standard
}


class _Part(NamedTuple):
    """Some bytes of a file, where they stand in it, and whether it ends with them."""

    offset: int
    data: bytes
    is_last: bool


def is_mp3(head: bytes, read: ReadAt) -> bool:
    """ISO 11172-3, 13818-3 and MPEG-2.5: Layer III frames at byte 0, or soon behind ID3v2 tags."""
    start = _Part(0, head, is_last=len(head) < HEAD_SIZE)
    if _tag_size(head):
        return any(_holds_frame(part) for part in _parts_behind_tags(start, read))
    return _is_frame(start, 0)


def _parts_behind_tags(part: _Part, read: ReadAt) -> Iterator[_Part]:
    """Yield what is at hand of the audio, then as much as is worth reading of it."""
    for _ in range(_MAX_TAGS):
        size = _tag_size(part.data)
        if not size:
            break
        if part.offset + size > _MAX_MESSAGE_SIZE:
            return
        part = _Part(part.offset + size, part.data[size:], part.is_last)
        if len(part.data) < _TAG_HEADER_SIZE and not part.is_last:
            part = _read_part(read, part.offset)
    yield part
    if len(part.data) < _SEARCH_SIZE and not part.is_last:
        yield _read_part(read, part.offset)


def _read_part(read: ReadAt, offset: int) -> _Part:
    data = read(offset, _SEARCH_SIZE)
    return _Part(offset, data, is_last=len(data) < _SEARCH_SIZE)


def _tag_size(data: bytes) -> int:
    """Return the size of the ID3v2 tag (id3.org) that stands here, 0 where there is none."""
    if not _TAG_HEADER.match(data):
        return 0
    flags, digits = data[5], data[6:10]
    size = sum(digit << shift for digit, shift in zip(digits, (21, 14, 7, 0), strict=True))
    return _TAG_HEADER_SIZE + size + (_TAG_FOOTER_SIZE if flags & _TAG_FOOTER_FLAG else 0)


def _holds_frame(part: _Part) -> bool:
    """Tell whether a frame starts anywhere in here: taggers leave padding before the first."""
    return any(_is_frame(part, match.start()) for match in re.finditer(b"\xff", part.data))


def _is_frame(part: _Part, position: int) -> bool:
    """Tell whether the frame stated here leads to another one, or exactly to the file's end."""
    length = _frame_length(part.data, position)
    if not length:
        return False
    end = position + length
    return _frame_length(part.data, end) > 0 or (part.is_last and end == len(part.data))


def _frame_length(data: bytes, position: int) -> int:
    """Return the bytes that the frame header here states, itself included, 0 where it is none."""
    header = int.from_bytes(data[position : position + 4])
    mpeg = _MPEG_VERSIONS.get(header >> 19 & 0b11)
    bit_rate, rate, padding = header >> 12 & 0xF, header >> 10 & 0b11, header >> 9 & 1
    if header >> 21 != _FRAME_SYNC or header >> 17 & 0b11 != _LAYER_III or not mpeg:
        return 0
    if bit_rate in (_FREE_BIT_RATE, _FORBIDDEN_BIT_RATE) or rate == _RESERVED_RATE:
        return 0
    return mpeg.samples // 8 * 1000 * mpeg.kbps[bit_rate - 1] // mpeg.hertz[rate] + padding


_BEGINNINGS: dict[Format, Callable[[bytes], bool]] = {
    Format.JPEG: is_jpeg,
    Format.PNG: is_png,
    Format.OGG: is_ogg_audio,
    Format.AMR: is_amr,
    Format.PDF: is_pdf,
}
