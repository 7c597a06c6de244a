"""The results of a run as plain-text tables."""

from collections.abc import Iterable, Sequence
from itertools import chain

from tests.bench.contenders import OURS
from tests.bench.results import Result
from tests.bench.upstream import Delays

HEADER = (
    *("contender", "clients", "media", "KiB", "n", "p50 ms", "p95 ms", "p99 ms", "last ms"),
    *("per s", "CPU ms", "MB", "twilio", "load", "others", "errors"),
)
RATIO_HEADER = (
    *("this service to", "clients", "media", "KiB"),
    *("p50", "p95", "p99", "per s", "CPU", "memory", "start"),
)
NOTES = """\
CPU ms: CPU time of all processes of the contender per validation. MB: their peak memory, shared
pages counted once. twilio, load, others: share of one CPU that the simulated Twilio, the clients
and all other processes used. Near 100%, the first two are the bottleneck, and others distort all
results."""


def lines(results: Sequence[Result], delays: Delays) -> Iterable[str]:
    """Yield the lines of the report on a run."""
    return chain(
        ("", table([HEADER, *map(_row, results)]), "", NOTES, ""),
        (table([RATIO_HEADER, *_ratios(results)]), ""),
        _path_lines(results, delays),
        ("",),
        _start_lines(results),
        _error_lines(results),
    )


def progress(row: Result) -> str:
    """Return one line on one result."""
    return (
        f"{row.contender}, {row.clients} clients, {row.media} x {row.kib} KiB: "
        f"p50 {row.latency.p50:.0f} ms, {row.per_second:.1f} a second, {row.cpu:.2f} ms CPU each"
    )


def table(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as a table, the first column left-aligned, the others right-aligned."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_aligned(row, widths) for row in rows)


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)])


def _row(row: Result) -> tuple[str, ...]:
    time, busy = row.latency, row.busy
    return (
        *(row.contender, *map(str, row.workload), str(row.validations)),
        *(f"{value:.1f}" for value in (time.p50, time.p95, time.p99, time.last, row.per_second)),
        *(f"{row.cpu:.2f}", f"{row.memory:.0f}"),
        *(f"{share:.0%}" for share in (busy.upstream, busy.clients, busy.others)),
        str(row.errors.total()),
    )


def _ratios(results: Iterable[Result]) -> Iterable[tuple[str, ...]]:
    """Yield this service's results divided by those of each reference under the same load."""
    results = list(results)
    ours = {row.workload: _compared(row) for row in results if row.contender == OURS.name}
    for row in results:
        if row.contender != OURS.name and row.workload in ours:
            pairs = zip(ours[row.workload], _compared(row), strict=True)
            ratios = (f"{own / other:.2f}" if other else "-" for own, other in pairs)
            yield row.contender, *map(str, row.workload), *ratios


def _compared(row: Result) -> tuple[float, ...]:
    time = row.latency
    return time.p50, time.p95, time.p99, row.per_second, row.cpu, row.memory, row.start


def _path_lines(results: Iterable[Result], delays: Delays) -> Iterable[str]:
    """Yield the time of the delays alone, and what each contender adds for a single client."""
    path = delays.critical_path * 1000
    yield (
        f"Critical path: {path:.0f} ms. The message and its media list, requested at the same "
        f"time, {delays.twilio * 1000:.0f}; the redirect, {delays.redirect * 1000:.0f}; the first "
        f"bytes, {delays.media * 1000:.0f}."
    )
    for row in results:
        if row.clients == 1:
            yield f"{row.contender}: {row.latency.p50 - path:+.1f} ms at p50 for one client."


def _start_lines(results: Iterable[Result]) -> Iterable[str]:
    started = {row.contender: row.start for row in results}
    return (f"{name}: serves {seconds:.2f} s after its start." for name, seconds in started.items())


def _error_lines(results: Iterable[Result]) -> Iterable[str]:
    for row in results:
        for kind, count in row.errors.items():
            yield f"{row.contender}, {row.clients} clients: {count} times {kind}"
