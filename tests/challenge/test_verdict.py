"""The results of the checks in a verdict, and the reason codes that clients rely on."""

import pytest

from tests.support.accounts import MESSAGE_SID
from validator.challenge.verdict import Check, Reason, Result, Verdict

CHECKS = ["sid", "exists", "outbound", "whatsapp", "sent", "media", "format"]
CHECK_OF_REASON = {
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


def verdict(reason: Reason | None) -> Verdict:
    return Verdict(MESSAGE_SID, reason, "A hint.")


def test_there_are_seven_checks_in_the_order_of_the_contract() -> None:
    assert list(Check) == CHECKS


def test_every_reason_is_a_code_of_the_contract_and_belongs_to_its_check() -> None:
    assert {reason.value: reason.check.value for reason in Reason} == CHECK_OF_REASON


def test_a_verdict_without_a_reason_passes_every_check() -> None:
    passed = verdict(None)

    assert passed.result is Result.PASS
    assert list(passed.checks()) == [(check, Result.PASS) for check in Check]


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_fails_its_check_and_skips_those_after_it(reason: Reason) -> None:
    failed = verdict(reason)
    before = CHECKS.index(CHECK_OF_REASON[reason])
    after = len(CHECKS) - before - 1

    assert failed.result is Result.FAIL
    assert [check for check, _ in failed.checks()] == CHECKS
    assert [result for _, result in failed.checks()] == (
        ["pass"] * before + ["fail"] + ["skipped"] * after
    )


@pytest.mark.parametrize("reason", [None, *Reason])
def test_retry_is_true_for_not_sent_yet_only(reason: Reason | None) -> None:
    assert verdict(reason).retry is (reason is Reason.NOT_SENT_YET)
