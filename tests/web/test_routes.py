"""What a submission may look like, what the judge gets of it, and how its verdict is told."""

from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.support.accounts import ACCOUNT_SID, API_KEY_SID, MEDIA_SID, MESSAGE_SID, PLAYER
from tests.support.fakes import FakeJudge, a_client, an_item
from validator.challenge.checks import check_media
from validator.challenge.facts import MediaItem
from validator.challenge.formats import Format
from validator.challenge.other_formats import OtherFormat
from validator.challenge.verdict import Reason, Verdict
from validator.upstream.credentials import Credentials
from validator.web.submission import BODY_LIMIT

OTHER_SID = "MM" + "c" * 32
SERVICE = Credentials(ACCOUNT_SID, ACCOUNT_SID, "service-secret", players_own=False)
OWN_ACCOUNT = {"twilio_account_sid": ACCOUNT_SID, "twilio_auth_token": "service-secret"}
REQUEST_ID = {"X-Request-ID": "request-7"}

PASSING_FILE = '"content_type": "image/png", "format": "PNG", "detected": null, "result": "pass"'
PASS_DOCUMENT = f"""\
{{
  "result": "pass",
  "sid": "{MESSAGE_SID}",
  "reason": null,
  "message": "Well done.",
  "retry": false,
  "checks": [
    {{"name": "sid", "result": "pass"}},
    {{"name": "exists", "result": "pass"}},
    {{"name": "outbound", "result": "pass"}},
    {{"name": "whatsapp", "result": "pass"}},
    {{"name": "sent", "result": "pass"}},
    {{"name": "media", "result": "pass"}},
    {{"name": "format", "result": "pass"}}
  ],
  "media": [
    {{"sid": "{MEDIA_SID}", {PASSING_FILE}}}
  ],
  "request_id": "request-7"
}}
"""
FAIL_DOCUMENT = f"""\
{{
  "result": "fail",
  "sid": "{MESSAGE_SID}",
  "reason": "not_sent_yet",
  "message": "Wait…",
  "retry": true,
  "checks": [
    {{"name": "sid", "result": "pass"}},
    {{"name": "exists", "result": "pass"}},
    {{"name": "outbound", "result": "pass"}},
    {{"name": "whatsapp", "result": "pass"}},
    {{"name": "sent", "result": "fail"}},
    {{"name": "media", "result": "skipped"}},
    {{"name": "format", "result": "skipped"}}
  ],
  "media": [],
  "request_id": "request-7"
}}
"""


def submit(judge: FakeJudge, **request: Any) -> TestResponse:
    return a_client(judge, **OWN_ACCOUNT).post("/validate", **request)


def judged_sid(**request: Any) -> str:
    """The SID that the judge was given of a request."""
    judge = FakeJudge()
    assert submit(judge, **request).status_code == 200
    ((message_sid, _),) = judge.asked
    return message_sid


def test_a_pass_is_told_as_the_contract_says() -> None:
    answer = submit(FakeJudge(), data={"sid": MESSAGE_SID}, headers=REQUEST_ID)

    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert answer.text == PASS_DOCUMENT


def test_a_fail_is_told_as_the_contract_says() -> None:
    fail = Verdict(MESSAGE_SID, Reason.NOT_SENT_YET, "Wait…")
    answer = submit(FakeJudge(fail), data={"sid": MESSAGE_SID}, headers=REQUEST_ID)

    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert answer.text == FAIL_DOCUMENT


@pytest.mark.parametrize(
    ("item", "told"),
    [
        (
            an_item(content_type="image/jpg", format=Format.JPEG),
            {"content_type": "image/jpg", "format": "JPEG", "detected": None, "result": "pass"},
        ),
        (
            an_item(content_type="Image/GIF; a=b", format=None),
            {"content_type": "Image/GIF; a=b", "format": None, "detected": None, "result": "fail"},
        ),
        (
            an_item(format=None, detected=OtherFormat.GIF),
            {"content_type": "image/png", "format": None, "detected": "GIF", "result": "fail"},
        ),
        (
            an_item(format=None),
            {"content_type": "image/png", "format": None, "detected": None, "result": "fail"},
        ),
        (
            MediaItem(MEDIA_SID, available=False),
            {"content_type": None, "format": None, "detected": None, "result": "fail"},
        ),
    ],
)
def test_each_media_item_has_a_row(item: MediaItem, told: dict[str, Any]) -> None:
    verdict = Verdict(MESSAGE_SID, Reason.FORMAT_NOT_ALLOWED, "No.", check_media([an_item(), item]))
    good, bad = submit(FakeJudge(verdict), data={"sid": MESSAGE_SID}).get_json()["media"]

    assert good["result"] == "pass"
    assert bad == {"sid": MEDIA_SID, **told}


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


def test_the_files_of_a_form_are_ignored() -> None:
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
def test_white_space_around_the_sid_is_forgiven(padding: str) -> None:
    assert judged_sid(json={"sid": f"{padding}{MESSAGE_SID}{padding}"}) == MESSAGE_SID
    assert judged_sid(data={"sid": f"{padding}{MESSAGE_SID}{padding}"}) == MESSAGE_SID


