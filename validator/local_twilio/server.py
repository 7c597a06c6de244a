"""The local Twilio: its API on one port of 127.0.0.1, its CDN on another."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Self

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from validator.local_twilio.app import MessagesApi, create_app
from validator.local_twilio.cdn import create_cdn

HOST = "127.0.0.1"

_POLL_SECONDS = 0.02
_STEPS_TO_DELIVERED = 2


class LocalTwilio:
    """A local Twilio that runs, in threads, inside a `with` block.

    `port` 0 lets the system choose. `pace` is the time from a message's creation to `delivered`,
    in seconds. `clock` returns the time in seconds since the epoch. Entering raises OSError if the
    port is not available.
    """

    def __init__(
        self, port: int, pace: float = 1.0, clock: Callable[[], float] = time.time
    ) -> None:
        self._port = port
        self._step = pace / _STEPS_TO_DELIVERED
        self._clock = clock
        self._running = ExitStack()
        self.url = ""
        self.cdn_url = ""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            api, cdn = (
                stack.enter_context(socket.create_server((HOST, port))) for port in (self._port, 0)
            )
            self.url, self.cdn_url = map(_url, (api, cdn))
            resources = MessagesApi(self.url, self.cdn_url, self._clock, self._step)
            _serve(stack, create_cdn(resources.messages), cdn)
            _serve(stack, create_app(resources), api)
            self._running = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()


def _url(listener: socket.socket) -> str:
    return f"http://{HOST}:{listener.getsockname()[1]}"


def _serve(stack: ExitStack, app: Flask, listener: socket.socket) -> None:
    """Serve an application in a thread until the stack is closed."""
    # Pass an open socket: if the port is in use, werkzeug exits the process instead of raising.
    server = make_server(
        HOST, 0, app, threaded=True, request_handler=_QuietHandler, fd=listener.fileno()
    )
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), daemon=True)
    thread.start()
    stack.callback(server.server_close)
    stack.callback(thread.join)
    stack.callback(server.shutdown)


class _QuietHandler(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Log nothing, since request lines may contain secrets."""
