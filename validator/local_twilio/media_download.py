"""Download one file from the address that a message names, within bounds."""

import re
import threading
import time
from dataclasses import dataclass
from urllib.parse import urljoin

import requests
import urllib3

_CHUNK_BYTES = 64 * 1024
_CONTENT_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+\s*(;[\x20-\x7e]*)?", re.ASCII)

UNREACHABLE = 63019
HOST_FAILED = 11200
BAD_CONTENT_TYPE = 12300
TOO_LARGE = 63034


class MediaDownloadError(Exception):
    """A file that could not be had, with the code that its message fails with."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Bounds:
    """How much of a file is taken (bytes), and how long its host may take (seconds)."""

    max_bytes: int = 16 * 1024 * 1024
    seconds: float = 15
    silence: float = 5
    redirects: int = 5


class MediaDownloader:
    """Downloads files until it is stopped. Knows no proxies and sends no credentials."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Let downloads that are under way fail as soon as their hosts say something more."""
        self._stopped.set()

    def download(self, url: str) -> tuple[str, bytes]:
        """The content type and the bytes of a file; raises MediaDownloadError."""
        deadline = time.monotonic() + self._bounds.seconds
        try:
            with requests.Session() as session:
                session.trust_env = False
                with self._open(session, url, deadline) as response:
                    return _content_type(response), self._read(response, deadline)
        except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
            raise MediaDownloadError(HOST_FAILED) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
            raise MediaDownloadError(UNREACHABLE) from error

    def _open(self, session: requests.Session, url: str, deadline: float) -> requests.Response:
        # By hand, because requests reads the whole body of every redirect it follows.
        for _ in range(self._bounds.redirects + 1):
            self._check(deadline)
            response = session.get(
                url, stream=True, allow_redirects=False, timeout=self._bounds.silence
            )
            if not response.is_redirect:
                return response
            response.close()
            url = urljoin(url, response.headers["location"])
        raise MediaDownloadError(UNREACHABLE)

    def _read(self, response: requests.Response, deadline: float) -> bytes:
        content = bytearray()
        # read1 gives what has come so far: a host that drips cannot hold up the deadline.
        while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
            self._check(deadline)
            content += chunk
            if len(content) > self._bounds.max_bytes:
                raise MediaDownloadError(TOO_LARGE)
        if not content:
            raise MediaDownloadError(UNREACHABLE)
        return bytes(content)

    def _check(self, deadline: float) -> None:
        if self._stopped.is_set() or time.monotonic() > deadline:
            raise MediaDownloadError(HOST_FAILED)


def _content_type(response: requests.Response) -> str:
    content_type = response.headers.get("Content-Type", "").strip()
    if not response.ok or not content_type:
        raise MediaDownloadError(HOST_FAILED)
    if not _CONTENT_TYPE.fullmatch(content_type):
        raise MediaDownloadError(BAD_CONTENT_TYPE)
    return content_type
