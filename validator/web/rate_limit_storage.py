"""Rate limits counted in the memory of one process."""

from collections import OrderedDict
from threading import Lock
from time import monotonic, time
from typing import NamedTuple

from limits.storage import Storage

# With more, the oldest counts are dropped, so that memory is bounded.
MAX_COUNTS = 100_000
# Counts to check for expiry at each increment: more than one, so that they are dropped faster than
# they are added.
CHECKED_AT_ONCE = 2


class Count(NamedTuple):
    """A number of requests, and the moment of the monotonic clock when it expires."""

    number: int = 0
    expires: float = 0.0

    def is_over(self) -> bool:
        """Return whether the count has expired."""
        return self.expires <= monotonic()


class MemoryStorage(Storage):
    """A storage for `limits` that uses the monotonic clock, and drops expired counts in passing.

    The storage of `limits` uses the wall clock, so a client can be refused for days after the clock
    has jumped. It also scans all counts up to a hundred times a second, 7 ms for 40,000 of them.
    """

    STORAGE_SCHEME = None
    base_exceptions = ()

    def __init__(self) -> None:
        super().__init__()
        # By key, in the order in which they are checked for expiry.
        self._counts: OrderedDict[str, Count] = OrderedDict()
        self._changing = Lock()

    def __len__(self) -> int:
        return len(self._counts)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to the count of a key and return it; a new count expires after `expiry` seconds."""
        with self._changing:
            self._drop_old()
            count = self._current(key) or Count(0, monotonic() + expiry)
            self._counts[key] = Count(count.number + amount, count.expires)
        return count.number + amount

    def get(self, key: str) -> int:
        """Return the count of a key, 0 if it has expired."""
        return count.number if (count := self._current(key)) else 0

    def get_expiry(self, key: str) -> float:
        """Return when the count of a key expires, in seconds since the epoch."""
        return time() + (count.expires - monotonic() if (count := self._current(key)) else 0)

    def check(self) -> bool:
        """Return whether the storage can be used: memory always can."""
        return True

    def reset(self) -> int:
        """Drop all counts, and return how many there were."""
        with self._changing:
            dropped = len(self._counts)
            self._counts.clear()
        return dropped

    def clear(self, key: str) -> None:
        """Drop the count of a key."""
        with self._changing:
            self._counts.pop(key, None)

    def _current(self, key: str) -> Count | None:
        found = self._counts.get(key)
        return found if found and not found.is_over() else None

    def _drop_old(self) -> None:
        """Check the next few counts, and drop those that have expired; all of them if full."""
        full = len(self._counts) >= MAX_COUNTS
        for _ in range(min(CHECKED_AT_ONCE, len(self._counts))):
            key, count = self._counts.popitem(last=False)
            if not (full or count.is_over()):
                self._counts[key] = count
