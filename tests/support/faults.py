"""Faults of a server, as behaviours for an upstream: closed, silent, slow and endless."""

import socket
import time

from tests.support.upstream import Handler, Reply

# Seconds; longer than any test waits for the server.
PATIENCE = 30.0


def hang_up(handler: Handler) -> None:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def break_off(handler: Handler) -> None:
    handler.send(Reply(body=b"hel", headers={"Content-Length": "5"}))
    hang_up(handler)


def talk_nonsense(handler: Handler) -> None:
    handler.wfile.write(b"nonsense\r\n\r\n")
    hang_up(handler)


def stay_silent(handler: Handler) -> None:
    """Send nothing until the client closes the connection."""
    handler.connection.settimeout(PATIENCE)
    handler.rfile.read(1)


def drip_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    _drip(handler, b"X-Slow: yes\r\n")


def drip_body(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    _drip(handler, b" ")


def drip_chunks(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    _drip(handler, b"1\r\n \r\n")


def send_headers_without_end(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    _pour(handler, b"X-Many: " + b"x" * 1000 + b"\r\n")


def send_continue_without_end(handler: Handler) -> None:
    _pour(handler, b"HTTP/1.1 100 Continue\r\n\r\n")


def send_a_gigabyte(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
    _pour(handler, b" " * 65536)


def _drip(handler: Handler, part: bytes) -> None:
    gives_up = time.monotonic() + PATIENCE
    while time.monotonic() < gives_up:
        handler.wfile.write(part)
        time.sleep(0.05)


def _pour(handler: Handler, part: bytes) -> None:
    """Send as fast as the client reads, until it closes the connection."""
    gives_up = time.monotonic() + PATIENCE
    while time.monotonic() < gives_up:
        handler.wfile.write(part)
