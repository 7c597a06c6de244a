"""The content type and first bytes of one media file, fetched without the rest of it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urljoin, urlsplit

from validator.challenge.facts import MediaItem
from validator.challenge.signatures import recognise
from validator.deadline import Deadline
from validator.telemetry.metrics import requesting
from validator.transport import Answer, InvalidAnswerError, Transport, persistently
from validator.upstream.credentials import Credentials
from validator.upstream.refusals import (
    ERROR_SIZE,
    MediaRefusedError,
    NotFoundError,
    by_media_host,
    of_media_by_twilio,
)

MAX_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
RANGE_NOT_SATISFIABLE = 416
# https://www.rfc-editor.org/rfc/rfc9110#section-14.4
CONTENT_RANGE = re.compile(r"bytes (\d{1,19})-(\d{1,19})/(\d{1,19}|\*)", re.ASCII | re.IGNORECASE)


class MediaProbe:
    """Looks at media files of one account's messages, until the deadline."""

    def __init__(
        self, api_url: str, credentials: Credentials, transport: Transport, deadline: Deadline
    ) -> None:
        self._messages_url = f"{api_url}/2010-04-01/Accounts/{credentials.account_sid}/Messages"
        self._authorization = credentials.authorization
        self._transport = transport
        self._deadline = deadline

    @requesting("media_file")
    def __call__(self, message_sid: str, media_sid: str) -> MediaItem:
        """Probe one file by its SIDs; raises an UpstreamError, or DeadlineExceededError."""
        url = f"{self._messages_url}/{message_sid}/Media/{media_sid}"
        file = _RemoteFile(url, self._authorization, self._transport, self._deadline)
        try:
            found = recognise(file.read)
        except NotFoundError:
            return MediaItem(media_sid, available=False)
        return MediaItem(media_sid, file.content_type, *found)


class _RemoteFile:
    """A file behind Twilio's redirects, of which any part can be read."""

    content_type: str | None = None

    def __init__(
        self, url: str, authorization: str, transport: Transport, deadline: Deadline
    ) -> None:
        self._url = url
        self._credentials = {"Authorization": authorization}
        self._transport = transport
        self._deadline = deadline

    def read(self, offset: int, size: int) -> bytes:
        """The `size` bytes at `offset`; fewer only at the end of the file."""
        return persistently(lambda: self._read_by_fresh_redirect(offset, size), self._deadline)

    def _read_by_fresh_redirect(self, offset: int, size: int) -> bytes:
        """Where the host refuses a signed URL, ask Twilio once for a new one."""
        try:
            return self._read(offset, size)
        except MediaRefusedError:
            return self._read(offset, size)

    def _read(self, offset: int, size: int) -> bytes:
        with self._answer({"Range": f"bytes={offset}-{offset + size - 1}"}) as answer:
            if answer.status != RANGE_NOT_SATISFIABLE:
                return self._part(answer, offset, size)
        if offset > 0:
            return b""
        # An empty file has no range to ask for, but it has a content type.
        with self._answer({}) as answer:
            return self._part(answer, offset, size)

    @contextmanager
    def _answer(self, wanted: dict[str, str]) -> Iterator[Answer]:
        """The answer at the end of the redirects. Only Twilio's API is shown the credentials."""
        url, credentials = self._url, self._credentials
        for _ in range(MAX_REDIRECTS + 1):
            with self._transport.get(url, credentials | wanted, self._deadline) as answer:
                if answer.status not in REDIRECTS:
                    _refuse_all_but_files(answer, at_twilio=bool(credentials))
                    yield answer
                    return
                target = redirect_target(url, answer.headers.get("location", ""))
                url, credentials = target, {}
        raise InvalidAnswerError

    def _part(self, answer: Answer, offset: int, size: int) -> bytes:
        """What was asked for, out of a host's answer whether or not it knows of ranges."""
        if answer.headers.get("content-encoding", "").lower() not in ("", "identity"):
            raise InvalidAnswerError
        self.content_type = answer.headers.get("content-type")
        if answer.status == 200:
            answer.skip(offset)
            return answer.read(size)
        sent = CONTENT_RANGE.fullmatch(answer.headers.get("content-range", ""))
        if sent is None:
            raise InvalidAnswerError
        first, last, total = sent.groups()
        part = answer.read(size)
        if int(first) != offset or len(part) != min(size, int(last) + 1 - offset):
            raise InvalidAnswerError
        if len(part) < size and total not in ("*", str(offset + len(part))):
            raise InvalidAnswerError
        return part


def redirect_target(url: str, location: str) -> str:
    """Where a redirect from `url` leads; raises InvalidAnswerError where no redirect may lead.

    From https it leads to https. Plain http, on which a local Twilio answers, may stay so.
    """
    if not location:
        raise InvalidAnswerError
    try:
        target = urljoin(url, location)
        scheme = urlsplit(target).scheme
    except ValueError:
        raise InvalidAnswerError from None
    if scheme not in ("https", url.partition(":")[0]):
        raise InvalidAnswerError
    return target


def _refuse_all_but_files(answer: Answer, at_twilio: bool) -> None:
    if answer.status not in (200, 206, RANGE_NOT_SATISFIABLE):
        refusal = of_media_by_twilio if at_twilio else by_media_host
        raise refusal(answer.status, answer.read(ERROR_SIZE))
