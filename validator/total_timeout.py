"""Makes a socket's time-out bound a whole answer, however slowly its bytes arrive.

By itself it bounds each wait for more bytes: a host that sends one byte a second is never too
slow. Here all the waits of an answer, and all the waits of a TLS handshake, draw on one clock.
"""

import ssl
from collections.abc import Callable
from socket import MSG_PEEK, socket
from time import monotonic
from typing import Any, TypeVar

from urllib3.util import wait_for_write

R = TypeVar("R")


class TotalTimeoutTLS(ssl.SSLContext):
    """A client's TLS settings, with a handshake that is bounded as a whole."""

    def wrap_socket(self, sock: socket, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        ends = end_of(sock)
        tls = super().wrap_socket(sock, *args, **(kwargs | {"do_handshake_on_connect": False}))
        try:
            finish(tls.do_handshake, tls, ends)
        except BaseException:
            tls.close()
            raise
        return tls


def end_of(sock: socket) -> float:
    """When a time-out of the socket that begins now is over."""
    return monotonic() + (sock.gettimeout() or 0.0)


def finish(operation: Callable[[], R], sock: socket, ends: float) -> R:
    """Do what may have to wait for the other end; raises TimeoutError when the time is up.

    The socket does not block meanwhile: a blocking TLS read starts its time-out anew with every
    byte of an unfinished record on some platforms.
    """
    timeout = sock.gettimeout()
    sock.settimeout(0)
    try:
        while (left := ends - monotonic()) > 0:
            try:
                return operation()
            except (BlockingIOError, ssl.SSLWantReadError):
                _wait_for_bytes(sock, left)
            except ssl.SSLWantWriteError:
                wait_for_write(sock, left)
        raise TimeoutError("the answer took too long")
    finally:
        sock.settimeout(timeout)


def _wait_for_bytes(sock: socket, seconds: float) -> None:
    """Look at the next byte, encrypted or not: with gevent a poll costs several times as much."""
    sock.settimeout(seconds)
    socket.recv(sock, 1, MSG_PEEK)
    sock.settimeout(0)
