"""python -m tests.bench: run the benchmark, or `soak` or `plot` if that is the first argument."""

import argparse
import json
import os
import platform
import resource
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from tests.bench import load, plot, report, soak
from tests.bench.cases import Case, Surroundings
from tests.bench.contenders import CONTENDERS
from tests.bench.measure import Result, Workload, measure, medians

COMMANDS = {"plot": plot.main, "soak": soak.main}
MEDIA_COUNTS = (1, 2, 5, 10)
SIZES_KIB = (40, 400, 4000, 16000)
GROWTH_CLIENTS = 16


def main(arguments: Sequence[str]) -> int:
    """Run the command in the arguments and return its exit code."""
    signal.signal(signal.SIGTERM, _end)
    _raise_open_files()
    if arguments and arguments[0] in COMMANDS:
        return COMMANDS[arguments[0]](arguments[1:])
    return bench(_parser().parse_args(arguments))


def bench(options: argparse.Namespace) -> int:
    """Measure and print the results; return exit code 1 if any verdict was wrong."""
    twilio = options.twilio_ms or (300.0 if options.burst else 200.0)
    redirect = twilio if options.redirect_ms is None else options.redirect_ms
    surroundings = Surroundings(
        twilio=twilio / 1000,
        redirect=redirect / 1000,
        media=options.media_ms / 1000,
        tls=options.tls,
        honours_range=not options.ignore_range,
    )
    contenders = [CONTENDERS[name] for name in options.only]
    taken: list[Result] = []
    for row in measure(surroundings, contenders, _workloads(options), options.rounds):
        taken.append(row)
        print(report.progress(row), file=sys.stderr, flush=True)
    results = medians(taken)
    print(*report.lines(results, surroundings), sep="\n")
    if options.json:
        document = {
            "machine": f"{os.cpu_count()} processors, Python {platform.python_version()}",
            "surroundings": asdict(surroundings),
            "critical_path": surroundings.critical_path * 1000,
            "results": [asdict(row) for row in results],
        }
        options.json.write_text(json.dumps(document, indent=1) + "\n")
    return 1 if any(row.errors for row in results) else 0


def _workloads(options: argparse.Namespace) -> list[Workload]:
    case = Case(media=options.media, kib=options.kib)
    if options.burst:
        return [Workload(options.burst, case, partial(load.burst, arrive_within=1.0))]
    submit = partial(load.back_to_back, warm_up=options.warm_up, seconds=options.seconds)
    if options.growth:
        cases = [Case(media=count, kib=options.kib) for count in MEDIA_COUNTS]
        cases += [Case(media=options.media, kib=kib) for kib in SIZES_KIB]
        return [Workload(GROWTH_CLIENTS, case, submit) for case in dict.fromkeys(cases)]
    return [Workload(clients, case, submit) for clients in options.clients]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description="Measures this service and others on a simulated Twilio with fixed delays.",
        epilog="For the commands `soak` and `plot`, see their own --help.",
    )
    add = parser.add_argument
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--clients", type=_numbers, default=[1, 64, 512], help="default 1,64,512")
    what.add_argument("--growth", action="store_true", help="more and larger media, 16 clients")
    what.add_argument("--burst", type=int, metavar="N", help="N clients post once in one second")
    add("--only", nargs="+", choices=CONTENDERS, default=list(CONTENDERS), help="default: all")
    add("--seconds", type=float, default=10.0, help="seconds to measure each load; default 10")
    add("--warm-up", type=float, default=5.0, help="seconds of load before measuring; default 5")
    add("--rounds", type=int, default=1, help="repeat everything and take the medians; default 1")
    add("--twilio-ms", type=float, help="delay of the API's JSON; default 200, with --burst 300")
    add("--redirect-ms", type=float, help="delay of the redirect to a file; default as --twilio-ms")
    add("--media-ms", type=float, default=100.0, help="delay of a file's first bytes; default 100")
    add("--media", type=int, default=1, help="files per message; default 1")
    add("--kib", type=int, default=40, help="size of each file; default 40, at most 16384")
    add("--ignore-range", action="store_true", help="the media server always sends whole files")
    add("--tls", action="store_true", help="Twilio and the media server use HTTPS")
    add("--json", type=Path, metavar="FILE", help="also write the results to this file")
    return parser


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _end(*_: object) -> None:
    """Exit as on Ctrl-C, so that all processes that were started end, too."""
    sys.exit("ended by a signal")


def _raise_open_files() -> None:
    """Raise the limit of open files to the maximum, also for the processes that are started."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
