"""gunicorn's configuration, for the Procfile and `python -m validator`.

Source of the settings: https://docs.gunicorn.org/en/stable/settings.html
"""

import gc
import os
import re
import sys
from math import ceil
from pathlib import Path
from typing import Any

import gevent
from gevent import monkey

# Before any other import, so that all sockets, threads and sleeps are gevent's.
monkey.patch_all()
# Tracking which greenlet started which is not needed, and slows down each start.
gevent.config.track_greenlet_tree = False
# Let gunicorn find this package when it is started from another directory.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gunicorn.glogging import Logger

from validator import __version__
from validator.capacity import MAX_VALIDATIONS, Capacity, open_files_limit, raise_open_files_limit
from validator.config import Settings
from validator.server.bind_addresses import all_interfaces, loopback
from validator.server.worker import Worker

# Import the metrics before the workers are forked, so that they share the memory.
from validator.telemetry import logs, metrics, tracebacks

settings = Settings.from_environment()
raise_open_files_limit()
capacity = Capacity.within(open_files_limit())
tracebacks.log_uncaught()


class RedactingLogger(Logger):  # type: ignore[misc]
    """gunicorn's logger without access lines and request data, which may contain secrets."""

    def access(self, *_: Any) -> None:
        """Log nothing: the application logs its requests itself."""

    def warning(self, message: str, *args: Any, **kwargs: Any) -> None:
        """Log a warning without an invalid request or a traceback that gunicorn quotes in it."""
        if message.startswith(("Invalid request", "Exception")):
            message, args = re.split(r":\s", message, maxsplit=1)[0], ()
        super().warning(message, *args, **kwargs)

    def exception(self, message: object, *_: Any, **kwargs: Any) -> None:
        """Log an error without the URL of the request and the message of an exception."""
        shown = message.partition(" %")[0] if isinstance(message, str) else "Exception"
        super().exception(shown, **kwargs)


wsgi_app = "validator:create_app()"
# Platforms with a load balancer in front set PORT, and connect from other hosts.
_addresses = all_interfaces if "port" in settings.model_fields_set else loopback
bind = _addresses(settings.port)
# Never trust SCRIPT_NAME and PATH_INFO headers, not even from loopback.
forwarder_headers = ""
worker_class = Worker
# Workers' heartbeat files: in memory, since a slow or full disk would make workers look dead.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
workers = settings.web_concurrency
control_socket_disable = True
logger_class = RedactingLogger
logconfig_dict = logs.configuration(settings)

worker_connections = capacity.callers
# Independent of the capacity: a client that waits in the backlog is better off than one whose
# connection is refused.
backlog = 2 * MAX_VALIDATIONS
# Seconds that an idle connection is kept open: longer than a load balancer does, or a request may
# arrive just as it is closed. Heroku's router keeps it for 90, Amazon's for 60, nginx for 60.
keepalive = 95
# Seconds from a request's headers to its response, and for pending requests after SIGTERM.
graceful_timeout = ceil(settings.validation_deadline) + 5


def when_ready(server: Any) -> None:
    """Log the start from the main process: workers would log it once each, and when replaced."""
    listening = [str(listener) for listener in server.LISTENERS]
    each_worker = {
        "open_files": open_files_limit(),
        "connections": capacity.callers,
        "validations": capacity.validations,
        "idle_upstream_connections": capacity.kept_connections,
    }
    line = logs.start_line(settings, __version__, listening, workers, **each_worker)
    server.log.info(line)


def post_fork(server: Any, worker: Any) -> None:
    """Assign a new worker its share of the metrics' memory."""
    metrics.start_worker(worker.age)


def child_exit(server: Any, worker: Any) -> None:
    """Keep an ended worker's counts, and reset its gauges."""
    metrics.forget_worker(worker.age)


def post_worker_init(worker: Any) -> None:
    """Freeze long-lived objects: collecting them again and again dominates under load."""
    gc.collect()
    gc.freeze()
    # Allocations between collections: a burst allocates many objects, few of them in cycles.
    gc.set_threshold(20_000, 20, 20)
