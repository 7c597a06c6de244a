"""Gunicorn's gevent worker, with time limits for headers, bodies and idle connections."""

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

from validator.server import fallback_responses
from validator.server.fallback_responses import HeaderTimeoutError
from validator.telemetry.tracebacks import trail
from validator.web import request_log
from validator.web.submission import BROKEN_CHUNKS, MalformedRequestError

# For the first byte of a request after connecting, and from there for the end of its headers.
HEADER_SECONDS = 5.0
# For the whole body.
BODY_SECONDS = 5.0
# For a client to read an error response before its connection is closed.
LINGER_SECONDS = 1.0
# From SIGTERM until idle connections are closed: a load balancer that removes this server at the
# same moment may still send a few requests on them.
NOTICE_SECONDS = 1.0
# An idle connection is not closed to free a slot before it has been idle for this long.
MIN_IDLE_SECONDS = 1.0


class TimedReader:
    """Reads a request's body within BODY_SECONDS; any error closes the connection afterwards.

    After an error it is unknown where in the stream the next request starts.
    """

    def __init__(self, request: Any) -> None:
        self._request = request
        self._reader = request.body.reader
        self._ends: float | None = None

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes of the body.

        Raises RequestTimeout, or MalformedRequestError if the chunked encoding is broken.
        """
        self._ends = self._ends or monotonic() + BODY_SECONDS
        try:
            with gevent.Timeout(self._ends - monotonic(), RequestTimeout):
                part: bytes = self._reader.read(size)
                return part
        except Exception as error:
            self._request.force_close()
            if isinstance(error, errors.ParseException):
                raise MalformedRequestError(BROKEN_CHUNKS) from None
            raise


class BurstServer(StreamServer):
    """Accepts up to 32 connections in each turn of the event loop.

    Gunicorn accepts one, which spreads connections evenly over the workers, but delays the last of
    a burst of 500 by ten seconds.
    """

    max_accept = 32


class Worker(GeventWorker):  # type: ignore[misc]
    """Limits how long a client may take, and closes idle connections to free slots and on SIGTERM.

    Between requests a connection may be idle for gunicorn's `keepalive` seconds.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._slots: Pool
        self._requests: set[Any] = set()
        # Connections that wait for a request, oldest first, and since when.
        self._idle: dict[socket, float] = {}

    def run(self) -> None:
        """Serve until SIGTERM."""
        self._slots = Pool(self.worker_connections)
        super().run()

    def server_class(self, listener: socket, **_: object) -> StreamServer:
        """Return the server of a listener; all listeners share the connection slots."""
        return BurstServer(listener, partial(self.handle, listener), spawn=self._slots)

    def notify(self) -> None:
        """Report to gunicorn every second; if all slots are taken, close idle connections."""
        super().notify()
        if self._slots.full():
            self._close_idle(min_idle=MIN_IDLE_SECONDS)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Handle SIGTERM: close connections after their request, idle ones after a moment."""
        super().handle_exit(sig, frame)
        for request in self._requests:
            request.force_close()
        gevent.spawn_later(NOTICE_SECONDS, self._close_idle)

    def handle(self, listener: socket, client: socket, address: Any) -> None:
        """Serve a connection once the first byte of a request has arrived."""
        if self._request_arrives(client, HEADER_SECONDS):
            super().handle(listener, client, _unmapped(address))
        else:
            client.close()

    def timeout_ctx(self) -> gevent.Timeout:
        """Return the time limit for a request's headers, which is `keepalive` in gunicorn."""
        return gevent.Timeout(HEADER_SECONDS, HeaderTimeoutError)

    def handle_request(self, listener: Any, request: Any, client: socket, address: Any) -> None:
        """Serve one request; raises StopIteration if the connection is to be closed after it."""
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
        if request.should_close() or not self._next_request_arrives(request, client):
            raise StopIteration

    def handle_error(self, request: Any, client: socket, address: Any, error: Exception) -> None:
        """Send a problem if a request cannot be parsed, or failed outside Flask's error handler."""
        # gunicorn writes names in capitals.
        headers = dict(request.headers) if request else {}
        request_id = request_log.request_id(headers.get("X-REQUEST-ID", ""))
        if request is None and isinstance(error, errors.ParseException):
            ip = address[0] if address else ""
            self.log.warning(f"Invalid request from ip={ip} request={request_id}")
            response = fallback_responses.refusal(error, request_id)
        else:
            self.log.error("request=%s %s", request_id, trail(error))
            response = fallback_responses.fault(request_id)
        with suppress(OSError), gevent.Timeout(LINGER_SECONDS, TimeoutError):
            client.sendall(response)
            # Closing a socket with unread bytes sends a reset, which can overtake the response.
            client.shutdown(SHUT_WR)
            while client.recv(65536):
                pass

    def _next_request_arrives(self, request: Any, client: socket) -> bool:
        if ahead := request.unreader.take_buffered():
            request.unreader.unread(ahead)
            return True
        return self._request_arrives(client, self.cfg.keepalive if self.alive else NOTICE_SECONDS)

    def _request_arrives(self, client: socket, seconds: float) -> bool:
        """Wait for the first byte of a request; False if the client closes or sends nothing."""
        self._idle[client] = monotonic()
        client.settimeout(seconds)
        try:
            return bool(client.recv(1, MSG_PEEK))
        except OSError:
            return False
        finally:
            client.settimeout(None)
            del self._idle[client]

    def _close_idle(self, min_idle: float = 0.0) -> None:
        """Stop waiting on idle connections; a request that has already arrived is still served."""
        now = monotonic()
        for client, since in list(self._idle.items()):
            if now - since >= min_idle:
                with suppress(OSError):
                    client.shutdown(SHUT_RD)


def _unmapped(address: Any) -> Any:
    """Return the address of a peer, the IPv4 one for an IPv4-mapped IPv6 address (RFC 4291)."""
    if isinstance(address, tuple) and "." in address[0]:
        return (address[0].removeprefix("::ffff:"), *address[1:])
    return address


def _skip(body: Any) -> None:
    """Read what the application has not read of a body."""
    with suppress(MalformedRequestError, OSError, RequestTimeout):
        while body.read(65536):
            pass
