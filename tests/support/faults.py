"""Faults of a server, as behaviours for an upstream: closed, silent, slow and endless."""

import socket
import time

from tests.support.upstream import Behaviour, Handler, Reply

# Seconds; longer than any test waits for the server.
PATIENCE = 30.0
OK = b"HTTP/1.1 200 OK\r\n"


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


def _endless(first: bytes, part: bytes, pause: float = 0.0) -> Behaviour:
    """Send `part` again and again, until the client closes the connection."""

    def send(handler: Handler) -> None:
        gives_up = time.monotonic() + PATIENCE
        handler.wfile.write(first)
        while time.monotonic() < gives_up:
            handler.wfile.write(part)
            time.sleep(pause)

    return send


drip_headers = _endless(OK, b"X-Slow: yes\r\n", pause=0.05)
drip_body = _endless(OK + b"Content-Length: 100000\r\n\r\n", b" ", pause=0.05)
drip_chunks = _endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", pause=0.05)
send_headers_without_end = _endless(OK, b"X-Many: " + b"x" * 1000 + b"\r\n")
send_continue_without_end = _endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n")
send_a_gigabyte = _endless(OK + b"Content-Length: 1073741824\r\n\r\n", b" " * 65536)
