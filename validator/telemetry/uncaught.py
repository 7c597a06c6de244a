"""Logs uncaught exceptions and warnings by type and place, without secrets.

Python's own hooks write the exception's message, and gevent's also the arguments of its greenlet.
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
    """Replace the hooks of Python in this process, and of this thread's gevent hub."""
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
