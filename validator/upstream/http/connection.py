"""One connection, and the idle ones that are kept for the next requests."""

from collections import deque
from time import monotonic
from weakref import ref

from gevent import getcurrent, spawn_later
from gevent.socket import socket
from gevent.ssl import SSLWantReadError

from validator.upstream.http.dialing import Origin

# Seconds between two looks for connections that have been idle for too long.
TIDY_EVERY = 1.0
RECEIVED_AT_ONCE = 64 * 1024
MAX_IDLE_SECONDS = 5.0


class Connection:
    """A socket that carries one request at a time."""

    def __init__(self, origin: Origin, sock: socket) -> None:
        self.origin = origin
        self.idle_since = 0.0
        self.last_user = ref(getcurrent())
        self._sock = sock

    def is_quiet(self) -> bool:
        """Whether the other end has neither closed it nor sent anything without a request."""
        self._sock.settimeout(0)
        try:
            self._sock.recv(1)
        except (BlockingIOError, SSLWantReadError):
            return True
        except OSError:
            pass
        return False

    def send(self, request: bytes, read_timeout: float | None) -> None:
        """Send a whole request; each wait for its response may take `read_timeout` seconds."""
        self._sock.settimeout(read_timeout)
        # The kernel takes a short request at once; `sendall` looks up the size of its buffer first.
        if (sent := self._sock.send(request)) < len(request):
            self._sock.sendall(request[sent:])

    def receive(self) -> bytes:
        """Return the bytes that came, `b""` at the end."""
        return self._sock.recv(RECEIVED_AT_ONCE)

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()


class Pool:
    """At most `max_idle` idle connections, each kept for `max_age` seconds.

    NATs and load balancers forget an idle connection silently, some after ten seconds.
    One that has been returned rests for `rest` seconds before another greenlet may use it: a
    surplus response that comes a little late must arrive while no request waits on the connection.
    """

    def __init__(
        self, max_idle: int, max_age: float = MAX_IDLE_SECONDS, rest: float = 0.05
    ) -> None:
        self._max_idle = max_idle
        self._max_age = max_age
        self._rest = rest
        # Per origin, the one that became idle first comes first.
        self._idle: dict[Origin, deque[Connection]] = {}
        self._tidying = False

    def take(self, origin: Origin) -> Connection | None:
        """Return an idle connection to `origin` that can carry a request, if there is one.

        The greenlet that used one last may have it again at once. Others get the one that has
        been idle for longest.
        """
        while connection := self._candidate(origin):
            if connection.idle_since + self._max_age > monotonic() and connection.is_quiet():
                return connection
            connection.close()
        return None

    def _candidate(self, origin: Origin) -> Connection | None:
        idle = self._idle.get(origin)
        if not idle:
            return None
        if idle[-1].last_user() is getcurrent():
            return idle.pop()
        return idle.popleft() if idle[0].idle_since + self._rest < monotonic() else None

    def put(self, connection: Connection) -> None:
        """Keep a connection whose response was read to its end."""
        if sum(map(len, self._idle.values())) >= self._max_idle:
            self._drop_empty()
            min(self._idle.values(), key=lambda idle: idle[0].idle_since).popleft().close()
        connection.idle_since = monotonic()
        connection.last_user = ref(getcurrent())
        self._idle.setdefault(connection.origin, deque()).append(connection)
        if not self._tidying:
            self._tidying = True
            spawn_later(TIDY_EVERY, self._tidy)

    def discard(self, origin: Origin) -> None:
        """Close all idle connections to one origin."""
        for connection in self._idle.pop(origin, ()):
            connection.close()

    def close(self) -> None:
        """Close all idle connections."""
        for origin in list(self._idle):
            self.discard(origin)

    def _tidy(self) -> None:
        """Close what has been idle for too long, again and again until none is left."""
        kept_since = monotonic() - self._max_age
        for idle in self._idle.values():
            while idle and idle[0].idle_since < kept_since:
                idle.popleft().close()
        self._drop_empty()
        self._tidying = bool(self._idle)
        if self._tidying:
            spawn_later(TIDY_EVERY, self._tidy)

    def _drop_empty(self) -> None:
        for origin in [origin for origin, idle in self._idle.items() if not idle]:
            del self._idle[origin]
