"""What is counted and timed for Prometheus, over all worker processes of a server.

Labels are codes that dashboards can rely on, never names out of the program.
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
SUCCESS, CANCELLED, ERROR = "success", "cancelled", "error"
# The others are the `outcome` of an exception that a request upstream may raise.
OUTCOMES = (
    *(SUCCESS, "unreachable", "timeout", "busy", "refused", "invalid_response"),
    *(CANCELLED, ERROR),
)

seconds = Histogram("validator_validation_seconds", "Time of one validation", BUCKETS)
in_flight = Gauge("validator_in_flight", "Validations under way")
requests = Histogram(
    "validator_upstream_seconds",
    "Time of one request to Twilio or a host of its media, with all its tries",
    BUCKETS,
    ["kind", "outcome"],
    product(KINDS, OUTCOMES),
)


def start_worker(number: int) -> None:
    """Count for this worker from now on; call it in the new process."""
    table.use_row(number)


def forget_worker(number: int) -> None:
    """A worker has ended: its counts stay, its validations are no longer under way."""
    in_flight.forget(number)


@contextmanager
def validating() -> Iterator[None]:
    """Time one validation, and count it among those under way."""
    started = monotonic()
    in_flight.add(1)
    try:
        yield
    finally:
        in_flight.add(-1)
        seconds.observe(monotonic() - started)


def requesting(kind: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Decorate what requests something of this kind upstream, to time it by its outcome."""

    def decorate(request: Callable[P, T]) -> Callable[P, T]:
        @wraps(request)
        def measured(*args: P.args, **kwargs: P.kwargs) -> T:
            started, outcome = monotonic(), SUCCESS
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
    """The outcome that an exception has; one that is no Exception ends a greenlet from outside."""
    outcome = getattr(error, "outcome", ERROR if isinstance(error, Exception) else CANCELLED)
    return outcome if outcome in OUTCOMES else ERROR


def exposition() -> bytes:
    """All metrics in Prometheus' text format."""
    return generate_latest(registry)
