"""python -m tests.bench.plot FILE.json FILE.svg: plot latency by number of clients."""

import json
import sys
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

SECONDS = (0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10)


def main(results: str, drawing: str) -> None:
    """Plot the results that the benchmark wrote with --json."""
    figure = Figure(figsize=(7.6, 4.4), layout="constrained")
    draw(json.loads(Path(results).read_text()), figure.subplots())
    # Text stays text, and the same results always give the same file.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "latency"}):
        figure.savefig(drawing, format="svg", metadata={"Date": None})


def draw(results: dict[str, Any], axes: Axes) -> None:
    """Draw p50 and p95 by number of clients, both on logarithmic axes."""
    axes.set_title("Time for one verdict, by number of clients", loc="left")
    axes.set(xscale="log", yscale="log", xlabel="clients", ylabel="seconds (lines: p50, dots: p95)")
    for name, group in groupby(results["results"], itemgetter("contender")):
        rows = list(group)
        clients = [row["clients"] for row in rows]
        p50, p95 = ([row["measured"][rank] / 1000 for row in rows] for rank in ("p50", "p95"))
        (curve,) = axes.plot(clients, p50, marker="o", label=name)
        axes.plot(clients, p95, ":", color=curve.get_color())
        axes.set_xticks(clients, [f"{number:,}" for number in clients])
    alone = results["critical_path"] / 1000
    axes.axhline(alone, color="grey", linestyle="--", label=f"Twilio alone, {alone:g} s")
    # Round numbers instead of powers of ten.
    limits = axes.get_ylim()
    axes.set_yticks(SECONDS, [f"{seconds:g}" for seconds in SECONDS])
    axes.set_ylim(limits)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_locator(NullLocator())
    axes.grid(alpha=0.3)
    axes.legend()


if __name__ == "__main__":
    main(*sys.argv[1:])
