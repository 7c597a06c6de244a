"""Clients that submit SIDs, and their latencies and errors.

They run in a separate process with little work per request, so that they are not the bottleneck.
"""

import asyncio
import json
import random
import re
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field

from tests.bench import processes
from tests.bench.cases import Case, Fate

RESPONSE_SECONDS = 60.0
CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
REQUEST = (
    b"POST /validate HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%b"
)
EXPECTED = {
    Fate.GOOD: (200, "pass"),
    Fate.MISSING: (200, "fail"),
    Fate.GIF: (200, "fail"),
    Fate.STUCK: (504, None),
}


@dataclass(frozen=True)
class Load:
    """The number of clients and the messages that they submit.

    `watched` has the process ids whose CPU time is measured, including their descendants.
    """

    port: int
    clients: int
    cases: Sequence[Case]
    watched: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """The latencies and errors of the clients, and the CPU time of the watched processes.

    `validations` is the number that ended within `seconds`. The latencies, in seconds, are of
    these and of all others that were in flight, so that slow ones count, too. `errors` counts each
    kind of unexpected response.
    """

    validations: int
    seconds: float
    cpu_seconds: dict[str, float]
    latencies: list[float]
    errors: Counter[str]


def back_to_back(load: Load, warm_up: float, seconds: float) -> Outcome:
    """Return the outcome of clients that submit one SID after the other, after a warm-up."""
    return asyncio.run(_Clients(load).back_to_back(warm_up, seconds))


def burst(load: Load, arrive_within: float) -> Outcome:
    """Return the outcome of clients that submit once each, spread over some seconds."""
    return asyncio.run(_Clients(load).burst(arrive_within))


class _Clients:
    def __init__(self, load: Load) -> None:
        self._load = load
        self._latencies: list[float] = []
        self._errors: Counter[str] = Counter()

    async def back_to_back(self, warm_up: float, seconds: float) -> Outcome:
        begins = time.monotonic() + warm_up
        clients = self._start(within=warm_up / 2, until=begins + seconds)
        await asyncio.sleep(begins - time.monotonic())
        self._latencies.clear()
        used = self._cpu_seconds()
        await asyncio.sleep(begins + seconds - time.monotonic())
        outcome = self._outcome(begins, used)
        await clients
        return outcome

    async def burst(self, arrive_within: float) -> Outcome:
        begins, used = time.monotonic(), self._cpu_seconds()
        await self._start(within=arrive_within, until=0.0)
        return self._outcome(begins, used)

    def _start(self, within: float, until: float) -> asyncio.Future[list[None]]:
        gap = within / self._load.clients
        clients = (self._client(number * gap, until) for number in range(self._load.clients))
        return asyncio.gather(*clients)

    async def _client(self, delay: float, until: float) -> None:
        """Submit at least once, and again until the time is over."""
        await asyncio.sleep(delay)
        with closing(_Connection(self._load.port)) as connection:
            await self._post(connection)
            while time.monotonic() < until:
                await self._post(connection)

    async def _post(self, connection: "_Connection") -> None:
        case = random.choice(self._load.cases)
        sid = case.new_sid()
        begun = time.monotonic()
        try:
            async with asyncio.timeout(RESPONSE_SECONDS):
                status, body = await connection.post(b"sid=" + sid.encode())
        except (OSError, EOFError, TimeoutError) as error:
            connection.close()
            self._errors[type(error).__name__] += 1
            return
        if _is_right(status, body, case, sid):
            self._latencies.append(time.monotonic() - begun)
        else:
            self._errors[f"{status} {body[:200].decode(errors='replace')}"] += 1

    def _outcome(self, begun: float, used: dict[str, float]) -> Outcome:
        """Return the outcome so far; later latencies and errors are added to it."""
        seconds = time.monotonic() - begun
        cpu = {name: total - used[name] for name, total in self._cpu_seconds().items()}
        return Outcome(len(self._latencies), seconds, cpu, self._latencies, self._errors)

    def _cpu_seconds(self) -> dict[str, float]:
        watched = self._load.watched.items()
        used = {name: processes.cpu_seconds(root) for name, root in watched}
        return used | {"clients": time.process_time(), "machine": processes.machine_cpu_seconds()}


class _Connection:
    """A keep-alive connection to the server, reopened if the server closes it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, body: bytes) -> tuple[int, bytes]:
        """Return status and body of the response; raises OSError or EOFError."""
        if self._streams is not None:
            # A server may close an idle connection at the moment when it is used again.
            with suppress(OSError, EOFError):
                return await self._exchange(*self._streams, body)
            self.close()
        self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        return await self._exchange(*self._streams, body)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes
    ) -> tuple[int, bytes]:
        writer.write(REQUEST % (len(body), body))
        head = await reader.readuntil(b"\r\n\r\n")
        length = CONTENT_LENGTH.search(head)
        response = await reader.readexactly(int(length[1]) if length else 0)
        return int(head.split(b" ", 2)[1]), response


def _is_right(status: int, body: bytes, case: Case, sid: str) -> bool:
    """Return whether this is the expected verdict on this SID, with all media if it passes."""
    expected_status, expected_result = EXPECTED[case.fate]
    if status != expected_status or expected_result is None:
        return status == expected_status
    verdict = json.loads(body)
    media = case.media if case.fate is Fate.GOOD else len(verdict["media"])
    seen = (verdict["result"], verdict["sid"], len(verdict["media"]))
    return bool(seen == (expected_result, sid, media))
