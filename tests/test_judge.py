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


def a_fake_account(
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


def a_judge_of(
    account: FakeAccount, patience: float = 0.0, seconds: float = PLENTY, lag: float = 2.5
) -> Judge:
    times = Times(seconds, patience, creation_lag=lag, first_pause=0.001)
    return create_judge(lambda _: account, times, slots=1)


def judged(account: FakeAccount, message_sid: str = MESSAGE_SID, **times: float) -> Verdict:
    return a_judge_of(account, **times)(message_sid, PLAYER)


def test_a_whatsapp_message_with_an_allowed_file_passes() -> None:
    verdict = judged(a_fake_account())

    checked = check_media([an_item()])
    assert verdict == Verdict(MESSAGE_SID, None, verdict.hint, checked, a_message())
    assert verdict.hint.startswith("Well done")


def test_message_media_list_and_file_are_asked_for_once_each() -> None:
    account = a_fake_account()
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
    ],
)
def test_a_submission_without_a_message_sid_fails_without_a_request_to_twilio(
    message_sid: str, reason: Reason
) -> None:
    account = a_fake_account()
    verdict = judged(account, message_sid)

    assert verdict == Verdict(verdict.message_sid, reason, verdict.hint)
    assert verdict.hint
    assert account.requested == []


@pytest.mark.parametrize(
    ("submitted", "repeated"),
    [(MESSAGE_SID.lower(), MESSAGE_SID.lower()), ("f" * 32, ""), ("x" * 16_000, "")],
    ids=["mistyped SID", "possible secret", "long text"],
)
def test_the_verdict_repeats_a_mistyped_sid_and_no_possible_secret(
    submitted: str, repeated: str
) -> None:
    verdict = judged(a_fake_account(), submitted)

    assert verdict.message_sid == repeated
    assert repeated or submitted not in verdict.hint


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
    verdict = judged(a_fake_account(Answers(message), item=Answers(item)))

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
    verdict = judged(a_fake_account(item=Answers(item)))

    checked = check_media([item])
    assert verdict == Verdict(MESSAGE_SID, reason, verdict.hint, checked, a_message())


def test_an_empty_media_list_fails_as_no_media() -> None:
    verdict = judged(a_fake_account(media=Answers([])))

    assert verdict == Verdict(MESSAGE_SID, Reason.NO_MEDIA, verdict.hint, message=a_message())


def test_one_bad_file_among_ten_fails_and_all_are_told_of_in_order() -> None:
    bad = TEN_MEDIA_SIDS[-1]
    gif = an_item(sid=bad, content_type="image/gif", format=None)
    verdict = judged(an_account_of_ten(**{bad: Answers(gif)}))

    assert verdict.reason is Reason.FORMAT_NOT_ALLOWED
    assert "image/gif" in verdict.hint
    assert [each.item.sid for each in verdict.media] == TEN_MEDIA_SIDS


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


@pytest.mark.parametrize("beside", ["media", "item"])
def test_the_message_is_asked_for_while_its_media_are(beside: str) -> None:
    both_in = Barrier(2, timeout=PLENTY).wait
    found: Any = {"media": [MEDIA_SID], "item": an_item()}[beside]
    met: Any = {beside: Answers(found, before=both_in)}

    assert judged(a_fake_account(Answers(a_message(), before=both_in), **met)).reason is None


def test_all_files_are_looked_at_at_the_same_time() -> None:
    all_in = Barrier(len(TEN_MEDIA_SIDS), timeout=PLENTY).wait
    met = {sid: Answers(an_item(sid=sid), before=all_in) for sid in TEN_MEDIA_SIDS}

    assert judged(an_account_of_ten(**met)).reason is None


@pytest.mark.parametrize("message", [None, a_message(status="failed")])
def test_a_verdict_that_the_message_decides_does_not_wait_for_its_media(
    end_of_test: Event, message: Message | None
) -> None:
    stuck_list = a_fake_account(Answers(message), Answers([MEDIA_SID], before=end_of_test.wait))
    stuck_file = a_fake_account(Answers(message), item=Answers(an_item(), before=end_of_test.wait))

    with soon():
        assert judged(stuck_list).reason is check_message(message)
        assert judged(stuck_file).reason is check_message(message)


PENDING = a_message(status="queued")
UNAVAILABLE = an_item(available=False)


@pytest.mark.parametrize(
    ("kind", "answers"),
    [
        ("message", {"message": Answers(PENDING, PENDING, a_message())}),
        ("message", {"message": Answers(None, None, a_message())}),
        ("message", {"message": Answers(None, PENDING, a_message())}),
        ("media", {"media": Answers([], [], [MEDIA_SID])}),
        ("file", {"item": Answers(UNAVAILABLE, UNAVAILABLE, an_item())}),
    ],
    ids=["on its way", "404", "404, then on its way", "empty media list", "media 404"],
)
def test_what_may_yet_change_is_polled(kind: str, answers: dict[str, Any]) -> None:
    account = a_fake_account(**answers)

    assert judged(account, patience=PLENTY).reason is None
    assert [each for each, *_ in account.requested].count(kind) == 3


