"""What a contender did under a workload, in figures."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from math import ceil
from statistics import median, median_low
from typing import Any, Self

from tests.bench.load import Outcome


@dataclass(frozen=True)
class Latency:
    """Milliseconds from a post to its answer: three percentiles and the longest."""

    p50: float
    p95: float
    p99: float
    last: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Self:
        ordered = sorted(seconds) or [0.0]
        ranks = (ceil(share * len(ordered)) for share in (0.5, 0.95, 0.99, 1.0))
        return cls(*(ordered[rank - 1] * 1000 for rank in ranks))


@dataclass(frozen=True)
class Busy:
    """How many processors the stand-in for Twilio, the clients, and all others used.

    The others are no part of the benchmark.
    """

    upstream: float
    clients: float
    others: float

    @classmethod
    def of(cls, outcome: Outcome) -> Self:
        share = {name: used / outcome.seconds for name, used in outcome.cpu_seconds.items()}
        others = share.pop("machine") - sum(share.values())
        return cls(share["upstream"], share["clients"], max(0.0, others))


@dataclass(frozen=True)
class Figures:
    """What one contender did with so many clients, and messages with such media.

    `cpu` is the processor time of one validation in milliseconds, `memory` the most MB that all
    its processes together held, `start` the seconds that it took to serve.
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
        return self.clients, self.media, self.kib


def medians(figures: Iterable[Figures]) -> list[Figures]:
    """One for all the rounds of a contender and a workload; their errors add up."""
    rounds: dict[tuple[object, ...], list[Figures]] = {}
    for row in figures:
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
