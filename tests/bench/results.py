"""The results of a contender under a workload."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from math import ceil
from statistics import median, median_low
from typing import Any, Self

from tests.bench.load import Outcome


@dataclass(frozen=True)
class Latency:
    """Milliseconds from a request to its response: three percentiles and the maximum."""

    p50: float
    p95: float
    p99: float
    last: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Self:
        """Return the percentiles of latencies in seconds."""
        ordered = sorted(seconds) or [0.0]
        ranks = (ceil(share * len(ordered)) for share in (0.5, 0.95, 0.99, 1.0))
        return cls(*(ordered[rank - 1] * 1000 for rank in ranks))


@dataclass(frozen=True)
class Busy:
    """The number of CPUs that the simulated Twilio, the clients and all other processes used."""

    upstream: float
    clients: float
    others: float

    @classmethod
    def of(cls, outcome: Outcome) -> Self:
        """Return the CPU use while the load ran."""
        share = {name: used / outcome.seconds for name, used in outcome.cpu_seconds.items()}
        others = share.pop("machine") - sum(share.values())
        return cls(share["upstream"], share["clients"], max(0.0, others))


@dataclass(frozen=True)
class Result:
    """The result of one contender under one workload.

    `cpu` is the CPU time per validation in milliseconds, `memory` the peak of all its processes in
    MB, `start` the seconds from its start until it served.
    """

    contender: str
    clients: int
    media: int
    kib: int
    validations: int
    latency: Latency
    per_second: float
    cpu: float
    memory: float
    start: float
    busy: Busy
    errors: Counter[str]

    @property
    def workload(self) -> tuple[int, int, int]:
        """Return the number of clients, of media files per message, and their size in KiB."""
        return self.clients, self.media, self.kib


def medians(results: Iterable[Result]) -> list[Result]:
    """Return the medians over the rounds of each contender and workload; errors are summed."""
    rounds: dict[tuple[object, ...], list[Result]] = {}
    for row in results:
        rounds.setdefault((row.contender, *row.workload), []).append(row)
    return [_middle(rows) for rows in rounds.values()]


def _middle(values: Sequence[Any]) -> Any:
    first = values[0]
    if isinstance(first, float):
        return median(values)
    if isinstance(first, int):
        return median_low(values)
    if isinstance(first, Counter):
        return sum(values, Counter())
    if is_dataclass(first) and not isinstance(first, type):
        names = [part.name for part in fields(first)]
        middle = {name: _middle([getattr(value, name) for value in values]) for name in names}
        return replace(first, **middle)
    return first
