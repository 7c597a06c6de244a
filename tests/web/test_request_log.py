"""The log lines of submissions and problems, with request ids and without secrets."""

import logging
import re
from typing import Any

import pytest

from tests.support.accounts import ACCOUNT_SID, API_KEY_SID, MEDIA_SID, MESSAGE_SID, PLAYER
from tests.support.fakes import PASSING_MESSAGE, FakeJudge, a_client, a_message, an_item
from tests.support.servers import ROOT
from tests.support.submissions import Submission
from tests.support.upstream import Reply, Upstream
from tests.web.submitting import AUTH, SUBMISSION, submit
from validator import create_app
from validator.challenge.checks import check_media, first_reason
from validator.challenge.facts import MediaItem, Message
from validator.challenge.other_formats import OtherFormat
from validator.challenge.verdict import Reason, Verdict
from validator.config import Settings
from validator.telemetry.logs import Fields
from validator.upstream.errors import BusyError, CredentialsRefusedError
from validator.web.request_log import request_id

SECRET = "f4ce" * 8
GIF = an_item(format=None, detected=OtherFormat.GIF)
EMPTY = an_item(content_type="audio/ogg; codecs=opus", format=None, detected=OtherFormat.EMPTY)
UNTYPED = an_item(content_type=None)
GONE = MediaItem(MEDIA_SID, available=False)
UNDELIVERED = a_message(status="undelivered", error_code=63015)
HOSTILE = f"image/png\r\nrequest=forged {SECRET} +14155238886"


def verdict_on(message: Message | None = PASSING_MESSAGE, *media: MediaItem) -> Verdict:
    checked = check_media(media)
    return Verdict(MESSAGE_SID, first_reason(checked), "", checked, message)


def line(caplog: pytest.LogCaptureFixture, outcome: Verdict | Exception, **request: Any) -> str:
    """Return the log line of a request, sent with a player's credentials by default."""
    caplog.set_level(logging.INFO)
    submit(outcome, **{"auth": AUTH, **request})
    (record,) = (each for each in caplog.records if each.name.startswith("validator.web"))
    return record.getMessage()


@pytest.mark.parametrize("given", ["A-b_c.1", "x" * 64])
def test_a_valid_x_request_id_is_kept(given: str) -> None:
    assert request_id(given) == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a=b", "ü", "<script>", "a\n"])
def test_an_invalid_x_request_id_is_replaced_by_a_new_one(given: str) -> None:
    new, other = request_id(given), request_id(given)

    assert re.fullmatch("[0-9a-f]{32}", new)
    assert new != other


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (
            verdict_on(a_message(status="read"), an_item(), an_item(content_type="image/jpeg")),
            "result=pass reason=- twilio_status=read twilio_error=- "
            "media=image/png:PNG,image/jpeg:PNG",
        ),
        (
            verdict_on(PASSING_MESSAGE, GIF, UNTYPED, an_item(format=None), EMPTY, GONE),
            "result=fail reason=content_mismatch twilio_status=delivered twilio_error=- "
            'media=image/png:GIF,-:PNG,image/png:unknown,audio/ogg:"empty file",-:unavailable',
        ),
        (
            Verdict(MESSAGE_SID, Reason.NOT_DELIVERED, "", message=UNDELIVERED),
            "result=fail reason=not_delivered twilio_status=undelivered twilio_error=63015 media=-",
        ),
        (
            Verdict(MESSAGE_SID, Reason.MESSAGE_NOT_FOUND, ""),
            "result=fail reason=message_not_found twilio_status=- twilio_error=- media=-",
        ),
        (BusyError(), "status=503 code=twilio_busy twilio_error=-"),
        (CredentialsRefusedError(20003), "status=401 code=credentials_rejected twilio_error=20003"),
    ],
)
def test_the_log_line_has_request_id_sid_account_and_the_verdict_or_problem(
    caplog: pytest.LogCaptureFixture, outcome: Verdict | Exception, expected: str
) -> None:
    logged = line(caplog, outcome, headers={"X-Request-ID": "request-7"})

    begins = f"request=request-7 sid={MESSAGE_SID} account=1111 "
    assert re.fullmatch(f"{re.escape(begins + expected)} ms=[0-9]+", logged)


