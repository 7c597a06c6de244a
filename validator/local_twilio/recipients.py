"""The phone numbers that make a message fail, wait or arrive: one table.

After Twilio's own magic numbers, which work with test credentials only:
https://www.twilio.com/docs/iam/test-credentials. Prefix them with `whatsapp:` or don't.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipient:
    """A phone number and what becomes of a message to it: the statuses it goes through."""

    name: str
    number: str
    what_happens: str
    statuses: tuple[str, ...]
    error_code: int | None = None
    direction: str = "outbound-api"
    media_arrives: bool = True


_SENT = ("queued", "sent")
_DELIVERED = (*_SENT, "delivered")

RECIPIENTS = (
    Recipient("delivered", "+15005550006", "is delivered", _DELIVERED),
    Recipient(
        "not joined",
        "+15005550015",
        "fails: this phone has not joined the sandbox (63015)",
        ("queued", "failed"),
        error_code=63015,
    ),
    Recipient(
        "outside window",
        "+15005550016",
        "is undelivered: this phone last wrote more than 24 hours ago (63016)",
        ("queued", "undelivered"),
        error_code=63016,
    ),
    Recipient(
        "media failed",
        "+15005550019",
        "fails: its media cannot be downloaded (63019), so its media list stays empty",
        ("queued", "failed"),
        error_code=63019,
        media_arrives=False,
    ),
    Recipient("queued", "+15005550101", "stays queued", ("queued",)),
    Recipient("sending", "+15005550102", "stays at sending", ("queued", "sending")),
    Recipient("sent", "+15005550103", "stays at sent: this phone is off", _SENT),
    Recipient("read", "+15005550104", "is delivered, then read", (*_DELIVERED, "read")),
    Recipient(
        "inbound",
        "+15005550105",
        "turns out to be a message received from this phone, not sent to it",
        ("receiving", "received"),
        direction="inbound",
    ),
)
"""Every number with a story of its own; all other numbers are delivered to."""

_BY_NUMBER = {recipient.number: recipient for recipient in RECIPIENTS}


def recipient_of(address: str) -> Recipient:
    """What becomes of a message to this address, with or without its channel prefix."""
    number = address.removeprefix("whatsapp:")
    return _BY_NUMBER.get(number, RECIPIENTS[0])
