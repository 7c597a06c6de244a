"""Hosts that speak raw bytes, for what no HTTP server would do."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from socket import create_server
from ssl import SSLContext

from gevent.server import StreamServer
from gevent.socket import socket


@contextmanager
def serving(serve: Callable[[socket], object], tls: SSLContext | None = None) -> Iterator[str]:
    """Serve each connection in a greenlet of its own; yields the URL, of localhost with TLS."""

    def handle(sock: socket, _: object) -> None:
        # The client may close it at any time.
        with suppress(OSError), tls.wrap_socket(sock, server_side=True) if tls else sock as served:
            serve(served)

    server = StreamServer(("127.0.0.1", 0), handle)
    server.start()
    try:
        host = "https://localhost" if tls else "http://127.0.0.1"
        yield f"{host}:{server.server_port}"
    finally:
        server.stop()


def next_request(sock: socket) -> bytes:
    """Return the next request on a connection, `b""` at its end."""
    request = b""
    while not request.endswith(b"\r\n\r\n"):
        received = sock.recv(65536)
        if not received:
            return b""
        request += received
    return request


def response(body: bytes, status: str = "200 OK", headers: str = "") -> bytes:
    length = f"Content-Length: {len(body)}\r\n"
    return f"HTTP/1.1 {status}\r\n{length}{headers}\r\n".encode() + body


def push(sock: socket, data: bytes) -> None:
    """Send what nobody asked for; the other end may have hung up."""
    with suppress(OSError):
        sock.sendall(data)


@contextmanager
def silent_addresses(count: int) -> Iterator[list[tuple[str, int]]]:
    """Yield addresses where a connection is neither accepted nor refused: their queues are full."""
    with ExitStack() as stack:
        addresses = []
        for number in range(count):
            server = stack.enter_context(create_server((f"127.0.0.{number + 2}", 0), backlog=0))
            addresses.append(server.getsockname())
            for _ in range(2):
                client = stack.enter_context(socket())
                client.setblocking(False)
                client.connect_ex(addresses[-1])
        yield addresses
