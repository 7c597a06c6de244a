"""Simulates Twilio's API and its media server; each response is sent after a fixed delay.

It runs in a separate process with little work per request, so that it is not the bottleneck.
"""

import asyncio
import multiprocessing
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from typing import NamedTuple

from trustme import LeafCert

from tests.bench.cases import Surroundings
from tests.bench.responses import Response, media_host, twilio_api

Respond = Callable[[str, str], Response | None]
"""(path, request line and headers) -> the response, None to send none."""

BACKLOG = 4096
POURED_AT_ONCE = 256 * 1024


class Upstream(NamedTuple):
    """The URL of the simulated Twilio, and its process id."""

    url: str
    pid: int


@contextmanager
def upstream(surroundings: Surroundings, tls: LeafCert | None) -> Iterator[Upstream]:
    """Run the simulated Twilio until the end of the block, over https with a certificate."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_main, args=(there, surroundings, tls), daemon=True)
    process.start()
    there.close()
    try:
        yield Upstream(here.recv(), process.pid or 0)
    finally:
        process.terminate()
        process.join()


def _main(started: Connection, surroundings: Surroundings, tls: LeafCert | None) -> None:
    asyncio.run(_serve(started, surroundings, tls))


async def _serve(started: Connection, surroundings: Surroundings, tls: LeafCert | None) -> None:
    media_url = await _listen(partial(media_host, surroundings), tls)
    started.send(await _listen(partial(twilio_api, surroundings, media_url), tls))
    await asyncio.Event().wait()


async def _listen(respond: Respond, tls: LeafCert | None) -> str:
    """Serve on a free port, and return the URL."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if tls else None
    if tls and context:
        tls.configure_cert(context)
    server = await asyncio.get_running_loop().create_server(
        partial(_Connection, respond), "127.0.0.1", 0, backlog=BACKLOG, ssl=context
    )
    scheme = "https" if tls else "http"
    return f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"


class _Connection(asyncio.Protocol):
    """A keep-alive connection with one GET request at a time."""

    _transport: asyncio.Transport

    def __init__(self, respond: Respond) -> None:
        self._respond = respond
        self._received = b""
        self._unsent = memoryview(b"")
        self._paused = False

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
            asyncio.get_running_loop().call_later(response.delay, self._send, response)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._pour()

    def _send(self, response: Response) -> None:
        if not self._transport.is_closing():
            self._transport.write(response.head)
            self._unsent = response.body
            self._pour()

    def _pour(self) -> None:
        """Write the body until the send buffer is full; go on when it has been sent."""
        while self._unsent and not self._paused and not self._transport.is_closing():
            self._transport.write(self._unsent[:POURED_AT_ONCE])
            self._unsent = self._unsent[POURED_AT_ONCE:]
