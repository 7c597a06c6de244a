"""The figures as plain-text tables."""

from collections.abc import Iterable, Sequence
from itertools import chain

from tests.bench.contenders import OURS
from tests.bench.figures import Figures
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
CPU ms: processor time of all the contender's processes for one validation. MB: the most that they
held together, what they share counted once. twilio, load, others: how much of one processor the
stand-in, the clients, and all that is not of the benchmark used. Near 100% the first two are what
was measured, and others spoil every figure."""


def lines(figures: Sequence[Figures], delays: Delays) -> Iterable[str]:
    """All that there is to say of a run."""
    return chain(
        ("", table([HEADER, *map(_row, figures)]), "", NOTES, ""),
        (table([RATIO_HEADER, *_ratios(figures)]), ""),
        _path_lines(figures, delays),
        ("",),
        _start_lines(figures),
        _error_lines(figures),
    )


def progress(row: Figures) -> str:
    return (
        f"{row.contender}, {row.clients} clients, {row.media} x {row.kib} KiB: "
        f"p50 {row.latency.p50:.0f} ms, {row.per_second:.1f} a second, {row.cpu:.2f} ms CPU each"
    )


def table(rows: Iterable[Sequence[str]]) -> str:
    """Columns as wide as they need to be, the first one flush left."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_aligned(row, widths) for row in rows)


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)])


def _row(row: Figures) -> tuple[str, ...]:
    time, busy = row.latency, row.busy
    return (
        *(row.contender, *map(str, row.workload), str(row.validations)),
        *(f"{value:.1f}" for value in (time.p50, time.p95, time.p99, time.last, row.per_second)),
        *(f"{row.cpu:.2f}", f"{row.memory:.0f}"),
        *(f"{share:.0%}" for share in (busy.upstream, busy.clients, busy.others)),
        str(row.errors.total()),
    )


def _ratios(figures: Iterable[Figures]) -> Iterable[tuple[str, ...]]:
    """This service's figures divided by those of each reference under the same load."""
    figures = list(figures)
    ours = {row.workload: _compared(row) for row in figures if row.contender == OURS.name}
    for row in figures:
        if row.contender != OURS.name and row.workload in ours:
            pairs = zip(ours[row.workload], _compared(row), strict=True)
            ratios = (f"{own / other:.2f}" if other else "-" for own, other in pairs)
            yield row.contender, *map(str, row.workload), *ratios


def _compared(row: Figures) -> tuple[float, ...]:
    time = row.latency
    return time.p50, time.p95, time.p99, row.per_second, row.cpu, row.memory, row.start


def _path_lines(figures: Iterable[Figures], delays: Delays) -> Iterable[str]:
    """What the delays alone cost, and what each contender adds to it for a single client."""
    path = delays.critical_path * 1000
    yield (
        f"Critical path: {path:.0f} ms. The message and its media list, asked for at the same "
        f"time, {delays.twilio * 1000:.0f}; the redirect, {delays.redirect * 1000:.0f}; the first "
        f"bytes, {delays.media * 1000:.0f}."
    )
    for row in figures:
        if row.clients == 1:
            yield f"{row.contender}: {row.latency.p50 - path:+.1f} ms at p50 for one client."


def _start_lines(figures: Iterable[Figures]) -> Iterable[str]:
    started = {row.contender: row.start for row in figures}
    return (f"{name}: serves {seconds:.2f} s after its start." for name, seconds in started.items())


def _error_lines(figures: Iterable[Figures]) -> Iterable[str]:
    for row in figures:
        for kind, count in row.errors.items():
            yield f"{row.contender}, {row.clients} clients: {count} times {kind}"
