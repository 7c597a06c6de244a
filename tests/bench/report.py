"""The results of a run as plain-text tables."""

from collections.abc import Iterator, Sequence

from tests.bench.contenders import OURS
from tests.bench.measure import Result

WORKLOAD = ("clients", "media", "KiB")
COMPARED = ("p50", "p95", "per s", "CPU", "MB")
NOTES = """
p50, p95, longest: milliseconds until the verdict. CPU: milliseconds of CPU time of all processes
of the service per validation. MB: their peak memory, shared pages counted once. busy: share of all
processors that everything on this machine used. Near 100 %, they limit the results; if it is not
near 0 % for one client, other programs distort them.
"""


def report(results: Sequence[Result], critical_path: float) -> Iterator[str]:
    """Yield the lines of the report on a run."""
    yield line("", *WORKLOAD, *results[0].measured, "errors")
    for row in results:
        yield line(row.contender, *row.workload, *row.measured.values(), row.errors.total())
    yield from (NOTES, line("this service to", *WORKLOAD, *COMPARED))
    ours = {row.workload: row.measured for row in results if row.contender == OURS}
    for row in results:
        own = ours.get(row.workload)
        if own and row.contender != OURS:
            ratios = (own[name] / (row.measured[name] or 1) for name in COMPARED)
            yield line(row.contender, *row.workload, *ratios)
    yield f"\nCritical path: {critical_path:.0f} ms, as long as the simulated Twilio takes."
    for row in results:
        for kind, count in row.errors.items():
            yield f"{row.contender}, {row.clients} clients: {count} times {kind}"


def line(name: str, *cells: str | float) -> str:
    """Return a line of a table: the name left-aligned, the others right-aligned."""
    texts = (f"{cell:.2f}" if isinstance(cell, float) else f"{cell}" for cell in cells)
    return f"{name:<18}" + "".join(f"{text:>9}" for text in texts)
