"""GET requests to Twilio and to the hosts of its media, and when to repeat them."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import TypeVar

import requests
from gevent import sleep
from gevent.ssl import PROTOCOL_TLS_CLIENT, SSLContext
from requests.exceptions import InvalidURL
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

from validator.upstream.errors import (
    BusyError,
    CredentialsRefusedError,
    InvalidResponseError,
    MisdirectedResponseError,
    NotFoundError,
    OutOfFilesError,
    UnreachableError,
    UpstreamError,
)
from validator.upstream.http.adapter import OUT_OF_FILES, GeventAdapter
from validator.upstream.http.connection import Pool
from validator.upstream.http.dialing import Dialer
from validator.upstream.http.proxies import Proxies

T = TypeVar("T")

USER_AGENT = "twilioquest-challenge-validator/1.0.0"
ATTEMPTS = 4
FIRST_BACKOFF = 0.1
# Seconds: a host that wants a longer pause, or that took so long already, is not asked again.
LONGEST_PAUSE = 2.0
RETRY_WITHIN = 5.0


class Client:
    """Sends GET requests with the credentials of the caller, and shares nothing but connections.

    No cookies, no .netrc, no redirects. `ca_file` names the certificate authorities to trust.
    Raises ValueError for an unusable HTTPS_PROXY.
    """

    def __init__(self, ca_file: Path | None, pool: Pool) -> None:
        tls = SSLContext(PROTOCOL_TLS_CLIENT)
        tls.load_verify_locations(ca_file or DEFAULT_CA_BUNDLE_PATH)
        # Without a session around it, which would add cookies, redirects and the environment.
        self._adapter = GeventAdapter(Dialer(tls, Proxies.from_environment()), pool)

    @contextmanager
    def get(self, url: str, headers: Mapping[str, str]) -> Iterator[requests.Response]:
        """Send one request; the block reads the body from the response's `raw`.

        The connection is kept if the block ends well or with CredentialsRefusedError or
        NotFoundError, which are common, and closed if it raises anything else.
        Raises BusyError on 429 and 5xx, UnreachableError, InvalidResponseError, OutOfFilesError.
        """
        try:
            response = self._adapter.send(_prepared(url, headers))
            try:
                if response.status_code == 429 or response.status_code >= 500:
                    response.raw.release_conn()
                    raise BusyError(_retry_after(response.headers))
                yield response
                response.raw.release_conn()
            except (CredentialsRefusedError, NotFoundError):
                response.raw.release_conn()
                raise
            except MisdirectedResponseError:
                # Where one response went astray, others may be under way.
                self._adapter.discard_idle(url)
                raise
            finally:
                response.raw.close()
        except OSError as error:
            raise _translated(error) from error

    def close(self) -> None:
        """Close the idle connections."""
        self._adapter.close()


def retrying(attempt: Callable[[], T]) -> T:
    """Call `attempt` until it returns, a few times, while the host is busy or unreachable.

    Only for requests that change nothing. Pauses as Twilio advises:
    https://www.twilio.com/docs/api/errors/20429
    """
    gives_up = monotonic() + RETRY_WITHIN
    for backoff in (FIRST_BACKOFF * 2**n for n in range(ATTEMPTS - 1)):
        pause = backoff * random.uniform(0.9, 1.1)
        try:
            return attempt()
        except BusyError as error:
            pause = max(pause, error.retry_after or 0.0)
            if pause > LONGEST_PAUSE or monotonic() + pause > gives_up:
                raise
        except (MisdirectedResponseError, UnreachableError):
            if monotonic() + pause > gives_up:
                raise
        sleep(pause)
    return attempt()


def _prepared(url: str, headers: Mapping[str, str]) -> requests.PreparedRequest:
    """Prepare a request of a clean URL, in a tenth of the time that `requests` takes."""
    request = requests.PreparedRequest()
    request.method = "GET"
    request.url = url
    request.headers = CaseInsensitiveDict(
        {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **headers}
    )
    return request


def _retry_after(headers: Mapping[str, str]) -> float | None:
    with suppress(InvalidHeader, KeyError, ValueError, OverflowError):
        return Retry().parse_retry_after(headers["retry-after"])
    return None


def _translated(error: OSError) -> UpstreamError | OutOfFilesError:
    if isinstance(error, InvalidURL):
        return InvalidResponseError()
    return OutOfFilesError() if error.errno in OUT_OF_FILES else UnreachableError()
