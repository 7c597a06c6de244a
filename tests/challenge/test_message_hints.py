"""Hints about messages: plain, at most three sentences, and safe with any text from Twilio."""

import re
import time

import pytest

from tests.support.fakes import a_message, an_item
from validator.challenge import media_hints, message_hints, sid_hints
from validator.challenge.checks import FAILED, ON_ITS_WAY, check_media, check_message
from validator.challenge.delivery_errors import EXPLANATIONS
from validator.challenge.verdict import Check, Reason

HEX = "0" * 32
LONGEST = 600
UNKNOWN_CODE = 63999
PUBLIC_NUMBERS = re.compile(r"whatsapp:\+(14155238886|15551234567)\b")
"""The sandbox's, which is the same for everybody, and one that is visibly an example."""

HOSTILE_WORDS = [
    "<img src=x onerror=alert(1)>",
    "<<<<<<<<",
    "1 < 2 > 1",
    "+15005550006",
    "+1 (500) 555-0006",
    "0049 30 / 123 45 67",
    "500\u2011555\u20110006",
    "\N{FULLWIDTH DIGIT FIVE}" * 10,
    "a" * 24,
    "A1b2C3d4" * 4,
    f"token={HEX}",
    "aaaaaaaaaaaa<b>bbbbbbbbbbbb",
    "\x1b[31mred\x07",
    "a\x00b\x7fc\x9bd",
    "one\r\ntwo\tthree\u2028four",
    "\u202eright to left",
    "zero\u200bwidth",
    pytest.param("long " * 10_000, id="long"),
    pytest.param("x" * 50_000, id="endless"),
    "...",
]


PAGE = r" \(Twilio error (?P<code>\d{5})\): https://www\.twilio\.com/docs/errors/(?P=code)"


def is_plain(hint: str) -> bool:
    hint = PUBLIC_NUMBERS.sub("", hint)
    return (
        hint.isprintable()
        and not re.search(r"[<>]", hint)
        and not re.search(r"[^\W_]{24,}", hint)
        and not re.search(r"\d(?:\W{0,3}\d){6,}", hint)
        and len(hint) <= LONGEST
        and bool(re.search(rf"(\.|{PAGE})$", hint))
    )


def sentences(hint: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+", hint)


def of_code(code: int | None, words: str | None = None) -> str:
    message = a_message(status="undelivered", error_code=code, error_message=words)
    return message_hints.for_message(Reason.NOT_DELIVERED, message)


def of_reason(reason: Reason) -> str:
    match reason.check:
        case Check.SID:
            return sid_hints.for_sid(reason, "SM" if reason is Reason.SID_NOT_MM else "MM")
        case Check.MEDIA | Check.FORMAT:
            item = {
                Reason.FORMAT_NOT_ALLOWED: an_item(content_type="image/gif"),
                Reason.CONTENT_MISMATCH: an_item(format=None),
                Reason.MEDIA_UNAVAILABLE: an_item(available=False),
            }
            return media_hints.for_fail(check_media([item[reason]] if reason in item else []))
        case _:
            found = None if reason is Reason.MESSAGE_NOT_FOUND else a_message(status="queued")
            return message_hints.for_message(reason, found)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_leads_to_one_to_three_plain_sentences(reason: Reason) -> None:
    hint = of_reason(reason)

    assert is_plain(hint)
    assert 1 <= len(sentences(hint)) <= 3


def test_every_reason_has_a_different_hint() -> None:
    assert len({of_reason(reason) for reason in Reason}) == len(Reason)


@pytest.mark.parametrize("code", EXPLANATIONS)
def test_every_known_error_code_is_explained_in_at_most_three_plain_sentences(code: int) -> None:
    hint = of_code(code, "Twilio's own words")

    assert is_plain(hint)
    assert EXPLANATIONS[code].removesuffix(".") in hint
    assert len(sentences(hint)) <= 3


def test_63019_hint_names_causes_other_than_the_media_url() -> None:
    """OGG voice notes failed with it, while MP3 versions from the same host were delivered."""
    assert all(cause in of_code(63019) for cause in ("MediaUrl", "WhatsApp", "OGG", "MP3"))


@pytest.mark.parametrize("code", [*EXPLANATIONS, UNKNOWN_CODE, 10_000, 99_999])
@pytest.mark.parametrize("words", ["Twilio's own words", None])
def test_a_sentence_about_an_error_code_ends_with_the_url_of_its_page(
    code: int, words: str | None
) -> None:
    page = f"https://www.twilio.com/docs/errors/{code}"

    assert of_code(code, words).endswith(f" (Twilio error {code}): {page}")


def test_unknown_error_code_hint_quotes_error_message() -> None:
    assert of_code(UNKNOWN_CODE, "The channel is closed") == (
        "Your message was not delivered: its status is undelivered. Twilio says: The channel is "
        "closed. Read about the error on Twilio's page, if there is one, then send a new message "
        "and submit its SID (Twilio error 63999): https://www.twilio.com/docs/errors/63999"
    )


@pytest.mark.parametrize("words", [None, "", " \n"])
def test_unknown_error_code_hint_without_error_message(words: str | None) -> None:
    assert sentences(of_code(UNKNOWN_CODE, words))[1].endswith("an error code, but no reason.")


@pytest.mark.parametrize("words", ["Closed", "Closed.", " Closed. ", "Is it closed?", "Closed!"])
def test_error_message_is_one_sentence_before_the_next_step(words: str) -> None:
    _, quoted, step = sentences(of_code(UNKNOWN_CODE, words))

    assert re.fullmatch(r"Twilio says: [\w ]+[?!.]", quoted)
    assert step.startswith("Read about the error on Twilio's page")


def test_a_missing_error_code_still_says_what_to_do() -> None:
    assert sentences(of_code(None))[-1] == "Send a new message and submit its SID."


@pytest.mark.parametrize("words", HOSTILE_WORDS)
def test_a_hostile_error_message_is_sanitized(words: str) -> None:
    assert is_plain(of_code(UNKNOWN_CODE, f"It failed: {words}, you see"))
    assert is_plain(of_code(UNKNOWN_CODE, words))
    assert "  " not in of_code(UNKNOWN_CODE, words)
    assert ". ." not in of_code(UNKNOWN_CODE, words)


def test_sanitizing_endless_markup_takes_linear_time() -> None:
    started = time.monotonic()
    of_code(UNKNOWN_CODE, "<" * 60_000)

    assert time.monotonic() - started < 1.0


@pytest.mark.parametrize(
    "status", sorted(ON_ITS_WAY | FAILED | {"receiving", "received", "partially_delivered"})
)
def test_a_status_that_fails_is_named(status: str) -> None:
    message = a_message(status=status)
    reason = check_message(message)

    assert reason is not None
    assert re.search(rf"\b{status}\b", message_hints.for_message(reason, message))


@pytest.mark.parametrize("status", ["", "FAILED", "failed\n", "no such", *HOSTILE_WORDS])
def test_a_status_that_is_not_a_plain_word_is_shown_as_unknown(status: str) -> None:
    message = a_message(status=status)

    hint = message_hints.for_message(Reason.NOT_DELIVERED, message)
    assert "its status is unknown." in hint
    assert is_plain(hint)
