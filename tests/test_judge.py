"""What is requested for one submission, at which time, and which response counts."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Barrier, Event
from time import monotonic
from typing import Any

import gevent
import pytest

from tests.support.accounts import MEDIA_SID, MESSAGE_SID, PLAYER
from tests.support.fakes import FakeAccount, Responses, a_message, an_item
from validator.capacity import OverloadedError
from validator.challenge.checks import check_media
from validator.challenge.facts import MediaItem, Message
from validator.challenge.verdict import Reason, Verdict
from validator.greenlets import DeadlineExceededError
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

# The responses of a message that passes, by the kind of request.
PASSING: dict[str, Any] = {"message": a_message(), "media": [MEDIA_SID], "file": an_item()}
PENDING = a_message(status="queued")
GIF = an_item(content_type="image/gif", format=None)
DAMAGED = an_item(format=None)
UNAVAILABLE = an_item(available=False)


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


def a_fake_account(**responses: Responses[Any]) -> FakeAccount:
    """Return an account with a passing message, but for these kinds of requests."""
    by_kind = {kind: Responses(response) for kind, response in PASSING.items()} | responses
    message, media, file = by_kind.values()
    return FakeAccount({MESSAGE_SID: message}, {MESSAGE_SID: media}, {MEDIA_SID: file})


def an_account_of_ten(
    changed: dict[int, MediaItem | Exception], before: Any = lambda: None
) -> FakeAccount:
    items = {sid: Responses(an_item(sid=sid), before=before) for sid in TEN_MEDIA_SIDS}
    items |= {TEN_MEDIA_SIDS[index]: Responses(item) for index, item in changed.items()}
    message = Responses[Message | None](a_message(), before=before)
    return FakeAccount({MESSAGE_SID: message}, {MESSAGE_SID: Responses(TEN_MEDIA_SIDS)}, items)


def a_judge_of(
    account: FakeAccount, patience: float = 0.0, seconds: float = PLENTY, lag: float = 2.5
) -> Judge:
    times = Times(seconds, patience, creation_lag=lag, first_pause=0.001)
    return create_judge(lambda _: account, times, slots=1)


def judged(account: FakeAccount, message_sid: str = MESSAGE_SID, **times: float) -> Verdict:
    return a_judge_of(account, **times)(message_sid, PLAYER)


def requests_of(kind: str, account: FakeAccount) -> int:
    return [each for each, *_ in account.requested].count(kind)


def test_a_whatsapp_message_with_an_allowed_file_passes_after_one_request_each() -> None:
    account = a_fake_account()
    verdict = judged(account, patience=PLENTY)

    checked = check_media([an_item()])
    assert verdict == Verdict(MESSAGE_SID, None, verdict.hint, checked, a_message())
    assert verdict.hint.startswith("Well done")
    assert sorted(account.requested) == [
        ("file", MESSAGE_SID, MEDIA_SID),
        ("media", MESSAGE_SID),
        ("message", MESSAGE_SID),
    ]


@pytest.mark.parametrize(
    ("submitted", "reason", "repeated"),
    [
        ("", Reason.SID_MISSING, ""),
        ("SM" + "a" * 32, Reason.SID_NOT_MM, "SM" + "a" * 32),
        (MESSAGE_SID.lower(), Reason.SID_MALFORMED, MESSAGE_SID.lower()),
        ("f" * 32, Reason.SID_MALFORMED, ""),
        ("x" * 16_000, Reason.SID_MALFORMED, ""),
    ],
    ids=["nothing", "other SID", "mistyped SID", "possible secret", "long text"],
)
def test_an_invalid_sid_fails_without_a_request_to_twilio_and_no_possible_secret_is_repeated(
    submitted: str, reason: Reason, repeated: str
) -> None:
    account = a_fake_account()
    verdict = judged(account, submitted)

    assert verdict == Verdict(repeated, reason, verdict.hint)
    assert verdict.hint
    assert repeated == submitted or submitted not in verdict.hint
    assert account.requested == []


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (None, Reason.MESSAGE_NOT_FOUND),
        (a_message(direction="inbound"), Reason.NOT_OUTBOUND),
        (a_message(sender="+14155238886"), Reason.NOT_WHATSAPP),
        (PENDING, Reason.NOT_SENT_YET),
        (a_message(status="failed"), Reason.NOT_DELIVERED),
    ],
)
def test_the_message_decides_without_waiting_for_its_media(
    end_of_test: Event, message: Message | None, reason: Reason
) -> None:
    stuck = end_of_test.wait
    for kind, responses in (
        ("file", Responses(DAMAGED)),
        ("file", Responses(UnreachableError())),
        ("file", Responses(an_item(), before=stuck)),
        ("media", Responses([MEDIA_SID], before=stuck)),
    ):
        with soon():
            verdict = judged(a_fake_account(message=Responses(message), **{kind: responses}))
        assert verdict == Verdict(MESSAGE_SID, reason, verdict.hint, message=message)


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ([], Reason.NO_MEDIA),
        ([GIF], Reason.FORMAT_NOT_ALLOWED),
        ([DAMAGED], Reason.CONTENT_MISMATCH),
        ([UNAVAILABLE], Reason.MEDIA_UNAVAILABLE),
    ],
)
def test_a_message_without_an_allowed_file_fails(files: list[MediaItem], reason: Reason) -> None:
    media, file = Responses([MEDIA_SID] if files else []), Responses(*files or [GIF])
    verdict = judged(a_fake_account(media=media, file=file))

    assert verdict == Verdict(MESSAGE_SID, reason, verdict.hint, check_media(files), a_message())


def test_the_first_bad_file_of_ten_counts_and_all_are_told_of_in_order() -> None:
    verdict = judged(an_account_of_ten({3: DAMAGED, 9: GIF}))

    assert verdict.reason is Reason.CONTENT_MISMATCH
    assert "4th file of 10" in verdict.hint
    assert [each.reason for each in verdict.media].index(Reason.FORMAT_NOT_ALLOWED) == 9


def test_a_file_that_cannot_be_looked_at_is_no_verdict_even_beside_a_bad_one() -> None:
    with pytest.raises(BusyError):
        judged(an_account_of_ten({0: GIF, 9: BusyError()}))


def test_the_message_and_its_media_list_are_requested_at_the_same_time() -> None:
    both_in = Barrier(2, timeout=PLENTY).wait
    both = {kind: Responses(PASSING[kind], before=both_in) for kind in ("message", "media")}

    assert judged(a_fake_account(**both)).reason is None


def test_the_message_and_all_files_are_requested_at_the_same_time() -> None:
    all_in = Barrier(1 + len(TEN_MEDIA_SIDS), timeout=PLENTY).wait

    assert judged(an_account_of_ten({}, before=all_in)).reason is None


MAY_CHANGE = pytest.mark.parametrize(
    ("kind", "response", "reason"),
    [
        ("message", PENDING, Reason.NOT_SENT_YET),
        ("message", None, Reason.MESSAGE_NOT_FOUND),
        ("media", [], Reason.NO_MEDIA),
        ("file", UNAVAILABLE, Reason.MEDIA_UNAVAILABLE),
    ],
    ids=["on its way", "404", "empty media list", "media 404"],
)


@MAY_CHANGE
def test_what_may_yet_change_is_polled(kind: str, response: Any, reason: Reason) -> None:
    account = a_fake_account(**{kind: Responses(response, response, PASSING[kind])})

    assert judged(account, patience=PLENTY).reason is None
    assert requests_of(kind, account) == 3


@MAY_CHANGE
def test_patience_ends(kind: str, response: Any, reason: Reason) -> None:
    without_patience = a_fake_account(**{kind: Responses(response, PASSING[kind])})

    assert judged(without_patience, patience=0).reason is reason
    with soon():
        assert judged(a_fake_account(**{kind: Responses(response)}), patience=0.02).reason is reason


def test_a_message_404_is_polled_no_longer_than_twilio_may_lag() -> None:
    with soon():
        verdict = judged(a_fake_account(message=Responses(None)), patience=PLENTY, lag=0.02)

    assert verdict.reason is Reason.MESSAGE_NOT_FOUND


@pytest.mark.parametrize(
    ("kind", "response", "reason"),
    [
        ("message", a_message(sender="+1"), Reason.NOT_WHATSAPP),
        ("file", DAMAGED, Reason.CONTENT_MISMATCH),
    ],
)
def test_what_will_not_change_is_requested_once(kind: str, response: Any, reason: Reason) -> None:
    account = a_fake_account(**{kind: Responses(response, PASSING[kind])})

    assert judged(account, patience=PLENTY).reason is reason
    assert requests_of(kind, account) == 1


@pytest.mark.parametrize(("kind", "missing"), [("media", []), ("file", UNAVAILABLE)])
def test_the_patience_with_media_begins_when_the_message_is_sent(kind: str, missing: Any) -> None:
    happened: list[str] = []

    def send() -> None:
        gevent.sleep(0.1)
        happened.append("sent")

    message = Responses(a_message(), before=send)
    media = Responses(missing, PASSING[kind], before=lambda: happened.append("requested"))
    account = a_fake_account(**{"message": message, kind: media})

    assert judged(account, patience=0.05).reason is None
    assert happened == ["requested", "sent", "requested"]


@pytest.mark.parametrize("error", [BusyError(), CredentialsRefusedError(20003), KeyError("bug")])
def test_what_twilio_and_the_probe_raise_comes_through(error: Exception) -> None:
    for kind in PASSING:
        with pytest.raises(type(error)) as raised:
            judged(a_fake_account(**{kind: Responses(error)}))
        assert raised.value is error


@pytest.mark.parametrize("kind", PASSING)
@pytest.mark.parametrize("seconds", [0, 0.05])
def test_nothing_is_waited_for_longer_than_the_deadline(
    end_of_test: Event, kind: str, seconds: float
) -> None:
    account = a_fake_account(**{kind: Responses(PASSING[kind], before=end_of_test.wait)})

    with soon(), pytest.raises(DeadlineExceededError):
        judged(account, seconds=seconds)


def test_no_more_are_judged_at_once_than_there_are_slots_and_each_frees_its_own() -> None:
    requested, go_on = Event(), Event()

    def wait() -> None:
        requested.set()
        go_on.wait(PLENTY)

    judge = a_judge_of(a_fake_account(message=Responses(a_message(), before=wait)))
    first = gevent.spawn(judge, MESSAGE_SID, PLAYER)
    assert requested.wait(PLENTY)

    with pytest.raises(OverloadedError):
        judge(MESSAGE_SID, PLAYER)
    go_on.set()
    assert first.get(timeout=PLENTY).reason is None
    assert judge(MESSAGE_SID, PLAYER).reason is None


def test_slot_is_freed_after_an_error() -> None:
    judge = a_judge_of(a_fake_account(message=Responses(UnreachableError())))

    for _ in range(2):
        with pytest.raises(UnreachableError):
            judge(MESSAGE_SID, PLAYER)


def test_a_process_without_free_file_descriptors_is_overloaded() -> None:
    with pytest.raises(OverloadedError):
        judged(a_fake_account(media=Responses(OutOfFilesError())))
