"""python -m tests.bench.soak: check that the server does not leak under hours of load."""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from statistics import median

from tests.bench.cases import Case, Outcome
from tests.bench.contenders import OURS, Service, running
from tests.bench.load import Load
from tests.bench.measure import stage
from tests.bench.report import line
from validator.upstream.http.connection import MAX_IDLE_SECONDS

# Two in three pass, and one in fifteen never gets a response from Twilio.
CASES = (
    *(Case(),) * 8,
    *(Case(media=5),) * 2,
    *(Case(Outcome.MISSING),) * 2,
    *(Case(Outcome.GIF),) * 2,
    Case(Outcome.STUCK),
)
SETTINGS = {"VALIDATION_DEADLINE": "2", "PATIENCE_SECONDS": "0"}
CLIENTS = 32
# Seconds after the last response until the server has closed its idle connections.
REST = MAX_IDLE_SECONDS + 2

# More than this factor and this many is a leak: allocators and pools vary a little.
GROWTH = {"MB": (1.03, 0), "FDs": (1.0, 8), "threads": (1.0, 0)}


def main() -> int:
    """Run the soak test; return exit code 1 if anything grew or a response was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=int, default=10, help="at least 3; default 10")
    minutes = max(3, parser.parse_args().minutes)
    readings = []
    print(line("minutes", "right", "wrong", *GROWTH))
    with (
        stage(api_delay=0.05, media_delay=0.03) as settings,
        running(OURS, settings | SETTINGS) as service,
    ):
        load = Load(service.port, CASES)
        for minute in range(1, minutes + 1):
            asyncio.run(load.run(CLIENTS, arrive_within=0.0, seconds=60.0 - REST))
            time.sleep(REST)
            readings.append(_reading(service))
            counts = len(load.latencies), load.errors.total()
            print(line(f"{minute}", *counts, *readings[-1].values()), flush=True)
    faults = [f"{count} times {kind}" for kind, count in load.errors.items()] + _grown(readings)
    print(*(faults or ["Nothing grew, and every response was right."]), sep="\n")
    return 1 if faults else 0


def _reading(service: Service) -> dict[str, float]:
    """Return the resources of the idle server, by name as in GROWTH."""
    tree = service.processes()
    descriptors = sum(each.num_fds() for each in tree)
    threads = sum(each.num_threads() for each in tree)
    return {"MB": service.memory(), "FDs": descriptors, "threads": threads}


def _grown(readings: Sequence[dict[str, float]]) -> list[str]:
    """Return what grew from the first half of the readings to the second.

    The first reading is ignored because the pools are still being filled.
    """
    half = (len(readings) + 1) // 2
    before, after = readings[1:half], readings[half:]
    faults = []
    for name, (factor, more) in GROWTH.items():
        was, became = (median(row[name] for row in part) for part in (before, after))
        if became > was * factor + more:
            faults.append(f"{name} grew from {was:,.1f} to {became:,.1f}.")
    return faults


if __name__ == "__main__":
    sys.exit(main())
