"""Concurrent work of one validation, in greenlets that end with it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar, cast

from gevent import Greenlet, GreenletExit, Timeout, killall
from gevent.event import AsyncResult

from validator.telemetry.tracebacks import release

T = TypeVar("T")


class DeadlineExceededError(Exception):
    """The time for a validation is over."""


class DeadlineExit(GreenletExit):
    """Ends a greenlet whose validation has run out of time."""

    outcome = "timeout"


class Greenlets:
    """Starts work in greenlets of its own, and can kill all of them."""

    def __init__(self) -> None:
        self._started: list[Greenlet[..., None]] = []

    def start(self, work: Callable[[], T]) -> Callable[[], T]:
        """Begin `work` soon; what is returned waits for its result, or raises its exception."""
        result: AsyncResult[T] = AsyncResult()
        self._started.append(Greenlet.spawn(_settle, result, work))
        return _Result(result)

    def kill(self, reason: type[GreenletExit]) -> None:
        """End those that still run, whatever they wait for."""
        # Most often there are none, and to find that out takes `killall` a turn of the event loop.
        if running := [greenlet for greenlet in self._started if not greenlet.dead]:
            killall(running, reason)
        # What a killed greenlet leaves behind refers to this list.
        self._started.clear()


@contextmanager
def greenlets_within(seconds: float) -> Iterator[Greenlets]:
    """Yield `Greenlets` that are killed at the end of the block.

    Raises DeadlineExceededError in the block when the seconds are over.
    """
    greenlets = Greenlets()
    try:
        with Timeout(seconds, DeadlineExceededError):
            yield greenlets
    except DeadlineExceededError:
        greenlets.kill(DeadlineExit)
        raise
    finally:
        greenlets.kill(GreenletExit)


class _Result(Generic[T]):
    """Waits for a result.

    A closure's function would tie the result to the frame of an exception that it raises.
    """

    def __init__(self, result: "AsyncResult[T]") -> None:
        self._result = result

    def __call__(self) -> T:
        return cast(T, self._result.get())


def _settle(result: "AsyncResult[T]", work: Callable[[], T]) -> None:
    """Hand an exception on to those who wait; gevent would log it as unhandled."""
    try:
        result.set(work())
    except Exception as error:
        release(error)
        result.set_exception(error)
    finally:
        # This frame belongs to the exception's traceback, and the exception to the result.
        del result, work
