"""How gunicorn serves the application, in the Procfile and on one's own machine."""

import gc
import os
import shutil
import tempfile
from math import ceil
from typing import Any

import gevent
from gevent import monkey
from gevent.server import StreamServer

# Before anything else is imported: every socket, thread and pause then belongs to a greenlet.
monkey.patch_all()
# Who started which greenlet is of no use here, and costs every start of one.
gevent.config.track_greenlet_tree = False
# Where the workers' figures come together; the metrics look for it when they are imported.
figures = tempfile.mkdtemp(prefix="validator-figures-")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = figures

from gunicorn.glogging import Logger
from gunicorn.workers import ggevent
from prometheus_client.multiprocess import mark_process_dead

from validator import logs
from validator.config import Settings
from validator.validation import MAX_AT_ONCE

settings = Settings.from_environment()


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
        """Without what follows the address, where gunicorn quotes a request that it can't read."""
        if message.startswith("Invalid request"):
            message = message.partition(": ")[0]
        super().warning(message, *args, **kwargs)


# New objects; a crowd's are many, and few of them are garbage in cycles.
GARBAGE_COLLECTED_AT = 20_000

wsgi_app = "validator:create_app()"
# A PORT is set where a router in front asks for it.
bind = f"{'0.0.0.0' if 'port' in settings.model_fields_set else '127.0.0.1'}:{settings.port}"
# Not even a router next door says where the application is mounted.
forwarder_headers = ""
worker_class = Worker
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


def child_exit(server: Any, worker: Any) -> None:
    """What a worker had in flight ended with it."""
    mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    """The figures are forgotten with the server."""
    shutil.rmtree(figures, ignore_errors=True)


def post_worker_init(worker: Any) -> None:
    """Keep the collector off what stays for good, or it is all that a crowd leaves time for."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_COLLECTED_AT, 20, 20)
