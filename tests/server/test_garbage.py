"""A failed validation leaves no reference cycles for the garbage collector."""

import gc
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.test import create_environ, run_wsgi_app

from tests.support import faults
from tests.support.accounts import ACCOUNT_SID
from tests.support.submissions import Submission
from tests.support.upstream import Behaviour, Reply, Upstream
from validator import create_app
from validator.config import Settings
from validator.upstream.credentials import Credentials

FAULTS: dict[str, Reply | Behaviour] = {
    "a connection that is reset": faults.hang_up,
    "a response that ends early": faults.break_off,
    "nonsense": faults.talk_nonsense,
    "503": Reply(503),
    "401": Reply(401),
    "HTML": Reply(200, b"<html>"),
    "a redirect": Reply(302, headers={"Location": "http://["}),
    "silence": faults.stay_silent,
    "endless headers": faults.send_headers_without_end,
}
CREDENTIALS = Credentials(ACCOUNT_SID, ACCOUNT_SID, "a-secret-of-this-test-alone")
SECRETS = (CREDENTIALS.password, CREDENTIALS.authorization)
VALIDATIONS = 5


@pytest.fixture
def _collector_off() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.set_debug(0)
    gc.garbage.clear()
    gc.enable()


def submit(app: Flask, submission: Submission) -> None:
    """Submit without Flask's test client, which leaves garbage itself."""
    headers = {"Authorization": CREDENTIALS.authorization}
    form = {"sid": submission.sid}
    environ = create_environ("/validate", method="POST", data=form, headers=headers)
    run_wsgi_app(app, environ, buffered=True)


@pytest.mark.usefixtures("_collector_off")
@pytest.mark.parametrize("where", ["message", "media_list", "file", "message media_list"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_failed_validation_leaves_no_reference_cycles_and_no_credentials(
    upstream: Upstream, fault: str, where: str
) -> None:
    settings = Settings(twilio_api_url=upstream.url, patience_seconds=0, validation_deadline=0.3)
    app = create_app(settings)
    submission = Submission(upstream, 1)
    for resource in where.split():
        upstream.on(getattr(submission, resource), FAULTS[fault])
    submit(app, submission)
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)

    for _ in range(VALIDATIONS):
        submit(app, submission)
    gc.collect()

    kinds = {type(each) for each in gc.garbage}
    assert not [kind for kind in kinds if kind.__module__.startswith("validator")]
    assert not [kind for kind in kinds if issubclass(kind, BaseException)]
    # The SDK's client of a validation consists of 25 objects, and refers to itself.
    assert len(gc.garbage) <= 25 * VALIDATIONS
    # `isinstance` fails on dead weak references.
    texts = {each for each in gc.get_referents(*gc.garbage) if type(each) is str}
    assert texts.isdisjoint(SECRETS)
