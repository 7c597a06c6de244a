"""What the two asyncio services share: aiohttp as Twilio's client and as the server."""

import gc
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiohttp import ClientSession, ClientTimeout, TCPConnector, encode_basic_auth, web
from yarl import URL

from tests.bench.references import common
from validator.challenge.facts import MediaItem, Message
from validator.challenge.formats import HEAD_SIZE

AUTHORIZATION = {"Authorization": encode_basic_auth(common.ACCOUNT_SID, common.AUTH_TOKEN)}


class Twilio:
    """Twilio's API and its media files, without retries."""

    def __init__(self, session: ClientSession) -> None:
        self._session = session

    async def message(self, sid: str) -> Message | None:
        """Return the message of a Message SID, None if there is none."""
        found = await self._json(f"{sid}.json")
        if found is None:
            return None
        ends = found["from"], found["to"]
        error = found["error_code"], found["error_message"]
        return Message(sid, found["direction"], found["status"], *ends, *error)

    async def media_sids(self, message_sid: str) -> list[str]:
        """Return the SIDs of a message's media, `[]` if there is no such message."""
        page = await self._json(f"{message_sid}/Media.json?PageSize=50")
        return [item["sid"] for item in page["media_list"]] if page else []

    async def item(self, message_sid: str, media_sid: str) -> MediaItem:
        """Return a media item, judged by the first bytes of its file."""
        url = _url(f"{message_sid}/Media/{media_sid}")
        async with self._session.get(url, headers=AUTHORIZATION, allow_redirects=False) as redirect:
            target = URL(redirect.headers["Location"], encoded=True)
            await redirect.read()
        async with self._session.get(target, headers=common.FIRST_BYTES) as response:
            response.raise_for_status()
            head = b""
            while len(head) < HEAD_SIZE and (more := await response.content.read(HEAD_SIZE)):
                head += more
            return common.media_item(media_sid, response.headers.get("Content-Type"), head)

    async def _json(self, path: str) -> dict[str, Any] | None:
        async with self._session.get(_url(path), headers=AUTHORIZATION) as response:
            if response.status == 404:
                return None
            response.raise_for_status()
            document: dict[str, Any] = await response.json()
            return document


def _url(path: str) -> URL:
    return URL(f"{common.MESSAGES}/{path}", encoded=True)


TWILIO = web.AppKey("twilio", Twilio)


def serve(
    validate: Callable[[web.Request], Awaitable[web.Response]],
    start_worker: Callable[[int], None] = lambda _: None,
) -> None:
    """Serve `validate` on PORT with two processes; each calls `start_worker` with its number."""
    start_worker(0 if os.fork() else 1)
    app = web.Application()
    app.add_routes([web.post("/validate", validate), web.get("/healthz", _health)])
    app.cleanup_ctx.append(_twilio)
    gc.freeze()
    port = int(os.environ["PORT"])
    web.run_app(app, host="127.0.0.1", port=port, reuse_port=True, backlog=2048, access_log=None)


async def _health(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _twilio(app: web.Application) -> AsyncIterator[None]:
    tls = ssl.create_default_context(cafile=os.environ.get("REQUESTS_CA_BUNDLE"))
    connector = TCPConnector(limit=0, ssl=tls, keepalive_timeout=60)
    timeout = ClientTimeout(total=common.TIMEOUT)
    async with ClientSession(connector=connector, timeout=timeout) as session:
        app[TWILIO] = Twilio(session)
        yield
