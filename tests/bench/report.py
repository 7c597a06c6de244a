"""The results of a run as plain-text tables."""

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

from tests.bench.cases import Surroundings
from tests.bench.contenders import OURS
from tests.bench.measure import Result

COLUMNS = {
    "contender": "{0.contender}",
    "clients": "{0.clients}",
    "media": "{0.media}",
    "KiB": "{0.kib}",
    "n": "{0.validations}",
    "p50 ms": "{0.p50:.1f}",
    "p95 ms": "{0.p95:.1f}",
    "p99 ms": "{0.p99:.1f}",
    "last ms": "{0.last:.1f}",
    "per s": "{0.per_second:.1f}",
    "CPU ms": "{0.cpu:.2f}",
    "MB": "{0.memory:.0f}",
    "twilio": "{0.twilio:.0%}",
    "load": "{0.load:.0%}",
    "others": "{0.others:.0%}",
    "errors": "{1}",
}
RATIO_HEADER = (
    *("this service to", "clients", "media", "KiB"),
    *("p50", "p95", "p99", "per s", "CPU", "memory", "start"),
)
COMPARED = attrgetter("p50", "p95", "p99", "per_second", "cpu", "memory", "start")
NOTES = """\
CPU ms: CPU time of all processes of the contender per validation. MB: their peak memory, shared
pages counted once. twilio, load, others: share of one CPU that the simulated Twilio, the clients
and all other processes used. Near 100%, the first two are the bottleneck, and others distort all
results."""


def lines(results: Sequence[Result], surroundings: Surroundings) -> Iterator[str]:
    """Yield the lines of the report on a run."""
    path = surroundings.critical_path * 1000
    yield from ("", table([list(COLUMNS), *map(_row, results)]), "", NOTES, "")
    yield from (table([RATIO_HEADER, *_ratios(results)]), "")
    yield (
        f"Critical path: {path:.0f} ms. The message and its media list, requested at the same "
        f"time, {surroundings.twilio * 1000:.0f}; the redirect, "
        f"{surroundings.redirect * 1000:.0f}; the first bytes, {surroundings.media * 1000:.0f}."
    )
    for row in results:
        if row.clients == 1:
            yield f"{row.contender}: {row.p50 - path:+.1f} ms at p50 for one client."
    yield ""
    for name, seconds in {row.contender: row.start for row in results}.items():
        yield f"{name}: serves {seconds:.2f} s after its start."
    for row in results:
        for kind, count in row.errors.items():
            yield f"{row.contender}, {row.clients} clients: {count} times {kind}"


def progress(row: Result) -> str:
    """Return one line on one result."""
    return (
        f"{row.contender}, {row.clients} clients, {row.media} x {row.kib} KiB: "
        f"p50 {row.p50:.0f} ms, {row.per_second:.1f} a second, {row.cpu:.2f} ms CPU each"
    )


def table(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as a table, the first column left-aligned, the others right-aligned."""
    rows = list(rows)
    first, *others = (max(map(len, column)) for column in zip(*rows, strict=True))
    return "\n".join(
        "  ".join([row[0].ljust(first), *map(str.rjust, row[1:], others)]) for row in rows
    )


def _row(row: Result) -> list[str]:
    return [column.format(row, row.errors.total()) for column in COLUMNS.values()]


def _ratios(results: Sequence[Result]) -> Iterator[tuple[str, ...]]:
    """Yield this service's results divided by those of each reference under the same load."""
    ours = {row.workload: COMPARED(row) for row in results if row.contender == OURS.name}
    for row in results:
        if row.contender != OURS.name and row.workload in ours:
            pairs = zip(ours[row.workload], COMPARED(row), strict=True)
            ratios = (f"{own / other:.2f}" if other else "-" for own, other in pairs)
            yield row.contender, *map(str, row.workload), *ratios
