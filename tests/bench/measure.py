"""Runs each contender under the same loads, one after the other, and measures it."""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.pool import AsyncResult, Pool

from tests.bench import load, processes
from tests.bench.certificates import certificate
from tests.bench.contenders import Contender, Running, running, settings
from tests.bench.load import Load, Outcome
from tests.bench.results import Busy, Latency, Result
from tests.bench.sids import Case
from tests.bench.upstream import Delays, Upstream, upstream

MEMORY_READ_EVERY = 1.0
ARRIVE_WITHIN = 1.0


@dataclass(frozen=True)
class Surroundings:
    """The conditions that all contenders of a run share."""

    delays: Delays
    tls: bool = False
    honours_range: bool = True


@dataclass(frozen=True)
class Duration:
    """Seconds of load before and during the measurement."""

    warm_up: float
    seconds: float


@dataclass(frozen=True)
class Workload:
    """Number of clients, kind of message and duration; without one, each client submits once."""

    clients: int
    case: Case
    duration: Duration | None


@dataclass(frozen=True)
class Stage:
    """The simulated Twilio, the settings of the contenders, and a process for the clients."""

    twilio: Upstream
    settings: dict[str, str]
    clients: Pool


@contextmanager
def stage(surroundings: Surroundings) -> Iterator[Stage]:
    """Run everything except a contender until the end of the block."""
    with ExitStack() as stack:
        tls = stack.enter_context(certificate()) if surroundings.tls else None
        twilio = stack.enter_context(upstream(surroundings.delays, surroundings.honours_range, tls))
        spawn = multiprocessing.get_context("spawn")
        clients = stack.enter_context(spawn.Pool(1))
        yield Stage(twilio, settings(twilio, tls), clients)


def measure(
    surroundings: Surroundings,
    contenders: Iterable[Contender],
    workloads: Sequence[Workload],
    rounds: int = 1,
) -> Iterator[Result]:
    """Yield the result of each contender under each workload, once per round."""
    with stage(surroundings) as here:
        for _ in range(rounds):
            for contender in contenders:
                with running(contender, here.settings) as service:
                    for workload in workloads:
                        yield _measure(here, contender, service, workload)


def _measure(here: Stage, contender: Contender, service: Running, workload: Workload) -> Result:
    watched = {"contender": service.root_pid, "upstream": here.twilio.pid}
    clients = Load(service.port, workload.clients, [workload.case], watched)
    posting = here.clients.apply_async(_posting(workload.duration), [clients])
    memory = _highest_memory(service, posting)
    outcome = posting.get()
    return Result(
        contender=contender.name,
        clients=workload.clients,
        media=workload.case.media,
        kib=workload.case.kib,
        validations=outcome.validations,
        latency=Latency.of(outcome.latencies),
        per_second=outcome.validations / outcome.seconds,
        cpu=outcome.cpu_seconds["contender"] * 1000 / max(outcome.validations, 1),
        memory=memory / 1e6,
        start=service.start_seconds,
        busy=Busy.of(outcome),
        errors=outcome.errors,
    )


def _posting(duration: Duration | None) -> Callable[[Load], Outcome]:
    if duration is None:
        return partial(load.burst, arrive_within=ARRIVE_WITHIN)
    return partial(load.back_to_back, warm_up=duration.warm_up, seconds=duration.seconds)


def _highest_memory(service: Running, posting: AsyncResult[Outcome]) -> int:
    highest = processes.memory(service.pids())
    while not posting.ready():
        posting.wait(MEMORY_READ_EVERY)
        highest = max(highest, processes.memory(service.pids()))
    return highest
