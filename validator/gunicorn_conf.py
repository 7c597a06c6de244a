"""How gunicorn serves the application, in the Procfile and on one's own machine."""

import gc
import os
import sys
from math import ceil
from pathlib import Path
from typing import Any

import gevent
from gevent import monkey

# Before anything else is imported: every socket, thread and pause then belongs to a greenlet.
monkey.patch_all()
# Who started which greenlet is of no use here, and costs every start of one.
gevent.config.track_greenlet_tree = False
# Started from another directory, gunicorn would not find the package that this file is in.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gunicorn.glogging import Logger

from validator import __version__
from validator.capacity import MAX_VALIDATIONS, Capacity, open_files_limit, raise_open_files_limit
from validator.config import Settings
from validator.server.addresses import all_interfaces, loopback
from validator.server.worker import Worker

# The metrics are imported here, before the workers are forked, so that these share their memory.
from validator.telemetry import logs, metrics, uncaught
from validator.telemetry.start_line import start_line

settings = Settings.from_environment()
raise_open_files_limit()
capacity = Capacity.within(open_files_limit())
uncaught.report_by_type_and_place()


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
# A PORT is set where a load balancer asks for it.
_listen = all_interfaces if "port" in settings.model_fields_set else loopback
bind = _listen(settings.port)
# Not even a router next door says where the application is mounted.
forwarder_headers = ""
worker_class = Worker
# Workers show there that they are alive: it has room, and answers, where a disk does not.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
workers = settings.web_concurrency
control_socket_disable = True
logger_class = DiscreetLogger
logconfig_dict = logs.configuration(settings)

worker_connections = capacity.callers
# Also where few are let in at a time: a caller that has to wait here is better off than one whose
# connection is refused.
backlog = 2 * MAX_VALIDATIONS
# Seconds that an idle connection is kept: longer than a load balancer keeps it, or a request may
# arrive just as it is closed. Heroku's router takes 90, Amazon's 60, and nginx 60.
keepalive = 95
# Seconds for one request, from its headers to its response, also after SIGTERM.
graceful_timeout = ceil(settings.validation_deadline) + 5


def when_ready(server: Any) -> None:
    """Log the start once; each worker would log it, too, and again when it is replaced."""
    listening = [str(listener) for listener in server.LISTENERS]
    each_worker = {
        "open_files": open_files_limit(),
        "connections": capacity.callers,
        "validations": capacity.validations,
        "idle_upstream_connections": capacity.kept_connections,
    }
    server.log.info(start_line(settings, __version__, listening, workers, **each_worker))


def post_fork(server: Any, worker: Any) -> None:
    metrics.start_worker(worker.age)


def child_exit(server: Any, worker: Any) -> None:
    metrics.forget_worker(worker.age)


def post_worker_init(worker: Any) -> None:
    """Keep the collector off what stays for good, or it is all that a crowd leaves time for."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_COLLECTED_AT, 20, 20)
