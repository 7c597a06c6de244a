"""The log line of each submission and each problem, with the id and the time of its request."""

import logging
import re
from time import monotonic
from uuid import uuid4

from flask import g

from validator.challenge.delivery_errors import CODES
from validator.challenge.facts import MediaItem, Message
from validator.challenge.formats import media_type
from validator.challenge.sanitize import plain_name
from validator.challenge.sids import is_whole_sid
from validator.challenge.verdict import Verdict
from validator.telemetry.logs import Fields
from validator.telemetry.tracebacks import trail
from validator.upstream.credentials import ACCOUNT_SID

log = logging.getLogger(__name__)

REQUEST_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
UNREADABLE = "unreadable"


class RequestLog:
    """What the log line of one request says; `id` is the caller's own if it can stand in a log."""

    def __init__(self, callers_id: str) -> None:
        self.id = callers_id if REQUEST_ID.fullmatch(callers_id) else uuid4().hex
        self.submitted = ""
        self.account_sid = ""
        self._started = monotonic()

    def verdict(self, verdict: Verdict) -> None:
        """Log a verdict with the facts that it was decided on."""
        self._write(
            result=verdict.result,
            reason=verdict.reason,
            **_of_message(verdict.message),
            media=[_of_file(checked.item) for checked in verdict.media],
        )

    def problem(self, status: int, code: str, twilio_error: int | None) -> None:
        """Log a problem; `twilio_error` is the code with which Twilio refused the credentials."""
        self._write(status=status, code=code, twilio_error=twilio_error)

    def fault(self, error: Exception) -> None:
        """Log where a fault of this service was raised."""
        log.error("request=%s %s", self.id, trail(error))

    def _write(self, **outcome: object) -> None:
        # Only SIDs are logged: people paste their secrets, too.
        sid = self.submitted if is_whole_sid(self.submitted) else None
        account = self.account_sid[-4:] if ACCOUNT_SID.fullmatch(self.account_sid) else None
        took = round((monotonic() - self._started) * 1000)
        log.info(Fields(request=self.id, sid=sid, account=account, **outcome, ms=took))


def current() -> RequestLog:
    """Return the one of the request that is being served."""
    request_log: RequestLog = g.request_log
    return request_log


def _of_message(message: Message | None) -> dict[str, object]:
    if message is None:
        return {"twilio_status": None, "twilio_error": None}
    code = message.error_code
    return {
        "twilio_status": plain_name(message.status) or UNREADABLE,
        "twilio_error": code if code is None or code in CODES else UNREADABLE,
    }


def _of_file(item: MediaItem) -> dict[str, object]:
    """Return the Content-Type that a file was served with, and what its first bytes are."""
    served_as = media_type(item.content_type)
    contents = item.format or item.detected or ("unknown" if item.available else "unavailable")
    return {
        "content_type": (plain_name(served_as) or UNREADABLE) if served_as else None,
        "contents": contents,
    }
