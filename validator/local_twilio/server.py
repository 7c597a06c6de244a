"""The local Twilio as a whole: the API on one port of 127.0.0.1, its CDN on another."""

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from types import TracebackType
from typing import Self

from validator.local_twilio.app import Backend, create_app
from validator.local_twilio.cdn import AddressSigner, create_cdn
from validator.local_twilio.http_server import LoopbackListener
from validator.local_twilio.media_fetch import MediaFetcher
from validator.local_twilio.messages import MessageStore

DEFAULT_PORT = 8001

_STEPS_TO_DELIVERED = 2


class LocalTwilio:
    """A local Twilio that runs while it is entered, or between `start` and `stop`.

    `port` 0 lets the system choose. `pace` is the seconds from a message's creation to
    `delivered`, 0 for at once. `clock` gives the time in seconds since the epoch.
    """

    def __init__(
        self,
        port: int = DEFAULT_PORT,
        pace: float = 1.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._port = port
        self._step = pace / _STEPS_TO_DELIVERED
        self._clock = clock
        self._running = ExitStack()
        self.url = ""
        self.cdn_url = ""

    def start(self) -> None:
        """Begin to answer; `url` and `cdn_url` say where. Raises OSError on a taken port."""
        with ExitStack() as stack:
            cdn = stack.enter_context(closing(LoopbackListener(0)))
            api = LoopbackListener(self._port)
            store, signer = MessageStore(), AddressSigner(self._clock)
            fetcher = MediaFetcher(store, self._clock, api.url)
            stack.callback(fetcher.stop)
            stack.enter_context(closing(api))
            cdn.serve(create_cdn(store, signer))
            api.serve(create_app(Backend(store, fetcher, signer, self._clock, self._step, cdn.url)))
            self.url, self.cdn_url = api.url, cdn.url
            self._running = stack.pop_all()

    def stop(self) -> None:
        """Free both ports and end all threads; all messages are forgotten."""
        self._running.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
