"""The HTTP interface of the Messages API, and the samples beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from re import fullmatch
from uuid import uuid4
from xml.etree import ElementTree

from flask import Blueprint, Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from validator.local_twilio.account import authenticate
from validator.local_twilio.cdn import AddressSigner
from validator.local_twilio.create import read_create_request
from validator.local_twilio.errors import TwilioError, error_response, not_found, xml_response
from validator.local_twilio.media_fetch import MediaFetcher
from validator.local_twilio.messages import Media, Message, MessageStore, new_message
from validator.local_twilio.resources import (
    ACCOUNT_URI,
    API_VERSION,
    media_page,
    media_resource,
    message_resource,
)
from validator.local_twilio.sample_media import find_sample, list_samples

MAX_REQUEST_BYTES = 256 * 1024


@dataclass(frozen=True)
class Backend:
    """What the API works with. `step` is the seconds a message spends in each status."""

    store: MessageStore
    fetcher: MediaFetcher
    signer: AddressSigner
    clock: Callable[[], float]
    step: float
    cdn_url: str


def create_app(backend: Backend) -> Flask:
    """The web application of the API."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST_BYTES
    app.before_request(_check_credentials)
    app.after_request(_add_request_id)
    app.register_blueprint(MessagesApi(backend).blueprint())
    app.add_url_rule("/samples/", view_func=_list_samples)
    app.add_url_rule("/samples/<name>", view_func=_serve_sample)
    app.register_error_handler(TwilioError, lambda error: error_response(error, request.path))
    app.register_error_handler(HTTPException, _http_error)
    return app


class MessagesApi:
    """The Message and Media resources of the one account."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def blueprint(self) -> Blueprint:
        """The routes. Those of other accounts do not exist, as far as this one can tell."""
        api = Blueprint("messages", __name__, url_prefix=ACCOUNT_URI)
        message = "/Messages/<sid>.json"
        media = "/Messages/<sid>/Media/<media_sid>"
        api.add_url_rule("/Messages.json", view_func=self.create, methods=["POST"])
        api.add_url_rule(message, view_func=self.fetch)
        api.add_url_rule(message, view_func=self.delete, methods=["DELETE"])
        api.add_url_rule("/Messages/<sid>/Media.json", view_func=self.list_media)
        api.add_url_rule(f"{media}.json", view_func=self.fetch_media)
        api.add_url_rule(f"{media}.json", view_func=self.delete_media, methods=["DELETE"])
        api.add_url_rule(media, view_func=self.redirect_to_media)
        return api

    def create(self) -> tuple[Response, int]:
        """Create a message; its media are fetched once this is answered."""
        message = new_message(read_create_request(request.form), self._backend.clock())
        self._backend.store.add(message)
        response = jsonify(message_resource(message, stage=0, step=self._backend.step))
        response.call_on_close(partial(self._backend.fetcher.start, message))
        return response, 201

    def fetch(self, sid: str) -> Response:
        """One message, as it stands now."""
        message, step = self._message(sid), self._backend.step
        stage = message.stage_at(self._backend.clock(), step)
        return jsonify(message_resource(message, stage, step))

    def delete(self, sid: str) -> tuple[str, int]:
        """Delete a message and its media."""
        self._backend.store.delete(self._message(sid).sid)
        return "", 204

    def list_media(self, sid: str) -> Response:
        """One page of a message's media list, empty until its media were fetched."""
        page = request.args.get("Page", default=0, type=int)
        page_size = request.args.get("PageSize", default=50, type=int)
        return jsonify(media_page(self._message(sid), page, page_size))

    def fetch_media(self, sid: str, media_sid: str) -> Response:
        """What is known about one file."""
        return jsonify(media_resource(sid, self._media(sid, media_sid)))

    def delete_media(self, sid: str, media_sid: str) -> tuple[str, int]:
        """Delete one file."""
        self._backend.store.delete_media(sid, self._media(sid, media_sid).sid)
        return "", 204

    def redirect_to_media(self, sid: str, media_sid: str) -> Response:
        """Show the way to a file's bytes: an address on the CDN that works for four hours."""
        if not fullmatch("(SM|MM)[0-9a-fA-F]{32}", sid):
            raise TwilioError(20001, f"Invalid message sid: {sid}")
        media = self._media(sid, media_sid)
        address = self._backend.cdn_url + self._backend.signer.sign(media.sid)
        body = ElementTree.Element("TwilioResponse")
        ElementTree.SubElement(body, "RedirectTo").text = address
        response = xml_response(body)
        response.status_code = 307
        response.headers["Location"] = address
        return response

    def _message(self, sid: str) -> Message:
        message = self._backend.store.find(sid)
        if message is None:
            raise not_found(request.path)
        return message

    def _media(self, sid: str, media_sid: str) -> Media:
        for media in self._message(sid).media:
            if media.sid == media_sid:
                return media
        raise not_found(request.path)


def _check_credentials() -> None:
    if request.path.startswith(f"/{API_VERSION}"):
        given = request.authorization
        authenticate(given.username if given else None, given.password if given else None)


def _add_request_id(response: Response) -> Response:
    response.headers["Twilio-Request-Id"] = f"RQ{uuid4().hex}"
    return response


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if status == 404:
        return error_response(not_found(request.path), request.path)
    code = 20004 if status == 405 else 20000 + status
    return error_response(TwilioError(code, error.name, status=status), request.path)


def _list_samples() -> Response:
    return Response(list_samples(request.host_url.rstrip("/")), mimetype="text/plain")


def _serve_sample(name: str) -> Response:
    sample = find_sample(name)
    if sample is None:
        raise not_found(request.path)
    return Response(sample.read(), content_type=sample.content_type)
