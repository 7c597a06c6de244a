"""Ways in which a process reports an unhandled error; each error contains a secret.

`python -m tests.support.leaks` runs them all, each after a line `== NAME` on standard error, in a
process that is configured like a worker.
Every request to the application that `create_app` returns ends in such an error.
"""

import logging
import logging.config
import os
import runpy
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import gevent

# From the environment, so that no source line in a traceback contains it.
SECRET = os.environ.get("PLANTED_SECRET", "")
# The variables of gunicorn_conf.py.
SETTINGS: dict[str, Any] = {}
LIBRARIES = ("validator", "twilio.http_client", "requests", "redis", "limits", "asyncio", "root")


class PlantedError(Exception):
    def __init__(self) -> None:
        super().__init__(SECRET)


def fail(*_: object) -> None:
    try:
        raise PlantedError
    except PlantedError as error:
        raise ValueError(f"https://cdn.example/file?Signature={SECRET}") from error


class _Unraisable:
    __del__ = fail


def in_a_thread() -> None:
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()


def in_a_callback_of_the_event_loop() -> None:
    gevent.get_hub().loop.run_callback(fail, SECRET)
    gevent.sleep(0.01)


def in_a_log_line_that_does_not_fit() -> None:
    logging.getLogger("validator.test").error("%d and %d", SECRET)  # noqa: PLE1206


def in_a_library(name: str) -> None:
    log = logging.getLogger(name)
    log.error("asked %s", SECRET, extra={"url": SECRET})
    try:
        fail()
    except ValueError as error:
        log.exception(error, stack_info=True)
        log.critical(f"failed: {error}")


def in_gunicorn() -> None:
    from gunicorn.config import Config

    config = Config()
    config.set("logconfig_dict", SETTINGS["logconfig_dict"])
    logger = SETTINGS["RedactingLogger"](config)
    logger.warning(f"Invalid request from ip=::1: {SECRET}")
    try:
        fail()
    except ValueError as error:
        logger.exception(error)
        logger.exception("Error handling request %s %s", "GET", f"/?{SECRET}")
        logger.exception("HTTP/2 connection error: %s", error)
        logger.warning("Exception during worker exit:\n%s", traceback.format_exc())
        logger.error("Unhandled exception in main loop", exc_info=True)


WAYS: dict[str, Callable[[], object]] = {
    **{f"in_{name}": partial(in_a_library, name) for name in LIBRARIES},
    "in_a_thread": in_a_thread,
    "in_a_finaliser": _Unraisable,
    "in_a_greenlet": lambda: gevent.spawn(fail, SECRET).join(),
    "in_a_callback_of_the_event_loop": in_a_callback_of_the_event_loop,
    "in_a_log_line_that_does_not_fit": in_a_log_line_that_does_not_fit,
    "in_a_warning": lambda: warnings.warn(SECRET, stacklevel=1),
    "in_gunicorn": in_gunicorn,
    "in_the_program": fail,
}


def create_app() -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """Return an application whose errors reach gunicorn unhandled."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/healthz":
            fail()
        start_response("200 OK", [])
        return []

    return app


if __name__ == "__main__":
    SETTINGS = runpy.run_path("validator/gunicorn_conf.py")
    logging.config.dictConfig(SETTINGS["logconfig_dict"])
    for name, way in WAYS.items():
        print(f"== {name}", file=sys.stderr, flush=True)
        way()
