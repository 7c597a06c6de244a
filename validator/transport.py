"""HTTP to Twilio and to the hosts of its media, through requests' pooled connections.

The connections are shared by all validations, and nothing else is: no cookies, no .netrc, no
credentials but those handed in with a request. No redirect is followed.
"""

import random
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import TypeVar, cast

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.exceptions import HTTPError, InvalidHeader
from urllib3.util import Retry, Timeout

from validator.capacity import OverloadedError, is_out_of_files
from validator.connections import PooledAdapter
from validator.deadline import Deadline, DeadlineExceededError
from validator.response import Response
from validator.telemetry.tracebacks import release
from validator.total_timeout import TotalTimeoutTLS

T = TypeVar("T")

CONNECT_TIMEOUT = 3.0
# Seconds that connections stay open unused.
KEPT_SECONDS = 10.0
ATTEMPTS = 4
FIRST_BACKOFF = 0.1
# Up to here, reading an unwanted body to its end costs less than a new connection.
WORTH_FINISHING = 16 * 1024
SKIPPED_AT_ONCE = 64 * 1024


class UpstreamError(Exception):
    """Twilio, or a host of its media, did not give an answer that can be judged."""


class UnreachableError(UpstreamError):
    """There was no connection, or it broke."""

    outcome = "unreachable"


class BusyError(UpstreamError):
    """The other end refuses for now; `retry_after`, in seconds, is its own word on how long."""

    outcome = "busy"

    def __init__(self, retry_after: float | None = None) -> None:
        super().__init__()
        self.retry_after = retry_after


class CredentialsRefusedError(UpstreamError):
    """Twilio does not open the account to these credentials; `code` is its error code, if any."""

    outcome = "refused"

    def __init__(self, code: int | None = None) -> None:
        super().__init__()
        self.code = code


class InvalidAnswerError(UpstreamError):
    """An answer that no valid Twilio would give."""

    outcome = "invalid_response"


class Answer:
    """The status of an HTTP answer, its headers and as much of its body as is asked for.

    The headers' names are in lower case.
    """

    def __init__(self, response: Response) -> None:
        self._response = response
        self.status: int = response.status
        self.headers: Mapping[str, str] = response.headers

    def read(self, size: int) -> bytes:
        """The next `size` bytes as they were sent; fewer only at the end of the body."""
        with _translated_errors():
            return self._response.read(size)

    def skip(self, size: int) -> None:
        """Pass over the next `size` bytes, or over all that is left."""
        while size > 0 and (passed := len(self.read(min(size, SKIPPED_AT_ONCE)))):
            size -= passed


class Transport:
    """Sends GET requests; `ca_file` names the certificate authorities to trust.

    So many unused connections are kept to each host.
    """

    def __init__(self, ca_file: Path | None = None, kept_connections: int = 10) -> None:
        tls = TotalTimeoutTLS(ssl.PROTOCOL_TLS_CLIENT)
        tls.load_verify_locations(ca_file or DEFAULT_CA_BUNDLE_PATH)
        self._adapter = PooledAdapter(tls, kept_connections)
        self._last_used = 0.0
        self._tidying = False

    @contextmanager
    def get(self, url: str, headers: Mapping[str, str], deadline: Deadline) -> Iterator[Answer]:
        """The answer to one request, which must be whole by the deadline.

        Raises BusyError on 429 and 5xx, or another UpstreamError, or DeadlineExceededError.
        """
        response = self._send(url, headers, deadline)
        try:
            if response.status == 429 or response.status >= 500:
                raise BusyError(_retry_after(response.headers))
            yield Answer(response)
            _finish(response)
        finally:
            response.close()
            self._tidy_up_later()

    def _send(self, url: str, headers: Mapping[str, str], deadline: Deadline) -> Response:
        remaining = deadline.remaining()
        timeout = Timeout(connect=min(CONNECT_TIMEOUT, remaining), total=remaining)
        try:
            with _translated_errors():
                # requests takes such a time-out, but its types do not tell.
                answer = self._adapter.send(_prepared(url, headers), timeout=timeout)  # type: ignore[arg-type]
                return cast(Response, answer)
        except DeadlineExceededError as error:
            if deadline.allows(0):
                raise UnreachableError from error
            raise

    def _tidy_up_later(self) -> None:
        """See to it that connections are closed once nobody needs them any more."""
        self._last_used = monotonic()
        if not self._tidying:
            self._tidying = True
            Thread(target=self._tidy_up, daemon=True).start()

    def _tidy_up(self) -> None:
        while (wait := self._last_used + KEPT_SECONDS - monotonic()) > 0:
            sleep(wait)
        self._tidying = False
        self._adapter.close()


def persistently(ask: Callable[[], T], deadline: Deadline) -> T:
    """Ask again, a few times and with growing pauses, what was refused for now or broke off.

    Only for requests that change nothing. Twilio's advice on pauses:
    https://www.twilio.com/docs/api/errors/20429
    """
    for attempt in range(ATTEMPTS - 1):
        try:
            return ask()
        except (BusyError, UnreachableError) as error:
            pause = FIRST_BACKOFF * 2**attempt * random.uniform(0.9, 1.1)
            if isinstance(error, BusyError):
                pause = max(pause, error.retry_after or 0.0)
            if not deadline.allows(pause):
                raise
            sleep(pause)
    return ask()


def _prepared(url: str, headers: Mapping[str, str]) -> requests.PreparedRequest:
    """What requests would prepare of a clean address, in a tenth of its time."""
    request = requests.PreparedRequest()
    request.method = "GET"
    request.url = url
    # Nobody looks a header up here, and requests' own mapping takes ten times as long to make.
    request.headers = {"Accept-Encoding": "identity", **headers}  # type: ignore[assignment]
    return request


def _finish(response: Response) -> None:
    """Read the little that is left of a body, so that its connection can be used again."""
    left = response.length_remaining
    if left and left <= WORTH_FINISHING:
        with _translated_errors():
            response.read(WORTH_FINISHING)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    with suppress(InvalidHeader, KeyError, ValueError, OverflowError):
        return Retry().parse_retry_after(headers["retry-after"])
    return None


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
        release(error)
        raise _translated(error) from error


def _translated(error: Exception) -> Exception:
    if is_out_of_files(error):
        return OverloadedError()
    match error:
        case requests.ReadTimeout() | TimeoutError():
            return DeadlineExceededError()
        case requests.ConnectionError() | HTTPException():
            return UnreachableError()
        case requests.RequestException() | HTTPError() | ValueError():
            return InvalidAnswerError()
    return UnreachableError()
