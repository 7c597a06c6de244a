"""How JPEG files begin: segments of metadata, then the frame that says how the image is coded."""

import re
from typing import NamedTuple

from validator.challenge.file_parts import Part, ReadAt, read_part

_START = b"\xff\xd8\xff"
_MIN_SIZE = 64
# Garbage, which libjpeg skips too, then FF as often as it likes, then the marker's code. Each `+`
# behind a quantifier forbids to try again with less: the time is linear in the size.
_MARKER = re.compile(rb"(?:[^\xff]*+\xff++\x00)*+[^\xff]*+\xff++([^\x00\xff])")
_LENGTH_SIZE = 2
_MAX_SEGMENTS = 1000  # in one part: no real file has as many, and each of them costs time
# DHT, DAC, DQT, DRI, APP0 to APP15 and COM: all that may stand before the frame.
_SEGMENTS = frozenset({0xC4, 0xCC, 0xDB, 0xDD, *range(0xE0, 0xF0), 0xFE})
_LOSSY_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
_FRAME_LENGTHS = frozenset(8 + 3 * components for components in (1, 2, 3, 4))

# Beyond the first read: one full segment (65,537 bytes) and what follows it, mostly the frame; then
# eight at a time, as colour profiles, Content Credentials and extended XMP fill several. The last
# ends beyond 5 MB, WhatsApp's limit for an image.
NEXT_READS = (68 * 1024, *9 * (520 * 1024,))


class _Walk(NamedTuple):
    """Whether the segments led to a lossy frame, None where they leave the part at `position`."""

    is_lossy: bool | None
    position: int = 0


def is_jpeg(part: Part, read: ReadAt) -> bool:
    """ISO 10918-1: the segments, followed by their lengths, lead to the frame of a lossy process.

    JPEG-LS, lossless and hierarchical JPEG differ in the frame only. Reads on where the segments
    leave the part that is at hand.
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
    """Follow the segments to the first other marker, or as far as this part goes."""
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
    """Read on behind the part, or at fill bytes at its end; more garbage than that is no JPEG."""
    rest = part.data[position:]
    if rest.strip(b"\xff"):
        return _Walk(is_lossy=False)
    return _Walk(None, part.offset + position + max(len(rest) - 1, 0))
