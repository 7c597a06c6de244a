"""The routes: the JSON of a verdict, the account that is used, and /healthz."""

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


def test_a_pass_is_200_with_the_documented_json() -> None:
    response = submit(FakeJudge(), data={"sid": MESSAGE_SID}, headers=REQUEST_ID)

    assert response.status_code == 200
    assert response.content_type == "application/json"
    assert response.text == PASS_DOCUMENT


def test_a_fail_is_200_with_the_documented_json() -> None:
    fail = Verdict(MESSAGE_SID, Reason.NOT_SENT_YET, "Wait…")
    response = submit(FakeJudge(fail), data={"sid": MESSAGE_SID}, headers=REQUEST_ID)

    assert response.status_code == 200
    assert response.content_type == "application/json"
    assert response.text == FAIL_DOCUMENT


@pytest.mark.parametrize(
    ("item", "expected"),
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
def test_each_media_file_has_a_row_in_the_json(item: MediaItem, expected: dict[str, Any]) -> None:
    verdict = Verdict(MESSAGE_SID, Reason.FORMAT_NOT_ALLOWED, "No.", check_media([an_item(), item]))
    good, bad = submit(FakeJudge(verdict), data={"sid": MESSAGE_SID}).get_json()["media"]

    assert good["result"] == "pass"
    assert bad == {"sid": MEDIA_SID, **expected}


@pytest.mark.parametrize(
    ("request_", "expected"),
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
def test_the_judge_gets_the_credentials_of_the_request(
    request_: dict[str, Any], expected: Credentials
) -> None:
    judge = FakeJudge()
    submit(judge, **request_)

    assert judge.asked == [(MESSAGE_SID, expected)]


def test_the_bearer_token_selects_the_services_own_account() -> None:
    judge = FakeJudge()
    a_client(judge, **OWN_ACCOUNT, validator_token="a-token").post(
        "/validate", data={"sid": MESSAGE_SID}, headers={"Authorization": "Bearer a-token"}
    )

    assert judge.asked == [(MESSAGE_SID, SERVICE)]


def test_healthz_needs_no_credentials_and_does_not_judge() -> None:
    judge = FakeJudge()
    response = a_client(judge).get("/healthz")

    assert (response.status_code, response.get_json()) == (200, {"status": "ok"})
    assert response.text.endswith("}\n")
    assert judge.asked == []
