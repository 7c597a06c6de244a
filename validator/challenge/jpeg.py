"""Recognition of JPEG files: segments of metadata, then a frame header with the coding process."""

import re
from typing import NamedTuple

from validator.challenge.file_parts import Part, ReadAt, read_part

_START = b"\xff\xd8\xff"
_MIN_SIZE = 64
# Garbage, which libjpeg also skips, then fill bytes (FF), then the marker's code. The possessive
# quantifiers prevent backtracking, so that the time is linear in the size.
_MARKER = re.compile(rb"(?:[^\xff]*+\xff++\x00)*+[^\xff]*+\xff++([^\x00\xff])")
_LENGTH_SIZE = 2
_MAX_SEGMENTS = 1000  # in one part: more than in any real file, to limit the time
# DHT, DAC, DQT, DRI, APP0 to APP15 and COM: all that may precede the frame header.
_SEGMENTS = frozenset({0xC4, 0xCC, 0xDB, 0xDD, *range(0xE0, 0xF0), 0xFE})
_LOSSY_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
_FRAME_LENGTHS = frozenset(8 + 3 * components for components in (1, 2, 3, 4))

# After the first read: one full segment (65,537 bytes) and the next, usually the frame header. Then
# eight at a time, since colour profiles, Content Credentials and extended XMP fill several. In all
# over 5 MB, WhatsApp's limit for an image.
NEXT_READS = (68 * 1024, *9 * (520 * 1024,))


class _Walk(NamedTuple):
    """Whether the segments led to a lossy frame; None if they continue at `position`."""

    is_lossy: bool | None
    position: int = 0


def is_jpeg(part: Part, read: ReadAt) -> bool:
    """Return whether a file's segments lead to the frame header of a lossy process.

    JPEG-LS, lossless and hierarchical JPEG differ in the frame header only. `part` is the start of
    the file; more is read where the segments go beyond it. Raises what `read` raises.

    Source: ISO 10918-1, annex B.
    """
    if len(part.data) < _MIN_SIZE or not part.data.startswith(_START):
        return False
    walk = _follow_segments(part, 2)
    for size in NEXT_READS:
        if walk.is_lossy is not None or part.is_last:
            break
        part = read_part(read, walk.position, size)
        walk = _follow_segments(part, 0)
    return walk.is_lossy is True


def _follow_segments(part: Part, position: int) -> _Walk:
    """Follow the segments to the first other marker, or to the end of this part."""
    data = part.data
    for _ in range(_MAX_SEGMENTS):
        marker = _MARKER.match(data, position)
        if marker is None:
            return _without_marker(part, position)
        code, length_at = marker[1][0], marker.end()
        if length_at + _LENGTH_SIZE > len(data):
            return _Walk(None, part.offset + length_at - 2)
        length = int.from_bytes(data[length_at : length_at + _LENGTH_SIZE])
        if code not in _SEGMENTS:
            return _Walk(code in _LOSSY_FRAMES and length in _FRAME_LENGTHS)
        position = length_at + length
    return _Walk(None, part.offset + position)


def _without_marker(part: Part, position: int) -> _Walk:
    """Continue after this part if the rest is fill bytes; with other garbage it is not a JPEG."""
    rest = part.data[position:]
    if rest.strip(b"\xff"):
        return _Walk(is_lossy=False)
    return _Walk(None, part.offset + position + max(len(rest) - 1, 0))
