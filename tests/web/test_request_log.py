"""The log lines of submissions and problems, with request ids and without secrets."""

import json
import logging
import re
from typing import Any

import pytest

from tests.support.accounts import ACCOUNT_SID, API_KEY_SID, MEDIA_SID, MESSAGE_SID, PLAYER
from tests.support.fakes import PASSING_MESSAGE, FakeJudge, a_client, a_message, an_item
from tests.support.servers import ROOT
from tests.support.submissions import Submission
from tests.support.upstream import Reply, Upstream
from tests.telemetry.test_logs import formatted
from tests.web.submitting import AUTH, OWN_ACCOUNT, SUBMISSION, submit
from validator import create_app
from validator.challenge.checks import check_media, first_reason
from validator.challenge.facts import MediaItem, Message
from validator.challenge.other_formats import OtherFormat
from validator.challenge.verdict import Reason, Verdict
from validator.config import Settings
from validator.upstream.errors import BusyError, CredentialsRefusedError

SECRET = "f4ce" * 8
GIF = an_item(format=None, detected=OtherFormat.GIF)
EMPTY = an_item(content_type="audio/ogg; codecs=opus", format=None, detected=OtherFormat.EMPTY)
GONE = MediaItem(MEDIA_SID, available=False)
UNDELIVERED = a_message(status="undelivered", error_code=63015)
HOSTILE = f"image/png\r\nrequest=forged {SECRET} +14155238886"


def verdict_on(message: Message | None = PASSING_MESSAGE, *media: MediaItem) -> Verdict:
    checked = check_media(media)
    return Verdict(MESSAGE_SID, first_reason(checked), "", checked, message)


def record(
    caplog: pytest.LogCaptureFixture, outcome: Verdict | Exception, **request: Any
) -> logging.LogRecord:
    """Return the one log record of a request, sent with a player's credentials by default."""
    caplog.set_level(logging.INFO)
    submit(outcome, **{"auth": AUTH, **request})
    (record,) = (each for each in caplog.records if each.name.startswith("validator.web"))
    return record


def line(*arguments: Any, **request: Any) -> str:
    """Return the text of the log record without request id and time."""
    text = record(*arguments, **request).getMessage()
    return re.sub(r"^request=[0-9a-f]{32} (.*) ms=[0-9]+$", r"\1", text)


@pytest.mark.parametrize("given", ["A-b_c.1", "x" * 64])
def test_a_valid_x_request_id_is_kept(given: str) -> None:
    response = a_client(FakeJudge()).get("/healthz", headers={"X-Request-ID": given})

    assert response.headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a=b", "ü", "<script>", "a\tb"])
def test_an_invalid_x_request_id_is_replaced(given: str) -> None:
    response = a_client(FakeJudge()).get("/healthz", headers={"X-Request-ID": given})

    assert re.fullmatch("[0-9a-f]{32}", response.headers["X-Request-ID"])


def test_each_response_has_its_own_x_request_id() -> None:
    client = a_client(FakeJudge())
    ids = {client.get(path).headers["X-Request-ID"] for path in 2 * ("/nothing", "/healthz")}

    assert len(ids) == 4


