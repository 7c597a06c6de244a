"""One media file: its content type and parts of it, fetched without the rest."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from requests import Response
from requests.utils import requote_uri

from validator.challenge.formats import HEAD_SIZE, media_type
from validator.upstream.client import Client, retrying
from validator.upstream.error_responses import ERROR_SIZE, by_media_host, of_media_by_twilio
from validator.upstream.errors import (
    InvalidResponseError,
    MediaRefusedError,
    MisdirectedResponseError,
)

MAX_REDIRECTS = 5
JSON = "application/json"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
RANGE_NOT_SATISFIABLE = 416
# https://www.rfc-editor.org/rfc/rfc9110#section-14.4
CONTENT_RANGE = re.compile(r"bytes (\d{1,19})-(\d{1,19})/(\d{1,19}|\*)", re.ASCII | re.IGNORECASE)


class Part(NamedTuple):
    """Some bytes of a file, and the Content-Type that came with them, if any."""

    content_type: str | None
    data: bytes


class MediaFile:
    """A file behind Twilio's redirects, of which any part can be read.

    Creating it fetches the first bytes. Raises NotFoundError or an UpstreamError, as `read` does.
    """

    def __init__(
        self, url: str, message_sid: str, authorization: Mapping[str, str], client: Client
    ) -> None:
        self._url = url
        self._message_sid = message_sid
        self._authorization = authorization
        self._client = client
        self.content_type, self._first_bytes = self._fetch(0, HEAD_SIZE)

    def read(self, offset: int, size: int) -> bytes:
        """Return the `size` bytes at `offset`; fewer only at the end of the file."""
        if offset + size <= HEAD_SIZE:
            return self._first_bytes[offset : offset + size]
        return self._fetch(offset, size).data

    def _fetch(self, offset: int, size: int) -> Part:
        """Fetch a part, by a new signed URL from Twilio where the media host refuses one."""
        attempt = partial(self._fetch_once, offset, size)
        try:
            return retrying(attempt)
        except MediaRefusedError:
            return retrying(attempt)

    def _fetch_once(self, offset: int, size: int) -> Part:
        with self._response({"Range": f"bytes={offset}-{offset + size - 1}"}) as response:
            if response.status_code != RANGE_NOT_SATISFIABLE:
                return _part(response, offset, size)
        if offset > 0:
            return Part(None, b"")
        # An empty file has no range to request, but it has a content type.
        with self._response({}) as response:
            return _part(response, offset, size)

    @contextmanager
    def _response(self, wanted: Mapping[str, str]) -> Iterator[Response]:
        """Yield the response at the end of the redirects; only the API gets the credentials."""
        url, credentials = self._url, self._authorization
        for _ in range(MAX_REDIRECTS + 1):
            with self._client.get(url, {**credentials, **wanted}) as response:
                if response.status_code not in REDIRECTS:
                    self._require_file(response, at_twilio=bool(credentials))
                    yield response
                    return
                location = response.headers.get("Location", "")
            url, credentials = redirect_target(url, location), {}
        raise InvalidResponseError

    def _require_file(self, response: Response, at_twilio: bool) -> None:
        status = response.status_code
        if status in (200, 206, RANGE_NOT_SATISFIABLE):
            if at_twilio and media_type(response.headers.get("Content-Type")) == JSON:
                raise MisdirectedResponseError
            return
        body = response.raw.read(ERROR_SIZE)
        if at_twilio:
            raise of_media_by_twilio(status, body, self._message_sid)
        raise by_media_host(status, body)


def redirect_target(url: str, location: str) -> str:
    """Return where a redirect from `url` leads; raises InvalidResponseError for an invalid one.

    From https it leads to https. From plain http, which a local Twilio speaks, it may stay there.
    """
    if not location:
        raise InvalidResponseError
    try:
        # Headers were decoded as Latin-1; browsers take them for UTF-8.
        target = requote_uri(urljoin(url, location.encode("latin-1").decode()))
        scheme = urlsplit(target).scheme
    except ValueError as error:
        raise InvalidResponseError from error
    if scheme not in ("https", urlsplit(url).scheme):
        raise InvalidResponseError
    return target


def _part(response: Response, offset: int, size: int) -> Part:
    """Return the requested bytes, whether or not the host knows of ranges."""
    headers = response.headers
    if headers.get("Content-Encoding", "").lower() not in ("", "identity"):
        raise InvalidResponseError
    if response.status_code == 200:
        response.raw.skip(offset)
        return Part(headers.get("Content-Type"), response.raw.read(size))
    sent = CONTENT_RANGE.fullmatch(headers.get("Content-Range", ""))
    if sent is None:
        raise InvalidResponseError
    first, last, total = sent.groups()
    data = response.raw.read(size)
    if int(first) != offset or len(data) != min(size, int(last) + 1 - offset):
        raise InvalidResponseError
    if len(data) < size and total not in ("*", str(offset + len(data))):
        raise InvalidResponseError
    return Part(headers.get("Content-Type"), data)
