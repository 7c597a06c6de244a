"""The routes: the JSON of a verdict, security headers and /healthz."""

import pytest

from tests.support.accounts import MEDIA_SID, MESSAGE_SID
from tests.support.fakes import FakeJudge, a_client, an_item
from tests.web.submitting import submit
from validator.challenge.checks import check_media
from validator.challenge.facts import MediaItem
from validator.challenge.other_formats import OtherFormat
from validator.challenge.verdict import Reason, Verdict

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
    response = submit(headers={"X-Request-ID": "request-7"})

    assert (response.status_code, response.content_type) == (200, "application/json")
    assert response.text == PASS_DOCUMENT


def test_a_fail_is_200_with_a_reason_and_the_results_of_all_checks() -> None:
    response = submit(Verdict(MESSAGE_SID, Reason.NOT_SENT_YET, "Wait…"))
    document = response.get_json()

    assert (response.status_code, response.content_type) == (200, "application/json")
    assert (document["result"], document["reason"]) == ("fail", "not_sent_yet")
    assert (document["retry"], document["media"]) == (True, [])
    assert '\n  "message": "Wait…",\n' in response.text
    results = [check["result"] for check in document["checks"]]
    assert results == ["pass"] * 4 + ["fail"] + ["skipped"] * 2


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (an_item(content_type="A/B; a=b", format=None), ("A/B; a=b", None, None, "fail")),
        (an_item(format=None, detected=OtherFormat.GIF), ("image/png", None, "GIF", "fail")),
        (MediaItem(MEDIA_SID, available=False), (None, None, None, "fail")),
    ],
)
def test_each_media_file_has_a_row_in_the_json(
    item: MediaItem, expected: tuple[str | None, ...]
) -> None:
    verdict = Verdict(MESSAGE_SID, Reason.FORMAT_NOT_ALLOWED, "No.", check_media([an_item(), item]))
    good, other = submit(verdict).get_json()["media"]

    assert good["result"] == "pass"
    names = ("sid", "content_type", "format", "detected", "result")
    assert other == dict(zip(names, (MEDIA_SID, *expected), strict=True))


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
