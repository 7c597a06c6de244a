"""Parts of a file, which are read only as far as they are needed."""

from collections.abc import Callable
from typing import NamedTuple

ReadAt = Callable[[int, int], bytes]
"""`read(offset, size)` returns those bytes, fewer than `size` only at the end of the file."""


class Part(NamedTuple):
    """Some bytes of a file, their offset in it, and whether the file ends there."""

    offset: int
    data: bytes
    is_last: bool

    def after(self, size: int) -> "Part":
        """Return this part without its first `size` bytes."""
        return Part(self.offset + size, self.data[size:], self.is_last)


def read_part(read: ReadAt, offset: int, size: int) -> Part:
    """Return the `size` bytes at `offset`; raises what `read` raises."""
    data = read(offset, size)
    return Part(offset, data, is_last=len(data) < size)
