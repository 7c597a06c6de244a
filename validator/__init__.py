"""Validator of TwilioQuest's challenge "Sending Outbound WhatsApp media messages"."""

from flask import Flask
from flask_cors import CORS
from werkzeug.middleware.proxy_fix import ProxyFix

from validator.config import Settings
from validator.telemetry import logs
from validator.validation import Judge, judge_at_twilio
from validator.web import page, problems, routes
from validator.web.rate_limits import RateLimit
from validator.web.rendering import ReadableJSON
from validator.web.submission import BODY_LIMIT

__version__ = "1.0.0"


def create_app(settings: Settings | None = None, judge: Judge | None = None) -> Flask:
    """Return the Flask application of the service.

    `settings` defaults to those of the environment, `judge` to one that uses the real Twilio.
    Raises InvalidSettingError, which ends the process, if a setting is invalid.
    """
    settings = settings or Settings.from_environment()
    logs.set_up(settings)
    app = Flask(__name__)
    app.json = ReadableJSON(app)
    page.register(app, settings)
    # One byte over the limit, since werkzeug truncates a chunked body silently: an oversized one is
    # detected by this byte.
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT + 1
    if settings.trusted_proxies:
        # Flask documents this assignment for middleware; mypy rejects it.
        app.wsgi_app = ProxyFix(app.wsgi_app, settings.trusted_proxies, 0)  # type: ignore[method-assign]
    judge = judge or judge_at_twilio(settings)
    app.register_blueprint(routes.create_blueprint(settings, judge, RateLimit(settings)))
    if settings.allowed_origins:
        CORS(
            app,
            resources={"/validate": {"origins": settings.allowed_origins}},
            methods=["POST"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["Retry-After", "X-Request-ID"],
            always_send=False,
            max_age=600,
        )
    problems.register(app, accepts_token=settings.validator_token is not None)
    return app
