"""Exceptions without secrets: types and places, without messages and local variables.

Messages may quote signed media URLs and credentials. Python's own hooks for uncaught exceptions
write them, and gevent's also the arguments of its greenlet.
"""

import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from traceback import clear_frames, format_tb
from types import TracebackType

import gevent

log = logging.getLogger(__name__)


def trail(error: BaseException) -> str:
    """Return the types and tracebacks of an exception and its causes, without their messages."""
    lines = [
        f"{type(each).__name__}\n{''.join(format_tb(each.__traceback__))}" for each in _chain(error)
    ]
    return "caused by ".join(lines).rstrip()


def release(error: BaseException) -> None:
    """Clear the local variables in the tracebacks of an exception and its causes.

    A variable that refers to the exception makes a reference cycle, which keeps credentials and
    sockets in memory until the garbage collector runs.
    """
    for each in _chain(error):
        clear_frames(each.__traceback__)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    # Also the context of an exception that was raised `from None`.
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield error
        error = error.__cause__ or error.__context__


def log_uncaught() -> None:
    """Log uncaught exceptions and warnings of this process and of this thread's gevent hub."""
    sys.excepthook = lambda _, error, __: _report("the program", error)
    threading.excepthook = lambda thread: _report("a thread", thread.exc_value)
    sys.unraisablehook = lambda unraisable: _report("a clean-up", unraisable.exc_value)
    warnings.showwarning = _report_warning
    # As gevent documents:
    # https://www.gevent.org/api/gevent.hub.html#gevent.hub.Hub.handle_error
    setattr(gevent.get_hub(), "handle_error", _report_greenlet)  # noqa: B010


def _report(place: str, error: BaseException | None) -> None:
    if error is not None and not isinstance(error, SystemExit):
        log.error("uncaught in %s: %s", place, trail(error))


def _report_warning(
    message: object, category: type[Warning], filename: str, lineno: int, *_: object, **__: object
) -> None:
    log.warning("%s at %s:%d", category.__name__, filename, lineno)


def _report_greenlet(
    context: object, kind: type[BaseException], error: BaseException, _: TracebackType | None
) -> None:
    hub = gevent.get_hub()
    if not issubclass(kind, hub.NOT_ERROR):
        _report("a greenlet", error)
    if context is None or issubclass(kind, hub.SYSTEM_ERROR):
        hub.handle_system_error(kind, error)
