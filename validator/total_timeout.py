"""Makes a socket's time-out bound a whole answer, however slowly its bytes arrive.

By itself it bounds each wait for more bytes: a host that sends one byte a second is never too
slow. Here all the waits of an answer, and all the waits of a TLS handshake, draw on one clock.
"""

import ssl
from collections.abc import Callable
from functools import partial
from socket import MSG_PEEK, socket
from time import monotonic
from typing import Any, TypeVar

from urllib3.util import wait_for_write

R = TypeVar("R")

RECEIVED_AT_ONCE = 64 * 1024


class TotalTimeoutTLS(ssl.SSLContext):
    """A client's TLS settings, with a handshake that is bounded as a whole."""

    def wrap_socket(self, sock: socket, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        ends = monotonic() + (sock.gettimeout() or 0.0)
        tls = super().wrap_socket(sock, *args, **(kwargs | {"do_handshake_on_connect": False}))
        try:
            _finish(tls.do_handshake, tls, ends)
        except BaseException:
            tls.close()
            raise
        return tls


def receive(sock: socket, ends: float) -> bytes:
    """The next bytes, once there are any; raises TimeoutError when the time is up."""
    # TLS holds none back: a record is never larger than what was received at once before.
    _wait_for_bytes(sock, ends)
    return _finish(partial(sock.recv, RECEIVED_AT_ONCE), sock, ends)


def _finish(operation: Callable[[], R], sock: socket, ends: float) -> R:
    """Do what may have to wait for the other end.

    The socket does not block meanwhile: a blocking TLS read starts its time-out anew with every
    byte of an unfinished record on some platforms.
    """
    while True:
        sock.settimeout(0)
        try:
            return operation()
        except (BlockingIOError, ssl.SSLWantReadError):
            _wait_for_bytes(sock, ends)
        except ssl.SSLWantWriteError:
            wait_for_write(sock, _left(ends))


def _wait_for_bytes(sock: socket, ends: float) -> None:
    """Look at the next byte, encrypted or not: with gevent a poll costs several times as much."""
    sock.settimeout(_left(ends))
    socket.recv(sock, 1, MSG_PEEK)


def _left(ends: float) -> float:
    if (left := ends - monotonic()) > 0:
        return left
    raise TimeoutError("the answer took too long")
