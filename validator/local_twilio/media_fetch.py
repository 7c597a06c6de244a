"""Fetch the media of messages in the background, as Twilio does once a create is answered."""

import threading
from collections.abc import Callable

from validator.local_twilio.media_download import Bounds, MediaDownloader, MediaDownloadError
from validator.local_twilio.messages import Media, Message, MessageStore, new_media
from validator.local_twilio.sample_media import STAND_INS


class MediaFetcher:
    """Fetches each message's files in a thread of its own, and tells the store how it went."""

    def __init__(self, store: MessageStore, clock: Callable[[], float], api_url: str) -> None:
        self._store = store
        self._clock = clock
        self._api_url = api_url
        self._bounds = Bounds()
        self._downloader = MediaDownloader(self._bounds)
        self._threads: tuple[threading.Thread, ...] = ()
        self._lock = threading.Lock()

    def start(self, message: Message) -> None:
        """Begin to fetch a new message's files, where it has any to wait for."""
        if message.media_pending:
            thread = threading.Thread(target=self._fetch, args=(message,), daemon=True)
            with self._lock:
                thread.start()
                self._threads = (*(each for each in self._threads if each.is_alive()), thread)

    def stop(self) -> None:
        """Give up what is under way; takes a few seconds where a host is being waited for."""
        self._downloader.stop()
        for thread in self._threads:
            thread.join(timeout=2 * self._bounds.silence)

    def _fetch(self, message: Message) -> None:
        try:
            media = tuple(self._download(url) for url in message.request.media_urls)
        except MediaDownloadError as error:
            self._store.media_failed(message.sid, error.code)
        else:
            self._store.media_arrived(message.sid, media)

    def _download(self, url: str) -> Media:
        sample = STAND_INS.get(url)
        source = f"{self._api_url}/samples/{sample}" if sample else url
        content_type, content = self._downloader.download(source)
        return new_media(content_type, content, self._clock())
