"""What is counted and timed for Prometheus, over all worker processes of a server."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from time import monotonic
from typing import ParamSpec, TypeVar

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

P = ParamSpec("P")
T = TypeVar("T")

BUCKETS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0)

verdicts = Counter("validator_verdicts", "Submissions judged", ["result", "reason"])
problems = Counter("validator_problems", "Requests answered with a problem", ["code"])
seconds = Histogram("validator_validation_seconds", "Time of one validation", buckets=BUCKETS)
in_flight = Gauge("validator_in_flight", "Validations under way", multiprocess_mode="livesum")
calls = Histogram(
    "validator_upstream_seconds",
    "Time of one question to Twilio or a host of its media, with all its tries",
    ["kind", "outcome"],
    buckets=BUCKETS,
)


@contextmanager
def validating() -> Iterator[None]:
    """Time one validation, and count it among those under way."""
    with in_flight.track_inprogress(), seconds.time():
        yield


def asking(kind: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Decorates what asks upstream for something of that kind."""

    answered = calls.labels(kind, "answered")

    def decorate(ask: Callable[P, T]) -> Callable[P, T]:
        @wraps(ask)
        def measured(*args: P.args, **kwargs: P.kwargs) -> T:
            started, outcome = monotonic(), answered
            try:
                return ask(*args, **kwargs)
            except Exception as error:
                outcome = calls.labels(kind, type(error).__name__)
                raise
            finally:
                outcome.observe(monotonic() - started)

        return measured

    return decorate


def exposition() -> bytes:
    """All figures, in Prometheus' text format."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return generate_latest(registry)
