"""The CDN that the API redirects to: another origin, with signed URLs.

Like Twilio's, it rejects requests with an Authorization header.
"""

import secrets

from flask import Flask, Response, abort, request

from validator.local_twilio.account import ACCOUNT_SID
from validator.local_twilio.messages import Media, Message


def signed_path(media: Media) -> str:
    """Return the signed path and query string of a file on the CDN."""
    return f"/{ACCOUNT_SID}/{media.sid.removeprefix('ME')}?Signature={media.signature}"


def create_cdn(messages: dict[str, Message]) -> Flask:
    """Return the Flask application of the CDN."""
    app = Flask(__name__, static_folder=None)

    @app.get(f"/{ACCOUNT_SID}/<name>")
    def serve(name: str) -> Response:
        if "Authorization" in request.headers:
            abort(400, "Only one auth mechanism allowed")
        found = (message.find_media(f"ME{name}") for message in list(messages.values()))
        media = next(filter(None, found), None) or abort(404)
        given = request.args.get("Signature", "")
        if not secrets.compare_digest(media.signature.encode(), given.encode()):
            abort(403)
        response = Response(media.content, content_type=media.content_type)
        response.make_conditional(request, accept_ranges=True, complete_length=len(media.content))
        return response

    return app
