"""The least that can judge a message on asyncio, with all requests at the same time.

It has no retries, rate limits, metrics, logs or hints.
"""

import asyncio
from urllib.parse import parse_qs

from aiohttp import web

from tests.bench.references.asyncio_common import TWILIO, Twilio, serve
from tests.bench.references.common import document
from validator.challenge.checks import check_media, check_message, first_reason
from validator.challenge.verdict import CheckedItem


async def validate(request: web.Request) -> web.Response:
    sid = parse_qs(await request.text())["sid"][0]
    twilio = request.app[TWILIO]
    message, media = await asyncio.gather(twilio.message(sid), _media(twilio, sid))
    reason = check_message(message) or first_reason(media)
    return web.json_response(document(sid, reason, media))


async def _media(twilio: Twilio, message_sid: str) -> tuple[CheckedItem, ...]:
    media_sids = await twilio.media_sids(message_sid)
    return check_media(await asyncio.gather(*(twilio.item(message_sid, s) for s in media_sids)))


if __name__ == "__main__":
    serve(validate)
