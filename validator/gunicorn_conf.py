"""How gunicorn serves the application, in the Procfile and on one's own machine."""

import gc
import os
import sys
from math import ceil
from pathlib import Path
from typing import Any

import gevent
from gevent import monkey
from gevent.server import StreamServer

# Before anything else is imported: every socket, thread and pause then belongs to a greenlet.
monkey.patch_all()
# Who started which greenlet is of no use here, and costs every start of one.
gevent.config.track_greenlet_tree = False
# Started from another directory, gunicorn would not find the package that this file is in.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gunicorn.glogging import Logger
from gunicorn.workers import ggevent

from validator import __version__
from validator.config import Settings

# The metrics are imported here, before the workers are forked, so that these share their memory.
from validator.telemetry import logs, metrics, uncaught
from validator.telemetry.start_line import start_line
from validator.validation import MAX_AT_ONCE

settings = Settings.from_environment()
uncaught.report_by_type_and_place()


class CrowdServer(StreamServer):
    """Lets a crowd in together, where gunicorn's would accept one caller in each turn of the loop.

    That shares callers out evenly, and keeps the last of five hundred waiting for ten seconds.
    """

    @property
    def max_accept(self) -> int:
        return 32

    @max_accept.setter
    def max_accept(self, _: int) -> None:
        """Gunicorn's wish to accept one."""


ggevent.StreamServer = CrowdServer


# Seconds beside the judging: for the request to come in, and for its answer to go out.
ON_THE_WAY = 5


class Worker(ggevent.GeventWorker):  # type: ignore[misc]
    """Bounds the time for one request: who sends a body byte by byte keeps no place for long."""

    def handle_request(self, *request: Any) -> None:
        seconds = settings.validation_deadline + ON_THE_WAY
        with gevent.Timeout(seconds, TimeoutError("the request took too long")):
            super().handle_request(*request)


class DiscreetLogger(Logger):  # type: ignore[misc]
    """Keeps quiet of what came in: verdicts are logged elsewhere, and secrets nowhere."""

    def access(self, *_: Any) -> None:
        """Nothing: no line is composed only to be thrown away."""

    def warning(self, message: str, *args: Any, **kwargs: Any) -> None:
        """Without what gunicorn quotes: a request that it can't read, or a whole traceback."""
        if message.startswith(("Invalid request", "Exception")):
            message, args = message.split(": ")[0].split(":\n")[0], ()
        super().warning(message, *args, **kwargs)

    def exception(self, message: object, *_: Any, **kwargs: Any) -> None:
        """Without the URL of the request; where an exception is the message, without that."""
        told = message.partition(" %")[0] if isinstance(message, str) else "Exception"
        super().exception(told, **kwargs)


# New objects; a crowd's are many, and few of them are garbage in cycles.
GARBAGE_COLLECTED_AT = 20_000

wsgi_app = "validator:create_app()"
# A PORT is set where a router in front asks for it.
bind = f"{'0.0.0.0' if 'port' in settings.model_fields_set else '127.0.0.1'}:{settings.port}"
# Not even a router next door says where the application is mounted.
forwarder_headers = ""
worker_class = Worker
# Workers show there that they are alive: it has room, and answers, where a disk does not.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
workers = settings.web_concurrency
control_socket_disable = True
logger_class = DiscreetLogger
logconfig_dict = logs.configuration(settings)

# More than are judged at once, so that what cannot be taken on is told so.
worker_connections = 2 * MAX_AT_ONCE
backlog = worker_connections
# Seconds, also for a request's head to come in.
keepalive = ON_THE_WAY
graceful_timeout = ceil(settings.validation_deadline) + ON_THE_WAY


def when_ready(server: Any) -> None:
    """Log the start once; each worker would log it, too, and again when it is replaced."""
    listening = [str(listener) for listener in server.LISTENERS]
    capacity = {"connections": worker_connections, "validations": MAX_AT_ONCE}
    server.log.info(start_line(settings, __version__, listening, workers, **capacity))


def post_fork(server: Any, worker: Any) -> None:
    metrics.start_worker(worker.age)


def child_exit(server: Any, worker: Any) -> None:
    metrics.forget_worker(worker.age)


def post_worker_init(worker: Any) -> None:
    """Keep the collector off what stays for good, or it is all that a crowd leaves time for."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_COLLECTED_AT, 20, 20)
