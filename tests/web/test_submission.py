"""How the Message SID is read from a request: form or JSON, pasted text, size limit."""

from io import BytesIO
from typing import Any

import pytest

from tests.support.accounts import ACCOUNT_SID, MESSAGE_SID
from tests.support.fakes import FakeJudge
from tests.web.submitting import FORM, SUBMISSION, judged, submit
from validator.challenge.verdict import Reason, Verdict
from validator.web.submission import BODY_LIMIT

OTHER_SID = "MM" + "c" * 32
MULTIPART = "multipart/form-data"
TWILIOS_RESPONSE = f'{{\n  "account_sid": "{ACCOUNT_SID}",\n  "sid": "{MESSAGE_SID}"\n}}'


def judged_sid(**request: Any) -> str:
    """Return the SID that the judge gets for a request."""
    return judged(**request)[0]


@pytest.mark.parametrize(
    "request_",
    [
        {"data": {"sid": MESSAGE_SID, "result": "pass"}},
        {"data": {"messageSid": MESSAGE_SID}},
        {"data": {"messageSid": OTHER_SID, "sid": MESSAGE_SID}},
        {"data": {"sid": [MESSAGE_SID, OTHER_SID]}},
        {"data": {"sid": MESSAGE_SID}, "content_type": MULTIPART},
        {"data": {"sid": MESSAGE_SID}, "query_string": {"sid": OTHER_SID}},
        {"data": f"\ufeffsid={MESSAGE_SID}".encode(), "content_type": FORM},
        {"data": {"\N{ZERO WIDTH SPACE}messageSid": MESSAGE_SID}, "content_type": MULTIPART},
        {"data": f'\ufeff{{"sid": "{MESSAGE_SID}"}}', "content_type": "application/json"},
        {"json": {"messageSid": MESSAGE_SID}},
        {"json": {"messageSid": OTHER_SID, "sid": MESSAGE_SID}},
        {"json": {"sid": MESSAGE_SID, "messageSid": None, "env": {"a": [1, 2.5, None]}}},
        {"json": {"sid": MESSAGE_SID}, "content_type": "application/json; charset=utf-8"},
        {"json": {"sid": MESSAGE_SID}, "content_type": "application/vnd.game+json"},
    ],
    ids=ascii,
)
def test_a_submission_is_a_form_or_a_json_object(request_: dict[str, Any]) -> None:
    assert judged_sid(**request_) == MESSAGE_SID


def test_uploaded_files_are_ignored() -> None:
    assert judged_sid(data={**SUBMISSION, "owl": (BytesIO(b"GIF89a"), "owl.gif")}) == MESSAGE_SID


@pytest.mark.parametrize(
    "pasted",
    [
        f"\t \r\n\v\f\x85{MESSAGE_SID} ",
        f"\N{NO-BREAK SPACE}\N{LINE SEPARATOR}{MESSAGE_SID}\N{IDEOGRAPHIC SPACE}",
        f"\N{ZERO WIDTH SPACE}\N{LEFT-TO-RIGHT MARK}{MESSAGE_SID}\N{ZERO WIDTH NO-BREAK SPACE}",
        TWILIOS_RESPONSE,
    ],
    ids=["white space", "unicode white space", "invisible characters", "response of Twilio"],
)
@pytest.mark.parametrize("encoding", ["json", "data"])
def test_a_pasted_sid_is_read_from_json_and_forms(pasted: str, encoding: str) -> None:
    assert judged_sid(**{encoding: {"sid": pasted}}) == MESSAGE_SID


@pytest.mark.parametrize("blank", ["", "\n", "\N{ZERO WIDTH SPACE}"])
def test_a_blank_sid_is_judged_as_blank(blank: str) -> None:
    assert judged_sid(data={"sid": blank}) == ""
    assert judged_sid(json={"sid": blank, "messageSid": MESSAGE_SID}) == ""


def test_lone_surrogates_in_a_sid_are_replaced() -> None:
    judge = FakeJudge(Verdict("MM?", Reason.SID_MALFORMED, "No."))
    response = submit(judge, data='{"sid": "MM\\ud800"}', content_type="application/json")

    assert response.status_code == 200
    assert judge.asked[0][0] == "MM?"


def test_a_body_of_16_kib_is_accepted() -> None:
    body = f"sid={MESSAGE_SID}&padding=".ljust(16 * 1024, "x")

    assert BODY_LIMIT == 16 * 1024
    assert judged_sid(data=body, content_type=FORM) == MESSAGE_SID


def test_a_body_without_content_length_is_read() -> None:
    body = BytesIO(f"sid={MESSAGE_SID}".encode())
    chunked = {"wsgi.input_terminated": True}
    request = {"data": None, "input_stream": body, "environ_overrides": chunked}

    assert judged_sid(content_type=FORM, **request) == MESSAGE_SID
