"""The routes of the Messages API, and of the sample files."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from flask import Flask, Response, abort, jsonify, request
from werkzeug.exceptions import HTTPException

from validator.local_twilio.account import authenticate
from validator.local_twilio.cdn import signed_path
from validator.local_twilio.create_message import read_create_request
from validator.local_twilio.errors import TwilioError, error_response
from validator.local_twilio.media_fetch import fetch_media
from validator.local_twilio.messages import Media, Message, new_message
from validator.local_twilio.resources import (
    ACCOUNT_URI,
    API_VERSION,
    media_page,
    media_resource,
    message_resource,
)
from validator.local_twilio.sample_files import BY_NAME
from validator.local_twilio.welcome_page import welcome


@dataclass(frozen=True)
class MessagesApi:
    """The Message and Media resources. A message keeps each status for `step` seconds."""

    url: str
    cdn_url: str
    clock: Callable[[], float]
    step: float
    messages: dict[str, Message] = field(default_factory=dict)

    def create(self) -> tuple[Response, int]:
        """Create a message; its media are fetched after the response."""
        message = new_message(read_create_request(request.form), self.clock())
        self.messages[message.sid] = message
        response = jsonify(message_resource(message, stage=0, step=self.step))
        if message.media_pending:
            fetching = threading.Thread(target=fetch_media, args=(message, self.url), daemon=True)
            response.call_on_close(fetching.start)
        return response, 201

    def fetch(self, sid: str) -> Response:
        """Return a message in its current status."""
        message = self._message(sid)
        stage = message.stage_at(self.clock(), self.step)
        return jsonify(message_resource(message, stage, self.step))

    def delete(self, sid: str) -> tuple[str, int]:
        """Delete a message and its media."""
        self.messages.pop(self._message(sid).sid, None)
        return "", 204

    def list_media(self, sid: str) -> Response:
        """Return a page of a message's media list, empty until its media are fetched."""
        page = request.args.get("Page", default=0, type=int)
        page_size = request.args.get("PageSize", default=50, type=int)
        return jsonify(media_page(self._message(sid), page, page_size))

    def fetch_media(self, sid: str, media_sid: str) -> Response:
        """Return the Media resource of one file."""
        return jsonify(media_resource(sid, self._media(sid, media_sid)))

    def delete_media(self, sid: str, media_sid: str) -> tuple[str, int]:
        """Delete one file."""
        self._message(sid).media.remove(self._media(sid, media_sid))
        return "", 204

    def redirect_to_media(self, sid: str, media_sid: str) -> Response:
        """Redirect to the content of one file on the CDN."""
        location = self.cdn_url + signed_path(self._media(sid, media_sid))
        return Response(status=307, headers={"Location": location})

    def _message(self, sid: str) -> Message:
        return self.messages.get(sid) or abort(404)

    def _media(self, sid: str, media_sid: str) -> Media:
        return self._message(sid).find_media(media_sid) or abort(404)


def create_app(api: MessagesApi) -> Flask:
    """Return the Flask application of the API."""
    app = Flask(__name__, static_folder=None)
    app.before_request(_check_credentials)
    app.register_error_handler(TwilioError, error_response)
    app.register_error_handler(HTTPException, _http_error)
    message = f"{ACCOUNT_URI}/Messages/<sid>"
    media = f"{message}/Media/<media_sid>"
    app.post(f"{ACCOUNT_URI}/Messages.json")(api.create)
    app.get(f"{message}.json")(api.fetch)
    app.delete(f"{message}.json")(api.delete)
    app.get(f"{message}/Media.json")(api.list_media)
    app.get(f"{media}.json")(api.fetch_media)
    app.delete(f"{media}.json")(api.delete_media)
    app.get(media)(api.redirect_to_media)
    page = partial(Response, welcome(api.url), mimetype="text/plain")
    app.add_url_rule("/", "page", page)
    app.add_url_rule("/samples/", "samples", page)
    app.get("/samples/<name>")(_sample)
    return app


def _check_credentials() -> None:
    if request.path.startswith(f"/{API_VERSION}"):
        given = request.authorization
        authenticate(given.username if given else None, given.password if given else None)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    code = 20004 if status == 405 else 20000 + status
    message = (
        f"The requested resource {request.path} was not found" if status == 404 else error.name
    )
    return error_response(TwilioError(code, message, status))


def _sample(name: str) -> Response:
    sample = BY_NAME.get(name) or abort(404)
    return Response(sample.read(), content_type=sample.content_type)
