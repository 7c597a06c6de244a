"""python -m tests.bench soak: check that the server does not leak under hours of load."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import sleep

from tests.bench import load, processes
from tests.bench.contenders import OURS, Running, running
from tests.bench.load import Load, Outcome
from tests.bench.measure import Stage, Surroundings, stage
from tests.bench.report import table
from tests.bench.sids import Case, Fate
from tests.bench.upstream import Delays
from validator.upstream.http.connection import MAX_IDLE_SECONDS

# Two in three pass, and one in fifteen never gets a response from Twilio.
CASES = (
    *(Case(),) * 8,
    *(Case(media=5),) * 2,
    *(Case(Fate.MISSING),) * 2,
    *(Case(Fate.GIF),) * 2,
    Case(Fate.STUCK),
)
DELAYS = Delays(twilio=0.05, redirect=0.05, media=0.03)
SETTINGS = {"VALIDATION_DEADLINE": "2", "PATIENCE_SECONDS": "0"}
# Seconds after the last response until the server has closed its idle connections.
REST = MAX_IDLE_SECONDS + 2
HEADER = ("minutes", "validations", "errors", "MB", "descriptors", "threads")

# More than this is a leak: allocators and pools vary a little.
MEMORY_PLAY = 0.03
PLAY: dict[str, Callable[[float], float]] = {
    "memory": lambda was: was * MEMORY_PLAY,
    "descriptors": lambda _: 8,
    "threads": lambda _: 0,
}


@dataclass(frozen=True)
class Reading:
    """The resources of the idle server, some minutes after the start."""

    minutes: float
    validations: int
    errors: dict[str, int]
    memory: int
    descriptors: int
    threads: int

    def row(self) -> tuple[str, ...]:
        """Return the cells of the table."""
        counts = (self.descriptors, self.threads)
        megabytes = f"{self.memory / 1e6:.1f}"
        right, wrong = str(self.validations), str(sum(self.errors.values()))
        return f"{self.minutes:.1f}", right, wrong, megabytes, *map(str, counts)


def main(arguments: Sequence[str]) -> int:
    """Run the soak test; return exit code 1 if anything grew or a response was wrong."""
    options = _parser().parse_args(arguments)
    minutes = options.every / 60
    readings: list[Reading] = []
    with stage(Surroundings(DELAYS)) as here, running(OURS, here.settings | SETTINGS) as service:
        for number in range(1, max(2, round(options.minutes / minutes)) + 1):
            outcome = _soak(here, service, options.clients, options.every)
            readings.append(_read(service, number * minutes, outcome))
            print(_progress(readings[-1]), flush=True)
    print("", table([HEADER, *(reading.row() for reading in readings)]), "", sep="\n")
    faults = _faults(readings)
    print(*(faults or ["Nothing grew, and every response was right."]), sep="\n")
    return 1 if faults else 0


def _soak(here: Stage, service: Running, clients: int, seconds: float) -> Outcome:
    posting = partial(load.back_to_back, warm_up=0.0, seconds=max(1.0, seconds - REST))
    outcome = here.clients.apply(posting, [Load(service.port, clients, CASES)])
    sleep(REST)
    return outcome


def _read(service: Running, minutes: float, outcome: Outcome) -> Reading:
    pids = service.pids()
    return Reading(
        minutes,
        len(outcome.latencies),
        dict(outcome.errors),
        processes.memory(pids),
        processes.descriptors(pids),
        processes.threads(pids),
    )


def _progress(reading: Reading) -> str:
    return ", ".join(f"{name} {value}" for name, value in zip(HEADER, reading.row(), strict=True))


def _faults(readings: Sequence[Reading]) -> list[str]:
    """Return the wrong responses, and the resources that grew from the first half to the second.

    The first reading is ignored because the pools are still being filled.
    """
    half = (len(readings) + 1) // 2
    before, after = readings[1:half] or readings[:1], readings[half:]
    faults = [
        f"{count} times {kind}" for reading in readings for kind, count in reading.errors.items()
    ]
    for name, play in PLAY.items():
        was, became = (median(getattr(row, name) for row in part) for part in (before, after))
        if became > was + play(was):
            faults.append(f"The {name} grew from {was:,.0f} to {became:,.0f}.")
    return faults


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="default 10")
    parser.add_argument(
        "--every", type=float, default=60.0, help="seconds between readings; default 60"
    )
    parser.add_argument("--clients", type=int, default=32, help="default 32")
    return parser
