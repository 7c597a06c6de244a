"""What is asked for one submission, at which time, and which answer counts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Barrier, Event
from time import monotonic
from typing import Any

import pytest

from tests.support.accounts import MEDIA_SID, MESSAGE_SID
from tests.support.fakes import Answers, FakeProbe, FakeTwilio, a_message, an_item
from validator import inquiry
from validator.challenge.checks import check_media, check_message
from validator.challenge.facts import MediaItem, Message
from validator.challenge.formats import Format
from validator.challenge.verdict import Reason, Verdict
from validator.deadline import Deadline, DeadlineExceededError
from validator.inquiry import Inquiry
from validator.judge import judge
from validator.transport import BusyError, CredentialsRefusedError, UnreachableError

PLENTY = 5.0
SOON = 1.0
TEN_MEDIA_SIDS = [f"ME{number:032x}" for number in range(10)]


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inquiry, "FIRST_PAUSE", 0.001)


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


def twilio(
    message: Answers[Message | None] | None = None, media: Answers[Sequence[str]] | None = None
) -> FakeTwilio:
    return FakeTwilio(
        {MESSAGE_SID: message or Answers(a_message())}, {MESSAGE_SID: media or Answers([MEDIA_SID])}
    )


def probe(item: Answers[MediaItem] | None = None) -> FakeProbe:
    return FakeProbe({MEDIA_SID: item or Answers(an_item())})


def twilio_of_ten() -> FakeTwilio:
    return twilio(media=Answers(TEN_MEDIA_SIDS))


def probe_of_ten(**changed: Answers[MediaItem]) -> FakeProbe:
    return FakeProbe({sid: Answers(an_item(sid=sid)) for sid in TEN_MEDIA_SIDS} | changed)


def judged(
    twilio: FakeTwilio,
    probe: FakeProbe,
    message_sid: str = MESSAGE_SID,
    patience: float = 0.0,
    seconds: float = PLENTY,
) -> Verdict:
    with Deadline(seconds) as deadline:
        return judge(message_sid, twilio, probe, Inquiry(deadline, patience))


def test_a_whatsapp_message_with_an_allowed_file_passes() -> None:
    verdict = judged(twilio(), probe())

    checked = check_media([an_item()])
    assert verdict == Verdict(MESSAGE_SID, None, verdict.hint, checked, a_message())
    assert verdict.hint.startswith("Well done")


def test_message_media_list_and_file_are_asked_for_once_each() -> None:
    asked, looked = twilio(), probe()
    judged(asked, looked, patience=PLENTY)

    assert sorted(asked.asked) == [("media", MESSAGE_SID), ("message", MESSAGE_SID)]
    assert looked.asked == [(MESSAGE_SID, MEDIA_SID)]


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
    asked, looked = twilio(), probe()
    verdict = judged(asked, looked, message_sid)

    assert verdict == Verdict(verdict.message_sid, reason, verdict.hint)
    assert verdict.hint
    assert asked.asked == looked.asked == []


@pytest.mark.parametrize("submitted", ["f" * 32, "my password", "+15005550006", "x" * 16_000])
def test_the_verdict_does_not_repeat_what_may_be_a_secret(submitted: str) -> None:
    verdict = judged(twilio(), probe(), submitted)

    assert verdict.message_sid == ""
    assert submitted not in verdict.hint


@pytest.mark.parametrize("submitted", ["SM" + "a" * 32, MESSAGE_SID[:-1], MESSAGE_SID.lower()])
def test_the_verdict_repeats_a_mistyped_sid(submitted: str) -> None:
    assert judged(twilio(), probe(), submitted).message_sid == submitted


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
    verdict = judged(twilio(Answers(message)), probe(Answers(item)))

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
    verdict = judged(twilio(), probe(Answers(item)))

    checked = check_media([item])
    assert verdict == Verdict(MESSAGE_SID, reason, verdict.hint, checked, a_message())


def test_an_empty_media_list_fails_as_no_media() -> None:
    verdict = judged(twilio(media=Answers([])), probe())

    assert verdict == Verdict(MESSAGE_SID, Reason.NO_MEDIA, verdict.hint, message=a_message())


def test_ten_good_files_pass() -> None:
    last = TEN_MEDIA_SIDS[-1]
    amr = an_item(sid=last, content_type="audio/amr", format=Format.AMR)
    verdict = judged(twilio_of_ten(), probe_of_ten(**{last: Answers(amr)}))

    assert verdict.reason is None
    assert verdict.media[-1].item == amr


@pytest.mark.parametrize("bad", TEN_MEDIA_SIDS)
def test_one_bad_file_among_ten_fails_and_all_are_told_of_in_order(bad: str) -> None:
    gif = an_item(sid=bad, content_type="image/gif", format=None)
    looked = probe_of_ten(**{bad: Answers(gif)})
    verdict = judged(twilio_of_ten(), looked)

    assert verdict.reason is Reason.FORMAT_NOT_ALLOWED
    assert "image/gif" in verdict.hint
    assert [each.item.sid for each in verdict.media] == TEN_MEDIA_SIDS
    assert sorted(looked.asked) == [(MESSAGE_SID, sid) for sid in TEN_MEDIA_SIDS]


def test_the_first_of_several_bad_files_counts() -> None:
    first, second = TEN_MEDIA_SIDS[3:5]
    damaged = Answers(an_item(sid=first, format=None))
    gif = Answers(an_item(sid=second, content_type="image/gif", format=None))
    looked = probe_of_ten(**{first: damaged, second: gif})

    assert judged(twilio_of_ten(), looked).reason is Reason.CONTENT_MISMATCH


def test_a_file_that_cannot_be_looked_at_is_no_verdict_even_beside_a_bad_one() -> None:
    first, last = TEN_MEDIA_SIDS[0], TEN_MEDIA_SIDS[-1]
    gif = Answers(an_item(sid=first, content_type="image/gif", format=None))
    looked = probe_of_ten(**{first: gif, last: Answers(BusyError())})

    with pytest.raises(BusyError):
        judged(twilio_of_ten(), looked)


def test_the_message_and_its_media_are_asked_for_at_the_same_time() -> None:
    both_in = Barrier(2, timeout=PLENTY).wait
    met = twilio(Answers(a_message(), before=both_in), Answers([MEDIA_SID], before=both_in))

    assert judged(met, probe()).reason is None


def test_the_message_is_asked_for_while_a_file_is_looked_at() -> None:
    both_in = Barrier(2, timeout=PLENTY).wait
    met = twilio(Answers(a_message(), before=both_in))

    assert judged(met, probe(Answers(an_item(), before=both_in))).reason is None


def test_all_files_are_looked_at_at_the_same_time() -> None:
    all_in = Barrier(len(TEN_MEDIA_SIDS), timeout=PLENTY).wait
    met = {sid: Answers(an_item(sid=sid), before=all_in) for sid in TEN_MEDIA_SIDS}

    assert judged(twilio_of_ten(), FakeProbe(met)).reason is None


@pytest.mark.parametrize("message", [None, a_message(status="failed")])
def test_a_verdict_that_the_message_decides_does_not_wait_for_its_media(
    end_of_test: Event, message: Message | None
) -> None:
    stuck_list = twilio(Answers(message), Answers([MEDIA_SID], before=end_of_test.wait))
    stuck_file = probe(Answers(an_item(), before=end_of_test.wait))

    with soon():
        assert judged(stuck_list, probe()).reason is check_message(message)
        assert judged(twilio(Answers(message)), stuck_file).reason is check_message(message)


@pytest.mark.parametrize("status", ["accepted", "scheduled", "queued", "sending"])
def test_a_message_on_its_way_is_asked_for_again(status: str) -> None:
    pending = a_message(status=status)
    asked = twilio(Answers(pending, pending, a_message()))

    assert judged(asked, probe(), patience=PLENTY).reason is None
    assert asked.asked.count(("message", MESSAGE_SID)) == 3


def test_an_empty_media_list_is_asked_for_again() -> None:
    asked = twilio(media=Answers([], [], [MEDIA_SID]))

    assert judged(asked, probe(), patience=PLENTY).reason is None
    assert asked.asked.count(("media", MESSAGE_SID)) == 3


class SlowTwilio(FakeTwilio):
    """Takes its time to send a message, and lists its media only then."""

    sent = False

    def message(self, message_sid: str) -> Message | None:
        self.sent = Event().wait(0.1) or True
        return super().message(message_sid)

    def media_sids(self, message_sid: str) -> Sequence[str]:
        return super().media_sids(message_sid) if self.sent else []


def test_the_patience_with_an_empty_media_list_begins_when_the_message_is_sent() -> None:
    slow = SlowTwilio({MESSAGE_SID: Answers(a_message())}, {MESSAGE_SID: Answers([], [MEDIA_SID])})

    assert judged(slow, probe(), patience=0.05).reason is None


def test_a_file_that_is_not_there_is_looked_for_again() -> None:
    looked = probe(Answers(an_item(available=False), an_item()))

    assert judged(twilio(), looked, patience=PLENTY).reason is None
    assert len(looked.asked) == 2


class SlowlySent(FakeTwilio):
    """Knows a message, and has its file, only some time after the first request for it."""

    sent = False

    def message(self, message_sid: str) -> Message | None:
        self.sent = Event().wait(0.1) or True
        return super().message(message_sid)

    def probe(self, message_sid: str, media_sid: str) -> MediaItem:
        assert message_sid == MESSAGE_SID
        return an_item(sid=media_sid, available=self.sent)


def test_the_patience_with_a_media_404_begins_when_the_message_is_sent() -> None:
    slow = SlowlySent({MESSAGE_SID: Answers(a_message())}, {MESSAGE_SID: Answers([MEDIA_SID])})
    with Deadline(PLENTY) as deadline:
        verdict = judge(MESSAGE_SID, slow, slow.probe, Inquiry(deadline, patience=0.05))

    assert verdict.reason is None


def test_a_message_404_just_after_its_creation_is_polled() -> None:
    asked = twilio(Answers(None, None, a_message()), Answers([], [], [MEDIA_SID]))

    assert judged(asked, probe(), patience=PLENTY).reason is None
    assert asked.asked.count(("message", MESSAGE_SID)) == 3


def test_a_message_404_that_clears_while_it_is_on_its_way_is_polled_on() -> None:
    asked = twilio(Answers(None, a_message(status="queued"), a_message()))

    assert judged(asked, probe(), patience=PLENTY).reason is None


def test_a_message_404_is_polled_no_longer_than_twilio_may_lag(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("validator.judge.CREATION_LAG", 0.02)

    with soon():
        assert judged(twilio(Answers(None)), probe(), patience=PLENTY).reason is (
            Reason.MESSAGE_NOT_FOUND
        )


@pytest.mark.parametrize("message", [a_message(status="failed"), a_message(sender="+1")])
def test_a_message_that_will_not_change_is_asked_for_once(message: Message) -> None:
    asked = twilio(Answers(message, a_message()))

    assert judged(asked, probe(), patience=PLENTY).reason is check_message(message)
    assert asked.asked.count(("message", MESSAGE_SID)) == 1


def test_a_file_that_will_not_change_is_looked_at_once() -> None:
    looked = probe(Answers(an_item(format=None), an_item()))

    assert judged(twilio(), looked, patience=PLENTY).reason is Reason.CONTENT_MISMATCH
    assert len(looked.asked) == 1


LATE = [
    ({"status": "queued"}, [MEDIA_SID], {}, Reason.NOT_SENT_YET),
    ({}, [], {}, Reason.NO_MEDIA),
    ({}, [MEDIA_SID], {"available": False}, Reason.MEDIA_UNAVAILABLE),
]


@pytest.mark.parametrize(("message", "media_sids", "item", "reason"), LATE)
def test_without_patience_the_first_answer_counts(
    message: dict[str, Any], media_sids: list[str], item: dict[str, Any], reason: Reason
) -> None:
    late = twilio(Answers(a_message(**message), a_message()), Answers(media_sids, [MEDIA_SID]))
    looked = probe(Answers(an_item(**item), an_item()))

    assert judged(late, looked, patience=0).reason is reason


@pytest.mark.parametrize(("message", "media_sids", "item", "reason"), LATE)
def test_patience_ends(
    message: dict[str, Any], media_sids: list[str], item: dict[str, Any], reason: Reason
) -> None:
    never = twilio(Answers(a_message(**message)), Answers(media_sids))

    with soon():
        assert judged(never, probe(Answers(an_item(**item))), patience=0.02).reason is reason


@pytest.mark.parametrize("error", [BusyError(), CredentialsRefusedError(20003), KeyError("bug")])
def test_what_twilio_and_the_probe_raise_comes_through(error: Exception) -> None:
    for asked, looked in (
        (twilio(Answers(error)), probe()),
        (twilio(Answers(a_message(status="queued"), error)), probe()),
        (twilio(media=Answers(error)), probe()),
        (twilio(), probe(Answers(error))),
    ):
        with pytest.raises(type(error)) as raised:
            judged(asked, looked, patience=PLENTY)
        assert raised.value is error


def test_nothing_is_waited_for_longer_than_the_deadline(end_of_test: Event) -> None:
    stuck = end_of_test.wait
    for asked, looked in (
        (twilio(Answers(a_message(), before=stuck)), probe()),
        (twilio(media=Answers([MEDIA_SID], before=stuck)), probe()),
        (twilio(), probe(Answers(an_item(), before=stuck))),
    ):
        with soon(), pytest.raises(DeadlineExceededError):
            judged(asked, looked, seconds=0.05)


def test_an_expired_deadline_ends_the_judging_at_once() -> None:
    on_its_way = twilio(Answers(a_message(status="queued")))

    with soon(), pytest.raises(DeadlineExceededError):
        judged(on_its_way, probe(), patience=PLENTY, seconds=0)
