"""The checks of the challenge, one table each."""

import pytest

from tests.support.accounts import MESSAGE_SID
from tests.support.fakes import a_message, an_item
from validator.challenge.checks import (
    check_item,
    check_media,
    check_message,
    check_sid,
    first_reason,
)
from validator.challenge.facts import MediaItem, Message
from validator.challenge.formats import Format
from validator.challenge.sids import is_whole_sid
from validator.challenge.verdict import Reason

HEX = "0123456789abcdef0123456789ABCDEF"
NEITHER_SID = [
    "",
    f"mm{HEX}",
    "MM",
    f"MM{HEX[:-1]}",
    f"MM{HEX}0",
    f"MM{HEX[:-1]}g",
    f"MM{HEX}\n",
    f"MM{HEX[:16]}\n{HEX[16:]}",
    "MM" + "\N{ARABIC-INDIC DIGIT THREE}" * 32,
    "\N{FULLWIDTH LATIN CAPITAL LETTER M}" * 2 + HEX,
    "MM/../../Calls",
    f"MM{HEX}/Media",
    f"https://api.twilio.com/MM{HEX}",
    pytest.param("MM" + "a" * 16_000, id="endless"),
]


@pytest.mark.parametrize("sid", [MESSAGE_SID, f"MM{HEX}", f"MM{HEX.lower()}", f"MM{HEX.upper()}"])
def test_mm_and_32_hexadecimal_digits_are_a_message_sid(sid: str) -> None:
    assert check_sid(sid) is None
    assert is_whole_sid(sid)


@pytest.mark.parametrize("text", NEITHER_SID)
def test_other_text_is_not_a_message_sid(text: str) -> None:
    assert check_sid(text) is (Reason.SID_MALFORMED if text else Reason.SID_MISSING)
    assert not is_whole_sid(text)


@pytest.mark.parametrize("prefix", ["SM", "ME", "IM", "HX", "AC", "SK", "CA", "MG", "ZZ"])
def test_a_sid_of_another_resource_is_sid_not_mm(prefix: str) -> None:
    assert check_sid(prefix + HEX) is Reason.SID_NOT_MM
    assert is_whole_sid(prefix + HEX)


@pytest.mark.parametrize("text", ["SM", f"SM{HEX[:-1]}", f"SM{HEX}0", "SM/../../Calls"])
def test_text_that_begins_with_sm_is_sid_not_mm(text: str) -> None:
    assert check_sid(text) is Reason.SID_NOT_MM
    assert not is_whole_sid(text)


def test_an_unknown_message_is_message_not_found() -> None:
    assert check_message(None) is Reason.MESSAGE_NOT_FOUND


@pytest.mark.parametrize(
    ("direction", "reason"),
    [
        ("outbound-api", None),
        ("outbound-call", None),
        ("outbound-reply", None),
        ("inbound", Reason.NOT_OUTBOUND),
        ("", Reason.NOT_OUTBOUND),
        ("not-outbound", Reason.NOT_OUTBOUND),
    ],
)
def test_only_a_message_from_the_account_is_outbound(direction: str, reason: Reason | None) -> None:
    assert check_message(a_message(direction=direction)) is reason


@pytest.mark.parametrize(
    ("sender", "recipient", "reason"),
    [
        ("whatsapp:+14155238886", "whatsapp:+15005550006", None),
        ("WhatsApp:+14155238886", "WHATSAPP:+15005550006", None),
        (None, "whatsapp:+15005550006", None),
        (None, "+15005550006", Reason.NOT_WHATSAPP),
        (None, None, Reason.NOT_WHATSAPP),
        ("whatsapp:+14155238886", None, Reason.NOT_WHATSAPP),
        ("+14155238886", "+15005550006", Reason.NOT_WHATSAPP),
        ("+14155238886", "whatsapp:+15005550006", Reason.NOT_WHATSAPP),
        ("whatsapp:+14155238886", "+15005550006", Reason.NOT_WHATSAPP),
        ("messenger:14155238886", "messenger:15005550006", Reason.NOT_WHATSAPP),
        ("whatsapp+14155238886", "whatsapp:+15005550006", Reason.NOT_WHATSAPP),
        ("+1 whatsapp:+14155238886", "whatsapp:+15005550006", Reason.NOT_WHATSAPP),
    ],
)
def test_sender_and_recipient_are_whatsapp_addresses(
    sender: str | None, recipient: str | None, reason: Reason | None
) -> None:
    assert check_message(a_message(sender=sender, recipient=recipient)) is reason


