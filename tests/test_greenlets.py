"""Concurrent work and its end, with real greenlets and a real clock."""

from collections.abc import Callable
from contextlib import suppress
from threading import Event

import pytest
from gevent import GreenletExit, sleep

from validator.greenlets import DeadlineExceededError, DeadlineExit, greenlets_within

PLENTY = 5.0


class Waiting:
    """Work that waits until it is killed; `killed_by` is with what."""

    def __init__(self) -> None:
        self.started = Event()
        self.killed_by: list[type[BaseException]] = []

    def __call__(self) -> None:
        self.started.set()
        try:
            sleep(10 * PLENTY)
        except BaseException as error:
            self.killed_by.append(type(error))
            raise


def fail() -> None:
    raise LookupError("no such thing")


def test_result_raises_what_the_work_raised() -> None:
    with greenlets_within(PLENTY) as greenlets, pytest.raises(LookupError, match="no such thing"):
        greenlets.start(fail)()


def test_exception_without_anybody_waiting_is_neither_raised_nor_logged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with greenlets_within(PLENTY) as greenlets:
        greenlets.start(fail)
        assert greenlets.start(lambda: "done")() == "done"

    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("end", [lambda: None, fail], ids=["end", "error"])
def test_work_that_still_runs_at_the_end_of_the_block_is_killed(end: Callable[[], None]) -> None:
    waiting = Waiting()
    with suppress(LookupError), greenlets_within(PLENTY) as greenlets:
        greenlets.start(waiting)
        waiting.started.wait(PLENTY)
        end()

    assert waiting.killed_by == [GreenletExit]


def test_work_that_was_not_begun_at_the_end_never_is() -> None:
    waiting = Waiting()
    with greenlets_within(PLENTY) as greenlets:
        greenlets.start(waiting)
    sleep(0.01)

    assert not waiting.started.is_set()


def test_deadline_ends_the_wait_and_kills_the_work_as_timed_out() -> None:
    waiting = Waiting()

    with pytest.raises(DeadlineExceededError), greenlets_within(0.05) as greenlets:
        greenlets.start(waiting)()
    assert waiting.killed_by == [DeadlineExit]