def test_the_fields_of_a_json_log_line_keep_their_types(caplog: pytest.LogCaptureFixture) -> None:
    line(caplog, verdict_on(UNDELIVERED, GIF))

    (fields,) = (each.msg for each in caplog.records if isinstance(each.msg, Fields))
    assert fields["twilio_error"] == 63015
    assert fields["media"] == [{"content_type": "image/png", "contents": "GIF"}]
    assert isinstance(fields["ms"], int)


BY_KEY = {"data": {**SUBMISSION, "accountSid": ACCOUNT_SID}, "auth": (API_KEY_SID, SECRET)}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"auth": None}, "account=1111 status=502 code=twilio_refused twilio_error=20005"),
        (BY_KEY, "account=1111 status=401 code=credentials_rejected twilio_error=20005"),
    ],
    ids=["the service's own", "API key"],
)
def test_the_account_of_refused_credentials_is_logged(
    caplog: pytest.LogCaptureFixture, request_: dict[str, Any], expected: str
) -> None:
    assert expected in line(caplog, CredentialsRefusedError(20005), **request_)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"sid": SECRET}, "sid=- account=1111 "),
        ({"sid": f"{MESSAGE_SID} {SECRET}"}, f"sid={MESSAGE_SID} account=1111 "),
        ({"sid": f"SM{SECRET[:-1]}"}, "sid=- account=1111 "),
        ({"accountSid": SECRET}, "account=- "),
        ({"apiKey": SECRET}, "account=- "),
    ],
)
def test_a_secret_in_the_wrong_field_is_not_logged(
    caplog: pytest.LogCaptureFixture, fields: dict[str, str], expected: str
) -> None:
    verdict = Verdict(SECRET, Reason.SID_MALFORMED, "")
    sent = {**SUBMISSION, "accountSid": ACCOUNT_SID, "secret": SECRET, **fields}

    assert expected in line(caplog, verdict, data=sent, auth=None)
    assert SECRET[:-1] not in caplog.text


def test_values_from_twilio_and_media_servers_cannot_forge_log_fields_or_leak(
    caplog: pytest.LogCaptureFixture,
) -> None:
    message = a_message(status=HOSTILE, error_code=14155238886, error_message=SECRET)
    verdict = verdict_on(message, an_item(content_type=HOSTILE), an_item(content_type=SECRET))

    logged = line(caplog, verdict)

    assert len(logged.splitlines()) == 1
    assert logged.count("unreadable") == 4
    for secret in ("forged", SECRET, "4155238886", "whatsapp:"):
        assert secret not in logged


def test_no_secret_is_logged_at_any_level(
    upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    submission = Submission(upstream, 3)
    signed = f"{upstream.url}/file?Signature=signed-url"
    upstream.on(submission.file, Reply(307, headers={"Location": signed}))
    upstream.on("/file", Reply(503))
    client = create_app(Settings.model_validate({"twilio_api_url": upstream.url})).test_client()

    response = client.post("/validate", data={"sid": submission.sid}, auth=AUTH)

    assert response.get_json()["code"] == "twilio_busy"
    assert "code=twilio_busy" in caplog.text
    for secret in (PLAYER.password, PLAYER.authorization, "signed-url", "+14155238886"):
        assert secret not in caplog.text + response.text


def test_an_internal_error_is_logged_with_request_id_and_traceback_without_its_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    error = RuntimeError(SECRET)
    error.__cause__ = ValueError(SECRET)
    response = submit(error, auth=AUTH)

    request_id = response.headers["X-Request-ID"]
    assert request_id in response.get_json()["detail"]
    (entry,) = (entry for entry in caplog.records if entry.levelname == "ERROR")
    for expected in (f"request={request_id} RuntimeError", "ValueError", "fakes.py"):
        assert expected in entry.getMessage()
    assert SECRET not in caplog.text
    assert PLAYER.password not in caplog.text


def test_the_log_lines_in_the_operations_document_have_the_logged_fields(
    caplog: pytest.LogCaptureFixture,
) -> None:
    documented = re.findall(r"INFO (request=.*)", (ROOT / "docs/operations.md").read_text())
    logged = []
    for outcome in (verdict_on(), BusyError()):
        caplog.clear()
        logged.append(line(caplog, outcome))

    names, expected = (
        {tuple(re.findall(r"(?:^| )([a-z_]+)=", each)) for each in lines}
        for lines in (documented, logged)
    )
    assert names == expected


def test_healthz_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    a_client(FakeJudge()).get("/healthz")

    assert "request=" not in caplog.text
