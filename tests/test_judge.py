"""What is requested for one submission, at which time, and which response counts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Barrier, Event
from time import monotonic
from typing import Any

import gevent
import pytest

from tests.support.accounts import MEDIA_SID, MESSAGE_SID, PLAYER
from tests.support.fakes import Answers, FakeAccount, a_message, an_item
from validator.capacity import OverloadedError
from validator.challenge.checks import check_media, check_message
from validator.challenge.facts import MediaItem, Message
from validator.challenge.formats import Format
from validator.challenge.verdict import Reason, Verdict
from validator.concurrency import DeadlineExceededError
from validator.judge import Judge, Times, create_judge
from validator.upstream.errors import (
    BusyError,
    CredentialsRefusedError,
    OutOfFilesError,
    UnreachableError,
)

PLENTY = 5.0
SOON = 1.0
TEN_MEDIA_SIDS = [f"ME{number:032x}" for number in range(10)]


@contextmanager
def soon() -> Iterator[None]:
    """Fails what takes longer than it may."""
    started = monotonic()
    yield
    assert monotonic() - started < SOON


@pytest.fixture
def end_of_test() -> Iterator[Event]:
    """What may block is let go when the test is over."""
    event = Event()
    yield event
    event.set()


def an_account(
    message: Answers[Message | None] | None = None,
    media: Answers[Sequence[str]] | None = None,
    item: Answers[MediaItem] | None = None,
) -> FakeAccount:
    return FakeAccount(
        {MESSAGE_SID: message or Answers(a_message())},
        {MESSAGE_SID: media or Answers([MEDIA_SID])},
        {MEDIA_SID: item or Answers(an_item())},
    )


def an_account_of_ten(**changed: Answers[MediaItem]) -> FakeAccount:
    items = {sid: Answers(an_item(sid=sid)) for sid in TEN_MEDIA_SIDS} | changed
    return FakeAccount(
        {MESSAGE_SID: Answers(a_message())}, {MESSAGE_SID: Answers(TEN_MEDIA_SIDS)}, items
    )


def a_judge(
    account: FakeAccount, patience: float = 0.0, seconds: float = PLENTY, lag: float = 2.5
) -> Judge:
    times = Times(seconds, patience, creation_lag=lag, first_pause=0.001)
    return create_judge(lambda _: account, times, slots=1)


def judged(account: FakeAccount, message_sid: str = MESSAGE_SID, **times: float) -> Verdict:
    return a_judge(account, **times)(message_sid, PLAYER)


def test_a_whatsapp_message_with_an_allowed_file_passes() -> None:
    verdict = judged(an_account())

    checked = check_media([an_item()])
    assert verdict == Verdict(MESSAGE_SID, None, verdict.hint, checked, a_message())
    assert verdict.hint.startswith("Well done")


def test_message_media_list_and_file_are_asked_for_once_each() -> None:
    account = an_account()
    judged(account, patience=PLENTY)

    assert sorted(account.requested) == [
        ("file", MESSAGE_SID, MEDIA_SID),
        ("media", MESSAGE_SID),
        ("message", MESSAGE_SID),
    ]


@pytest.mark.parametrize(
    ("message_sid", "reason"),
    [
        ("", Reason.SID_MISSING),
        ("SM" + "a" * 32, Reason.SID_NOT_MM),
        ("MM/../../Calls", Reason.SID_MALFORMED),
        (MESSAGE_SID[:-1], Reason.SID_MALFORMED),
        (MESSAGE_SID + "\n", Reason.SID_MALFORMED),
        (MESSAGE_SID.lower(), Reason.SID_MALFORMED),
    ],
)
def test_a_submission_without_a_message_sid_fails_without_a_request_to_twilio(
    message_sid: str, reason: Reason
) -> None:
    account = an_account()
    verdict = judged(account, message_sid)

    assert verdict == Verdict(verdict.message_sid, reason, verdict.hint)
    assert verdict.hint
    assert account.requested == []


@pytest.mark.parametrize("submitted", ["f" * 32, "my password", "+15005550006", "x" * 16_000])
def test_the_verdict_does_not_repeat_what_may_be_a_secret(submitted: str) -> None:
    verdict = judged(an_account(), submitted)

    assert verdict.message_sid == ""
    assert submitted not in verdict.hint


@pytest.mark.parametrize("submitted", ["SM" + "a" * 32, MESSAGE_SID[:-1], MESSAGE_SID.lower()])
def test_the_verdict_repeats_a_mistyped_sid(submitted: str) -> None:
    assert judged(an_account(), submitted).message_sid == submitted


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (None, Reason.MESSAGE_NOT_FOUND),
        (a_message(direction="inbound"), Reason.NOT_OUTBOUND),
        (a_message(sender="+14155238886"), Reason.NOT_WHATSAPP),
        (a_message(status="queued"), Reason.NOT_SENT_YET),
        (a_message(status="failed"), Reason.NOT_DELIVERED),
    ],
)
@pytest.mark.parametrize("item", [an_item(), an_item(format=None), UnreachableError()])
def test_the_message_decides_before_its_media(
    message: Message | None, reason: Reason, item: MediaItem | Exception
) -> None:
    verdict = judged(an_account(Answers(message), item=Answers(item)))

    assert verdict == Verdict(MESSAGE_SID, reason, verdict.hint, message=message)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (an_item(content_type="image/gif", format=None), Reason.FORMAT_NOT_ALLOWED),
        (an_item(format=None), Reason.CONTENT_MISMATCH),
        (an_item(available=False), Reason.MEDIA_UNAVAILABLE),
    ],
)
def test_a_file_that_is_not_allowed_fails(item: MediaItem, reason: Reason) -> None:
    verdict = judged(an_account(item=Answers(item)))

    checked = check_media([item])
    assert verdict == Verdict(MESSAGE_SID, reason, verdict.hint, checked, a_message())


def test_an_empty_media_list_fails_as_no_media() -> None:
    verdict = judged(an_account(media=Answers([])))

    assert verdict == Verdict(MESSAGE_SID, Reason.NO_MEDIA, verdict.hint, message=a_message())


def test_ten_good_files_pass() -> None:
    last = TEN_MEDIA_SIDS[-1]
    amr = an_item(sid=last, content_type="audio/amr", format=Format.AMR)
    verdict = judged(an_account_of_ten(**{last: Answers(amr)}))

    assert verdict.reason is None
    assert verdict.media[-1].item == amr


@pytest.mark.parametrize("bad", TEN_MEDIA_SIDS)
def test_one_bad_file_among_ten_fails_and_all_are_told_of_in_order(bad: str) -> None:
    gif = an_item(sid=bad, content_type="image/gif", format=None)
    account = an_account_of_ten(**{bad: Answers(gif)})
    verdict = judged(account)

    assert verdict.reason is Reason.FORMAT_NOT_ALLOWED
    assert "image/gif" in verdict.hint
    assert [each.item.sid for each in verdict.media] == TEN_MEDIA_SIDS
    files = [("file", MESSAGE_SID, sid) for sid in TEN_MEDIA_SIDS]
    assert sorted(account.requested)[:10] == files


def test_the_first_of_several_bad_files_counts() -> None:
    first, second = TEN_MEDIA_SIDS[3:5]
    damaged = Answers(an_item(sid=first, format=None))
    gif = Answers(an_item(sid=second, content_type="image/gif", format=None))
    account = an_account_of_ten(**{first: damaged, second: gif})

    assert judged(account).reason is Reason.CONTENT_MISMATCH


def test_a_file_that_cannot_be_looked_at_is_no_verdict_even_beside_a_bad_one() -> None:
    first, last = TEN_MEDIA_SIDS[0], TEN_MEDIA_SIDS[-1]
    gif = Answers(an_item(sid=first, content_type="image/gif", format=None))
    account = an_account_of_ten(**{first: gif, last: Answers(BusyError())})

    with pytest.raises(BusyError):
        judged(account)


def test_the_message_and_its_media_are_asked_for_at_the_same_time() -> None:
    both_in = Barrier(2, timeout=PLENTY).wait
    met = an_account(Answers(a_message(), before=both_in), Answers([MEDIA_SID], before=both_in))

    assert judged(met).reason is None


def test_the_message_is_asked_for_while_a_file_is_looked_at() -> None:
    both_in = Barrier(2, timeout=PLENTY).wait
    met = an_account(Answers(a_message(), before=both_in), item=Answers(an_item(), before=both_in))

    assert judged(met).reason is None


def test_all_files_are_looked_at_at_the_same_time() -> None:
    all_in = Barrier(len(TEN_MEDIA_SIDS), timeout=PLENTY).wait
    met = {sid: Answers(an_item(sid=sid), before=all_in) for sid in TEN_MEDIA_SIDS}

    assert judged(an_account_of_ten(**met)).reason is None


@pytest.mark.parametrize("message", [None, a_message(status="failed")])
def test_a_verdict_that_the_message_decides_does_not_wait_for_its_media(
    end_of_test: Event, message: Message | None
) -> None:
    stuck_list = an_account(Answers(message), Answers([MEDIA_SID], before=end_of_test.wait))
    stuck_file = an_account(Answers(message), item=Answers(an_item(), before=end_of_test.wait))

    with soon():
        assert judged(stuck_list).reason is check_message(message)
        assert judged(stuck_file).reason is check_message(message)


@pytest.mark.parametrize("status", ["accepted", "scheduled", "queued", "sending"])
def test_a_message_on_its_way_is_asked_for_again(status: str) -> None:
    pending = a_message(status=status)
    account = an_account(Answers(pending, pending, a_message()))

    assert judged(account, patience=PLENTY).reason is None
    assert account.requested.count(("message", MESSAGE_SID)) == 3


def test_an_empty_media_list_is_asked_for_again() -> None:
    account = an_account(media=Answers([], [], [MEDIA_SID]))

    assert judged(account, patience=PLENTY).reason is None
    assert account.requested.count(("media", MESSAGE_SID)) == 3


class SlowTwilio(FakeAccount):
    """Takes its time to send a message, and lists its media only then."""

    sent = False

    def message(self, message_sid: str) -> Message | None:
        self.sent = Event().wait(0.1) or True
        return super().message(message_sid)

    def media_sids(self, message_sid: str) -> Sequence[str]:
        return super().media_sids(message_sid) if self.sent else []


def test_the_patience_with_an_empty_media_list_begins_when_the_message_is_sent() -> None:
    slow = SlowTwilio(
        {MESSAGE_SID: Answers(a_message())},
        {MESSAGE_SID: Answers([], [MEDIA_SID])},
        {MEDIA_SID: Answers(an_item())},
    )

    assert judged(slow, patience=0.05).reason is None


def test_a_file_that_is_not_there_is_looked_for_again() -> None:
    account = an_account(item=Answers(an_item(available=False), an_item()))

    assert judged(account, patience=PLENTY).reason is None
    assert account.requested.count(("file", MESSAGE_SID, MEDIA_SID)) == 2


class SlowlySent(FakeAccount):
    """Knows a message, and has its file, only some time after the first request for it."""

    sent = False

    def message(self, message_sid: str) -> Message | None:
        self.sent = Event().wait(0.1) or True
        return super().message(message_sid)

    def probe(self, message_sid: str, media_sid: str) -> MediaItem:
        assert message_sid == MESSAGE_SID
        return an_item(sid=media_sid, available=self.sent)


def test_the_patience_with_a_media_404_begins_when_the_message_is_sent() -> None:
    slow = SlowlySent({MESSAGE_SID: Answers(a_message())}, {MESSAGE_SID: Answers([MEDIA_SID])}, {})

    assert judged(slow, patience=0.05).reason is None


def test_a_message_404_just_after_its_creation_is_polled() -> None:
    account = an_account(Answers(None, None, a_message()), Answers([], [], [MEDIA_SID]))

    assert judged(account, patience=PLENTY).reason is None
    assert account.requested.count(("message", MESSAGE_SID)) == 3


def test_a_message_404_that_clears_while_it_is_on_its_way_is_polled_on() -> None:
    account = an_account(Answers(None, a_message(status="queued"), a_message()))

    assert judged(account, patience=PLENTY).reason is None


def test_a_message_404_is_polled_no_longer_than_twilio_may_lag() -> None:
    with soon():
        verdict = judged(an_account(Answers(None)), patience=PLENTY, lag=0.02)

    assert verdict.reason is Reason.MESSAGE_NOT_FOUND


@pytest.mark.parametrize("message", [a_message(status="failed"), a_message(sender="+1")])
def test_a_message_that_will_not_change_is_asked_for_once(message: Message) -> None:
    account = an_account(Answers(message, a_message()))

    assert judged(account, patience=PLENTY).reason is check_message(message)
    assert account.requested.count(("message", MESSAGE_SID)) == 1


def test_a_file_that_will_not_change_is_looked_at_once() -> None:
    account = an_account(item=Answers(an_item(format=None), an_item()))

    assert judged(account, patience=PLENTY).reason is Reason.CONTENT_MISMATCH
    assert account.requested.count(("file", MESSAGE_SID, MEDIA_SID)) == 1


LATE = [
    ({"status": "queued"}, [MEDIA_SID], {}, Reason.NOT_SENT_YET),
    ({}, [], {}, Reason.NO_MEDIA),
    ({}, [MEDIA_SID], {"available": False}, Reason.MEDIA_UNAVAILABLE),
]


@pytest.mark.parametrize(("message", "media_sids", "item", "reason"), LATE)
def test_without_patience_the_first_answer_counts(
    message: dict[str, Any], media_sids: list[str], item: dict[str, Any], reason: Reason
) -> None:
    late = an_account(
        Answers(a_message(**message), a_message()),
        Answers(media_sids, [MEDIA_SID]),
        Answers(an_item(**item), an_item()),
    )

    assert judged(late, patience=0).reason is reason


@pytest.mark.parametrize(("message", "media_sids", "item", "reason"), LATE)
def test_patience_ends(
    message: dict[str, Any], media_sids: list[str], item: dict[str, Any], reason: Reason
) -> None:
    never = an_account(Answers(a_message(**message)), Answers(media_sids), Answers(an_item(**item)))

    with soon():
        assert judged(never, patience=0.02).reason is reason


@pytest.mark.parametrize("error", [BusyError(), CredentialsRefusedError(20003), KeyError("bug")])
def test_what_twilio_and_the_probe_raise_comes_through(error: Exception) -> None:
    for account in (
        an_account(Answers(error)),
        an_account(Answers(a_message(status="queued"), error)),
        an_account(media=Answers(error)),
        an_account(item=Answers(error)),
    ):
        with pytest.raises(type(error)) as raised:
            judged(account, patience=PLENTY)
        assert raised.value is error


def test_nothing_is_waited_for_longer_than_the_deadline(end_of_test: Event) -> None:
    stuck = end_of_test.wait
    for account in (
        an_account(Answers(a_message(), before=stuck)),
        an_account(media=Answers([MEDIA_SID], before=stuck)),
        an_account(item=Answers(an_item(), before=stuck)),
    ):
        with soon(), pytest.raises(DeadlineExceededError):
            judged(account, seconds=0.05)


def test_an_expired_deadline_ends_the_judging_at_once(end_of_test: Event) -> None:
    on_its_way = an_account(Answers(a_message(status="queued"), before=end_of_test.wait))

    with soon(), pytest.raises(DeadlineExceededError):
        judged(on_its_way, patience=PLENTY, seconds=0)


def test_no_more_are_judged_at_once_than_there_are_slots_and_each_frees_its_own() -> None:
    requested, go_on = Event(), Event()

    def wait() -> None:
        requested.set()
        go_on.wait(PLENTY)

    judge = a_judge(an_account(Answers(a_message(direction="inbound"), before=wait)))
    first = gevent.spawn(judge, MESSAGE_SID, PLAYER)
    assert requested.wait(PLENTY)

    with pytest.raises(OverloadedError):
        judge(MESSAGE_SID, PLAYER)
    go_on.set()
    assert first.get(timeout=PLENTY).reason is Reason.NOT_OUTBOUND
    assert judge(MESSAGE_SID, PLAYER).reason is Reason.NOT_OUTBOUND


def test_slot_is_freed_after_an_error() -> None:
    judge = a_judge(an_account(Answers(UnreachableError())))

    for _ in range(2):
        with pytest.raises(UnreachableError):
            judge(MESSAGE_SID, PLAYER)


def test_a_process_without_free_file_descriptors_is_overloaded() -> None:
    with pytest.raises(OverloadedError):
        judged(an_account(media=Answers(OutOfFilesError())))
