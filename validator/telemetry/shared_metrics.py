"""Prometheus metrics that the worker processes of a server share, in memory and not in files.

The memory is mapped before the workers are forked. No disk can be full or read-only for it, and a
server that is killed leaves nothing behind. Each worker writes to a row of its own, so none waits
for another, and a scrape adds the rows up.

Every label set is known when a metric is made: to count is one addition, which cannot fail, and
one of an unknown label set is left out.
prometheus_client sees them as custom collectors:
https://prometheus.github.io/client_python/collector/custom/
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from mmap import mmap

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

# More than a server has workers at any time, also while new ones replace the old.
ROWS = 256
# Numbers in a row. A metric too many fails at import.
COLUMNS = 512

Labels = tuple[str, ...]
UNLABELLED: tuple[Labels, ...] = ((),)


class Table:
    """Numbers in shared memory; writing one of eight aligned bytes cannot be torn by a kill."""

    def __init__(self) -> None:
        self._numbers = memoryview(mmap(-1, ROWS * COLUMNS * 8)).cast("d")
        self._row = 0
        self._taken = 0

    def use_row(self, worker: int) -> None:
        """Write to the row of this worker, and go on from the numbers that are in it."""
        self._row = worker % ROWS * COLUMNS

    def take(self, columns: int) -> int:
        """The first of as many columns that no other metric uses."""
        first, self._taken = self._taken, self._taken + columns
        if self._taken > COLUMNS:
            raise MemoryError("the metrics need more COLUMNS")
        return first

    def add(self, column: int, amount: float) -> None:
        self._numbers[self._row + column] += amount

    def total(self, column: int) -> float:
        return sum(self._numbers[column::COLUMNS])

    def clear(self, worker: int, column: int) -> None:
        self._numbers[worker % ROWS * COLUMNS + column] = 0.0


table = Table()
registry = CollectorRegistry()


class Counter(Collector):
    """Counts events by their labels."""

    def __init__(
        self, name: str, about: str, labels: Sequence[str], label_sets: Iterable[Labels]
    ) -> None:
        self._described = name, about, None, labels
        self._columns = {labels: table.take(1) for labels in label_sets}
        registry.register(self)

    def count(self, *labels: str) -> None:
        if (column := self._columns.get(labels)) is not None:
            table.add(column, 1)

    def collect(self) -> Iterator[Metric]:
        family = CounterMetricFamily(*self._described)
        for labels, column in self._columns.items():
            family.add_metric(labels, table.total(column))
        yield family


class Gauge(Collector):
    """A number that rises and falls."""

    def __init__(self, name: str, about: str) -> None:
        self._described = name, about
        self._column = table.take(1)
        registry.register(self)

    def add(self, amount: float) -> None:
        table.add(self._column, amount)

    def forget(self, worker: int) -> None:
        """Take off what a worker that has ended had added."""
        table.clear(worker, self._column)

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(*self._described, table.total(self._column))


class Histogram(Collector):
    """Durations by their labels, in seconds."""

    def __init__(
        self,
        name: str,
        about: str,
        buckets: Sequence[float],
        labels: Sequence[str] = (),
        label_sets: Iterable[Labels] = UNLABELLED,
    ) -> None:
        self._described = name, about, None, None, labels
        self._buckets = buckets
        self._bounds = (*map(str, buckets), "+Inf")
        # A column for the sum, then one for each bucket.
        self._columns = {labels: table.take(1 + len(self._bounds)) for labels in label_sets}
        registry.register(self)

    def observe(self, seconds: float, *labels: str) -> None:
        if (column := self._columns.get(labels)) is not None:
            table.add(column, seconds)
            table.add(column + 1 + bisect_left(self._buckets, seconds), 1)

    def collect(self) -> Iterator[Metric]:
        family = HistogramMetricFamily(*self._described)
        for labels, column in self._columns.items():
            counts = [table.total(column + 1 + number) for number in range(len(self._bounds))]
            buckets = list(zip(self._bounds, accumulate(counts), strict=True))
            family.add_metric(labels, buckets, table.total(column))
        yield family
