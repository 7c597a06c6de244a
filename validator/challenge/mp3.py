"""Recognition of MP3 files: a frame of audio, or ID3v2 tags in front of it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from validator.challenge.file_parts import Part, ReadAt, read_part

_TAG_HEADER = re.compile(rb"ID3[\x00-\x04].{6}", re.DOTALL)
_TAG_HEADER_SIZE = 10
_TAG_FOOTER_FLAG = 0x10
_TAG_FOOTER_SIZE = 10
_MAX_TAGS = 9
_MAX_MESSAGE_SIZE = 16 * 1024 * 1024  # bytes: WhatsApp's limit
_MAX_ZEROS = 64 * 1024

_FRAME_SYNC = 0x7FF
_LAYER_III = 0b01
_KBPS_MPEG_1 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBPS_MPEG_2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_FREE_BIT_RATE, _FORBIDDEN_BIT_RATE, _RESERVED_RATE = 0, 15, 3
_SYNC_BYTE = re.compile(b"\xff")
_TWO_FRAMES = 3 * 1024  # bytes: the longest frame has 1,441, and the next one's header 4
_SEARCH_SIZE = 8 * 1024
_NEXT_READ = _SEARCH_SIZE + _TWO_FRAMES

MAX_READS = _MAX_TAGS + 4  # after the first


class _Mpeg(NamedTuple):
    """The parameters of a frame's length in one version of MPEG audio."""

    samples: int
    kbps: tuple[int, ...]
    hertz: tuple[int, int, int]


_MPEG_VERSIONS = {
    0b11: _Mpeg(1152, _KBPS_MPEG_1, (44100, 48000, 32000)),
    0b10: _Mpeg(576, _KBPS_MPEG_2, (22050, 24000, 16000)),
    0b00: _Mpeg(576, _KBPS_MPEG_2, (11025, 12000, 8000)),  # MPEG-2.5, not standardized
}


def is_mp3(part: Part, read: ReadAt) -> bool:
    """Return whether Layer III frames start at byte 0 or after ID3v2 tags.

    Zeros before the first frame are skipped, and so is a tag with a wrongly encoded size, as media
    players do. `part` is the start of the file; more is read where the tags go beyond it. Raises
    what `read` raises.

    Source: ISO 11172-3 and 13818-3; MPEG-2.5 is not standardized.
    """
    if not _TAG_HEADER.match(part.data):
        return _is_frame(part, 0)
    rest = part
    for rest in _parts_after_tags(part, read):
        if _holds_frame(rest):
            return True
    return _is_frame_after_zeros(rest, read) or _is_after_tag_of_plain_size(part, read)


def _parts_after_tags(part: Part, read: ReadAt) -> Iterator[Part]:
    """Yield the part after the tags as far as it was read, then a longer one if it was short."""
    for _ in range(_MAX_TAGS):
        size = tag_size(part.data)
        if not size:
            break
        if part.offset + size > _MAX_MESSAGE_SIZE:
            return
        part = _read_on(part.after(size), _TAG_HEADER_SIZE, read)
    yield part
    if len(part.data) < _NEXT_READ and not part.is_last:
        yield _read_on(part, _NEXT_READ, read)


def _read_on(part: Part, at_least: int, read: ReadAt) -> Part:
    """Return this part, or read more at its offset if it has fewer than `at_least` bytes."""
    if len(part.data) >= at_least or part.is_last:
        return part
    return read_part(read, part.offset, _NEXT_READ)


def tag_size(data: bytes) -> int:
    """Return the size in bytes of the ID3v2 tag at the start of the data, 0 without one.

    Source: https://id3.org/id3v2.4.0-structure, section 3.1
    """
    digits = data[6:10]
    if not _TAG_HEADER.match(data) or max(digits) > 0x7F:
        return 0
    size = sum(digit << shift for digit, shift in zip(digits, (21, 14, 7, 0), strict=True))
    has_footer = data[5] & _TAG_FOOTER_FLAG
    return _TAG_HEADER_SIZE + size + (_TAG_FOOTER_SIZE if has_footer else 0)


def _is_after_tag_of_plain_size(part: Part, read: ReadAt) -> bool:
    """Return whether audio follows the tag if its size is read as a plain 32-bit integer."""
    size = _TAG_HEADER_SIZE + int.from_bytes(part.data[6:10])
    if size > _MAX_MESSAGE_SIZE or size == tag_size(part.data):
        return False
    return _is_frame_after_zeros(_read_on(part.after(size), _TWO_FRAMES, read), read)


def _is_frame_after_zeros(part: Part, read: ReadAt) -> bool:
    """Return whether a frame starts at the first byte that is not zero, within 64 KiB."""
    zeros = _leading_zeros(part)
    if zeros and not part.is_last:
        part = read_part(read, part.offset, _MAX_ZEROS + _TWO_FRAMES)
        zeros = _leading_zeros(part)
    return zeros <= _MAX_ZEROS and _is_frame(part, zeros)


def _leading_zeros(part: Part) -> int:
    return len(part.data) - len(part.data.lstrip(b"\0"))


def _holds_frame(part: Part) -> bool:
    """Return whether a frame starts in the first 8 KiB, since some taggers leave padding."""
    starts = _SYNC_BYTE.finditer(part.data, 0, _SEARCH_SIZE)
    return any(_is_frame(part, match.start()) for match in starts)


def _is_frame(part: Part, position: int) -> bool:
    """Return whether a frame here ends at another frame, or exactly at the end of the file."""
    length = _frame_length(part.data, position)
    if not length:
        return False
    end = position + length
    return _frame_length(part.data, end) > 0 or (part.is_last and end == len(part.data))


def _frame_length(data: bytes, position: int) -> int:
    """Return a frame's length in bytes, header included, 0 if this is not a frame header."""
    header = int.from_bytes(data[position : position + 4])
    mpeg = _MPEG_VERSIONS.get(header >> 19 & 0b11)
    bit_rate, rate, padding = header >> 12 & 0xF, header >> 10 & 0b11, header >> 9 & 1
    if header >> 21 != _FRAME_SYNC or header >> 17 & 0b11 != _LAYER_III or not mpeg:
        return 0
    if bit_rate in (_FREE_BIT_RATE, _FORBIDDEN_BIT_RATE) or rate == _RESERVED_RATE:
        return 0
    return mpeg.samples // 8 * 1000 * mpeg.kbps[bit_rate - 1] // mpeg.hertz[rate] + padding
