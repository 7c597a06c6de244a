"""Prometheus metrics in memory that all worker processes of a server share.

The memory is mapped before the workers are forked, so it needs no disk, and a killed server leaves
no files behind. Each worker writes to its own row, so no lock is needed; a scrape sums the rows.

All label sets are given when a metric is created. Counting is one addition, which cannot fail;
an unknown label set is ignored.
prometheus_client sees the metrics as custom collectors:
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

# More than the workers of a server at any time, also while new ones replace the old.
ROWS = 256
# Numbers in a row: one metric too many fails at import.
COLUMNS = 512

Labels = tuple[str, ...]


class Table:
    """Numbers in shared memory; a write of eight aligned bytes is complete or not made at all."""

    def __init__(self) -> None:
        self._numbers = memoryview(mmap(-1, ROWS * COLUMNS * 8)).cast("d")
        self._row = 0
        self._taken = 0

    def use_row(self, worker: int) -> None:
        """Write to the row of this worker from now on, adding to the numbers in it."""
        self._row = worker % ROWS * COLUMNS

    def take(self, columns: int) -> int:
        """Reserve this many columns and return the first; raises MemoryError if none are left."""
        first, self._taken = self._taken, self._taken + columns
        if self._taken > COLUMNS:
            raise MemoryError("the metrics need more COLUMNS")
        return first

    def add(self, column: int, amount: float) -> None:
        """Add to a number of this worker."""
        self._numbers[self._row + column] += amount

    def total(self, column: int) -> float:
        """Return the sum of a column over all workers."""
        return sum(self._numbers[column::COLUMNS])

    def clear(self, worker: int, column: int) -> None:
        """Set a number of one worker to zero."""
        self._numbers[worker % ROWS * COLUMNS + column] = 0.0


table = Table()
registry = CollectorRegistry()


class Counter(Collector):
    """A Prometheus counter with labels."""

    def __init__(
        self, name: str, about: str, labels: Sequence[str], label_sets: Iterable[Labels]
    ) -> None:
        self._described = name, about, None, labels
        self._columns = {labels: table.take(1) for labels in label_sets}
        registry.register(self)

    def count(self, *labels: str) -> None:
        """Count one event; an unknown label set is ignored."""
        if (column := self._columns.get(labels)) is not None:
            table.add(column, 1)

    def collect(self) -> Iterator[Metric]:
        """Yield the metric for a scrape."""
        family = CounterMetricFamily(*self._described)
        for labels, column in self._columns.items():
            family.add_metric(labels, table.total(column))
        yield family


class Gauge(Collector):
    """A Prometheus gauge: a number that rises and falls."""

    def __init__(self, name: str, about: str) -> None:
        self._described = name, about
        self._column = table.take(1)
        registry.register(self)

    def add(self, amount: float) -> None:
        """Add to the number, or subtract if `amount` is negative."""
        table.add(self._column, amount)

    def forget(self, worker: int) -> None:
        """Subtract what a worker that has ended had added."""
        table.clear(worker, self._column)

    def collect(self) -> Iterator[Metric]:
        """Yield the metric for a scrape."""
        yield GaugeMetricFamily(*self._described, table.total(self._column))


class Histogram(Collector):
    """A Prometheus histogram of durations in seconds, with labels."""

    def __init__(
        self,
        name: str,
        about: str,
        buckets: Sequence[float],
        labels: Sequence[str] = (),
        label_sets: Iterable[Labels] = ((),),
    ) -> None:
        self._described = name, about, None, None, labels
        self._buckets = buckets
        self._bounds = (*map(str, buckets), "+Inf")
        # A column for the sum, then one for each bucket.
        self._columns = {labels: table.take(1 + len(self._bounds)) for labels in label_sets}
        registry.register(self)

    def observe(self, seconds: float, *labels: str) -> None:
        """Count a duration; an unknown label set is ignored."""
        if (column := self._columns.get(labels)) is not None:
            table.add(column, seconds)
            table.add(column + 1 + bisect_left(self._buckets, seconds), 1)

    def collect(self) -> Iterator[Metric]:
        """Yield the metric for a scrape."""
        family = HistogramMetricFamily(*self._described)
        for labels, column in self._columns.items():
            counts = [table.total(column + 1 + number) for number in range(len(self._bounds))]
            buckets = list(zip(self._bounds, accumulate(counts), strict=True))
            family.add_metric(labels, buckets, table.total(column))
        yield family
