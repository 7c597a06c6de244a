"""Rate limits counted in the memory of one process."""

from collections import deque
from threading import Lock
from time import monotonic, time

from limits.storage import Storage

# Beyond that the oldest counts are forgotten, which limits fewer clients.
MAX_COUNTS = 100_000
# Looked at whenever one is counted: more than one, so that they go faster than they come.
LOOKED_AT = 2


class MemoryStorage(Storage):
    """Counts by a clock that never jumps, and drops old counts a few at a time.

    The one that comes with limits goes by the wall clock, which refuses a client for days after it
    jumped, and goes through all counts up to a hundred times a second, for 7 ms with 40,000.
    """

    STORAGE_SCHEME = None
    base_exceptions = ()

    def __init__(self) -> None:
        super().__init__()
        # The count of each key, and the moment at which it ends.
        self._counts: dict[str, tuple[int, float]] = {}
        # The same keys in the order in which they are looked at.
        self._keys: deque[str] = deque()
        self._changing = Lock()

    def __len__(self) -> int:
        return len(self._counts)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        with self._changing:
            self._drop_old()
            if key not in self._counts:
                self._keys.append(key)
            count, ends = self._current(key) or (0, monotonic() + expiry)
            self._counts[key] = count + amount, ends
        return count + amount

    def get(self, key: str) -> int:
        current = self._current(key)
        return current[0] if current else 0

    def get_expiry(self, key: str) -> float:
        """When the count of a key ends, in seconds since the epoch."""
        current = self._current(key)
        return time() + (current[1] - monotonic() if current else 0)

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        with self._changing:
            dropped = len(self._counts)
            self._counts.clear()
            self._keys.clear()
        return dropped

    def clear(self, key: str) -> None:
        with self._changing:
            if key in self._counts:
                self._counts[key] = 0, 0.0

    def _current(self, key: str) -> tuple[int, float] | None:
        found = self._counts.get(key)
        return found if found and found[1] > monotonic() else None

    def _drop_old(self) -> None:
        """Drop the next few counts that have ended, and those that have not where it is full."""
        full = len(self._keys) >= MAX_COUNTS
        for _ in range(min(LOOKED_AT, len(self._keys))):
            key = self._keys.popleft()
            if full or self._current(key) is None:
                del self._counts[key]
            else:
                self._keys.append(key)
