"""Runs each contender under the same loads, one after the other, and measures it."""

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from math import ceil
from multiprocessing.pool import AsyncResult, Pool
from statistics import median, median_low
from typing import Any, NamedTuple

from trustme import CA, KeyType

from tests.bench import processes
from tests.bench.cases import Case, Surroundings
from tests.bench.contenders import Contender, Running, running, settings
from tests.bench.load import Load, Outcome
from tests.bench.upstream import Upstream, upstream

MEMORY_READ_EVERY = 1.0


@dataclass(frozen=True)
class Result:
    """The result of one contender under one workload.

    The latencies `p50` to `last`, the maximum, are in milliseconds, and so is `cpu`, the CPU time
    per validation. `memory` is the peak of all its processes in MB, `start` the seconds from its
    start until it served. The number of CPUs that the simulated Twilio, the clients and all other
    processes used is in `twilio`, `load` and `others`.
    """

    contender: str
    clients: int
    media: int
    kib: int
    validations: int
    p50: float
    p95: float
    p99: float
    last: float
    per_second: float
    cpu: float
    memory: float
    twilio: float
    load: float
    others: float
    start: float
    errors: Counter[str]

    @property
    def workload(self) -> tuple[int, int, int]:
        """Return the number of clients, of media files per message, and their size in KiB."""
        return self.clients, self.media, self.kib


class Workload(NamedTuple):
    """The number of clients, the kind of message, and how they submit it."""

    clients: int
    case: Case
    submit: Callable[[Load], Outcome]


class Stage(NamedTuple):
    """The simulated Twilio, the settings of the contenders, and a process for the clients."""

    twilio: Upstream
    settings: dict[str, str]
    clients: Pool


@contextmanager
def stage(surroundings: Surroundings) -> Iterator[Stage]:
    """Run everything except a contender until the end of the block."""
    with ExitStack() as stack:
        trusted, certificate = {}, None
        if surroundings.tls:
            authority = CA(key_type=KeyType.RSA)
            certificate = authority.issue_cert("127.0.0.1", key_type=KeyType.RSA)
            bundle = stack.enter_context(authority.cert_pem.tempfile())
            trusted = {"REQUESTS_CA_BUNDLE": bundle}
        twilio = stack.enter_context(upstream(surroundings, certificate))
        clients = stack.enter_context(multiprocessing.get_context("spawn").Pool(1))
        yield Stage(twilio, settings(twilio.url) | trusted, clients)


def measure(
    surroundings: Surroundings,
    contenders: Iterable[Contender],
    workloads: Sequence[Workload],
    rounds: int,
) -> Iterator[Result]:
    """Yield the result of each contender under each workload, once per round."""
    with stage(surroundings) as here:
        for _ in range(rounds):
            for contender in contenders:
                with running(contender, here.settings) as service:
                    for workload in workloads:
                        yield _measure(here, contender, service, workload)


def medians(results: Iterable[Result]) -> list[Result]:
    """Return the medians over the rounds of each contender and workload; errors are summed."""
    rounds: dict[tuple[object, ...], list[Result]] = {}
    for row in results:
        rounds.setdefault((row.contender, *row.workload), []).append(row)
    return [_middle(rows) for rows in rounds.values()]


def _middle(rows: Sequence[Result]) -> Result:
    columns = {each.name: [getattr(row, each.name) for row in rows] for each in fields(Result)}
    return Result(**{name: _median(values) for name, values in columns.items()})


def _median(values: Sequence[Any]) -> Any:
    if isinstance(values[0], Counter):
        return sum(values, Counter())
    return median(values) if isinstance(values[0], float) else median_low(values)


def _measure(here: Stage, contender: Contender, service: Running, workload: Workload) -> Result:
    watched = {"contender": service.pid, "twilio": here.twilio.pid}
    load = Load(service.port, workload.clients, [workload.case], watched)
    submitting = here.clients.apply_async(workload.submit, [load])
    memory = _highest_memory(service.pid, submitting)
    outcome = submitting.get()
    p50, p95, p99, last = _percentiles(outcome.latencies, 0.5, 0.95, 0.99, 1.0)
    used = {name: cpu / outcome.seconds for name, cpu in outcome.cpu_seconds.items()}
    others = used.pop("machine") - sum(used.values())
    return Result(
        contender=contender.name,
        clients=workload.clients,
        media=workload.case.media,
        kib=workload.case.kib,
        validations=outcome.validations,
        p50=p50,
        p95=p95,
        p99=p99,
        last=last,
        per_second=outcome.validations / outcome.seconds,
        cpu=outcome.cpu_seconds["contender"] * 1000 / max(outcome.validations, 1),
        memory=memory / 1e6,
        twilio=used["twilio"],
        load=used["clients"],
        others=max(0.0, others),
        start=service.start_seconds,
        errors=outcome.errors,
    )


def _highest_memory(pid: int, submitting: AsyncResult[Outcome]) -> int:
    highest = processes.memory(pid)
    while not submitting.ready():
        submitting.wait(MEMORY_READ_EVERY)
        highest = max(highest, processes.memory(pid))
    return highest


def _percentiles(seconds: Sequence[float], *shares: float) -> Iterator[float]:
    """Yield the latency in milliseconds that each share of the responses did not exceed."""
    ordered = sorted(seconds) or [0.0]
    return (ordered[ceil(share * len(ordered)) - 1] * 1000 for share in shares)
