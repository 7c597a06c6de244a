"""Validator of TwilioQuest's challenge "Sending Outbound WhatsApp media messages"."""

from functools import partial

from flask import Flask
from flask_cors import CORS
from gevent import monkey
from werkzeug.middleware.proxy_fix import ProxyFix

from validator.capacity import Capacity, open_files_limit
from validator.config import Settings
from validator.judge import Judge, Times, create_judge
from validator.telemetry import logs
from validator.upstream.account import TwilioAccount
from validator.upstream.client import Client
from validator.upstream.http.connection import Pool
from validator.web import error_handlers, page, routes
from validator.web.rate_limits import RateLimit
from validator.web.rendering import ReadableJSON

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
    if settings.trusted_proxies:
        # Flask documents this assignment for middleware; mypy rejects it.
        app.wsgi_app = ProxyFix(app.wsgi_app, settings.trusted_proxies, 0)  # type: ignore[method-assign]
    judge = judge or _judge_at_twilio(settings)
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
    error_handlers.register(app, accepts_token=settings.validator_token is not None)
    return app


def _judge_at_twilio(settings: Settings) -> Judge:
    if not monkey.is_module_patched("socket"):
        # What is shared between greenlets would break in threads.
        raise SystemExit("Serve this with gunicorn, as the Procfile does, or try it: make run")
    capacity = Capacity.within(open_files_limit())
    client = Client(settings.requests_ca_bundle, Pool(capacity.kept_connections))
    open_account = partial(TwilioAccount, settings.api_url, client=client)
    times = Times(settings.validation_deadline, settings.patience_seconds)
    return create_judge(open_account, times, capacity.validations)
