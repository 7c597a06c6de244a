"""Fetch the files of a message, as Twilio does after it has responded to the create."""

from dataclasses import dataclass

import requests

from validator.local_twilio.messages import Media, Message
from validator.local_twilio.sample_files import STAND_INS

READ_TIMEOUT_SECONDS = 5
HOST_FAILED = 11200
UNREACHABLE = 63019


@dataclass(eq=False)
class MediaFetchError(Exception):
    """A file could not be fetched; `code` is the error code that its message gets."""

    code: int


def fetch_media(message: Message, api_url: str) -> None:
    """Fetch all files of a new message; if one fails, set the message's error code."""
    urls = message.request.media_urls
    try:
        message.media = [_fetch(url, api_url, message.created) for url in urls]
    except MediaFetchError as error:
        message.media_error = error.code
    message.media_pending = False


def _fetch(url: str, api_url: str, now: float) -> Media:
    sample = STAND_INS.get(url)
    response = _get(f"{api_url}/samples/{sample}" if sample else url)
    content_type = response.headers.get("Content-Type", "").strip()
    if not response.ok or not content_type:
        raise MediaFetchError(HOST_FAILED)
    if not response.content:
        raise MediaFetchError(UNREACHABLE)
    return Media(content_type, response.content, now)


def _get(url: str) -> requests.Response:
    with requests.Session() as session:
        # Use no proxy, since it could not reach loopback, and no credentials from ~/.netrc.
        session.trust_env = False
        try:
            return session.get(url, timeout=READ_TIMEOUT_SECONDS)
        except requests.Timeout as error:
            raise MediaFetchError(HOST_FAILED) from error
        except (requests.RequestException, ValueError) as error:
            raise MediaFetchError(UNREACHABLE) from error
