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
        await asyncio.gather(*(connection.close() for connection in self._all))

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
        connection = await _Connection.open(url)
        self._all.append(connection)
        return connection

    def _idle_one(self, url: str) -> "_Connection | None":
        idle = self._idle[url]
        while idle:
            connection = idle.pop(random.randrange(len(idle)))
            if not connection.seen_closed:
                return connection
        return None


class _Connection:
    """A connection with latency in both directions, also for the server's close."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._arrived = asyncio.StreamReader()
        self._receiving = asyncio.create_task(self._receive())

    @classmethod
    async def open(cls, url: str) -> Self:
        address = urlsplit(url)
        await asyncio.sleep(2 * ONE_WAY_SECONDS)
        return cls(*await asyncio.open_connection(address.hostname, address.port))

    @property
    def seen_closed(self) -> bool:
        return self._arrived.at_eof()

    async def exchange(self, request: bytes) -> bytes:
        await asyncio.sleep(ONE_WAY_SECONDS)
        self._writer.write(request)
        with suppress(asyncio.IncompleteReadError):
            async with asyncio.timeout(RESPONSE_SECONDS):
                head = await self._arrived.readuntil(b"\r\n\r\n")
                _, _, length = head.partition(b"\r\nContent-Length: ")
                return head + await self._arrived.readexactly(int(length.split(b"\r\n")[0]))
        return b""

    async def close(self) -> None:
        self._writer.close()
        await self._receiving
        with suppress(OSError):
            await self._writer.wait_closed()

    async def _receive(self) -> None:
        loop, received = asyncio.get_running_loop(), b"-"
        while received:
            received = b""
            with suppress(OSError):
                received = await self._reader.read(65536)
            arrive = self._arrived.feed_data if received else lambda _: self._arrived.feed_eof()
            loop.call_later(ONE_WAY_SECONDS, arrive, received)
