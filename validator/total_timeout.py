"""Makes a time-out of requests bound a whole answer, however slowly its bytes arrive.

requests and urllib3 hand the time-out to the socket, where it bounds each wait for more bytes: a
host that sends one byte a second is never too slow. Here all the waits of an answer, and all the
waits of a TLS handshake, draw on one clock.
"""

import io
import ssl
from collections.abc import Callable
from http.client import HTTPResponse
from math import inf
from socket import MSG_PEEK, socket
from time import monotonic, sleep
from typing import Any, TypeVar
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import wait_for_write

R = TypeVar("R")

MAX_HEAD_SIZE = 128 * 1024
PAUSE_EVERY = 64 * 1024


class TotalTimeoutAdapter(HTTPAdapter):
    """requests' pooled adapter; `tls` verifies every host that is asked over https."""

    def __init__(self, tls: "TotalTimeoutTLS", pool_maxsize: int) -> None:
        self._tls = tls
        self._pools: dict[str, HTTPConnectionPool] = {}
        super().__init__(pool_maxsize=pool_maxsize)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._tls, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}

    def close(self) -> None:
        """Close the kept connections at once, which urllib3 leaves to the garbage collector."""
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close()
        super().close()

    def get_connection_with_tls_context(
        self, request: PreparedRequest, *_: object, **__: object
    ) -> HTTPConnectionPool:
        """The pool for a request's host, which requests would work out from scratch each time."""
        url = urlsplit(request.url or "")
        origin = f"{url.scheme}://{url.netloc}"
        if origin not in self._pools:
            self._pools[origin] = self.poolmanager.connection_from_url(origin)
        return self._pools[origin]

    def request_url(self, request: PreparedRequest, proxies: object) -> str:
        """Nobody here asks through a proxy."""
        return request.path_url

    def build_response(self, req: PreparedRequest, resp: BaseHTTPResponse) -> Response:
        """Only its `raw` is looked at: no cookies are taken, and no headers copied."""
        response = Response()
        response.raw = resp
        return response

    def cert_verify(self, *_: object) -> None:
        """Nothing: requests would load the authorities anew for each connection."""


class TotalTimeoutTLS(ssl.SSLContext):
    """A client's TLS settings, with a handshake that is bounded as a whole."""

    def wrap_socket(self, sock: socket, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        ends = _end(sock)
        tls = super().wrap_socket(sock, *args, **(kwargs | {"do_handshake_on_connect": False}))
        try:
            _finish(tls.do_handshake, tls, ends)
        except BaseException:
            tls.close()
            raise
        return tls


class _Answer(HTTPResponse):
    """An answer whose status, headers and body arrive within the socket's time-out."""

    def __init__(self, sock: socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._reader = _TimedReader(sock, self.fp.detach())
        self.fp = io.BufferedReader(self._reader)

    def begin(self) -> None:
        """Read the status and headers, with any that announce others before them."""
        super().begin()
        self._reader.limit = inf


class _TimedReader(io.RawIOBase):
    """Reads a socket until its time is up, and no more than `limit` bytes.

    Closing it closes `file`, the socket's own reader.
    """

    def __init__(self, sock: socket, file: io.RawIOBase) -> None:
        self._sock = sock
        self._file = file
        self._ends = _end(sock)
        self._since_pause = 0
        self.limit: float = MAX_HEAD_SIZE

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = _finish(lambda: self._sock.recv_into(buffer), self._sock, self._ends)
        self.limit -= size
        if self.limit < 0:
            raise ConnectionAbortedError("the head of the answer has no end")
        self._since_pause += size
        if self._since_pause > PAUSE_EVERY:
            # Bytes that come without end would keep all other greenlets from running.
            self._since_pause = 0
            sleep(0)
        return size

    def close(self) -> None:
        self._file.close()
        super().close()


class _Connection(HTTPConnection):
    response_class = _Answer

    @property
    def is_connected(self) -> bool:
        return self.sock is not None and _is_quiet(self.sock)


class _TLSConnection(HTTPSConnection):
    response_class = _Answer

    @property
    def is_connected(self) -> bool:
        return self.sock is not None and _is_quiet(self.sock)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


def _end(sock: socket) -> float:
    return monotonic() + (sock.gettimeout() or 0.0)


def _finish(operation: Callable[[], R], sock: socket, ends: float) -> R:
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


def _is_quiet(sock: socket) -> bool:
    """Whether the other end has neither closed a kept connection nor sent what nobody asked for.

    urllib3 polls, for which gevent takes a whole turn of its loop.
    """
    sock.settimeout(0)
    try:
        socket.recv(sock, 1, MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False
