"""WSGI applications on ports of 127.0.0.1, in threads of this process."""

import socket
import threading
from contextlib import ExitStack
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

HOST = "127.0.0.1"

_STOP_POLL_SECONDS = 0.02


class LoopbackListener:
    """A port of 127.0.0.1: taken at once, served once there is an application to serve."""

    def __init__(self, port: int) -> None:
        self._resources = ExitStack()
        self._socket = self._resources.enter_context(socket.create_server((HOST, port)))
        self.url = f"http://{HOST}:{self._socket.getsockname()[1]}"

    def serve(self, app: Flask) -> None:
        """Begin to answer requests, in the background."""
        server = make_server(
            HOST,
            0,
            app,
            threaded=True,
            request_handler=_QuietHandler,
            fd=self._socket.fileno(),
        )
        thread = threading.Thread(
            target=server.serve_forever, args=(_STOP_POLL_SECONDS,), daemon=True
        )
        thread.start()
        self._resources.callback(server.server_close)
        self._resources.callback(thread.join)
        self._resources.callback(server.shutdown)

    def close(self) -> None:
        """Answer no more, and free the port."""
        self._resources.close()


class _QuietHandler(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: request lines may hold what nobody should find in a log."""
