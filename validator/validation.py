"""One validation at Twilio: a place among those judged at once, a deadline, an account."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from validator.capacity import Capacity, OverloadedError, open_files_limit
from validator.challenge.verdict import Verdict
from validator.config import Settings
from validator.deadline import Deadline
from validator.inquiry import Inquiry
from validator.judge import judge
from validator.media_probe import MediaProbe
from validator.transport import Transport
from validator.twilio_gateway import TwilioGateway
from validator.upstream.credentials import Credentials

Judge = Callable[[str, Credentials], Verdict]
"""Judges the submission of a Message SID with what opens the account to ask."""


def judge_at_twilio(settings: Settings, capacity: Capacity | None = None) -> Judge:
    """Judges by what Twilio says. Besides what `judge` raises, it raises OverloadedError."""
    capacity = capacity or Capacity.within(open_files_limit())
    transport = Transport(settings.requests_ca_bundle, capacity.kept_connections)
    places = BoundedSemaphore(capacity.validations)

    def validate(message_sid: str, credentials: Credentials) -> Verdict:
        with _one_of(places), Deadline(settings.validation_deadline) as deadline:
            account = (settings.api_url, credentials, transport, deadline)
            return judge(
                message_sid,
                TwilioGateway(*account),
                MediaProbe(*account),
                Inquiry(deadline, settings.patience_seconds),
            )

    return validate


@contextmanager
def _one_of(places: BoundedSemaphore) -> Iterator[None]:
    if not places.acquire(blocking=False):
        raise OverloadedError
    try:
        yield
    finally:
        places.release()
