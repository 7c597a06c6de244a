"""Submissions to the service, by default to one with an account of its own that is open to all."""

from io import BytesIO
from typing import Any

from werkzeug.test import TestResponse

from tests.support.accounts import ACCOUNT_SID, MESSAGE_SID, PLAYER
from tests.support.fakes import PASSING_VERDICT, FakeJudge, a_client
from validator.challenge.verdict import Verdict
from validator.upstream.credentials import Credentials

FORM = "application/x-www-form-urlencoded"
SUBMISSION = {"sid": MESSAGE_SID}
OWN_ACCOUNT = {"twilio_account_sid": ACCOUNT_SID, "twilio_auth_token": "service-secret"}
SERVICE = Credentials(ACCOUNT_SID, ACCOUNT_SID, "service-secret", players_own=False)
TOKEN = "a-validator-token"
WITH_TOKEN = {**OWN_ACCOUNT, "validator_token": TOKEN}
AUTH = (PLAYER.username, PLAYER.password)


def submit(
    outcome: Verdict | Exception | FakeJudge = PASSING_VERDICT,
    settings: dict[str, Any] = OWN_ACCOUNT,
    **request: Any,
) -> TestResponse:
    """Return the response to a request if its judge has this outcome."""
    judge = outcome if isinstance(outcome, FakeJudge) else FakeJudge(outcome)
    if "json" not in request:
        request.setdefault("data", SUBMISSION)
    return a_client(judge, **settings).open(**{"path": "/validate", "method": "POST", **request})


def judged(**request: Any) -> tuple[str, Credentials]:
    """Return the Message SID and the credentials that the judge gets for a request."""
    judge = FakeJudge()
    assert submit(judge, **request).status_code == 200
    (asked,) = judge.asked
    return asked


def refused(**request: Any) -> TestResponse:
    """Return the response to a request that must not be judged."""
    judge = FakeJudge()
    response = submit(judge, **request)
    assert judge.asked == []
    return response


def chunked(body: bytes) -> dict[str, Any]:
    """Return a request with this body and without a Content-Length."""
    environ = {"wsgi.input_terminated": True}
    return {"data": None, "input_stream": BytesIO(body), "environ_overrides": environ}
