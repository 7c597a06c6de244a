"""Judges submissions to TwilioQuest's challenge "Sending Outbound WhatsApp media messages"."""

from flask import Flask

from validator import logs, problems, routes
from validator.config import Settings
from validator.credentials import Credentials
from validator.deadline import Deadline
from validator.inquiry import Inquiry
from validator.judge import judge as judge_message
from validator.media_probe import MediaProbe
from validator.readable_json import ReadableJSON
from validator.routes import Judge
from validator.transport import Transport
from validator.twilio_gateway import TwilioGateway
from validator.verdict import Verdict


def create_app(settings: Settings | None = None, judge: Judge | None = None) -> Flask:
    """The service, with settings from the environment and Twilio to ask unless given others."""
    logs.set_up()
    settings = settings or Settings.from_environment()
    app = Flask(__name__, static_folder=None)
    app.json = ReadableJSON(app)
    app.config["MAX_CONTENT_LENGTH"] = routes.BODY_LIMIT + 1
    app.register_blueprint(routes.create_blueprint(settings, judge or judge_at_twilio(settings)))
    problems.register(app, accepts_token=settings.validator_token is not None)
    return app


def judge_at_twilio(settings: Settings) -> Judge:
    """Judges by what Twilio says, each submission within one deadline."""
    transport = Transport(settings.requests_ca_bundle)

    def judge_submission(message_sid: str, credentials: Credentials) -> Verdict:
        with Deadline(settings.validation_deadline) as deadline:
            account = (settings.api_url, credentials, transport, deadline)
            return judge_message(
                message_sid,
                TwilioGateway(*account),
                MediaProbe(*account),
                Inquiry(deadline, settings.patience_seconds),
            )

    return judge_submission
