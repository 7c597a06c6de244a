"""Asking for several things at the same time, and again where an answer may yet change."""

from _thread import start_new_thread
from collections.abc import Callable
from concurrent.futures import Future
from time import monotonic, sleep
from typing import Generic, TypeVar

from validator.deadline import Deadline, DeadlineExceededError
from validator.telemetry.tracebacks import release

T = TypeVar("T")

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 1.0


class Inquiry:
    """What is asked for one submission, until its deadline.

    An answer that may yet change is asked for again for `patience` seconds.
    """

    def __init__(self, deadline: Deadline, patience: float) -> None:
        self._deadline = deadline
        self._patience = patience

    def start(self, work: Callable[[], T]) -> Callable[[], T]:
        """Do `work` in a thread of its own; the result waits for what it returns or raises.

        Where the server runs on gevent, the thread is a greenlet.
        """
        future: Future[T] = Future()
        # Nobody ever looks for this thread, and one without a Thread around it starts sooner.
        start_new_thread(_settle, (future, work))
        return _Result(future, self._deadline)

    def ask(
        self,
        question: Callable[[], T],
        until: Callable[[T], bool],
        after: Callable[[], object] = lambda: None,
    ) -> T:
        """Ask, with growing pauses, until the answer is as wanted or the patience at its end.

        The patience begins `after` what has to happen before another answer can be expected.
        """
        asked, pause = monotonic(), FIRST_PAUSE
        answer = question()
        took = monotonic() - asked
        if until(answer):
            return answer
        after()
        patience_ends = Deadline(self._patience)
        # An answer in hand is not given up for one that would come too late.
        while patience_ends.allows(pause) and self._deadline.allows(pause + took):
            sleep(pause)
            answer, pause = question(), min(2 * pause, LONGEST_PAUSE)
            if until(answer):
                break
        return answer


class _Result(Generic[T]):
    """Waits for a future.

    No closure: its function would tie the future to the frame of an exception that it raises.
    """

    def __init__(self, future: Future[T], deadline: Deadline) -> None:
        self._future = future
        self._deadline = deadline

    def __call__(self) -> T:
        try:
            return self._future.result(self._deadline.remaining())
        except TimeoutError:
            raise DeadlineExceededError from None


def _settle(future: Future[T], work: Callable[[], T]) -> None:
    try:
        future.set_result(work())
    except Exception as error:
        release(error)
        future.set_exception(error)
    finally:
        # This frame belongs to the exception's traceback, and the exception to the future.
        del future, work
