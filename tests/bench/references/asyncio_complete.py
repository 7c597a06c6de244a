"""What judging costs on asyncio with all that this service does, but without Twilio's SDK.

Rate limits, retries, a time limit, metrics, a log line and the full verdict are like this
service's own.
"""

import asyncio
import json
import logging
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar
from uuid import uuid4

from aiohttp import ClientError, web
from limits import parse_many
from limits.strategies import FixedWindowRateLimiter

from tests.bench.references.asyncio_common import TWILIO, Twilio, serve
from tests.bench.references.common import document
from validator.challenge import media_hints, message_hints, sid_hints
from validator.challenge.checks import check_media, check_message, check_sid, first_reason
from validator.challenge.facts import MediaItem
from validator.challenge.verdict import Verdict
from validator.config import Settings
from validator.telemetry import metrics
from validator.web.rate_limit_storage import MemoryStorage
from validator.web.request_log import verdicts

T = TypeVar("T")

SECONDS = 10.0
PAUSES = (0.1, 0.2, 0.4)
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
                verdict = await _judge(request.app[TWILIO], sid)
        except TimeoutError:
            return web.json_response({"code": "twilio_timeout"}, status=504)
        except ClientError:
            return web.json_response({"code": "twilio_unreachable"}, status=502)
    verdicts.count(verdict.result, verdict.reason or "")
    took = round((time.monotonic() - started) * 1000)
    log.info("request=%s sid=%s result=%s ms=%d", request_id, sid, verdict.result, took)
    headers = {**SECURITY_HEADERS, "X-Request-ID": request_id}
    body = json.dumps(_complete(verdict, request_id), ensure_ascii=False)
    return web.Response(text=body, headers=headers, content_type="application/json")


async def _judge(twilio: Twilio, sid: str) -> Verdict:
    if reason := check_sid(sid):
        return Verdict(sid, reason, sid_hints.for_sid(reason, sid))
    media_requested = asyncio.create_task(_media(twilio, sid))
    try:
        message = await _request("message", twilio.message, sid)
        if reason := check_message(message):
            return Verdict(sid, reason, message_hints.for_message(reason, message))
        media = check_media(await media_requested)
    finally:
        media_requested.cancel()
    if reason := first_reason(media):
        return Verdict(sid, reason, media_hints.for_fail(media), media)
    return Verdict(sid, None, media_hints.for_pass(media), media)


async def _media(twilio: Twilio, sid: str) -> list[MediaItem]:
    media_sids = await _request("media_list", twilio.media_sids, sid)
    return await asyncio.gather(
        *(_request("media_file", twilio.item, sid, each) for each in media_sids)
    )


async def _request(kind: str, fetch: Callable[..., Awaitable[T]], *arguments: object) -> T:
    """Return what `fetch` returns, with retries, and measure how long it takes."""
    started, outcome = time.monotonic(), "error"
    try:
        response = await _retry(fetch, *arguments)
        outcome = "success"
        return response
    finally:
        metrics.requests.observe(time.monotonic() - started, kind, outcome)


async def _retry(fetch: Callable[..., Awaitable[T]], *arguments: object) -> T:
    for pause in PAUSES:
        with suppress(ClientError):
            return await fetch(*arguments)
        await asyncio.sleep(pause * random.uniform(0.9, 1.1))
    return await fetch(*arguments)


def _complete(verdict: Verdict, request_id: str) -> dict[str, Any]:
    return {
        **document(verdict.message_sid, verdict.reason, verdict.media),
        "message": verdict.hint,
        "retry": verdict.retry,
        "checks": [{"name": check, "result": result} for check, result in verdict.checks()],
        "request_id": request_id,
    }


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    serve(validate, metrics.start_worker)
