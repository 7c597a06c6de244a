"""Text from Twilio and media hosts, without markup, secrets and phone numbers, and not too long."""

import time

import pytest

from validator.challenge.sanitize import LONGEST_NAME, LONGEST_SENTENCE, plain_name, plain_sentence


@pytest.mark.parametrize(
    "name", ["queued", "partially_delivered", "image/svg+xml", "a.b-c/d", "a" * 23]
)
def test_the_name_of_a_status_or_media_type_is_plain(name: str) -> None:
    assert plain_name(name) == name


NOT_PLAIN = ["", "FAILED", "failed\n", "no such", "<b>", "/png", "a/b/c", "zero\u200bwidth", "..."]


@pytest.mark.parametrize("text", [*NOT_PLAIN, "a" * 24, "a15005550006", "a-" * LONGEST_NAME])
def test_other_text_is_not_a_plain_name(text: str) -> None:
    assert plain_name(text) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, ""),
        (" \n", ""),
        ("...", ""),
        ("Closed", "Closed."),
        (" Closed. ", "Closed."),
        ("Is it closed?", "Is it closed?"),
        ("Closed!", "Closed!"),
        ("one\r\ntwo\tthree\u2028four", "one two three four."),
        ("\x1b[31mred\x07", "[31mred."),
        ("a\x00b\x7fc\x9bd", "a b c d."),
        ("\u202eright to left", "right to left."),
        ("zero\u200bwidth", "zero width."),
        ("<img src=x onerror=alert(1)> it", "it."),
        ("<<<< 1 < 2 > 1", "1 1."),
        ("not to +15005550006, but", "not to \u2026, but."),
        ("not to +1 (500) 555-0006", "not to."),
        ("not to 0049 30 / 123 45 67, but", "not to \u2026, but."),
        ("not to 500\u2011555\u20110006, but", "not to \u2026, but."),
        ("not to " + "\N{FULLWIDTH DIGIT FIVE}" * 10 + ", but", "not to \u2026, but."),
        ("123456 and 1234567, you see", "123456 and \u2026, you see."),
        (f"{'a' * 23} and {'a' * 24}, you see", f"{'a' * 23} and \u2026, you see."),
        (f"token={'A1b2C3d4' * 4} is wrong", "token=\u2026 is wrong."),
        ("aaaaaaaaaaaa<b>bbbbbbbbbbbb", "aaaaaaaaaaaa bbbbbbbbbbbb."),
        ("long " * 10_000, f"{'long ' * (LONGEST_SENTENCE // 5)}".strip() + "."),
        ("x" * 50_000, ""),
    ],
    ids=lambda text: ascii(text)[:40],
)
def test_text_becomes_one_plain_sentence(text: str | None, sentence: str) -> None:
    assert plain_sentence(text) == sentence


def test_sanitizing_endless_markup_takes_linear_time() -> None:
    started = time.process_time()

    assert plain_sentence("<" * 60_000) == ""
    assert time.process_time() - started < 1.0
