"""python -m tests.bench: measure this service and the references, and print the results."""

import argparse
import json
import sys
from itertools import product
from pathlib import Path

from tests.bench.cases import Case
from tests.bench.contenders import COMMANDS
from tests.bench.measure import Workload, measure, medians, stage
from tests.bench.report import report


def main() -> int:
    """Measure and print the results; return exit code 1 if any verdict was wrong."""
    options = _parser().parse_args()
    workloads = _workloads(options)
    with stage(options.twilio_ms / 1000, options.media_ms / 1000, options.tls) as settings:
        rounds = [measure(options.only, workloads, settings) for _ in range(options.rounds)]
    results = list(medians(rounds))
    # The message and its media list at the same time, then the redirect to a file, then the file.
    critical_path = options.twilio_ms + options.twilio_ms + options.media_ms
    print(*report(results, critical_path), sep="\n")
    if options.json:
        document = {"critical_path": critical_path, "results": [vars(row) for row in results]}
        options.json.write_text(json.dumps(document, indent=1) + "\n")
    return 1 if any(row.errors for row in results) else 0


def _workloads(options: argparse.Namespace) -> list[Workload]:
    cases = [Case(media=media, kib=kib) for media, kib in product(options.media, options.kib)]
    warm_up, seconds = (0.0, 0.0) if options.burst else (options.warm_up, options.seconds)
    every = product(options.burst or options.clients, cases)
    return [Workload(clients, case, warm_up, seconds) for clients, case in every]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description="Measures this service and others on a simulated Twilio with fixed delays.",
        epilog="With several numbers for the first four, all combinations are measured. See also"
        " the soak test, python -m tests.bench.soak, and the plot, python -m tests.bench.plot.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--clients", type=int, nargs="+", default=[1, 64, 512], help="that submit again and again")
    add("--burst", type=int, nargs="+", help="clients that submit once, all in one second")
    add("--media", type=int, nargs="+", default=[1], help="files per message")
    add("--kib", type=int, nargs="+", default=[40], help="size of each file")
    add("--twilio-ms", type=float, default=200.0, help="delay of the API and its redirects")
    add("--media-ms", type=float, default=100.0, help="delay of a file")
    add("--tls", action="store_true", help="Twilio and the media server use HTTPS")
    names = list(COMMANDS)
    add("--only", nargs="+", choices=names, default=names, metavar="NAME", help="what to measure")
    add("--seconds", type=float, default=10.0, help="seconds to measure each load")
    add("--warm-up", type=float, default=5.0, help="seconds of load before measuring")
    add("--rounds", type=int, default=1, help="repeat everything and take the medians")
    add("--json", type=Path, metavar="FILE", help="also write the results to this file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
