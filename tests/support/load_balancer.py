"""A load balancer on loopback, with the latency of a real one, that reuses idle connections."""

import asyncio
import random
from collections.abc import Iterable
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

ONE_WAY_SECONDS = 0.02
RESPONSE_SECONDS = 20.0


class LoadBalancer:
    """Sends each request once, to a random server, without retries.

    Load balancers do not retry POST: a request on a connection that breaks is lost.
    """

    def __init__(self, urls: Iterable[str]) -> None:
        self._idle: dict[str, list[_Connection]] = {url: [] for url in urls}
        self._all: list[_Connection] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in self._all:
            connection.transport.abort()

    def remove(self, url: str) -> None:
        """Send no more requests to this server."""
        del self._idle[url]

    async def send(self, request: bytes) -> bytes:
        """Return a response with its headers, or b"" if the request was lost."""
        url = random.choice(list(self._idle))
        connection = self._idle_one(url) or await self._open(url)
        response = await connection.exchange(request)
        if response and b"\r\nConnection: close" not in response and url in self._idle:
            self._idle[url].append(connection)
        return response

    async def _open(self, url: str) -> "_Connection":
        address, loop = urlsplit(url), asyncio.get_running_loop()
        await asyncio.sleep(2 * ONE_WAY_SECONDS)
        transport, connection = await loop.create_connection(
            _Connection, address.hostname or "", address.port or 0
        )
        connection.transport = transport
        self._all.append(connection)
        return connection

    def _idle_one(self, url: str) -> "_Connection | None":
        idle = self._idle[url]
        idle[:] = [connection for connection in idle if not connection.arrived.at_eof()]
        return idle.pop(random.randrange(len(idle))) if idle else None


class _Connection(asyncio.Protocol):
    """A connection with latency in both directions, also for the server's close."""

    transport: asyncio.WriteTransport

    def __init__(self) -> None:
        self.arrived = asyncio.StreamReader()

    def data_received(self, data: bytes) -> None:
        asyncio.get_running_loop().call_later(ONE_WAY_SECONDS, self.arrived.feed_data, data)

    def connection_lost(self, _: Exception | None) -> None:
        asyncio.get_running_loop().call_later(ONE_WAY_SECONDS, self.arrived.feed_eof)

    async def exchange(self, request: bytes) -> bytes:
        await asyncio.sleep(ONE_WAY_SECONDS)
        self.transport.write(request)
        with suppress(asyncio.IncompleteReadError):
            async with asyncio.timeout(RESPONSE_SECONDS):
                head = await self.arrived.readuntil(b"\r\n\r\n")
                _, _, length = head.partition(b"\r\nContent-Length: ")
                return head + await self.arrived.readexactly(int(length.split(b"\r\n")[0]))
        return b""
