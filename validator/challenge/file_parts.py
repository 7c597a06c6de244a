"""Parts of a file, of which a reader fetches no more than it needs."""

from collections.abc import Callable
from typing import NamedTuple

ReadAt = Callable[[int, int], bytes]
"""(offset, size) -> the bytes there; fewer than `size` only at the end of the file."""


class Part(NamedTuple):
    """Some bytes of a file, their offset in it, and whether it ends with them."""

    offset: int
    data: bytes
    is_last: bool

    def behind(self, size: int) -> "Part":
        """Return what this part holds behind its first `size` bytes."""
        return Part(self.offset + size, self.data[size:], self.is_last)


def read_part(read: ReadAt, offset: int, size: int) -> Part:
    """Return the `size` bytes at `offset`; raises what `read` raises."""
    data = read(offset, size)
    return Part(offset, data, is_last=len(data) < size)
