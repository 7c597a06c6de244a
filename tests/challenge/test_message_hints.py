"""Hints about messages: what Twilio reports, and what to do next."""

import pytest

from tests.support.fakes import a_message
from validator.challenge.checks import check_message
from validator.challenge.delivery_errors import EXPLANATIONS
from validator.challenge.facts import Message
from validator.challenge.message_hints import for_message

UNKNOWN_CODE = 63999


def hint_for(message: Message | None) -> str:
    reason = check_message(message)
    assert reason is not None
    return for_message(reason, message)


def of_code(code: int | None, words: str | None = None) -> str:
    return hint_for(a_message(status="undelivered", error_code=code, error_message=words))


def of_unknown_code(reason: str) -> str:
    return (
        f"Your message was not delivered: its status is undelivered. {reason} Read about the error "
        "on Twilio's page, if there is one, then send a new message and submit its SID "
        "(Twilio error 63999): https://www.twilio.com/docs/errors/63999"
    )


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (None, "Twilio found no message with this SID in the account"),
        (a_message(direction="inbound"), "Your Twilio account received this message"),
        (a_message(sender="+14155238886"), "This message was not sent over WhatsApp."),
        (a_message(status="queued"), "Your message is still on its way: its status is queued."),
        (a_message(status="sending"), "If it is still sending after five minutes"),
        (a_message(status="scheduled"), "Submit the same SID again after that time"),
        (a_message(status="failed"), "Your message was not delivered: its status is failed."),
        (a_message(status="canceled"), "Your message was not delivered: its status is canceled."),
        (a_message(status="received"), "does not count as sent: its status is received."),
        (a_message(status="no <b>"), "does not count as sent: its status is unknown."),
    ],
)
def test_hint_names_the_reason_and_the_status_if_it_is_a_plain_word(
    message: Message | None, words: str
) -> None:
    assert words in hint_for(message)


@pytest.mark.parametrize("code", EXPLANATIONS)
def test_known_error_code_is_explained_with_the_url_of_its_page(code: int) -> None:
    explanation = EXPLANATIONS[code].removesuffix(".")
    page = f"https://www.twilio.com/docs/errors/{code}"

    assert of_code(code, "In Twilio's words").endswith(
        f" its status is undelivered. {explanation} (Twilio error {code}): {page}"
    )


def test_unknown_error_code_hint_quotes_the_error_message_sanitized() -> None:
    hint = of_code(UNKNOWN_CODE, "The <b>channel</b>\nis closed")

    assert hint == of_unknown_code("Twilio says: The channel is closed.")


@pytest.mark.parametrize("words", [None, " \n"])
def test_unknown_error_code_hint_without_error_message(words: str | None) -> None:
    hint = of_code(UNKNOWN_CODE, words)

    assert hint == of_unknown_code("Twilio gives an error code, but no reason.")


@pytest.mark.parametrize(
    ("code", "end"),
    [
        (10_000, " (Twilio error 10000): https://www.twilio.com/docs/errors/10000"),
        (99_999, " (Twilio error 99999): https://www.twilio.com/docs/errors/99999"),
        (9_999, " Twilio gives no reason. Send a new message and submit its SID."),
        (100_000, " Twilio gives no reason. Send a new message and submit its SID."),
        (None, " Twilio gives no reason. Send a new message and submit its SID."),
    ],
)
def test_only_an_error_code_of_five_digits_has_a_page(code: int | None, end: str) -> None:
    assert of_code(code).endswith(end)
