"""The minimal cost of judging in Python: aiohttp on both sides, all requests concurrent.

`python -m tests.bench.references.asyncio_by_hand 2` serves on PORT with two processes. It has
no retries, limits, metrics, logs or hints.
"""

import asyncio
import gc
import os
import signal
import ssl
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from aiohttp import ClientSession, ClientTimeout, TCPConnector, web
from yarl import URL

from validator.challenge.checks import check_message
from validator.challenge.facts import Message
from validator.challenge.formats import HEAD_SIZE, format_of_type, recognise

ACCOUNT_SID = os.environ["TWILIO_ACCOUNT_SID"]
MESSAGES = f"{os.environ['TWILIO_API_URL']}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages"
LOGIN = b64encode(f"{ACCOUNT_SID}:{os.environ['TWILIO_AUTH_TOKEN']}".encode()).decode()
AUTHORIZATION = {"Authorization": f"Basic {LOGIN}"}
HEAD = {"Range": f"bytes=0-{HEAD_SIZE - 1}", "Accept-Encoding": "identity"}
TIMEOUT = ClientTimeout(total=10)
BACKLOG = 2048

SESSION = web.AppKey("session", ClientSession)


async def validate(request: web.Request) -> web.Response:
    sid = parse_qs(await request.text())["sid"][0]
    session = request.app[SESSION]
    sent, media = await asyncio.gather(_message(session, sid), _media(session, sid))
    message = sent and Message(sid, sent["direction"], sent["status"], sent["from"], sent["to"])
    reason = check_message(message)
    if reason is None and not (media and all(item["result"] == "pass" for item in media)):
        return _verdict(sid, "format_not_allowed", media)
    return _verdict(sid, reason, media)


async def health(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _message(session: ClientSession, sid: str) -> dict[str, Any] | None:
    return await _json(session, f"{MESSAGES}/{sid}.json")


async def _media(session: ClientSession, sid: str) -> list[dict[str, Any]]:
    page = await _json(session, f"{MESSAGES}/{sid}/Media.json")
    items = page["media_list"] if page else []
    return await asyncio.gather(*(_probe(session, sid, item["sid"]) for item in items))


async def _json(session: ClientSession, url: str) -> dict[str, Any] | None:
    async with session.get(URL(url, encoded=True), headers=AUTHORIZATION) as answer:
        if answer.status == 404:
            return None
        answer.raise_for_status()
        document: dict[str, Any] = await answer.json()
        return document


async def _probe(session: ClientSession, message_sid: str, media_sid: str) -> dict[str, Any]:
    url = URL(f"{MESSAGES}/{message_sid}/Media/{media_sid}", encoded=True)
    async with session.get(url, headers=AUTHORIZATION, allow_redirects=False) as redirect:
        target = URL(redirect.headers["Location"], encoded=True)
        await redirect.read()
    async with session.get(target, headers=HEAD) as answer:
        content_type = answer.headers.get("Content-Type")
        head = await first_bytes(answer.content)
    found, detected = recognise(lambda offset, size: head[offset : offset + size])
    allowed = found is not None and format_of_type(content_type) is not None
    return {
        "sid": media_sid,
        "content_type": content_type,
        "format": found,
        "detected": detected,
        "result": "pass" if allowed else "fail",
    }


async def first_bytes(content: Any) -> bytes:
    head = b""
    while len(head) < HEAD_SIZE and (more := await content.read(HEAD_SIZE - len(head))):
        head += more
    return head


def _verdict(sid: str, reason: str | None, media: list[dict[str, Any]]) -> web.Response:
    result = "fail" if reason else "pass"
    return web.json_response({"result": result, "sid": sid, "reason": reason, "media": media})


async def _session(app: web.Application) -> AsyncIterator[None]:
    authorities = os.environ.get("REQUESTS_CA_BUNDLE")
    tls = ssl.create_default_context(cafile=authorities)
    connector = TCPConnector(limit=0, ssl=tls, keepalive_timeout=60)
    async with ClientSession(connector=connector, timeout=TIMEOUT) as app[SESSION]:
        yield


def serve(
    validate: Callable[[web.Request], Awaitable[web.Response]],
    workers: int,
    begin: Callable[[int], None] = lambda _: None,
) -> None:
    """Serve `validate` with so many processes, each of which calls `begin` with its number."""
    number, others = _fork(workers - 1)
    begin(number)
    app = web.Application()
    app.add_routes([web.post("/validate", validate), web.get("/healthz", health)])
    app.cleanup_ctx.append(_session)
    gc.freeze()
    try:
        web.run_app(
            app,
            host="127.0.0.1",
            port=int(os.environ["PORT"]),
            reuse_port=True,
            backlog=BACKLOG,
            access_log=None,
            print=None,
        )
    finally:
        for pid in others:
            os.kill(pid, signal.SIGTERM)


def _fork(times: int) -> tuple[int, list[int]]:
    """Return this process's number, and the processes forked off, which fork no others."""
    forked: list[int] = []
    for number in range(1, times + 1):
        pid = os.fork()
        if pid == 0:
            return number, []
        forked.append(pid)
    return 0, forked


if __name__ == "__main__":
    serve(validate, int(sys.argv[1]))
