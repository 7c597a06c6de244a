"""Connections to a server, for requests of raw bytes."""

import socket
from urllib.parse import urlsplit

from tests.support.servers import Server

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n"
SUBMIT = "POST /validate HTTP/1.1"
FORM = ("Host: here", "Content-Type: application/x-www-form-urlencoded")


def port_of(server: Server) -> int:
    return urlsplit(server.url).port or 0


def is_listening(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def connected(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port_of(server)), 20)


def received_all(connection: socket.socket) -> bytes:
    """Return what the server sends until it closes the connection."""
    return b"".join(iter(lambda: connection.recv(4096), b""))


def exchange(connection: socket.socket, request: bytes) -> bytes:
    """Send a request, and return a short response."""
    connection.sendall(request)
    response = connection.recv(4096)
    while b"}" not in response and (part := connection.recv(4096)):
        response += part
    return response


def is_healthy(connection: socket.socket) -> bool:
    return exchange(connection, HEALTH).startswith(b"HTTP/1.1 200 ")