class SlowTwilio(FakeAccount):
    """Takes its time to send a message, and has its media only then."""

    sent = False

    def message(self, message_sid: str) -> Message | None:
        self.sent = Event().wait(0.1) or True
        return super().message(message_sid)

    def media_sids(self, message_sid: str) -> Sequence[str]:
        return super().media_sids(message_sid) if self.sent else []


class SlowMediaHost(SlowTwilio):
    """Lists the media at once, and has the files only when the message is sent."""

    def media_sids(self, message_sid: str) -> Sequence[str]:
        return [MEDIA_SID]

    def probe(self, message_sid: str, media_sid: str) -> MediaItem:
        return super().probe(message_sid, media_sid) if self.sent else UNAVAILABLE


@pytest.mark.parametrize("kind", [SlowTwilio, SlowMediaHost])
def test_the_patience_with_media_begins_when_the_message_is_sent(kind: type[SlowTwilio]) -> None:
    slow = kind(
        {MESSAGE_SID: Answers(a_message())},
        {MESSAGE_SID: Answers([], [MEDIA_SID])},
        {MEDIA_SID: Answers(UNAVAILABLE, an_item())},
    )

    assert judged(slow, patience=0.05).reason is None


def test_a_message_404_is_polled_no_longer_than_twilio_may_lag() -> None:
    with soon():
        verdict = judged(a_fake_account(Answers(None)), patience=PLENTY, lag=0.02)

    assert verdict.reason is Reason.MESSAGE_NOT_FOUND


@pytest.mark.parametrize(
    ("kind", "answers", "reason"),
    [
        ("message", {"message": Answers(a_message(sender="+1"), a_message())}, Reason.NOT_WHATSAPP),
        ("file", {"item": Answers(an_item(format=None), an_item())}, Reason.CONTENT_MISMATCH),
    ],
)
def test_what_will_not_change_is_asked_for_once(
    kind: str, answers: dict[str, Any], reason: Reason
) -> None:
    account = a_fake_account(**answers)

    assert judged(account, patience=PLENTY).reason is reason
    assert [each for each, *_ in account.requested].count(kind) == 1


@pytest.mark.parametrize(
    ("part", "late", "final", "reason"),
    [
        ("message", PENDING, a_message(), Reason.NOT_SENT_YET),
        ("media", [], [MEDIA_SID], Reason.NO_MEDIA),
        ("item", UNAVAILABLE, an_item(), Reason.MEDIA_UNAVAILABLE),
    ],
)
def test_patience_ends(part: str, late: Any, final: Any, reason: Reason) -> None:
    assert judged(a_fake_account(**{part: Answers(late, final)}), patience=0).reason is reason
    with soon():
        assert judged(a_fake_account(**{part: Answers(late)}), patience=0.02).reason is reason


@pytest.mark.parametrize("error", [BusyError(), CredentialsRefusedError(20003), KeyError("bug")])
def test_what_twilio_and_the_probe_raise_comes_through(error: Exception) -> None:
    for account in (
        a_fake_account(Answers(error)),
        a_fake_account(Answers(a_message(status="queued"), error)),
        a_fake_account(media=Answers(error)),
        a_fake_account(item=Answers(error)),
    ):
        with pytest.raises(type(error)) as raised:
            judged(account, patience=PLENTY)
        assert raised.value is error


def test_nothing_is_waited_for_longer_than_the_deadline(end_of_test: Event) -> None:
    stuck = end_of_test.wait
    for account in (
        a_fake_account(Answers(a_message(), before=stuck)),
        a_fake_account(media=Answers([MEDIA_SID], before=stuck)),
        a_fake_account(item=Answers(an_item(), before=stuck)),
    ):
        with soon(), pytest.raises(DeadlineExceededError):
            judged(account, seconds=0.05)


def test_an_expired_deadline_ends_the_judging_at_once(end_of_test: Event) -> None:
    on_its_way = a_fake_account(Answers(a_message(status="queued"), before=end_of_test.wait))

    with soon(), pytest.raises(DeadlineExceededError):
        judged(on_its_way, patience=PLENTY, seconds=0)


def test_no_more_are_judged_at_once_than_there_are_slots_and_each_frees_its_own() -> None:
    requested, go_on = Event(), Event()

    def wait() -> None:
        requested.set()
        go_on.wait(PLENTY)

    judge = a_judge_of(a_fake_account(Answers(a_message(direction="inbound"), before=wait)))
    first = gevent.spawn(judge, MESSAGE_SID, PLAYER)
    assert requested.wait(PLENTY)

    with pytest.raises(OverloadedError):
        judge(MESSAGE_SID, PLAYER)
    go_on.set()
    assert first.get(timeout=PLENTY).reason is Reason.NOT_OUTBOUND
    assert judge(MESSAGE_SID, PLAYER).reason is Reason.NOT_OUTBOUND


def test_slot_is_freed_after_an_error() -> None:
    judge = a_judge_of(a_fake_account(Answers(UnreachableError())))

    for _ in range(2):
        with pytest.raises(UnreachableError):
            judge(MESSAGE_SID, PLAYER)


def test_a_process_without_free_file_descriptors_is_overloaded() -> None:
    with pytest.raises(OverloadedError):
        judged(a_fake_account(media=Answers(OutOfFilesError())))
