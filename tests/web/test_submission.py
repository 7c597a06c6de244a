"""How the Message SID is read from a request: form or JSON, pasted text, size limit."""

from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.support.accounts import ACCOUNT_SID, API_KEY_SID, MESSAGE_SID
from tests.support.fakes import FakeJudge, a_client
from validator.challenge.verdict import Reason, Verdict
from validator.upstream.credentials import Credentials
from validator.web.submission import BODY_LIMIT

OTHER_SID = "MM" + "c" * 32
OWN_ACCOUNT = {"twilio_account_sid": ACCOUNT_SID, "twilio_auth_token": "service-secret"}


def submit(judge: FakeJudge, **request: Any) -> TestResponse:
    return a_client(judge, **OWN_ACCOUNT).post("/validate", **request)


def judged_sid(**request: Any) -> str:
    """Return the SID that the judge gets for a request."""
    judge = FakeJudge()
    assert submit(judge, **request).status_code == 200
    ((message_sid, _),) = judge.asked
    return message_sid


@pytest.mark.parametrize(
    "request_",
    [
        {"data": {"sid": MESSAGE_SID}},
        {"data": {"messageSid": MESSAGE_SID}},
        {"data": {"sid": MESSAGE_SID, "messageSid": OTHER_SID}},
        {"data": {"sid": MESSAGE_SID, "result": "pass", "level": "9"}},
        {"data": {"sid": [MESSAGE_SID, OTHER_SID]}},
        {"data": {"sid": MESSAGE_SID}, "content_type": "multipart/form-data"},
        {"data": {"messageSid": MESSAGE_SID}, "content_type": "multipart/form-data"},
        {"json": {"sid": MESSAGE_SID}},
        {"json": {"messageSid": MESSAGE_SID}},
        {"json": {"messageSid": OTHER_SID, "sid": MESSAGE_SID}},
        {"json": {"sid": MESSAGE_SID, "messageSid": None, "env": {"a": [1, 2.5, None]}}},
        {"json": {"sid": MESSAGE_SID}, "content_type": "application/json; charset=utf-8"},
        {"json": {"sid": MESSAGE_SID}, "content_type": "application/vnd.game+json"},
        {"data": {"sid": MESSAGE_SID}, "query_string": {"sid": OTHER_SID}},
    ],
)
def test_a_submission_is_a_form_or_a_json_object(request_: dict[str, Any]) -> None:
    assert judged_sid(**request_) == MESSAGE_SID


def test_uploaded_files_are_ignored() -> None:
    owl = (BytesIO(b"GIF89a"), "owl.gif")

    assert judged_sid(data={"sid": MESSAGE_SID, "owl": owl}) == MESSAGE_SID


@pytest.mark.parametrize(
    "padding",
    [
        " ",
        "\t \r\n\v\f",
        "\x85",
        "\N{NO-BREAK SPACE}",
        "\N{EM SPACE}",
        "\N{NARROW NO-BREAK SPACE}",
        "\N{IDEOGRAPHIC SPACE}",
        "\N{LINE SEPARATOR}",
        "\N{ZERO WIDTH SPACE}",
        "\N{ZERO WIDTH NON-JOINER}",
        "\N{ZERO WIDTH JOINER}",
        "\N{WORD JOINER}",
        "\N{LEFT-TO-RIGHT MARK}",
        "\N{ZERO WIDTH NO-BREAK SPACE}",
        " \N{ZERO WIDTH SPACE} \N{NO-BREAK SPACE}\n",
    ],
    ids=ascii,
)
def test_white_space_around_the_sid_is_ignored(padding: str) -> None:
    assert judged_sid(json={"sid": f"{padding}{MESSAGE_SID}{padding}"}) == MESSAGE_SID
    assert judged_sid(data={"sid": f"{padding}{MESSAGE_SID}{padding}"}) == MESSAGE_SID


@pytest.mark.parametrize("bom", ["\ufeff", "\N{ZERO WIDTH SPACE}"], ids=ascii)
@pytest.mark.parametrize("field", ["sid", "messageSid"])
def test_a_byte_order_mark_before_a_form_field_name_is_ignored(bom: str, field: str) -> None:
    form = "application/x-www-form-urlencoded"

    body = f"{bom}{field}={MESSAGE_SID}".encode()
    assert judged_sid(data=body, content_type=form) == MESSAGE_SID
    assert judged_sid(data={f"{bom}{field}": MESSAGE_SID}) == MESSAGE_SID


def test_a_byte_order_mark_before_json_is_ignored() -> None:
    body = f'\ufeff{{"sid": "{MESSAGE_SID}"}}'.encode()

    assert judged_sid(data=body, content_type="application/json") == MESSAGE_SID


def test_a_pasted_twilio_response_is_read_from_json_and_forms() -> None:
    response = f'{{\n  "account_sid": "{ACCOUNT_SID}",\n  "sid": "{MESSAGE_SID}"\n}}'

    assert judged_sid(json={"sid": response}) == MESSAGE_SID
    assert judged_sid(data={"sid": response}) == MESSAGE_SID
    assert judged_sid(data={"messageSid": response.replace("\n", "")}) == MESSAGE_SID


def test_quotes_around_account_sid_are_ignored() -> None:
    judge = FakeJudge()
    data = {"sid": MESSAGE_SID, "accountSid": f'"{ACCOUNT_SID}",'}
    submit(judge, data=data, auth=(API_KEY_SID, "key-secret"))

    assert judge.asked == [(MESSAGE_SID, Credentials(ACCOUNT_SID, API_KEY_SID, "key-secret"))]


@pytest.mark.parametrize("blank", ["", " ", "\n", "\N{ZERO WIDTH SPACE}"])
def test_a_blank_sid_is_judged_as_blank(blank: str) -> None:
    assert judged_sid(data={"sid": blank}) == ""
    assert judged_sid(json={"sid": blank, "messageSid": MESSAGE_SID}) == ""


def test_lone_surrogates_in_a_sid_are_replaced() -> None:
    fail = FakeJudge(Verdict("MM?", Reason.SID_MALFORMED, "No."))
    response = submit(fail, data='{"sid": "MM\\ud800"}', content_type="application/json")

    assert response.status_code == 200
    assert fail.asked[0][0] == "MM?"


def test_a_body_of_16_kib_is_accepted() -> None:
    start = f"sid={MESSAGE_SID}&padding="
    body = start.ljust(BODY_LIMIT, "x")

    assert BODY_LIMIT == 16 * 1024
    assert judged_sid(data=body, content_type="application/x-www-form-urlencoded") == MESSAGE_SID


def test_a_body_without_content_length_is_read() -> None:
    message_sid = judged_sid(
        input_stream=BytesIO(f"sid={MESSAGE_SID}".encode()),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert message_sid == MESSAGE_SID
