"""Metrics of validations and of requests to Twilio, for Prometheus.

Labels are stable codes that dashboards can rely on, never names of exceptions.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from itertools import product
from time import monotonic
from typing import ParamSpec, TypeVar

from prometheus_client import generate_latest

from validator.telemetry.shared_metrics import Gauge, Histogram, registry, table

P = ParamSpec("P")
T = TypeVar("T")

BUCKETS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0)
KINDS = ("message", "media_list", "media_file")
# The `outcome` of an exception that a request to Twilio can raise, and three others.
RAISED = ("unreachable", "timeout", "busy", "refused", "invalid_response")
OUTCOMES = ("success", *RAISED, "cancelled", "error")

seconds = Histogram("validator_validation_seconds", "Time of one validation", BUCKETS)
in_flight = Gauge("validator_in_flight", "Validations in flight")
requests = Histogram(
    "validator_upstream_seconds",
    "Time of one request to Twilio or a media server, with its retries",
    BUCKETS,
    ["kind", "outcome"],
    product(KINDS, OUTCOMES),
)


def start_worker(number: int) -> None:
    """Count in the row of this worker from now on; to be called in the worker's process."""
    table.use_row(number)


def forget_worker(number: int) -> None:
    """Take the validations of a worker that has ended out of `in_flight`; its counts stay."""
    in_flight.forget(number)


@contextmanager
def validating() -> Iterator[None]:
    """Time the validation in the block, and count it as in flight meanwhile."""
    started = monotonic()
    in_flight.add(1)
    try:
        yield
    finally:
        in_flight.add(-1)
        seconds.observe(monotonic() - started)


def requesting(kind: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return a decorator that times requests of this kind, labelled with their outcome."""

    def decorate(request: Callable[P, T]) -> Callable[P, T]:
        @wraps(request)
        def measured(*args: P.args, **kwargs: P.kwargs) -> T:
            started, outcome = monotonic(), "success"
            try:
                return request(*args, **kwargs)
            except BaseException as error:
                outcome = _outcome(error)
                raise
            finally:
                requests.observe(monotonic() - started, kind, outcome)

        return measured

    return decorate


def _outcome(error: BaseException) -> str:
    # What is not an Exception, such as gevent's GreenletExit, cancels a greenlet from outside.
    default = "error" if isinstance(error, Exception) else "cancelled"
    outcome = getattr(error, "outcome", default)
    return outcome if outcome in OUTCOMES else "error"


def exposition() -> bytes:
    """Return all metrics, summed over the workers, in Prometheus' text format."""
    return generate_latest(registry)
