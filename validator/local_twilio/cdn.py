"""The host that media are redirected to: another origin, with signed addresses that expire.

As at Twilio the signature is the only key: a request that brings credentials too is refused.
"""

import hmac
import secrets
from collections.abc import Callable
from xml.etree import ElementTree

from flask import Flask, Response, abort, request
from werkzeug.exceptions import HTTPException

from validator.local_twilio.account import ACCOUNT_SID
from validator.local_twilio.errors import xml_response
from validator.local_twilio.messages import MessageStore

ADDRESS_LIFETIME = 4 * 60 * 60
"""Seconds that a signed address works for, as Twilio documents it."""

_KEY_PAIR_ID = "KLOCALTWILIO"
_ERRORS = {
    400: ("InvalidArgument", "Only one auth mechanism allowed"),
    403: ("AccessDenied", "Access denied"),
    404: ("NoSuchKey", "The specified key does not exist."),
    416: ("InvalidRange", "The requested range is not satisfiable"),
}


class AddressSigner:
    """Makes addresses on the CDN that expire, and tells them from all others."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)

    def sign(self, media_sid: str) -> str:
        """The path and query under which a file can be had for the next four hours."""
        path = f"/{ACCOUNT_SID}/{media_sid.removeprefix('ME')}"
        expires = str(int(self._clock()) + ADDRESS_LIFETIME)
        signature = self._signature(path, expires)
        return f"{path}?Expires={expires}&Signature={signature}&Key-Pair-Id={_KEY_PAIR_ID}"

    def accepts(self, path: str, expires: str, signature: str) -> bool:
        """Whether `sign` made this address, less than four hours ago."""
        expected = self._signature(path, expires)
        genuine = hmac.compare_digest(expected.encode(), signature.encode())
        return genuine and self._clock() < int(expires)

    def _signature(self, path: str, expires: str) -> str:
        return hmac.digest(self._key, f"{path}\n{expires}".encode(), "sha256").hex()


def create_cdn(store: MessageStore, signer: AddressSigner) -> Flask:
    """The web application of the CDN."""
    app = Flask(__name__, static_folder=None)

    @app.before_request
    def check_address() -> None:
        if "Authorization" in request.headers:
            abort(400)
        expires, signature = request.args.get("Expires", ""), request.args.get("Signature", "")
        if not signer.accepts(request.path, expires, signature):
            abort(403)

    @app.get(f"/{ACCOUNT_SID}/<name>")
    def serve(name: str) -> Response:
        media = store.find_media(f"ME{name}")
        if media is None:
            abort(404)
        response = Response(media.content, content_type=media.content_type)
        response.make_conditional(request, accept_ranges=True, complete_length=len(media.content))
        return response

    app.register_error_handler(HTTPException, _refusal)
    return app


def _refusal(error: HTTPException) -> Response:
    status = error.code or 500
    code, message = _ERRORS.get(status, (error.name.replace(" ", ""), error.name))
    root = ElementTree.Element("Error")
    ElementTree.SubElement(root, "Code").text = code
    ElementTree.SubElement(root, "Message").text = message
    response = xml_response(root)
    response.status_code = status
    response.headers.extend(each for each in error.get_headers() if each[0] != "Content-Type")
    return response
