"""Asking at the same time and asking again, with real threads and real clocks."""

from threading import Barrier, Event
from time import monotonic

import pytest

from tests.support.fakes import Answers
from validator import inquiry
from validator.deadline import Deadline, DeadlineExceededError
from validator.inquiry import Inquiry

PLENTY = 5.0
SOON = 1.0


class Question:
    """Gives one answer after the other; `asked` is how often."""

    def __init__(self, *answers: str | Exception) -> None:
        self.asked = 0
        self._answers = Answers(*answers)

    def __call__(self) -> str:
        self.asked += 1
        return self._answers.next()


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inquiry, "FIRST_PAUSE", 0.001)


def is_final(answer: str) -> bool:
    return answer == "final"


def ask(question: Question, patience: float, seconds: float = PLENTY) -> str:
    return Inquiry(Deadline(seconds), patience).ask(question, until=is_final)


def test_the_result_is_what_the_work_returned() -> None:
    result = Inquiry(Deadline(PLENTY), 0).start(lambda: "done")

    assert result() == "done"
    assert result() == "done"


def test_the_result_raises_what_the_work_raised() -> None:
    result = Inquiry(Deadline(PLENTY), 0).start(Question(LookupError("no such thing")))

    with pytest.raises(LookupError, match="no such thing"):
        result()


def test_an_exception_that_nobody_waits_for_disturbs_nobody() -> None:
    together = Inquiry(Deadline(PLENTY), 0)
    together.start(Question(LookupError()))

    assert together.start(lambda: "done")() == "done"


def test_all_that_is_started_runs_at_the_same_time() -> None:
    everybody_is_in = Barrier(20, timeout=PLENTY)
    together = Inquiry(Deadline(PLENTY), 0)
    results = [together.start(everybody_is_in.wait) for _ in range(20)]

    assert sorted(result() for result in results) == list(range(20))


def test_work_can_start_more_work() -> None:
    together = Inquiry(Deadline(PLENTY), 0)

    assert together.start(lambda: together.start(lambda: "done")())() == "done"


def test_a_result_is_not_waited_for_longer_than_the_deadline() -> None:
    end_of_test = Event()
    started = monotonic()
    result = Inquiry(Deadline(0.02), 0).start(end_of_test.wait)

    with pytest.raises(DeadlineExceededError):
        result()
    assert monotonic() - started < SOON
    end_of_test.set()


def test_nothing_is_waited_for_after_the_validation_is_over() -> None:
    end_of_test = Event()
    with Deadline(PLENTY) as deadline:
        result = Inquiry(deadline, 0).start(end_of_test.wait)

    with pytest.raises(DeadlineExceededError):
        result()
    end_of_test.set()


def test_a_final_answer_is_asked_for_once() -> None:
    question = Question("final", "another")

    assert ask(question, patience=PLENTY) == "final"
    assert question.asked == 1


def test_an_answer_is_asked_for_until_it_is_final() -> None:
    question = Question("pending", "pending", "final", "another")

    assert ask(question, patience=PLENTY) == "final"
    assert question.asked == 3


def test_without_patience_an_answer_is_asked_for_once() -> None:
    question = Question("pending", "final")

    assert ask(question, patience=0) == "pending"
    assert question.asked == 1


def test_the_last_answer_counts_when_the_patience_ends() -> None:
    assert ask(Question("first", "second"), patience=0.02) == "second"


def test_an_exception_ends_the_asking() -> None:
    question = Question("pending", LookupError(), "final")

    with pytest.raises(LookupError):
        ask(question, patience=PLENTY)
    assert question.asked == 2


def test_pauses_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inquiry, "FIRST_PAUSE", 0.01)
    question = Question("pending")
    ask(question, patience=0.1)

    pauses_of_10_20_and_40_ms = 3
    assert question.asked <= 1 + pauses_of_10_20_and_40_ms


def test_pauses_do_not_grow_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inquiry, "LONGEST_PAUSE", 0.002)
    question = Question(*["pending"] * 12, "final")

    # Without a longest pause, twelve of them, from one millisecond on, would take four seconds.
    assert ask(question, patience=2.0) == "final"


@pytest.mark.parametrize(("patience", "seconds"), [(PLENTY, 0.05), (0.05, PLENTY)])
def test_no_pause_reaches_beyond_the_patience_or_the_deadline(
    monkeypatch: pytest.MonkeyPatch, patience: float, seconds: float
) -> None:
    monkeypatch.setattr(inquiry, "FIRST_PAUSE", 3.0)
    question = Question("pending", "final")
    started = monotonic()

    assert ask(question, patience, seconds) == "pending"
    assert question.asked == 1
    assert monotonic() - started < SOON


def test_an_answer_in_hand_is_not_given_up_for_one_that_would_come_too_late() -> None:
    question = Question("pending", "final")

    def slowly() -> str:
        Event().wait(0.2)
        return question()

    assert Inquiry(Deadline(0.3), PLENTY).ask(slowly, until=is_final) == "pending"
    assert question.asked == 1


def test_nothing_is_asked_again_after_the_validation_is_over() -> None:
    question = Question("pending", "final")
    with Deadline(PLENTY) as deadline:
        asker = Inquiry(deadline, PLENTY)

    assert asker.ask(question, until=is_final) == "pending"
    assert question.asked == 1
