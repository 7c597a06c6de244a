"""Rate limits counted in the memory of one process."""

from collections import deque
from threading import Lock
from time import monotonic, time

from limits.storage import Storage

# With more, the oldest counts are dropped, so that memory is bounded.
MAX_COUNTS = 100_000
# Counts to check for expiry at each increment: more than one, so that they are dropped faster than
# they are added.
CHECKED_AT_ONCE = 2


class MemoryStorage(Storage):
    """A storage for `limits` that uses the monotonic clock, and drops expired counts in passing.

    The storage of `limits` uses the wall clock, so a client can be refused for days after the clock
    has jumped. It also scans all counts up to a hundred times a second, 7 ms for 40,000 of them.
    """

    STORAGE_SCHEME = None
    base_exceptions = ()

    def __init__(self) -> None:
        super().__init__()
        # The count of each key, and when it expires.
        self._counts: dict[str, tuple[int, float]] = {}
        # The same keys, in the order in which they are checked for expiry.
        self._keys: deque[str] = deque()
        self._changing = Lock()

    def __len__(self) -> int:
        return len(self._counts)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to the count of a key and return it; a new count expires after `expiry` seconds."""
        with self._changing:
            self._drop_old()
            if key not in self._counts:
                self._keys.append(key)
            count, ends = self._current(key) or (0, monotonic() + expiry)
            self._counts[key] = count + amount, ends
        return count + amount

    def get(self, key: str) -> int:
        """Return the count of a key, 0 if it has expired."""
        current = self._current(key)
        return current[0] if current else 0

    def get_expiry(self, key: str) -> float:
        """Return when the count of a key expires, in seconds since the epoch."""
        current = self._current(key)
        return time() + (current[1] - monotonic() if current else 0)

    def check(self) -> bool:
        """Return whether the storage can be used: memory always can."""
        return True

    def reset(self) -> int:
        """Drop all counts, and return how many there were."""
        with self._changing:
            dropped = len(self._counts)
            self._counts.clear()
            self._keys.clear()
        return dropped

    def clear(self, key: str) -> None:
        """Let the count of a key expire now."""
        with self._changing:
            if key in self._counts:
                self._counts[key] = 0, 0.0

    def _current(self, key: str) -> tuple[int, float] | None:
        found = self._counts.get(key)
        return found if found and found[1] > monotonic() else None

    def _drop_old(self) -> None:
        """Check the next few counts, and drop those that have expired; all of them if full."""
        full = len(self._keys) >= MAX_COUNTS
        for _ in range(min(CHECKED_AT_ONCE, len(self._keys))):
            key = self._keys.popleft()
            if full or self._current(key) is None:
                del self._counts[key]
            else:
                self._keys.append(key)
