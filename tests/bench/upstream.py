"""Stands in for Twilio's API and for the host of its media, each answer after a set delay.

A process of its own with as little work as HTTP allows, so that it is never what is measured.
"""

import asyncio
import multiprocessing
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection

from tests.bench.answers import Answer, media_host, twilio_api
from tests.bench.certificates import Certificate

Respond = Callable[[str, str], Answer | None]
"""(path, head of the request) -> the answer, None where there is never to be one."""

BACKLOG = 4096
POURED_AT_ONCE = 256 * 1024
START_SECONDS = 30.0


@dataclass(frozen=True)
class Delays:
    """Seconds before the JSON of Twilio's API, its redirect to a media file, and the file."""

    twilio: float
    redirect: float
    media: float

    @property
    def critical_path(self) -> float:
        """What they cost one validation that asks for all it can at the same time."""
        return self.twilio + self.redirect + self.media


@dataclass(frozen=True)
class Upstream:
    url: str
    pid: int


@contextmanager
def upstream(
    delays: Delays, honours_range: bool = True, tls: Certificate | None = None
) -> Iterator[Upstream]:
    """Stand in for Twilio until the end of the block, over https with a certificate."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_main, args=(there, delays, honours_range, tls), daemon=True)
    process.start()
    try:
        there.close()
        if not here.poll(START_SECONDS):
            raise TimeoutError("the stand-in for Twilio did not start")
        port = here.recv()
        yield Upstream(f"{'https' if tls else 'http'}://127.0.0.1:{port}", process.pid or 0)
    finally:
        process.terminate()
        process.join()


def _main(
    started: Connection, delays: Delays, honours_range: bool, tls: Certificate | None
) -> None:
    asyncio.run(_serve(started, delays, honours_range, tls))


async def _serve(
    started: Connection, delays: Delays, honours_range: bool, tls: Certificate | None
) -> None:
    media_port = await _listen(partial(media_host, delays.media, honours_range), tls)
    media_url = f"{'https' if tls else 'http'}://127.0.0.1:{media_port}"
    api = partial(twilio_api, delays.twilio, delays.redirect, media_url)
    started.send(await _listen(api, tls))
    await asyncio.Event().wait()


async def _listen(respond: Respond, tls: Certificate | None) -> int:
    context = None
    if tls is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(tls.chain, tls.key)
    server = await asyncio.get_running_loop().create_server(
        partial(_Connection, respond), "127.0.0.1", 0, backlog=BACKLOG, ssl=context
    )
    port: int = server.sockets[0].getsockname()[1]
    return port


class _Connection(asyncio.Protocol):
    """One kept connection, on which one GET is asked at a time."""

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
        answer = self._respond(head.split(" ", 2)[1], head)
        if answer is not None:
            asyncio.get_running_loop().call_later(answer.delay, self._send, answer)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._pour()

    def _send(self, answer: Answer) -> None:
        if self._transport.is_closing():
            return
        self._unsent = answer.body
        self._transport.write(answer.head)
        self._pour()

    def _pour(self) -> None:
        """Write as much of the body as the other end takes at once, and the rest as it takes it."""
        while self._unsent and not self._paused and not self._transport.is_closing():
            self._transport.write(self._unsent[:POURED_AT_ONCE])
            self._unsent = self._unsent[POURED_AT_ONCE:]
