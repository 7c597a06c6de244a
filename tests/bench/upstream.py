"""Simulates Twilio's API and its media server; each response is sent after a fixed delay.

It runs in a process of its own, with little work per request, so that it is not the bottleneck.
"""

import asyncio
import multiprocessing
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from tests.bench.responses import media_server, twilio_api

Respond = Callable[[str, str], bytes | None]
"""(path, request line and headers) -> the response, None to send none."""

BACKLOG = 4096


@contextmanager
def upstream(api_delay: float, media_delay: float, tls: ssl.SSLContext | None) -> Iterator[str]:
    """Run the simulated Twilio until the end of the block, whose value is its URL."""
    api, media = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))
    scheme = "https" if tls else "http"
    url, media_url = (f"{scheme}://127.0.0.1:{each.getsockname()[1]}" for each in (api, media))
    servers = (
        (api, partial(twilio_api, media_url), api_delay),
        (media, media_server, media_delay),
    )
    fork = multiprocessing.get_context("fork")
    process = fork.Process(target=lambda: asyncio.run(_serve(servers, tls)), daemon=True)
    process.start()
    try:
        yield url
    finally:
        process.kill()
        process.join()


async def _serve(
    servers: Iterable[tuple[socket.socket, Respond, float]], tls: ssl.SSLContext | None
) -> None:
    for sock, respond, delay in servers:
        await asyncio.get_running_loop().create_server(
            partial(_Connection, respond, delay), sock=sock, backlog=BACKLOG, ssl=tls
        )
    await asyncio.Event().wait()


class _Connection(asyncio.Protocol):
    """A keep-alive connection with one GET request at a time."""

    _transport: asyncio.Transport

    def __init__(self, respond: Respond, delay: float) -> None:
        self._respond = respond
        self._delay = delay
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._received.endswith(b"\r\n\r\n"):
            return
        head, self._received = self._received.decode("latin-1"), b""
        response = self._respond(head.split(" ", 2)[1], head)
        if response is not None:
            asyncio.get_running_loop().call_later(self._delay, self._transport.write, response)
