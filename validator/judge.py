"""How a submission is judged: what is requested from Twilio, and in which order it counts."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import BoundedSemaphore
from time import monotonic
from typing import Protocol

from validator.capacity import OverloadedError
from validator.challenge import media_hints, message_hints, sid_hints
from validator.challenge.checks import check_media, check_message, check_sid, first_reason
from validator.challenge.facts import MediaItem, Message
from validator.challenge.sids import showable
from validator.challenge.verdict import Reason, Verdict
from validator.greenlets import Greenlets, greenlets_within
from validator.polling import Polling
from validator.upstream.credentials import Credentials
from validator.upstream.errors import OutOfFilesError

Judge = Callable[[str, Credentials], Verdict]
"""Judges the submission of a Message SID with the credentials of its account."""


class Account(Protocol):
    """One account's messages, and their media."""

    def message(self, message_sid: str) -> Message | None:
        """Return the message, None if the account has no such message."""

    def media_sids(self, message_sid: str) -> Sequence[str]:
        """Return the SIDs of the media of a message."""

    def probe(self, message_sid: str, media_sid: str) -> MediaItem:
        """Return the content type and the format of one media file."""


@dataclass(frozen=True)
class Times:
    """Seconds: for a whole validation, for a response that may yet change, between polls.

    For `creation_lag`, Twilio may not know a message that it has just created: 404s that clear
    within one to three seconds were reported. A message of another account waits as long in vain.
    """

    deadline: float
    patience: float
    creation_lag: float = 2.5
    first_pause: float = 0.25


def create_judge(open_account: Callable[[Credentials], Account], times: Times, slots: int) -> Judge:
    """Return a judge of at most so many submissions at once.

    It raises OverloadedError, DeadlineExceededError and what the account's methods raise.
    """
    free_slots = BoundedSemaphore(slots)

    def judge(message_sid: str, credentials: Credentials) -> Verdict:
        if reason := check_sid(message_sid):
            return Verdict(showable(message_sid), reason, sid_hints.for_sid(reason, message_sid))
        with _slot(free_slots), greenlets_within(times.deadline) as greenlets:
            account = open_account(credentials)
            return _Validation(message_sid, account, times, greenlets).verdict()

    return judge


@contextmanager
def _slot(free_slots: BoundedSemaphore) -> Iterator[None]:
    if not free_slots.acquire(blocking=False):
        raise OverloadedError
    try:
        yield
    except OutOfFilesError as error:
        raise OverloadedError from error
    finally:
        free_slots.release()


class _Validation:
    """One message and its media, requested concurrently."""

    def __init__(
        self, message_sid: str, account: Account, times: Times, greenlets: Greenlets
    ) -> None:
        self._message_sid = message_sid
        self._account = account
        self._greenlets = greenlets
        self._created_by = monotonic() + times.creation_lag
        ends = monotonic() + times.deadline
        self._polling = Polling(times.patience, ends, times.first_pause)

    def verdict(self) -> Verdict:
        """Return the verdict; one that the message decides does not wait for the media."""
        sid = self._message_sid
        message_requested = self._greenlets.start(self._message)
        media_requested = self._greenlets.start(partial(self._media, message_requested))
        message, reason = message_requested()
        if reason:
            hint = message_hints.for_message(reason, message)
            return Verdict(sid, reason, hint, message=message)
        media = check_media(media_requested())
        if reason := first_reason(media):
            return Verdict(sid, reason, media_hints.for_fail(media), media, message)
        return Verdict(sid, None, media_hints.for_pass(media), media, message)

    def _message(self) -> tuple[Message | None, Reason | None]:
        """Return the message and why it fails, once Twilio knows it and it has gone out."""
        return self._polling.poll(self._checked_message, until=self._is_final)

    def _checked_message(self) -> tuple[Message | None, Reason | None]:
        message = self._account.message(self._message_sid)
        return message, check_message(message)

    def _is_final(self, checked: tuple[Message | None, Reason | None]) -> bool:
        message, reason = checked
        if message is None:
            return monotonic() > self._created_by
        return reason is not Reason.NOT_SENT_YET

    def _media(self, message_sent: Callable[[], object]) -> tuple[MediaItem, ...]:
        """Return every media item: the list of them, and their files, lag behind the message."""
        media_sids = self._polling.poll(
            partial(self._account.media_sids, self._message_sid), until=bool, after=message_sent
        )
        probes = [partial(self._item, sid, message_sent) for sid in media_sids]
        # This greenlet has nothing else to do meanwhile, and most messages have one item.
        others = [self._greenlets.start(probe) for probe in probes[1:]]
        first = [probe() for probe in probes[:1]]
        return (*first, *(other() for other in others))

    def _item(self, media_sid: str, message_sent: Callable[[], object]) -> MediaItem:
        return self._polling.poll(
            partial(self._account.probe, self._message_sid, media_sid),
            until=lambda item: item.available,
            after=message_sent,
        )
