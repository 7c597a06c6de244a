"""python -m tests.bench plot FILE.json FILE.svg: plot latency by number of clients."""

import argparse
import json
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

SECONDS = (0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10)


def main(arguments: Sequence[str]) -> int:
    """Write the plot and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench plot", description=__doc__)
    parser.add_argument("results", type=Path, help="the file that the benchmark wrote with --json")
    parser.add_argument("drawing", type=Path, help="where to write the SVG")
    options = parser.parse_args(arguments)
    figure = Figure(figsize=(7.6, 4.4), layout="constrained")
    draw(json.loads(options.results.read_text()), figure.subplots())
    # Text stays text, and the same results always give the same file.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "latency"}):
        figure.savefig(options.drawing, format="svg", metadata={"Date": None})
    return 0


def draw(results: dict[str, Any], axes: Axes) -> None:
    """Draw p50 and p95 by number of clients, both on logarithmic axes."""
    axes.set_title("Time for one verdict, by number of clients", loc="left")
    axes.set(xscale="log", yscale="log", xlabel="clients", ylabel="seconds (lines: p50, dots: p95)")
    for name, rows in groupby(results["results"], itemgetter("contender")):
        _plot(axes, name, sorted(rows, key=itemgetter("clients")))
    alone = results["critical_path"] / 1000
    axes.axhline(alone, color="grey", linestyle="--", label=f"Twilio alone, {alone:g} s")
    _label_round_numbers(axes)
    axes.grid(alpha=0.3)
    axes.legend()


def _plot(axes: Axes, name: str, rows: Sequence[dict[str, Any]]) -> None:
    clients = [row["clients"] for row in rows]
    p50, p95 = ([row[rank] / 1000 for row in rows] for rank in ("p50", "p95"))
    (line,) = axes.plot(clients, p50, marker="o", label=name)
    axes.plot(clients, p95, ":", color=line.get_color())
    axes.set_xticks(clients, [f"{number:,}" for number in clients])


def _label_round_numbers(axes: Axes) -> None:
    """Label round numbers instead of powers of ten."""
    limits = axes.get_ylim()
    axes.set_yticks(SECONDS, [f"{seconds:g}" for seconds in SECONDS])
    axes.set_ylim(limits)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_locator(NullLocator())
