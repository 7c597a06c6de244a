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
from validator.challenge.verdict import Reason

HEX = "0123456789abcdef0123456789ABCDEF"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (MESSAGE_SID, None),
        (f"MM{HEX}", None),
        (f"MM{HEX.lower()}", None),
        (f"MM{HEX.upper()}", None),
        (f"SM{HEX}", Reason.SID_NOT_MM),
        (f"ME{HEX}", Reason.SID_NOT_MM),
        (f"ZZ{HEX}", Reason.SID_NOT_MM),
        ("", Reason.SID_MISSING),
        ("SM", Reason.SID_NOT_MM),
        (f"SM{HEX}0", Reason.SID_NOT_MM),
        ("SM/../../Calls", Reason.SID_NOT_MM),
        ("MM", Reason.SID_MALFORMED),
        (f"ME{HEX}0", Reason.SID_MALFORMED),
        (f"mm{HEX}", Reason.SID_MALFORMED),
        (f"MM{HEX[:-1]}", Reason.SID_MALFORMED),
        (f"MM{HEX}0", Reason.SID_MALFORMED),
        (f"MM{HEX[:-1]}g", Reason.SID_MALFORMED),
        (f"MM{HEX}\n", Reason.SID_MALFORMED),
        (f"MM{HEX}/Media", Reason.SID_MALFORMED),
        (f"https://api.twilio.com/MM{HEX}", Reason.SID_MALFORMED),
        ("MM" + "\N{ARABIC-INDIC DIGIT THREE}" * 32, Reason.SID_MALFORMED),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER M}" * 2 + HEX, Reason.SID_MALFORMED),
    ],
)
def test_only_mm_and_32_hexadecimal_digits_are_a_message_sid(
    text: str, reason: Reason | None
) -> None:
    assert check_sid(text) is reason


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (None, Reason.MESSAGE_NOT_FOUND),
        (a_message(direction="outbound-api"), None),
        (a_message(direction="outbound-call"), None),
        (a_message(direction="outbound-reply"), None),
        (a_message(direction="inbound"), Reason.NOT_OUTBOUND),
        (a_message(direction=""), Reason.NOT_OUTBOUND),
        (a_message(direction="not-outbound"), Reason.NOT_OUTBOUND),
        (a_message(direction="inbound", status="received"), Reason.NOT_OUTBOUND),
        (a_message(direction="inbound", sender="+1", status="failed"), Reason.NOT_OUTBOUND),
        (a_message(sender="WhatsApp:+1", recipient="WHATSAPP:+2"), None),
        (a_message(sender=None), None),
        (a_message(sender=None, recipient="+2"), Reason.NOT_WHATSAPP),
        (a_message(sender=None, recipient=None), Reason.NOT_WHATSAPP),
        (a_message(recipient=None), Reason.NOT_WHATSAPP),
        (a_message(recipient="+2"), Reason.NOT_WHATSAPP),
        (a_message(sender="+1"), Reason.NOT_WHATSAPP),
        (a_message(sender="messenger:1", recipient="messenger:2"), Reason.NOT_WHATSAPP),
        (a_message(sender="whatsapp+14155238886"), Reason.NOT_WHATSAPP),
        (a_message(sender="+1 whatsapp:+14155238886"), Reason.NOT_WHATSAPP),
        (a_message(sender="+1", status="failed"), Reason.NOT_WHATSAPP),
        (a_message(sender="+1", status="queued"), Reason.NOT_WHATSAPP),
        (a_message(status="sent", error_code=30007), None),
    ],
)
def test_a_message_is_outbound_over_whatsapp_and_sent_in_this_order(
    message: Message | None, reason: Reason | None
) -> None:
    assert check_message(message) is reason


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


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (an_item(), None),
        (an_item(content_type="audio/ogg; codecs=opus", format=Format.OGG), None),
        (an_item(content_type="image/jpeg", format=Format.PNG), None),
        (an_item(content_type="application/pdf", format=Format.MP3), None),
        (an_item(content_type="image/gif", format=None), Reason.FORMAT_NOT_ALLOWED),
        (an_item(content_type="image/gif", format=Format.PNG), Reason.FORMAT_NOT_ALLOWED),
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


GOOD, GIF, GONE = an_item(), an_item(content_type="image/gif"), an_item(available=False)


@pytest.mark.parametrize(
    ("media", "reason"),
    [
        ([], Reason.NO_MEDIA),
        ([GOOD] * 10, None),
        ([GIF] + [GOOD] * 9, Reason.FORMAT_NOT_ALLOWED),
        ([GOOD] * 9 + [GIF], Reason.FORMAT_NOT_ALLOWED),
        ([GOOD, GIF, GONE], Reason.FORMAT_NOT_ALLOWED),
        ([GOOD, GONE, GIF], Reason.MEDIA_UNAVAILABLE),
    ],
)
def test_the_first_failed_item_determines_the_reason(
    media: list[MediaItem], reason: Reason | None
) -> None:
    assert first_reason(check_media(media)) is reason
