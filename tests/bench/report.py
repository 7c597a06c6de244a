"""The results of a run as plain-text tables."""

from collections.abc import Iterator, Sequence

from tests.bench.contenders import OURS
from tests.bench.measure import Result

WORKLOAD = ("clients", "media", "KiB")
COLUMNS = (*WORKLOAD, "p50 ms", "p95 ms", "longest", "per s", "CPU ms", "MB", "busy", "errors")
RATIOS = ("p50", "p95", "per_second", "cpu", "memory")
NOTES = """\
CPU ms: CPU time of all processes of the contender per validation. MB: their peak memory, shared
pages counted once. busy: share of all processors that the contender, the simulated Twilio, the
clients and all else used. Near 100%, the processors limit the results.
"""


def report(results: Sequence[Result], critical_path: float) -> Iterator[str]:
    """Yield the lines of the report on a run."""
    yield from (line("", *COLUMNS), *map(line_of, results), "", NOTES)
    yield line("this service to", *WORKLOAD, "p50", "p95", "per s", "CPU", "memory")
    ours = {_workload(row): row for row in results if row.contender == OURS}
    for row in results:
        if row.contender != OURS and (own := ours.get(_workload(row))):
            ratios = (_ratio(getattr(own, name), getattr(row, name)) for name in RATIOS)
            yield line(row.contender, *_workload(row), *ratios)
    yield f"\nCritical path: {critical_path * 1000:.0f} ms, the delays of the simulated Twilio."
    for row in results:
        if row.clients == 1:
            above = row.p50 - critical_path * 1000
            yield f"{row.contender}: {above:+.1f} ms at p50 for one client."
    for row in results:
        for kind, count in row.errors.items():
            yield f"{row.contender}, {row.clients} clients: {count} times {kind}"


def line_of(row: Result) -> str:
    """Return the line on one result."""
    times = (f"{each:.1f}" for each in (row.p50, row.p95, row.longest, row.per_second))
    used = f"{row.cpu:.2f}", f"{row.memory:.0f}", f"{row.busy:.0f}%"
    return line(row.contender, *_workload(row), *times, *used, row.errors.total())


def line(name: str, *cells: object) -> str:
    """Return a line of a table: the name left-aligned, the others right-aligned."""
    return f"{name:<18}" + "".join(f"{cell!s:>9}" for cell in cells)


def _workload(row: Result) -> tuple[int, int, int]:
    return row.clients, row.media, row.kib


def _ratio(own: float, other: float) -> str:
    return f"{own / other:.2f}" if other else "-"
