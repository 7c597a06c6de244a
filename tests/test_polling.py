"""Polling, with a real clock."""

from time import monotonic

import pytest
from gevent import sleep

from tests.support.fakes import Responses
from validator.polling import Polling

PLENTY = 5.0
SOON = 1.0


def poll(
    *responses: str | Exception,
    patience: float = PLENTY,
    seconds: float = PLENTY,
    first_pause: float = 0.001,
    longest_pause: float = 1.0,
    takes: float = 0.0,
) -> tuple[str, int]:
    """Return the response that counts, and how many requests were sent."""
    sent = 0
    upstream = Responses(*responses, before=lambda: sleep(takes))

    def request() -> str:
        nonlocal sent
        sent += 1
        return upstream.next()

    polling = Polling(patience, monotonic() + seconds, first_pause, longest_pause)
    return polling.poll(request, until=lambda response: response == "final"), sent


def test_request_is_repeated_until_the_response_is_final() -> None:
    assert poll("final", "another") == ("final", 1)
    assert poll("pending", "pending", "final", "another") == ("final", 3)


def test_last_response_counts_when_the_patience_ends() -> None:
    assert poll("pending", "final", patience=0) == ("pending", 1)
    assert poll("first", "second", patience=0.02)[0] == "second"


def test_exception_ends_the_polling() -> None:
    with pytest.raises(LookupError):
        poll("pending", LookupError(), "final")


def test_pauses_grow() -> None:
    _, sent = poll("pending", patience=0.1, first_pause=0.01)

    pauses_of_10_20_and_40_ms = 3
    assert sent <= 1 + pauses_of_10_20_and_40_ms


def test_pauses_grow_to_the_longest() -> None:
    responses = ["pending"] * 12 + ["final"]

    # Without a longest pause, twelve of them, from one millisecond on, would take four seconds.
    assert poll(*responses, patience=2.0, longest_pause=0.002) == ("final", 13)


@pytest.mark.parametrize(("patience", "seconds"), [(PLENTY, 0.05), (0.05, PLENTY)])
def test_no_pause_ends_after_the_patience_or_the_deadline(patience: float, seconds: float) -> None:
    started = monotonic()

    assert poll("pending", "final", patience=patience, seconds=seconds, first_pause=3.0)[1] == 1
    assert monotonic() - started < SOON


def test_response_in_hand_is_not_given_up_for_one_that_would_come_too_late() -> None:
    assert poll("pending", "final", seconds=0.3, takes=0.2) == ("pending", 1)
