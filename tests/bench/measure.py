"""Runs each contender under the same loads, one after the other, and measures it."""

import asyncio
import gc
import resource
import signal
import ssl
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from math import ceil
from statistics import median
from typing import NamedTuple

import psutil
from trustme import CA, KeyType

from tests.bench.cases import Case
from tests.bench.contenders import Service, running
from tests.bench.load import Load
from tests.bench.upstream import upstream
from validator.local_twilio.account import ACCOUNT_SID, AUTH_TOKEN

BURST_SECONDS = 1.0
MEMORY_READ_EVERY = 1.0


@dataclass(frozen=True)
class Result:
    """What was measured of one contender under one workload, by name."""

    contender: str
    clients: int
    media: int
    kib: int
    measured: dict[str, float]
    errors: Counter[str]

    @property
    def workload(self) -> tuple[int, int, int]:
        """Return the number of clients, of media files per message, and their size in KiB."""
        return self.clients, self.media, self.kib


class Workload(NamedTuple):
    """Clients that submit messages of one kind, and are measured for `seconds` after a warm-up.

    If `seconds` is 0, each submits once, and all of them within BURST_SECONDS.
    """

    clients: int
    case: Case
    warm_up: float
    seconds: float


@contextmanager
def stage(api_delay: float, media_delay: float, tls: bool = False) -> Iterator[dict[str, str]]:
    """Run the simulated Twilio until the end of the block; its value is the settings for it."""
    # Also for the processes that are started.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    # So that all processes that were started end, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    settings = {
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        # Counted as in production, though all clients have one address here.
        "RATE_LIMIT": "1000000/second",
        "WEB_CONCURRENCY": "2",
    }
    with ExitStack() as stack:
        context = None
        if tls:
            authority = CA(key_type=KeyType.RSA)
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            authority.issue_cert("127.0.0.1", key_type=KeyType.RSA).configure_cert(context)
            bundle = stack.enter_context(authority.cert_pem.tempfile())
            settings["REQUESTS_CA_BUNDLE"] = bundle
        settings["TWILIO_API_URL"] = stack.enter_context(upstream(api_delay, media_delay, context))
        yield settings


def measure(
    names: Iterable[str], workloads: Iterable[Workload], settings: Mapping[str, str]
) -> list[Result]:
    """Return the result of each contender under each workload."""
    # Collecting long-lived objects again and again would pause the clients.
    gc.freeze()
    results = []
    for name in names:
        with running(name, settings) as service:
            for workload in workloads:
                results.append(asyncio.run(_measure(name, service, workload)))
                p50 = results[-1].measured["p50"]
                print(f"{name}, {workload.clients} clients: p50 {p50:.0f} ms", file=sys.stderr)
    return results


def medians(rounds: Iterable[Sequence[Result]]) -> Iterator[Result]:
    """Yield the medians over the rounds of each contender and workload; errors are summed."""
    for rows in zip(*rounds, strict=True):
        names = rows[0].measured
        middle = {name: median(row.measured[name] for row in rows) for name in names}
        errors = sum((row.errors for row in rows), Counter[str]())
        yield replace(rows[0], measured=middle, errors=errors)


async def _measure(name: str, service: Service, workload: Workload) -> Result:
    load = Load(service.port, [workload.case])
    duration = workload.warm_up + workload.seconds
    arrive_within = workload.warm_up / 2 or BURST_SECONDS
    clients = asyncio.create_task(load.run(workload.clients, arrive_within, duration))
    memory = asyncio.create_task(_highest_memory(service, clients))
    await asyncio.sleep(workload.warm_up)
    load.latencies.clear()
    psutil.cpu_percent()
    begun, cpu_before = time.monotonic(), service.cpu_seconds()
    await asyncio.wait([clients], timeout=workload.seconds or None)
    seconds, cpu = time.monotonic() - begun, service.cpu_seconds() - cpu_before
    busy, validations = psutil.cpu_percent(), len(load.latencies)
    # The latencies of the validations in flight count, too: the slow ones are among them.
    await clients
    p50, p95, longest = _percentiles(load.latencies, 0.5, 0.95, 1.0)
    measured = {
        "p50": p50,
        "p95": p95,
        "longest": longest,
        "per s": validations / seconds,
        "CPU": cpu * 1000 / max(validations, 1),
        "MB": await memory,
        "busy %": busy,
    }
    case = workload.case
    return Result(name, workload.clients, case.media, case.kib, measured, load.errors)


async def _highest_memory(service: Service, clients: asyncio.Task[None]) -> float:
    highest = service.memory()
    while not clients.done():
        await asyncio.wait([clients], timeout=MEMORY_READ_EVERY)
        highest = max(highest, await asyncio.to_thread(service.memory))
    return highest


def _percentiles(seconds: Sequence[float], *shares: float) -> Iterator[float]:
    """Yield the latency in milliseconds that each share of the responses did not exceed."""
    ordered = sorted(seconds) or [0.0]
    return (ordered[ceil(share * len(ordered)) - 1] * 1000 for share in shares)
