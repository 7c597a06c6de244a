"""python -m tests.bench plot FILE.json FILE.svg: latency against the number of clients."""

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil, floor, log10
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 70, 560, 70, 380
COLOURS = ("#0b6e99", "#c2571a", "#5b8c2a")
LABEL_GAP = 17
STYLE = """\
text { font: 13px system-ui, sans-serif; fill: #333 }
.title { font-size: 17px; font-weight: 600 }
.tick { fill: #777; font-size: 12px }
.grid { stroke: #e4e4e4 }
.p50, .p95 { fill: none; stroke-width: 2.5; stroke-linejoin: round; stroke-linecap: round }
.p95 { stroke-dasharray: 2 6 }
.floor { stroke: #999; stroke-dasharray: 6 4 }"""


@dataclass(frozen=True)
class Scale:
    """A logarithmic axis: values from low to high, drawn from one place to another."""

    low: float
    high: float
    begins: float
    ends: float

    def __call__(self, value: float) -> float:
        share = log10(value / self.low) / log10(self.high / self.low)
        return self.begins + share * (self.ends - self.begins)


@dataclass(frozen=True)
class Line:
    """What one contender did: (clients, p50, p95), with times in milliseconds."""

    name: str
    colour: str
    points: tuple[tuple[int, float, float], ...]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench plot", description=__doc__)
    parser.add_argument("results", type=Path, help="what the benchmark wrote with --json")
    parser.add_argument("drawing", type=Path, help="where to write the SVG")
    options = parser.parse_args(arguments)
    options.drawing.write_text(draw(json.loads(options.results.read_text())))
    return 0


def draw(results: dict[str, Any]) -> str:
    """The SVG of p50 and p95 against the number of clients, both on logarithmic axes."""
    lines = list(_lines(results["figures"]))
    path = results["critical_path"]
    parts = [
        f'<text class="title" x="{LEFT}" y="26">Time for one verdict, by number of clients</text>',
        f'<text class="tick" x="{LEFT}" y="46">lines: p50, dots: p95</text>',
        *_axes(lines, path),
        "</svg>\n",
    ]
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img">'
    )
    background = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
    return "\n".join([opening, f"<style>\n{STYLE}\n</style>", background, *parts])


def _lines(figures: Iterable[dict[str, Any]]) -> Iterator[Line]:
    def contender(row: dict[str, Any]) -> str:
        return str(row["contender"])

    for colour, (name, rows) in zip(COLOURS, groupby(figures, contender), strict=False):
        points = sorted(
            (row["clients"], row["latency"]["p50"], row["latency"]["p95"]) for row in rows
        )
        yield Line(name, colour, tuple(points))


def _axes(lines: Sequence[Line], path: float) -> Iterator[str]:
    clients = sorted({point[0] for line in lines for point in line.points})
    times = [path, *(time for line in lines for point in line.points for time in point[1:])]
    x = Scale(clients[0], max(clients[-1], clients[0] + 1), LEFT, RIGHT)
    y = Scale(min(times) * 0.8, max(times) * 1.15, BOTTOM, TOP)
    yield from _grid(clients, x, y)
    yield f'<line class="floor" x1="{LEFT}" x2="{RIGHT}" y1="{y(path):.1f}" y2="{y(path):.1f}"/>'
    for line in lines:
        yield from _curves(line, x, y)
    yield from _legend(lines, path, y)


def _grid(clients: Sequence[int], x: Scale, y: Scale) -> Iterator[str]:
    for time in _round_numbers(y.low, y.high):
        height = f"{y(time):.1f}"
        label = f"{time:g} ms" if time < 1000 else f"{time / 1000:g} s"
        yield f'<line class="grid" x1="{LEFT}" x2="{RIGHT}" y1="{height}" y2="{height}"/>'
        place = f'x="{LEFT - 10}" y="{height}" dy="4" text-anchor="end"'
        yield f'<text class="tick" {place}>{label}</text>'
    for number in clients:
        place = f'x="{x(number):.1f}" y="{BOTTOM + 22}" text-anchor="middle"'
        yield f'<text class="tick" {place}>{number}</text>'
    middle = (LEFT + RIGHT) / 2
    yield f'<text x="{middle}" y="{BOTTOM + 46}" text-anchor="middle">clients</text>'


def _curves(line: Line, x: Scale, y: Scale) -> Iterator[str]:
    for number, name in enumerate(("p50", "p95"), start=1):
        points = " ".join(f"{x(point[0]):.1f},{y(point[number]):.1f}" for point in line.points)
        yield f'<polyline class="{name}" stroke="{line.colour}" points="{points}"/>'
    for clients, p50, _ in line.points:
        place = f'cx="{x(clients):.1f}" cy="{y(p50):.1f}"'
        yield f'<circle {place} r="4" fill="{line.colour}"/>'


def _legend(lines: Sequence[Line], path: float, y: Scale) -> Iterator[str]:
    """Each name beside the end of its line, none on top of another."""
    labels = [(y(line.points[-1][1]), line.name, line.colour) for line in lines]
    labels.append((y(path), f"Twilio alone, {path:.0f} ms", "#777"))
    lowest = float("inf")
    for height, name, colour in sorted(labels, reverse=True):
        lowest = min(height, lowest - LABEL_GAP)
        place = f'x="{RIGHT + 14}" y="{lowest:.1f}" dy="4"'
        yield f'<text {place} style="fill: {colour}">{escape(name)}</text>'


def _round_numbers(low: float, high: float) -> Iterator[float]:
    """1, 2 and 5 times the powers of ten between the two."""
    for power in range(floor(log10(low)), ceil(log10(high)) + 1):
        numbers = (digit * 10.0**power for digit in (1, 2, 5))
        yield from (number for number in numbers if low <= number <= high)
