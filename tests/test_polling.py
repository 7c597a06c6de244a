"""Polling, with a real clock."""

from time import monotonic

import pytest
from gevent import sleep

from tests.support.fakes import Answers
from validator.polling import Polling

PLENTY = 5.0
SOON = 1.0


class Request:
    """Gets one response after the other; `sent` is how often it was sent."""

    def __init__(self, *responses: str | Exception, takes: float = 0.0) -> None:
        self.sent = 0
        self._responses = Answers(*responses, before=lambda: sleep(takes))

    def __call__(self) -> str:
        self.sent += 1
        return self._responses.next()


def poll(
    request: Request,
    patience: float = PLENTY,
    seconds: float = PLENTY,
    first_pause: float = 0.001,
    longest_pause: float = 1.0,
) -> str:
    polling = Polling(patience, monotonic() + seconds, first_pause, longest_pause)
    return polling.poll(request, until=lambda response: response == "final")


@pytest.mark.parametrize(
    ("responses", "patience", "counts", "sent"),
    [
        (("final", "another"), PLENTY, "final", 1),
        (("pending", "pending", "final", "another"), PLENTY, "final", 3),
        (("pending", "final"), 0, "pending", 1),
    ],
    ids=["final at once", "final later", "without patience"],
)
def test_request_is_repeated_until_the_response_is_final_or_the_patience_ends(
    responses: tuple[str, ...], patience: float, counts: str, sent: int
) -> None:
    request = Request(*responses)

    assert poll(request, patience) == counts
    assert request.sent == sent


def test_last_response_counts_when_the_patience_ends() -> None:
    assert poll(Request("first", "second"), patience=0.02) == "second"


def test_exception_ends_the_polling() -> None:
    request = Request("pending", LookupError(), "final")

    with pytest.raises(LookupError):
        poll(request)
    assert request.sent == 2


def test_pauses_grow() -> None:
    request = Request("pending")
    poll(request, patience=0.1, first_pause=0.01)

    pauses_of_10_20_and_40_ms = 3
    assert request.sent <= 1 + pauses_of_10_20_and_40_ms


def test_pauses_grow_to_the_longest() -> None:
    request = Request(*["pending"] * 12, "final")

    # Without a longest pause, twelve of them, from one millisecond on, would take four seconds.
    assert poll(request, patience=2.0, longest_pause=0.002) == "final"


@pytest.mark.parametrize(("patience", "seconds"), [(PLENTY, 0.05), (0.05, PLENTY)])
def test_no_pause_ends_after_the_patience_or_the_deadline(patience: float, seconds: float) -> None:
    request = Request("pending", "final")
    started = monotonic()

    assert poll(request, patience, seconds, first_pause=3.0) == "pending"
    assert monotonic() - started < SOON


def test_response_in_hand_is_not_given_up_for_one_that_would_come_too_late() -> None:
    assert poll(Request("pending", "final", takes=0.2), seconds=0.3) == "pending"
