"""Gunicorn's gevent worker, with a time limit of its own for each thing that a client may do."""

from contextlib import suppress
from functools import partial
from socket import MSG_PEEK, SHUT_RD, SHUT_WR
from time import monotonic
from typing import Any

import gevent
from gevent.pool import Pool
from gevent.server import StreamServer
from gevent.socket import socket
from gunicorn.http import errors
from gunicorn.workers.ggevent import GeventWorker
from werkzeug.exceptions import RequestTimeout

from validator.server.refusals import FAULT, HeadTimeoutError, refusal
from validator.telemetry.tracebacks import trail

# From connecting to the first byte of a request, and from there to the end of its headers.
HEAD_SECONDS = 5.0
# For the whole body.
BODY_SECONDS = 5.0
# For a client to take note of an error response before its connection is closed.
LINGER_SECONDS = 1.0
# After SIGTERM, until idle connections are closed: a load balancer that is told at the same
# moment may send a few more requests on them.
NOTICE_SECONDS = 1.0
# An idle connection is closed to make room for others only after this long.
SPARED_SECONDS = 1.0


class TimedReader:
    """Reads a request's body as gunicorn does; raises RequestTimeout where it takes too long."""

    def __init__(self, request: Any) -> None:
        self._request = request
        self._reader = request.body.reader
        self._ends: float | None = None

    def read(self, size: int) -> bytes:
        self._ends = self._ends or monotonic() + BODY_SECONDS
        try:
            with gevent.Timeout(self._ends - monotonic(), RequestTimeout):
                part: bytes = self._reader.read(size)
                return part
        except Exception:
            # Where the next request starts is unknown.
            self._request.force_close()
            raise


class BurstServer(StreamServer):
    """Accepts a burst of connections in each turn of the event loop.

    Gunicorn accepts one, which spreads callers evenly over the workers, and keeps the last of 500
    waiting for ten seconds.
    """

    max_accept = 32


class Worker(GeventWorker):  # type: ignore[misc]
    """Keeps idle connections for gunicorn's `keepalive`, and any other for a few seconds only.

    Idle ones are closed first where there is no room for a new caller, and after SIGTERM.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._slots: Pool
        self._requests: set[Any] = set()
        # Connections without a request, the oldest first, and since when.
        self._idle: dict[socket, float] = {}

    def run(self) -> None:
        """Serve until SIGTERM."""
        self._slots = Pool(self.worker_connections)
        super().run()

    def server_class(self, listener: socket, **_: object) -> StreamServer:
        """What gunicorn calls for each of its listeners; they share the slots for callers."""
        return BurstServer(listener, partial(self.handle, listener), spawn=self._slots)

    def notify(self) -> None:
        """What gunicorn calls every second."""
        super().notify()
        if self._slots.full():
            self._close_idle(spared=SPARED_SECONDS)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """On SIGTERM: close each connection after its request, and the idle ones soon."""
        super().handle_exit(sig, frame)
        for request in self._requests:
            request.force_close()
        gevent.spawn_later(NOTICE_SECONDS, self._close_idle)

    def handle(self, listener: socket, client: socket, address: Any) -> None:
        if self._request_comes(client, HEAD_SECONDS):
            super().handle(listener, client, _unmapped(address))
        else:
            client.close()

    def timeout_ctx(self) -> gevent.Timeout:
        """Bounds the arrival of a request's headers; gunicorn would wait for `keepalive`."""
        return gevent.Timeout(HEAD_SECONDS, HeadTimeoutError)

    def handle_request(self, listener: Any, request: Any, client: socket, address: Any) -> None:
        request.body.reader = TimedReader(request)
        if self._slots.free_count() < self.worker_connections // 2:
            request.force_close()
        self._requests.add(request)
        too_long = TimeoutError("the request took too long")
        try:
            with gevent.Timeout(self.cfg.graceful_timeout, too_long):
                super().handle_request(listener, request, client, address)
        finally:
            self._requests.discard(request)
            _skip(request.body)
        if request.should_close() or not self._next_request_comes(request, client):
            raise StopIteration

    def handle_error(self, request: Any, client: socket, address: Any, error: Exception) -> None:
        """Respond with a problem to a request that never was, or that broke the application."""
        if request is None and isinstance(error, errors.ParseException):
            self.log.warning(f"Invalid request from ip={address[0] if address else ''}")
            response = refusal(error)
        else:
            self.log.error("%s", trail(error))
            response = FAULT
        with suppress(OSError), gevent.Timeout(LINGER_SECONDS, TimeoutError):
            client.sendall(response)
            # A reset, because of bytes that nobody has read, would overtake the response.
            client.shutdown(SHUT_WR)
            while client.recv(65536):
                pass

    def _next_request_comes(self, request: Any, client: socket) -> bool:
        if ahead := request.unreader.take_buffered():
            request.unreader.unread(ahead)
            return True
        return self._request_comes(client, self.cfg.keepalive if self.alive else NOTICE_SECONDS)

    def _request_comes(self, client: socket, seconds: float) -> bool:
        """Wait for the first byte of a request; False if the client is gone, or sends none."""
        self._idle[client] = monotonic()
        client.settimeout(seconds)
        try:
            return bool(client.recv(1, MSG_PEEK))
        except OSError:
            return False
        finally:
            client.settimeout(None)
            del self._idle[client]

    def _close_idle(self, spared: float = 0.0) -> None:
        """End the wait on idle connections; a request that has arrived by now is still served."""
        now = monotonic()
        for client, since in list(self._idle.items()):
            if now - since >= spared:
                with suppress(OSError):
                    client.shutdown(SHUT_RD)


def _unmapped(address: Any) -> Any:
    """Return an IPv4 client's own address in place of an IPv4-mapped IPv6 address (RFC 4291)."""
    if isinstance(address, tuple) and "." in address[0]:
        return (address[0].removeprefix("::ffff:"), *address[1:])
    return address


def _skip(body: Any) -> None:
    """Pass over what the application has not read of a body."""
    with suppress(errors.ParseException, OSError, RequestTimeout):
        while body.read(65536):
            pass