@pytest.mark.parametrize("bom", ["\ufeff", "\N{ZERO WIDTH SPACE}"], ids=ascii)
@pytest.mark.parametrize("field", ["sid", "messageSid"])
def test_a_byte_order_mark_before_the_field_name_of_a_form_is_forgiven(
    bom: str, field: str
) -> None:
    form = "application/x-www-form-urlencoded"

    body = f"{bom}{field}={MESSAGE_SID}".encode()
    assert judged_sid(data=body, content_type=form) == MESSAGE_SID
    assert judged_sid(data={f"{bom}{field}": MESSAGE_SID}) == MESSAGE_SID


def test_a_byte_order_mark_before_json_is_forgiven() -> None:
    body = f'\ufeff{{"sid": "{MESSAGE_SID}"}}'.encode()

    assert judged_sid(data=body, content_type="application/json") == MESSAGE_SID


def test_a_whole_response_of_twilio_can_be_pasted_in_either_way() -> None:
    response = f'{{\n  "account_sid": "{ACCOUNT_SID}",\n  "sid": "{MESSAGE_SID}"\n}}'

    assert judged_sid(json={"sid": response}) == MESSAGE_SID
    assert judged_sid(data={"sid": response}) == MESSAGE_SID
    assert judged_sid(data={"messageSid": response.replace("\n", "")}) == MESSAGE_SID


def test_quotes_around_an_account_sid_are_forgiven() -> None:
    judge = FakeJudge()
    data = {"sid": MESSAGE_SID, "accountSid": f'"{ACCOUNT_SID}",'}
    submit(judge, data=data, auth=(API_KEY_SID, "key-secret"))

    assert judge.asked == [(MESSAGE_SID, Credentials(ACCOUNT_SID, API_KEY_SID, "key-secret"))]


@pytest.mark.parametrize("blank", ["", " ", "\n", "\N{ZERO WIDTH SPACE}"])
def test_a_blank_sid_is_judged_as_one(blank: str) -> None:
    assert judged_sid(data={"sid": blank}) == ""
    assert judged_sid(json={"sid": blank, "messageSid": MESSAGE_SID}) == ""


def test_half_characters_in_a_sid_do_not_break_the_answer() -> None:
    fail = FakeJudge(Verdict("MM?", Reason.SID_MALFORMED, "No."))
    answer = submit(fail, data='{"sid": "MM\\ud800"}', content_type="application/json")

    assert answer.status_code == 200
    assert fail.asked[0][0] == "MM?"


def test_a_body_of_16_kib_is_read() -> None:
    start = f"sid={MESSAGE_SID}&padding="
    body = start.ljust(BODY_LIMIT, "x")

    assert BODY_LIMIT == 16 * 1024
    assert judged_sid(data=body, content_type="application/x-www-form-urlencoded") == MESSAGE_SID


def test_a_body_of_no_stated_length_is_read() -> None:
    message_sid = judged_sid(
        input_stream=BytesIO(f"sid={MESSAGE_SID}".encode()),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert message_sid == MESSAGE_SID


@pytest.mark.parametrize(
    ("request_", "asked"),
    [
        ({"data": {"sid": MESSAGE_SID}}, SERVICE),
        (
            {"data": {"sid": MESSAGE_SID}, "auth": (ACCOUNT_SID, PLAYER.password)},
            PLAYER,
        ),
        (
            {
                "data": {"sid": MESSAGE_SID, "accountSid": f" {ACCOUNT_SID}\n"},
                "auth": (API_KEY_SID, "key-secret"),
            },
            Credentials(ACCOUNT_SID, API_KEY_SID, "key-secret"),
        ),
        (
            {
                "json": {"sid": MESSAGE_SID, "accountSid": ACCOUNT_SID},
                "auth": (API_KEY_SID, "key-secret"),
            },
            Credentials(ACCOUNT_SID, API_KEY_SID, "key-secret"),
        ),
    ],
)
def test_the_judge_is_given_the_account_that_the_header_opens(
    request_: dict[str, Any], asked: Credentials
) -> None:
    judge = FakeJudge()
    submit(judge, **request_)

    assert judge.asked == [(MESSAGE_SID, asked)]


def test_the_bearer_token_opens_the_services_own_account() -> None:
    judge = FakeJudge()
    a_client(judge, **OWN_ACCOUNT, validator_token="a-token").post(
        "/validate", data={"sid": MESSAGE_SID}, headers={"Authorization": "Bearer a-token"}
    )

    assert judge.asked == [(MESSAGE_SID, SERVICE)]


@pytest.mark.parametrize("path", ["/validate", "/healthz", "/nothing/here"])
def test_no_answer_is_kept_or_taken_for_a_page(path: str) -> None:
    answer = a_client(FakeJudge()).get(path)

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_healthz_answers_without_credentials_and_without_asking_anybody() -> None:
    judge = FakeJudge()
    answer = a_client(judge).get("/healthz")

    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})
    assert answer.text.endswith("}\n")
    assert judge.asked == []
