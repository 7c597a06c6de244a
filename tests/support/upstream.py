"""A real server on loopback with the responses of a test; it records its requests."""

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any


@dataclass(frozen=True)
class Reply:
    """A response; Content-Length is added if it is missing."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, document: Any, status: int = 200) -> "Reply":
        return cls(status, json.dumps(document).encode(), {"Content-Type": "application/json"})


@dataclass(frozen=True)
class Asked:
    path: str
    headers: Mapping[str, str]
    connection: int


Behaviour = Callable[["Handler"], None]


class Upstream(ThreadingHTTPServer):
    """Sends the replies of each path one after the other, then the last one again.

    A behaviour, instead of a reply, is called with the handler and may use its socket.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.asked: list[Asked] = []
        self._replies: dict[str, list[Reply | Behaviour]] = defaultdict(list)

    def on(self, path: str, *replies: Reply | Behaviour) -> None:
        self._replies[path] = list(replies)

    def hold(self, path: str) -> tuple[threading.Event, threading.Event]:
        """Delay a path; return the events that a request arrived, and that it may continue."""
        asked, go_on = threading.Event(), threading.Event()
        reply = self.reply_to(path)
        assert isinstance(reply, Reply)

        def wait(handler: Handler) -> None:
            asked.set()
            go_on.wait(30)
            handler.send(reply)

        self.on(path, wait)
        return asked, go_on

    def reply_to(self, path: str) -> Reply | Behaviour:
        replies = self._replies[path.partition("?")[0]] or [Reply(404)]
        return replies.pop(0) if len(replies) > 1 else replies[0]

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def handle_error(self, *_: object) -> None:
        """Ignore errors, since clients close connections on purpose."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Upstream

    def do_GET(self) -> None:
        self.server.asked.append(Asked(self.path, dict(self.headers), self.client_address[1]))
        reply = self.server.reply_to(self.path)
        if isinstance(reply, Reply):
            self.send(reply)
        else:
            reply(self)

    def send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def an_upstream(tls: SSLContext | None = None) -> Iterator[Upstream]:
    """Run an upstream inside the block, with `tls` over HTTPS as localhost."""
    with Upstream() as upstream:
        if tls is not None:
            upstream.url = f"https://localhost:{upstream.server_port}"
            upstream.socket = tls.wrap_socket(
                upstream.socket, server_side=True, do_handshake_on_connect=False
            )
        thread = threading.Thread(target=upstream.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield upstream
        upstream.shutdown()
        thread.join()
