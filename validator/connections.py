"""requests' pooled connections to Twilio and to the hosts of its media.

requests and urllib3 keep them and open them; what goes over them is written and read here, with
a fraction of the work.
"""

from collections.abc import Mapping
from socket import MSG_PEEK, socket
from threading import RLock
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from validator.response import Response
from validator.total_timeout import TotalTimeoutTLS

# Twilio's API and its media have a handful.
MAX_HOSTS = 10


class PooledAdapter(HTTPAdapter):
    """requests' pooled adapter; `tls` verifies every host that is asked over https."""

    def __init__(self, tls: TotalTimeoutTLS, pool_maxsize: int) -> None:
        self._tls = tls
        self._pools: dict[str, HTTPConnectionPool] = {}
        self._changing_pools = RLock()
        super().__init__(pool_maxsize=pool_maxsize)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._tls, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}

    def close(self) -> None:
        """Close the kept connections at once, which urllib3 leaves to the garbage collector."""
        with self._changing_pools:
            for pool in self._pools.values():
                pool.close()
            self._pools.clear()
            super().close()

    def get_connection_with_tls_context(
        self, request: PreparedRequest, *_: object, **__: object
    ) -> HTTPConnectionPool:
        """The pool for a request's host, which requests would work out from scratch each time."""
        url = urlsplit(request.url or "")
        origin = f"{url.scheme}://{url.netloc}"
        return self._pools.get(origin) or self._open(origin)

    def _open(self, origin: str) -> HTTPConnectionPool:
        with self._changing_pools:
            if len(self._pools) >= MAX_HOSTS:
                self.close()
            return self._pools.setdefault(origin, self.poolmanager.connection_from_url(origin))

    def request_url(self, request: PreparedRequest, proxies: object) -> str:
        """Nobody here asks through a proxy."""
        return request.path_url

    def build_response(self, req: PreparedRequest, resp: Any) -> Any:
        """The answer itself, and not requests' copy of it, with cookies and a history."""
        return resp

    def cert_verify(self, *_: object) -> None:
        """Nothing: requests would load the authorities anew for each connection."""


class _Connection(HTTPConnection):
    """Asks with GET; whoever asks says all headers but Host."""

    @property
    def is_connected(self) -> bool:
        return self.sock is not None and _is_quiet(self.sock)

    def request(  # type: ignore[override]
        self, method: str, url: str, *, headers: Mapping[str, str], **_: object
    ) -> None:
        """Send it in one go; raises ValueError for what would be read as another request."""
        lines = [f"{method} {url} HTTP/1.1", f"Host: {_authority(self)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if " " in url or not all(map(str.isprintable, lines)):
            raise ValueError("a space or a line end where none may be")
        if self.sock is None:
            self.connect()
        self.sock.settimeout(self.timeout)
        self.sock.sendall("\r\n".join((*lines, "", "")).encode("latin-1"))

    def getresponse(self) -> Response:  # type: ignore[override]
        return Response(self.sock, self.timeout or 0.0)


class _TLSConnection(_Connection, HTTPSConnection):
    """The same over TLS, which urllib3 sets up."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection  # type: ignore[assignment]


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection  # type: ignore[assignment]


def _authority(connection: HTTPConnection) -> str:
    host = f"[{connection.host}]" if ":" in connection.host else connection.host
    default = connection.port == connection.default_port
    return host if default else f"{host}:{connection.port}"


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
