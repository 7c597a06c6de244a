"""The results of the checks in a verdict, and the reason codes that clients rely on."""

import pytest

from tests.support.accounts import MESSAGE_SID
from validator.challenge.verdict import Check, Reason, Result, Verdict

CHECKS = ["sid", "exists", "outbound", "whatsapp", "sent", "media", "format"]
CHECK_OF_REASON = {
    None: None,
    "sid_missing": "sid",
    "sid_not_mm": "sid",
    "sid_malformed": "sid",
    "message_not_found": "exists",
    "not_outbound": "outbound",
    "not_whatsapp": "whatsapp",
    "not_sent_yet": "sent",
    "not_delivered": "sent",
    "no_media": "media",
    "format_not_allowed": "format",
    "content_mismatch": "format",
    "media_unavailable": "format",
}


def test_every_check_and_reason_is_a_code_of_the_contract() -> None:
    assert list(Check) == CHECKS
    assert [None, *Reason] == list(CHECK_OF_REASON)


@pytest.mark.parametrize("reason", [None, *Reason])
def test_a_reason_fails_its_check_and_skips_those_after_it(reason: Reason | None) -> None:
    verdict = Verdict(MESSAGE_SID, reason, "A hint.")
    failed = CHECK_OF_REASON[reason]
    before = CHECKS.index(failed) if failed else len(CHECKS)
    results = (["pass"] * before + ["fail"] + ["skipped"] * 6)[: len(CHECKS)]

    assert verdict.result is (Result.FAIL if failed else Result.PASS)
    assert list(verdict.checks()) == list(zip(CHECKS, results, strict=True))


@pytest.mark.parametrize("reason", [None, *Reason])
def test_retry_is_true_for_not_sent_yet_only(reason: Reason | None) -> None:
    assert Verdict(MESSAGE_SID, reason, "A hint.").retry is (reason is Reason.NOT_SENT_YET)
