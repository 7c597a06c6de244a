"""Opens sockets: to the first address that accepts, through a proxy, with TLS."""

from collections import deque
from collections.abc import Sequence
from itertools import zip_longest
from os import strerror
from typing import NamedTuple

from gevent import Greenlet, Timeout, killall, wait
from gevent.socket import IPPROTO_TCP, SOCK_STREAM, TCP_NODELAY, gaierror, getaddrinfo, socket
from gevent.ssl import SSLContext

from validator.upstream.http.proxies import Proxies

# Seconds to connect to any address of a host, and again for the proxy's and TLS's handshakes.
CONNECT_SECONDS = HANDSHAKE_SECONDS = 3.0
# The connection attempt delay that RFC 8305 recommends, section 5.
NEXT_ADDRESS_AFTER = 0.25

Address = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]
"""One address of a host, as `getaddrinfo` returns it."""


class Origin(NamedTuple):
    """The scheme, host and port of a URL."""

    scheme: str
    host: str
    port: int


class Dialer:
    """Opens sockets to hosts; `tls` verifies those that are requested over https."""

    def __init__(self, tls: SSLContext, proxies: Proxies) -> None:
        self._tls = tls
        self._proxies = proxies

    def dial(self, origin: Origin) -> socket:
        """Return a socket over which `origin` takes requests; raises OSError."""
        proxy = self._proxies.find(origin.scheme, origin.host)
        sock = self._connect(*(proxy.address if proxy else (origin.host, origin.port)))
        try:
            with Timeout(HANDSHAKE_SECONDS, TimeoutError("the handshake took too long")):
                if proxy:
                    proxy.open_tunnel(sock, origin.host, origin.port)
                if origin.scheme == "https":
                    return self._tls.wrap_socket(sock, server_hostname=origin.host)
                return sock
        except BaseException:
            sock.close()
            raise

    def _connect(self, host: str, port: int) -> socket:
        with Timeout(CONNECT_SECONDS, TimeoutError("no address accepted a connection in time")):
            sock = connect_to_first(alternate_families(self._addresses(host, port)))
        sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        return sock

    def _addresses(self, host: str, port: int) -> Sequence[Address]:
        try:
            return getaddrinfo(host, port, type=SOCK_STREAM)
        except UnicodeError as error:
            raise OSError("no name that can be looked up") from error
        except gaierror:
            # Without a file descriptor for the name server, resolving fails as if it were away.
            socket().close()
            raise


def alternate_families(addresses: Sequence[Address]) -> list[Address]:
    """Return the addresses with IPv6 and IPv4 in turn, each family in its order (RFC 8305)."""
    families = dict.fromkeys(address[0] for address in addresses)
    per_family = [[a for a in addresses if a[0] == family] for family in families]
    return [address for turn in zip_longest(*per_family) for address in turn if address]


def connect_to_first(addresses: Sequence[Address]) -> socket:
    """Return a socket to the address that accepts first, a new one being tried every 250 ms.

    Raises the OSError of the last address where none accepts.
    """
    untried = deque(addresses)
    running: list[Greenlet[[Address], socket | int]] = []
    errno: int | None = 0
    try:
        while untried or running:
            if untried:
                running.append(Greenlet.spawn(_attempt, untried.popleft()))
            for attempt in wait(running, NEXT_ADDRESS_AFTER if untried else None, count=1):
                running.remove(attempt)
                if isinstance(attempt.value, socket):
                    return attempt.value
                errno = attempt.value
        raise OSError(errno, strerror(errno or 0))
    finally:
        killall(running)
        for attempt in running:
            # This one may just have been successful, too.
            if isinstance(attempt.value, socket):
                attempt.value.close()


def _attempt(address: Address) -> socket | int:
    """Return a connected socket, or the number of the error."""
    family, kind, protocol, _, target = address
    try:
        sock = socket(family, kind, protocol)
        try:
            sock.connect(target)
        except BaseException:
            sock.close()
            raise
    except OSError as error:
        return error.errno or 0
    return sock
