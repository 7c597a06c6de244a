"""The record of each request: its id, its log line and its count in the metrics."""

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
from validator.challenge.verdict import Reason, Verdict
from validator.telemetry.logs import Fields
from validator.telemetry.shared_metrics import Counter
from validator.telemetry.tracebacks import trail
from validator.upstream.credentials import ACCOUNT_SID
from validator.web.problems import CODES as PROBLEM_CODES
from validator.web.problems import Problem

log = logging.getLogger(__name__)

REQUEST_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
UNREADABLE = "unreadable"

verdicts = Counter(
    "validator_verdicts",
    "Verdicts on submissions",
    ["result", "reason"],
    [("pass", ""), *(("fail", reason.value) for reason in Reason)],
)
problems = Counter(
    "validator_problems",
    "Responses without a verdict",
    ["code"],
    [(code,) for code in sorted(PROBLEM_CODES)],
)


class RequestLog:
    """Collects what to log of one request, and logs it with the time that the request took."""

    def __init__(self, clients_id: str) -> None:
        self.id = request_id(clients_id)
        self.submitted = ""
        self.account_sid = ""
        self._started = monotonic()

    def verdict(self, verdict: Verdict) -> None:
        """Count a verdict, and log it with the facts that it was decided on."""
        verdicts.count(verdict.result, verdict.reason or "")
        self._write(
            result=verdict.result,
            reason=verdict.reason,
            **_of_message(verdict.message),
            media=[_of_file(checked.item) for checked in verdict.media],
        )

    def problem(self, problem: Problem, twilio_error: int | None) -> None:
        """Count and log a problem; `twilio_error` is Twilio's code for refused credentials."""
        problems.count(problem.code)
        self._write(status=problem.status.value, code=problem.code, twilio_error=twilio_error)

    def fault(self, error: Exception) -> None:
        """Log the type and the traceback of an unexpected exception, without its message."""
        log.error("request=%s %s", self.id, trail(error))

    def _write(self, **outcome: object) -> None:
        # Players paste secrets by mistake, so only what is certainly a SID is logged.
        sid = self.submitted if is_whole_sid(self.submitted) else None
        account = self.account_sid[-4:] if ACCOUNT_SID.fullmatch(self.account_sid) else None
        took = round((monotonic() - self._started) * 1000)
        log.info(Fields(request=self.id, sid=sid, account=account, **outcome, ms=took))


def request_id(clients_id: str) -> str:
    """Return the client's own X-Request-ID if it is safe to log, else a new one."""
    return clients_id if REQUEST_ID.fullmatch(clients_id) else uuid4().hex


def current() -> RequestLog:
    """Return the RequestLog of the current request."""
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
    """Return the Content-Type that a file was served with, and the format of its first bytes."""
    served_as = media_type(item.content_type)
    contents = item.format or item.detected or ("unknown" if item.available else "unavailable")
    return {
        "content_type": (plain_name(served_as) or UNREADABLE) if served_as else None,
        "contents": contents,
    }
