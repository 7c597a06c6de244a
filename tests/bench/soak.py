"""python -m tests.bench soak: check that the server does not leak under hours of load."""

import argparse
from collections.abc import Iterator, Sequence
from statistics import median
from time import sleep
from typing import NamedTuple

from tests.bench import load, processes
from tests.bench.cases import Case, Fate, Surroundings
from tests.bench.contenders import OURS, running
from tests.bench.load import Load
from tests.bench.measure import stage
from tests.bench.report import table
from validator.upstream.http.connection import MAX_IDLE_SECONDS

# Two in three pass, and one in fifteen never gets a response from Twilio.
CASES = (
    *(Case(),) * 8,
    *(Case(media=5),) * 2,
    *(Case(Fate.MISSING),) * 2,
    *(Case(Fate.GIF),) * 2,
    Case(Fate.STUCK),
)
SURROUNDINGS = Surroundings(twilio=0.05, redirect=0.05, media=0.03)
SETTINGS = {"VALIDATION_DEADLINE": "2", "PATIENCE_SECONDS": "0"}
# Seconds after the last response until the server has closed its idle connections.
REST = MAX_IDLE_SECONDS + 2
HEADER = ("minutes", "validations", "errors", "MB", "descriptors", "threads")

# More than this factor and this many is a leak: allocators and pools vary a little.
GROWTH = {"memory": (1.03, 0), "descriptors": (1.0, 8), "threads": (1.0, 0)}


class Reading(NamedTuple):
    """The resources of the idle server, some minutes after the start."""

    minutes: float
    validations: int
    errors: dict[str, int]
    memory: int
    descriptors: int
    threads: int

    def row(self) -> tuple[str, ...]:
        """Return the cells of the table."""
        counts = self.validations, sum(self.errors.values())
        resources = f"{self.memory / 1e6:.1f}", self.descriptors, self.threads
        return f"{self.minutes:.1f}", *map(str, (*counts, *resources))


def main(arguments: Sequence[str]) -> int:
    """Run the soak test; return exit code 1 if anything grew or a response was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench soak", description=__doc__)
    add = parser.add_argument
    add("--minutes", type=float, default=10.0, help="default 10")
    add("--every", type=float, default=60.0, help="seconds between readings; default 60")
    add("--clients", type=int, default=32, help="default 32")
    options = parser.parse_args(arguments)
    readings: list[Reading] = []
    for reading in _readings(options.minutes * 60, options.every, options.clients):
        readings.append(reading)
        cells = zip(HEADER, reading.row(), strict=True)
        print(", ".join(f"{name} {value}" for name, value in cells), flush=True)
    print("", table([HEADER, *(reading.row() for reading in readings)]), "", sep="\n")
    faults = _faults(readings)
    print(*(faults or ["Nothing grew, and every response was right."]), sep="\n")
    return 1 if faults else 0


def _readings(seconds: float, every: float, clients: int) -> Iterator[Reading]:
    """Yield a reading after each period of load and rest."""
    with stage(SURROUNDINGS) as here, running(OURS, here.settings | SETTINGS) as service:
        for number in range(1, max(2, round(seconds / every)) + 1):
            arguments = [Load(service.port, clients, CASES), 0.0, max(1.0, every - REST)]
            outcome = here.clients.apply(load.back_to_back, arguments)
            sleep(REST)
            tree = processes.tree(service.pid)
            yield Reading(
                number * every / 60,
                len(outcome.latencies),
                outcome.errors,
                processes.memory(service.pid),
                sum(each.num_fds() for each in tree),
                sum(each.num_threads() for each in tree),
            )


def _faults(readings: Sequence[Reading]) -> list[str]:
    """Return the wrong responses, and the resources that grew from the first half to the second.

    The first reading is ignored because the pools are still being filled.
    """
    half = (len(readings) + 1) // 2
    before, after = readings[1:half] or readings[:1], readings[half:]
    faults = [f"{count} times {kind}" for each in readings for kind, count in each.errors.items()]
    for name, (factor, more) in GROWTH.items():
        was, became = (median(getattr(row, name) for row in part) for part in (before, after))
        if became > was * factor + more:
            faults.append(f"The {name} grew from {was:,.0f} to {became:,.0f}.")
    return faults
