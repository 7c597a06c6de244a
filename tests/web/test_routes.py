"""The routes: the JSON of a verdict, the account that is used, security headers and /healthz."""

from typing import Any

import pytest

from tests.support.accounts import ACCOUNT_SID, API_KEY_SID, MEDIA_SID, MESSAGE_SID, PLAYER
from tests.support.fakes import FakeJudge, a_client, an_item
from tests.web.submitting import (
    AUTH,
    OWN_ACCOUNT,
    SERVICE,
    SUBMISSION,
    TOKEN,
    judged,
    submit,
)
from validator.challenge.checks import check_media
from validator.challenge.facts import MediaItem
from validator.challenge.formats import Format
from validator.challenge.other_formats import OtherFormat
from validator.challenge.verdict import Reason, Verdict
from validator.upstream.credentials import Credentials

REQUEST_ID = {"X-Request-ID": "request-7"}
BY_KEY = Credentials(ACCOUNT_SID, API_KEY_SID, "key-secret")
KEY = (API_KEY_SID, "key-secret")

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


def test_a_pass_is_200_with_the_documented_json() -> None:
    response = submit(headers=REQUEST_ID)

    assert (response.status_code, response.content_type) == (200, "application/json")
    assert response.text == PASS_DOCUMENT


def test_a_fail_is_200_with_the_documented_json() -> None:
    response = submit(Verdict(MESSAGE_SID, Reason.NOT_SENT_YET, "Wait…"), headers=REQUEST_ID)
    document = response.get_json()

    assert (response.status_code, response.content_type) == (200, "application/json")
    assert [check["result"] for check in document.pop("checks")] == (
        ["pass"] * 4 + ["fail"] + ["skipped"] * 2
    )
    assert '\n  "message": "Wait…",\n' in response.text
    assert document == {
        "result": "fail",
        "sid": MESSAGE_SID,
        "reason": "not_sent_yet",
        "message": "Wait…",
        "retry": True,
        "media": [],
        "request_id": "request-7",
    }


@pytest.mark.parametrize(
    ("item", "content_type", "found", "detected", "result"),
    [
        (an_item(content_type="image/jpg", format=Format.JPEG), "image/jpg", "JPEG", None, "pass"),
        (an_item(content_type="Image/GIF; a=b", format=None), "Image/GIF; a=b", None, None, "fail"),
        (an_item(format=None, detected=OtherFormat.GIF), "image/png", None, "GIF", "fail"),
        (MediaItem(MEDIA_SID, available=False), None, None, None, "fail"),
    ],
)
def test_each_media_file_has_a_row_in_the_json(
    item: MediaItem, content_type: str | None, found: str | None, detected: str | None, result: str
) -> None:
    verdict = Verdict(MESSAGE_SID, Reason.FORMAT_NOT_ALLOWED, "No.", check_media([an_item(), item]))
    good, other = submit(verdict).get_json()["media"]

    assert good["result"] == "pass"
    assert other == {
        "sid": MEDIA_SID,
        "content_type": content_type,
        "format": found,
        "detected": detected,
        "result": result,
    }


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({}, SERVICE),
        ({"auth": AUTH}, PLAYER),
        ({"data": {**SUBMISSION, "accountSid": f' "{ACCOUNT_SID}",\n'}, "auth": KEY}, BY_KEY),
        ({"json": {**SUBMISSION, "accountSid": ACCOUNT_SID}, "auth": KEY}, BY_KEY),
        (
            {
                "settings": {**OWN_ACCOUNT, "validator_token": TOKEN},
                "headers": {"Authorization": f"Bearer {TOKEN}"},
            },
            SERVICE,
        ),
    ],
    ids=["none", "Auth Token", "API key in a form", "API key in JSON", "bearer token"],
)
def test_the_judge_gets_the_credentials_of_the_request(
    request_: dict[str, Any], expected: Credentials
) -> None:
    assert judged(**request_) == (MESSAGE_SID, expected)


def test_healthz_needs_no_credentials() -> None:
    response = a_client(FakeJudge()).get("/healthz")

    assert (response.status_code, response.text) == (200, '{\n  "status": "ok"\n}\n')


@pytest.mark.parametrize("path", ["/validate", "/healthz", "/nothing/here"])
def test_every_response_has_csp_nosniff_no_store_and_no_referrer(path: str) -> None:
    headers = a_client(FakeJudge()).get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
