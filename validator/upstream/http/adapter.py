"""A transport adapter for `requests`."""

from contextlib import suppress
from errno import EMFILE, ENFILE
from urllib.parse import urlsplit

import requests
from gevent.ssl import SSLError
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter
from requests.exceptions import InvalidURL
from requests.structures import CaseInsensitiveDict

from validator.upstream.http.body import Body
from validator.upstream.http.connection import Connection, Pool
from validator.upstream.http.dialing import Dialer, Origin

DEFAULT_PORTS = {"http": 80, "https": 443}
REQUEST_TIMEOUT = 408
OUT_OF_FILES = frozenset({EMFILE, ENFILE})


class GeventAdapter(BaseAdapter):
    """Sends requests that have no body; `raw` of a response is a `Body`, to be released or closed.

    The dialer opens its connections, with TLS and proxies; the pool keeps them.
    """

    def __init__(self, dialer: Dialer, pool: Pool) -> None:
        super().__init__()
        self._dialer = dialer
        self._pool = pool

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,
        cert: str | tuple[str, str] | None = None,
        proxies: dict[str, str] | None = None,
    ) -> Response:
        """Return the response once its headers are complete; its body is always streamed.

        Raises a RequestException, or an OSError for which this process is responsible itself.
        The caller bounds the whole with a `gevent.Timeout`; the read part of `timeout` bounds
        each wait for bytes.
        """
        origin, message = _serialized(request)
        read_timeout = timeout[1] if isinstance(timeout, tuple) else timeout
        try:
            body = self._resend_if_stale(origin, message, read_timeout)
        except TimeoutError as error:
            raise requests.Timeout from error
        except OSError as error:
            if error.errno in OUT_OF_FILES:
                # Idle connections, to other hosts too, make room for the next request.
                self._pool.close()
                raise
            raise requests.ConnectionError from error
        return _response(request, body)

    def discard_idle(self, url: str) -> None:
        """Close the idle connections to the host of a URL."""
        self._pool.discard(_origin(url))

    def close(self) -> None:
        """Close the idle connections."""
        self._pool.close()

    def _resend_if_stale(self, origin: Origin, message: bytes, timeout: float | None) -> Body:
        """Send on an idle connection, and once more on a new one if nothing came of that."""
        if connection := self._pool.take(origin):
            with suppress(ConnectionError, SSLError):
                body = self._exchange(connection, message, timeout)
                if body.status != REQUEST_TIMEOUT:
                    return body
                body.close()
        connection = Connection(origin, self._dialer.dial(origin))
        return self._exchange(connection, message, timeout)

    def _exchange(self, connection: Connection, message: bytes, timeout: float | None) -> Body:
        try:
            connection.send(message, timeout)
        except BaseException:
            connection.close()
            raise
        return Body(connection, self._pool.put)


def _serialized(request: PreparedRequest) -> tuple[Origin, bytes]:
    """Return where to send a request, and its bytes; raises InvalidURL."""
    url = request.url or ""
    try:
        origin = _origin(url)
        lines = [f"{request.method} {request.path_url} HTTP/1.1", f"Host: {_authority(origin)}"]
        lines += [f"{name}: {_text(value)}" for name, value in request.headers.items()]
        if " " in url or not "".join(lines).isprintable():
            raise ValueError("a space or a control character")
        return origin, "\r\n".join((*lines, "", "")).encode("latin-1")
    except ValueError as error:
        raise InvalidURL from error


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _origin(url: str) -> Origin:
    parts = urlsplit(url)
    default_port = DEFAULT_PORTS.get(parts.scheme)
    if not parts.hostname or not default_port:
        raise ValueError("neither http:// nor https:// with a host")
    return Origin(parts.scheme, parts.hostname, parts.port or default_port)


def _authority(origin: Origin) -> str:
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    return host if origin.port == DEFAULT_PORTS[origin.scheme] else f"{host}:{origin.port}"


def _response(request: PreparedRequest, body: Body) -> Response:
    """Return the response without a reference to its request, which holds credentials."""
    response = Response()
    response.status_code = body.status
    response.headers = CaseInsensitiveDict(body.headers)
    response.raw = body
    response.url = request.url or ""
    return response
