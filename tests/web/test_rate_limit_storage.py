"""Counts in memory: how many are kept, and when they are dropped."""

from itertools import pairwise

import pytest

from validator.web import rate_limit_storage
from validator.web.rate_limit_storage import MemoryStorage


def test_expired_counts_in_memory_are_dropped_a_few_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr(rate_limit_storage, "monotonic", lambda: now[0])
    storage = MemoryStorage()

    sizes = []
    for now[0] in (0.0, 60.0):
        for client in range(1000):
            storage.incr(f"{client} at {now[0]}", 60)
            sizes.append(len(storage))

    assert max(before - after for before, after in pairwise(sizes)) <= 2
    assert sizes[-1] == 1000


def test_counts_in_memory_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit_storage, "MAX_COUNTS", 10)
    storage = MemoryStorage()

    for client in range(100):
        storage.incr(str(client), 60)

    assert len(storage) <= 10
    assert storage.get("99") == 1