@pytest.mark.parametrize(
    ("reason", "statuses"),
    [
        (None, ["sent", "delivered", "read"]),
        (Reason.NOT_SENT_YET, ["accepted", "scheduled", "queued", "sending"]),
        (Reason.NOT_DELIVERED, ["undelivered", "failed", "canceled"]),
        (Reason.NOT_DELIVERED, ["receiving", "received", "partially_delivered", "other", ""]),
    ],
)
def test_each_status_is_sent_not_sent_yet_or_not_delivered(
    reason: Reason | None, statuses: list[str]
) -> None:
    for status in statuses:
        assert (status, check_message(a_message(status=status))) == (status, reason)


def test_an_error_code_does_not_fail_a_sent_message() -> None:
    assert check_message(a_message(status="sent", error_code=30007)) is None


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (
            a_message(direction="inbound", sender="+1", recipient="+1", status="failed"),
            Reason.NOT_OUTBOUND,
        ),
        (a_message(sender="+1", status="failed"), Reason.NOT_WHATSAPP),
        (a_message(sender="+1", status="queued"), Reason.NOT_WHATSAPP),
        (a_message(direction="inbound", status="received"), Reason.NOT_OUTBOUND),
    ],
)
def test_the_first_of_several_reasons_counts(message: Message, reason: Reason) -> None:
    assert check_message(message) is reason


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (an_item(), None),
        (an_item(content_type="audio/ogg; codecs=opus", format=Format.OGG), None),
        (an_item(content_type="image/jpeg", format=Format.PNG), None),
        (an_item(content_type="application/pdf", format=Format.MP3), None),
        (an_item(content_type="image/gif", format=None), Reason.FORMAT_NOT_ALLOWED),
        (an_item(content_type="image/gif", format=Format.PNG), Reason.FORMAT_NOT_ALLOWED),
        (an_item(content_type="audio/amr-wb", format=Format.AMR), Reason.FORMAT_NOT_ALLOWED),
        (an_item(content_type="", format=Format.PNG), Reason.FORMAT_NOT_ALLOWED),
        (an_item(content_type=None, format=Format.PNG), Reason.FORMAT_NOT_ALLOWED),
        (an_item(format=None), Reason.CONTENT_MISMATCH),
        (an_item(available=False), Reason.MEDIA_UNAVAILABLE),
        (MediaItem("ME", available=False), Reason.MEDIA_UNAVAILABLE),
    ],
)
def test_an_item_is_available_with_an_allowed_content_type_and_content(
    item: MediaItem, reason: Reason | None
) -> None:
    assert check_item(item) is reason
    assert first_reason(check_media([item])) is reason


def test_a_message_without_media_is_no_media() -> None:
    assert first_reason(check_media([])) is Reason.NO_MEDIA


@pytest.mark.parametrize("position", [0, 5, 9])
def test_one_failed_item_among_ten_fails_the_message(position: int) -> None:
    media = [an_item()] * 10
    media[position] = an_item(format=None)

    assert first_reason(check_media(media)) is Reason.CONTENT_MISMATCH


def test_the_first_failed_item_determines_the_reason() -> None:
    gif, gone = an_item(content_type="image/gif"), an_item(available=False)

    assert first_reason(check_media([an_item(), gif, gone])) is Reason.FORMAT_NOT_ALLOWED
    assert first_reason(check_media([an_item(), gone, gif])) is Reason.MEDIA_UNAVAILABLE
