"""The routes: the JSON of a verdict, security headers and /healthz."""

import pytest

from tests.support.accounts import MEDIA_SID, MESSAGE_SID
from tests.support.fakes import PASSING_VERDICT, FakeJudge, a_client, an_item
from tests.web.submitting import submit
from validator.challenge.checks import check_media
from validator.challenge.facts import MediaItem
from validator.challenge.other_formats import OtherFormat
from validator.challenge.verdict import Reason, Verdict

GIF = an_item(content_type="image/GIF; a=b", format=None, detected=OtherFormat.GIF)
GONE = MediaItem(MEDIA_SID, available=False)
MISMATCH = Verdict(MESSAGE_SID, Reason.CONTENT_MISMATCH, "Oh…", check_media([an_item(), GIF, GONE]))
NOT_SENT_YET = Verdict(MESSAGE_SID, Reason.NOT_SENT_YET, "Wait.")
PASSED_FILE = '"content_type": "image/png", "format": "PNG", "detected": null, "result": "pass"'
FAILED_FILE = (
    '"content_type": "image/GIF; a=b", "format": null, "detected": "GIF", "result": "fail"'
)
GONE_FILE = '"content_type": null, "format": null, "detected": null, "result": "fail"'
DOCUMENT = f"""\
{{
  "result": "fail",
  "sid": "{MESSAGE_SID}",
  "reason": "content_mismatch",
  "message": "Oh…",
  "retry": false,
  "checks": [
    {{"name": "sid", "result": "pass"}},
    {{"name": "exists", "result": "pass"}},
    {{"name": "outbound", "result": "pass"}},
    {{"name": "whatsapp", "result": "pass"}},
    {{"name": "sent", "result": "pass"}},
    {{"name": "media", "result": "pass"}},
    {{"name": "format", "result": "fail"}}
  ],
  "media": [
    {{"sid": "{MEDIA_SID}", {PASSED_FILE}}},
    {{"sid": "{MEDIA_SID}", {FAILED_FILE}}},
    {{"sid": "{MEDIA_SID}", {GONE_FILE}}}
  ],
  "request_id": "request-7"
}}
"""


def test_a_verdict_is_200_with_the_documented_json() -> None:
    response = submit(MISMATCH, headers={"X-Request-ID": "request-7"})

    assert (response.status_code, response.content_type) == (200, "application/json")
    assert response.text == DOCUMENT


def test_a_pass_has_no_reason_and_a_message_not_sent_yet_may_be_retried() -> None:
    passed, waits = (submit(each).get_json() for each in (PASSING_VERDICT, NOT_SENT_YET))

    assert (passed["result"], passed["reason"], passed["retry"]) == ("pass", None, False)
    assert (waits["result"], waits["reason"], waits["retry"]) == ("fail", "not_sent_yet", True)
    results = [check["result"] for check in waits["checks"]]
    assert results == ["pass"] * 4 + ["fail"] + ["skipped"] * 2


def test_healthz_needs_no_credentials() -> None:
    response = a_client(FakeJudge()).get("/healthz")

    assert (response.status_code, response.text) == (200, '{\n  "status": "ok"\n}\n')


@pytest.mark.parametrize("path", ["/validate", "/healthz", "/nothing/here"])
def test_every_response_has_a_request_id_csp_nosniff_no_store_and_no_referrer(path: str) -> None:
    headers = a_client(FakeJudge()).get(path).headers

    assert len(headers["X-Request-ID"]) == 32
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
