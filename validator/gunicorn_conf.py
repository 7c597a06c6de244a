"""How gunicorn serves the application, in the Procfile and on one's own machine.

Its address comes from PORT, as gunicorn reads it by itself.
"""

from math import ceil
from typing import Any

import gevent
from gevent import monkey

# Before anything else is imported: every socket, thread and pause then belongs to a greenlet.
monkey.patch_all()

from validator.config import Settings  # noqa: E402
from validator.validation import MAX_AT_ONCE  # noqa: E402

settings = Settings.from_environment()

# Seconds beside the judging: for the request to come in, and for its answer to go out.
ON_THE_WAY = 5

wsgi_app = "validator:create_app()"
worker_class = "gevent"
workers = settings.web_concurrency
preload_app = True
control_socket_disable = True

# More than are judged at once, so that what cannot be taken on is told so.
worker_connections = 2 * MAX_AT_ONCE
backlog = worker_connections
# Seconds, also for a request's head to come in.
keepalive = ON_THE_WAY
graceful_timeout = ceil(settings.validation_deadline) + ON_THE_WAY


def pre_request(worker: Any, request: Any) -> None:
    """Bound the time for one request: who sends a body byte by byte keeps no place for long."""
    seconds = settings.validation_deadline + ON_THE_WAY
    request.time_out = gevent.Timeout.start_new(seconds, TimeoutError("the request took too long"))


def post_request(worker: Any, request: Any, *_: Any) -> None:
    """The request was answered in time."""
    request.time_out.close()
