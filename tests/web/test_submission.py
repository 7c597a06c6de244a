"""How the Message SID is read from a request: form or JSON, pasted text, size limit."""

from io import BytesIO
from typing import Any

import pytest

from tests.support.accounts import ACCOUNT_SID, MESSAGE_SID
from tests.support.fakes import FakeJudge
from tests.web.submitting import FORM, SUBMISSION, chunked, judged, submit
from validator.challenge.verdict import Reason, Verdict

OTHER_SID = "MM" + "c" * 32
JSON = "application/json"
MULTIPART = "multipart/form-data"
TWILIOS_RESPONSE = f'{{\n  "account_sid": "{ACCOUNT_SID}",\n  "sid": "{MESSAGE_SID}"\n}}'


@pytest.mark.parametrize(
    "request_",
    [
        {"data": {"sid": MESSAGE_SID, "result": "pass"}},
        {"data": {"messageSid": OTHER_SID, "sid": MESSAGE_SID}},
        {"data": {"sid": [MESSAGE_SID, OTHER_SID]}},
        {"data": {"sid": MESSAGE_SID}, "query_string": {"sid": OTHER_SID}},
        {"data": f"\ufeffsid={MESSAGE_SID}".encode(), "content_type": FORM},
        {"data": f"sid={MESSAGE_SID}&padding=".ljust(16 * 1024, "x"), "content_type": FORM},
        {**chunked(f"sid={MESSAGE_SID}".encode()), "content_type": FORM},
        {"data": {"\N{ZERO WIDTH SPACE}messageSid": MESSAGE_SID}, "content_type": MULTIPART},
        {"data": {**SUBMISSION, "owl": (BytesIO(b"GIF89a"), "owl.gif")}},
        {"data": f'\ufeff{{"sid": "{MESSAGE_SID}"}}', "content_type": JSON},
        {"json": {"messageSid": MESSAGE_SID}},
        {"json": {"sid": MESSAGE_SID, "messageSid": None, "env": {"a": [1, 2.5, None]}}},
        {"json": {"sid": MESSAGE_SID}, "content_type": f"{JSON}; charset=utf-8"},
        {"json": {"sid": MESSAGE_SID}, "content_type": "application/vnd.game+json"},
    ],
    ids=lambda request_: ascii(request_)[:60],
)
def test_a_submission_is_a_form_or_a_json_object(request_: dict[str, Any]) -> None:
    assert judged(**request_)[0] == MESSAGE_SID


@pytest.mark.parametrize(
    ("pasted", "sid"),
    [
        (f"\N{NO-BREAK SPACE}{MESSAGE_SID}\n", MESSAGE_SID),
        (TWILIOS_RESPONSE, MESSAGE_SID),
        ("\n", ""),
    ],
    ids=["white space", "response of Twilio", "blank"],
)
@pytest.mark.parametrize("encoding", ["json", "data"])
def test_a_pasted_sid_is_read_from_json_and_forms(pasted: str, sid: str, encoding: str) -> None:
    assert judged(**{encoding: {"sid": pasted, "messageSid": OTHER_SID}})[0] == sid


def test_lone_surrogates_in_a_sid_are_replaced() -> None:
    judge = FakeJudge(Verdict("MM?", Reason.SID_MALFORMED, "No."))
    response = submit(judge, data='{"sid": "MM\\ud800"}', content_type=JSON)

    assert response.status_code == 200
    assert judge.asked[0][0] == "MM?"
