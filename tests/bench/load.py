"""Clients that submit SIDs over keep-alive connections, with little CPU time of their own."""

import asyncio
import json
import random
import re
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field

from tests.bench.cases import Case, Outcome

RESPONSE_SECONDS = 60.0
REQUEST = (
    b"POST /validate HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 38\r\n\r\nsid=%b"
)
CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CLOSES = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)


@dataclass
class Load:
    """The messages to submit, and the latencies in seconds and the errors so far.

    `errors` counts each kind of unexpected response.
    """

    port: int
    cases: Sequence[Case]
    latencies: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)

    async def run(self, clients: int, arrive_within: float, seconds: float) -> None:
        """Run clients that arrive evenly spread, and submit again and again, but at least once."""
        until = time.monotonic() + seconds
        gap = arrive_within / clients
        await asyncio.gather(*(self._client(number * gap, until) for number in range(clients)))

    async def _client(self, delay: float, until: float) -> None:
        await asyncio.sleep(delay)
        submitting = True
        while submitting:
            try:
                await self._submit(until)
            except (OSError, EOFError, TimeoutError) as error:
                self.errors[type(error).__name__] += 1
            submitting = time.monotonic() < until

    async def _submit(self, until: float) -> None:
        """Submit over a new connection, until the server closes it or the time is over."""
        begun = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        with closing(writer):
            is_open = True
            while is_open:
                case = random.choice(self.cases)
                sid = case.new_sid()
                async with asyncio.timeout(RESPONSE_SECONDS):
                    writer.write(REQUEST % sid.encode())
                    head = await reader.readuntil(b"\r\n\r\n")
                    length = CONTENT_LENGTH.search(head)
                    body = await reader.readexactly(int(length[1]) if length else 0)
                ended = time.monotonic()
                if _is_expected(int(head.split(b" ", 2)[1]), body, case, sid):
                    self.latencies.append(ended - begun)
                else:
                    self.errors[(head.splitlines()[0] + body[:200]).decode(errors="replace")] += 1
                begun = ended
                is_open = ended < until and not CLOSES.search(head)


def _is_expected(status: int, body: bytes, case: Case, sid: str) -> bool:
    """Return whether this is the right verdict on this SID, with all media if it passes."""
    if case.outcome is Outcome.STUCK or status != 200:
        return case.outcome is Outcome.STUCK and status == 504
    verdict = json.loads(body)
    if case.outcome is Outcome.GOOD and len(verdict["media"]) != case.media:
        return False
    result = "pass" if case.outcome is Outcome.GOOD else "fail"
    return bool((verdict["result"], verdict["sid"]) == (result, sid))
