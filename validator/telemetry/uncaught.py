"""What Python and gevent report of exceptions that nobody caught, reduced to type and place.

By themselves they write the exception's message, and gevent the arguments of its greenlet, too.
"""

import logging
import sys
import threading
import warnings
from types import TracebackType

import gevent

from validator.telemetry.tracebacks import trail

log = logging.getLogger(__name__)


def report_by_type_and_place() -> None:
    """Take the place of Python's hooks, and of this thread's gevent hub's, in this process."""
    sys.excepthook = lambda _, error, __: _report("the program", error)
    threading.excepthook = lambda thread: _report("a thread", thread.exc_value)
    sys.unraisablehook = lambda unraisable: _report("a clean-up", unraisable.exc_value)
    warnings.showwarning = _report_warning
    # gevent's documentation of Hub.handle_error names this as the way.
    setattr(gevent.get_hub(), "handle_error", _report_greenlet)  # noqa: B010


def _report(place: str, error: BaseException | None) -> None:
    if error is not None and not isinstance(error, SystemExit):
        log.error("uncaught in %s: %s", place, trail(error))


def _report_warning(
    message: object,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: object = None,
    line: object = None,
) -> None:
    log.warning("%s at %s:%d", category.__name__, filename, lineno)


def _report_greenlet(
    context: object,
    kind: type[BaseException],
    error: BaseException,
    _: TracebackType | None,
) -> None:
    hub = gevent.get_hub()
    if not issubclass(kind, hub.NOT_ERROR):
        _report("a greenlet", error)
    if context is None or issubclass(kind, hub.SYSTEM_ERROR):
        hub.handle_system_error(kind, error)
