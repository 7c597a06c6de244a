"""What a response that holds nothing to judge means, by its status and the start of its body.

A status alone says nothing of the player's credentials or file: proxies and firewalls send 401,
403 and 404 of their own, and S3 sends 403 both for a missing file and for a wrong signature.
"""

import json
import re
from typing import Any

from validator.challenge.delivery_errors import CODES
from validator.upstream.errors import (
    BusyError,
    CredentialsRefusedError,
    InvalidResponseError,
    MediaRefusedError,
    MisdirectedResponseError,
    NotFoundError,
    UpstreamError,
)

# Bytes of a body that are enough for an error of Twilio's or S3's. S3's may quote credentials, and
# others may quote signed URLs: a body is never logged, shown or kept.
ERROR_SIZE = 4 * 1024
# https://www.twilio.com/docs/errors/20404
RESOURCE_NOT_FOUND = 20404
# The request was not acted on, and a new connection may help: RFC 9110, 15.5.9 and 15.5.20, and
# RFC 8470, 5.2. A proxy also sends 408 over an idle connection, with no request to go with it.
TRANSIENT = frozenset({408, 421, 425})
GONE = frozenset({404, 410})

_MESSAGE_PATH = re.compile(rb"/Messages/((?:MM|SM)[0-9a-fA-F]{32})")
_XML_ERROR = re.compile(rb"<RestException>.*?<Code>(\d{5})</Code>", re.DOTALL)
_S3_CODE = re.compile(rb"<Error>.*?<Code>(\w+)</Code>", re.DOTALL)
_S3_MESSAGE = re.compile(rb"<Message>([^<]*)</Message>")
_HTML = re.compile(rb"\s*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)


def by_twilio(status: int, body: bytes, message_sid: str) -> UpstreamError | NotFoundError:
    """Return the error for what the API sent in place of a message or a media list."""
    if not _may_be_about(message_sid, body):
        return MisdirectedResponseError()
    code = _twilio_code(body)
    if status in (401, 403) and code is not None:
        return CredentialsRefusedError(code)
    if status == 404 and code == RESOURCE_NOT_FOUND:
        return NotFoundError()
    return BusyError() if status in TRANSIENT else InvalidResponseError()


def of_media_by_twilio(status: int, body: bytes, message_sid: str) -> UpstreamError | NotFoundError:
    """Return the error for what the API sent in place of a redirect to a media file.

    The API never sends HTML: that is the page of a proxy or a firewall on the way.
    """
    if status in GONE and not _HTML.match(body) and _may_be_about(message_sid, body):
        return NotFoundError()
    return by_twilio(status, body, message_sid)


def by_media_host(status: int, body: bytes) -> UpstreamError | NotFoundError:
    """Return the error for what the host of a media file sent in place of the file."""
    if status in GONE or (status == 403 and _is_missing_in_s3(body)):
        return NotFoundError()
    if status in TRANSIENT:
        return BusyError()
    return MediaRefusedError() if 400 <= status < 500 else InvalidResponseError()


def _may_be_about(message_sid: str, body: bytes) -> bool:
    """Return whether no message is named, or the right one: Twilio's 404 quotes the path."""
    named = _MESSAGE_PATH.findall(body)
    return not named or message_sid.lower().encode() in map(bytes.lower, named)


def _is_missing_in_s3(body: bytes) -> bool:
    """Whether S3 means a missing file, for which it sends AccessDenied to who may not list files.

    With a message of its own, AccessDenied is about the request ("Request has expired"). CloudFront
    sends a plain one for a wrong signature, too, which polling by fresh redirects cures.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    code, message = _S3_CODE.search(body), _S3_MESSAGE.search(body)
    if code is None:
        return False
    plain = message is None or message[1].strip().lower() == b"access denied"
    return code[1] == b"NoSuchKey" or (code[1] == b"AccessDenied" and plain)


def _twilio_code(body: bytes) -> int | None:
    """Return the code of Twilio's error, in JSON or XML; None where the body is not its error."""
    in_xml = _XML_ERROR.search(body)
    code = int(in_xml[1]) if in_xml else json_object(body).get("code")
    return code if isinstance(code, int) and code in CODES else None


def json_object(body: bytes) -> dict[str, Any]:
    """Return the members of a JSON object, `{}` where the body is anything else."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
