"""What judging costs on asyncio with all that this service does: aiohttp on both sides, no SDK.

Rate limits, retries, a time limit, metrics, a log line and the full verdict are like this
service's own; so is the start, as that of `asyncio_by_hand`.
"""

import asyncio
import json
import logging
import random
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import uuid4

from aiohttp import ClientError, ClientSession, web
from limits import parse_many
from limits.strategies import FixedWindowRateLimiter
from yarl import URL

from tests.bench.references.asyncio_by_hand import (
    AUTHORIZATION,
    HEAD,
    MESSAGES,
    SESSION,
    first_bytes,
    serve,
)
from validator.challenge import media_hints, message_hints, sid_hints
from validator.challenge.checks import check_media, check_message, check_sid, first_reason
from validator.challenge.facts import MediaItem, Message
from validator.challenge.formats import recognise
from validator.challenge.verdict import Result, Verdict
from validator.config import Settings
from validator.telemetry import metrics
from validator.web.rate_limit_storage import MemoryStorage
from validator.web.request_log import verdicts

T = TypeVar("T")

SECONDS = 10.0
ATTEMPTS = 4
FIRST_BACKOFF = 0.1
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept",
}

log = logging.getLogger("validator.reference")
limits = parse_many(Settings.from_environment().rate_limit)
counts = FixedWindowRateLimiter(MemoryStorage())


async def validate(request: web.Request) -> web.Response:
    started, request_id = time.monotonic(), uuid4().hex
    address = request.remote or ""
    if not all(counts.hit(limit, "submissions", "address", address) for limit in limits):
        return web.json_response({"code": "rate_limited"}, status=429)
    sid = str((await request.post())["sid"])
    with metrics.validating():
        try:
            async with asyncio.timeout(SECONDS):
                verdict = await _judge(request.app[SESSION], sid)
        except TimeoutError:
            return web.json_response({"code": "twilio_timeout"}, status=504)
        except ClientError:
            return web.json_response({"code": "twilio_unreachable"}, status=502)
    verdicts.count(verdict.result, verdict.reason or "")
    took = round((time.monotonic() - started) * 1000)
    log.info("request=%s sid=%s result=%s ms=%d", request_id, sid, verdict.result, took)
    headers = {**SECURITY_HEADERS, "X-Request-ID": request_id}
    body = json.dumps(_document(verdict, request_id), ensure_ascii=False, indent=2)
    return web.Response(text=body, headers=headers, content_type="application/json")


async def _judge(session: ClientSession, sid: str) -> Verdict:
    if reason := check_sid(sid):
        return Verdict(sid, reason, sid_hints.for_sid(reason, sid))
    media_requested = asyncio.create_task(_media(session, sid))
    try:
        message = await _persistently("message", lambda: _message(session, sid))
        if reason := check_message(message):
            return Verdict(sid, reason, message_hints.for_message(reason, message))
        media = check_media(await media_requested)
    finally:
        media_requested.cancel()
    if reason := first_reason(media):
        return Verdict(sid, reason, media_hints.for_fail(media), media)
    return Verdict(sid, None, media_hints.for_pass(media), media)


async def _persistently(kind: str, attempt: Callable[[], Awaitable[T]]) -> T:
    started, outcome = time.monotonic(), "error"
    try:
        for number in range(ATTEMPTS - 1):
            try:
                response = await attempt()
            except ClientError:
                await asyncio.sleep(FIRST_BACKOFF * 2**number * random.uniform(0.9, 1.1))
            else:
                outcome = "success"
                return response
        return await attempt()
    finally:
        metrics.requests.observe(time.monotonic() - started, kind, outcome)


async def _message(session: ClientSession, sid: str) -> Message | None:
    found = await _json(session, f"{MESSAGES}/{sid}.json")
    if found is None:
        return None
    parties = found["from"], found["to"]
    error = found["error_code"], found["error_message"]
    return Message(found["sid"], found["direction"], found["status"], *parties, *error)


async def _media(session: ClientSession, sid: str) -> list[MediaItem]:
    url = f"{MESSAGES}/{sid}/Media.json?PageSize=50"
    page = await _persistently("media_list", lambda: _json(session, url))
    items = page["media_list"] if page else []
    return await asyncio.gather(*(_item(session, sid, item["sid"]) for item in items))


async def _item(session: ClientSession, message_sid: str, media_sid: str) -> MediaItem:
    return await _persistently("media_file", lambda: _probe(session, message_sid, media_sid))


async def _json(session: ClientSession, url: str) -> dict[str, Any] | None:
    async with session.get(URL(url, encoded=True), headers=AUTHORIZATION) as response:
        if response.status == 404:
            return None
        response.raise_for_status()
        document: dict[str, Any] = await response.json()
        return document


async def _probe(session: ClientSession, message_sid: str, media_sid: str) -> MediaItem:
    url = URL(f"{MESSAGES}/{message_sid}/Media/{media_sid}", encoded=True)
    headers = AUTHORIZATION | HEAD
    async with session.get(url, headers=headers, allow_redirects=False) as redirect:
        target = URL(redirect.headers["Location"], encoded=True)
        await redirect.read()
    async with session.get(target, headers=HEAD) as response:
        response.raise_for_status()
        content_type = response.headers.get("Content-Type")
        start = await first_bytes(response.content)
    return MediaItem(media_sid, content_type, *recognise(lambda at, size: start[at : at + size]))


def _document(verdict: Verdict, request_id: str) -> dict[str, Any]:
    return {
        "result": verdict.result,
        "sid": verdict.message_sid,
        "reason": verdict.reason,
        "message": verdict.hint,
        "retry": verdict.retry,
        "checks": [{"name": check, "result": result} for check, result in verdict.checks()],
        "media": [
            {
                "sid": each.item.sid,
                "content_type": each.item.content_type,
                "format": each.item.format,
                "detected": each.item.detected,
                "result": Result.FAIL if each.reason else Result.PASS,
            }
            for each in verdict.media
        ],
        "request_id": request_id,
    }


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    serve(validate, int(sys.argv[1]), metrics.start_worker)