def test_the_log_line_has_the_request_id_of_the_response(caplog: pytest.LogCaptureFixture) -> None:
    logged = record(caplog, BusyError(), headers={"X-Request-ID": "request-7"})

    assert logged.getMessage().startswith("request=request-7 ")


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (
            verdict_on(a_message(status="read"), an_item(), an_item(content_type="image/jpeg")),
            "result=pass reason=- twilio_status=read twilio_error=- "
            "media=image/png:PNG,image/jpeg:PNG",
        ),
        (
            verdict_on(PASSING_MESSAGE, an_item(content_type=None)),
            "result=fail reason=format_not_allowed twilio_status=delivered twilio_error=- "
            "media=-:PNG",
        ),
        (
            verdict_on(PASSING_MESSAGE, GIF, an_item(format=None), EMPTY, GONE),
            "result=fail reason=content_mismatch twilio_status=delivered twilio_error=- "
            'media=image/png:GIF,image/png:unknown,audio/ogg:"empty file",-:unavailable',
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
def test_the_log_line_has_sid_account_and_the_verdict_or_problem(
    caplog: pytest.LogCaptureFixture, outcome: Verdict | Exception, expected: str
) -> None:
    assert line(caplog, outcome) == f"sid={MESSAGE_SID} account=1111 {expected}"


def test_twilios_error_code_is_logged_if_the_services_credentials_are_refused(
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = {**OWN_ACCOUNT, "twilio_account_sid": "AC" + "0" * 28 + "cafe"}
    logged = line(caplog, CredentialsRefusedError(20005), settings=settings, auth=None)

    expected = "account=cafe status=502 code=twilio_refused twilio_error=20005"
    assert logged == f"sid={MESSAGE_SID} {expected}"


def test_a_429_is_logged_with_its_account(caplog: pytest.LogCaptureFixture) -> None:
    client = a_client(FakeJudge(), rate_limit="1/hour")
    for _ in range(2):
        client.post("/validate", data=SUBMISSION, auth=AUTH)

    last = caplog.records[-1].getMessage()
    assert f" sid={MESSAGE_SID} account=1111 status=429 code=rate_limited " in last


def test_the_account_of_an_api_key_is_logged_and_not_the_key(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fields = {**SUBMISSION, "accountSid": ACCOUNT_SID}
    logged = line(caplog, verdict_on(), data=fields, auth=(API_KEY_SID, "fake-api-secret"))

    assert " account=1111 " in logged


@pytest.mark.parametrize("name", ["sid", "accountSid", "apiKey"])
def test_a_secret_in_the_wrong_field_is_not_logged(
    caplog: pytest.LogCaptureFixture, name: str
) -> None:
    fields = {**SUBMISSION, "accountSid": ACCOUNT_SID, "secret": SECRET, name: SECRET}
    verdict = Verdict(SECRET, Reason.SID_MALFORMED, "")

    logged = line(caplog, verdict, data=fields, auth=None)

    assert f"{'sid' if name == 'sid' else 'account'}=- " in logged
    assert SECRET not in caplog.text


@pytest.mark.parametrize("pasted", ["my password", f"{MESSAGE_SID} my-password", f"SM{'0' * 31}"])
def test_a_submission_that_is_not_a_sid_is_not_logged(
    caplog: pytest.LogCaptureFixture, pasted: str
) -> None:
    record(caplog, Verdict(pasted, Reason.SID_MALFORMED, "No."), data={"sid": pasted})

    assert pasted.rpartition(" ")[-1] not in caplog.text
    assert PLAYER.password not in caplog.text


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_values_from_twilio_and_media_servers_cannot_forge_log_fields_or_leak(
    caplog: pytest.LogCaptureFixture, log_format: str
) -> None:
    message = a_message(status=HOSTILE, error_code=14155238886, error_message=SECRET)
    verdict = verdict_on(message, an_item(content_type=HOSTILE), an_item(content_type=SECRET))

    text = formatted(record(caplog, verdict), log_format)

    assert len(text.splitlines()) == 1
    assert text.count("unreadable") == 4
    for secret in ("forged", SECRET, "4155238886", "whatsapp:"):
        assert secret not in text


def test_the_json_log_line_has_each_field_once(caplog: pytest.LogCaptureFixture) -> None:
    logged = formatted(record(caplog, verdict_on(UNDELIVERED, GIF)), "json")

    fields = json.loads(logged)
    assert len(fields) == len(json.loads(logged, object_pairs_hook=list))
    assert fields["sid"] == MESSAGE_SID
    assert fields["twilio_error"] == 63015
    assert fields["media"] == [{"content_type": "image/png", "contents": "GIF"}]
    assert isinstance(fields["ms"], int)


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
    assert entry.name.startswith("validator")
    for expected in (f"request={request_id} RuntimeError", "ValueError", "fakes.py"):
        assert expected in entry.getMessage()
    assert SECRET not in caplog.text
    assert PLAYER.password not in caplog.text


def test_the_log_lines_in_the_operations_document_have_the_logged_fields(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logged = []
    for outcome in (verdict_on(), BusyError()):
        caplog.clear()
        logged.append(record(caplog, outcome).getMessage())
    documented = re.findall(r"INFO (request=.*)", (ROOT / "docs/operations.md").read_text())

    names, expected = (
        {tuple(re.findall(r"(?:^| )([a-z_]+)=", each)) for each in lines}
        for lines in (documented, logged)
    )
    assert names == expected


def test_healthz_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    a_client(FakeJudge()).get("/healthz")

    assert not [each for each in caplog.records if each.name.startswith("validator.web")]
