"""Phone numbers that determine whether a message is delivered, fails or stays queued.

Modelled on Twilio's magic numbers: https://www.twilio.com/docs/iam/test-credentials
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipient:
    """A phone number, and the statuses of a message to it, in order."""

    number: str
    outcome: str
    statuses: tuple[str, ...]
    error_code: int | None = None
    direction: str = "outbound-api"
    media_arrives: bool = True


_SENT = ("queued", "sent")
_DELIVERED = (*_SENT, "delivered")
_FAILED = ("queued", "failed")

RECIPIENTS = (
    Recipient("+15005550006", "is delivered", _DELIVERED),
    Recipient(
        "+15005550015", "fails: this phone has not joined the sandbox (63015)", _FAILED, 63015
    ),
    Recipient(
        "+15005550016",
        "is undelivered: this phone last wrote over 24 hours ago (63016)",
        ("queued", "undelivered"),
        63016,
    ),
    Recipient(
        "+15005550019",
        "fails: its media could not be downloaded (63019)",
        _FAILED,
        63019,
        media_arrives=False,
    ),
    Recipient("+15005550101", "stays queued", ("queued",)),
    Recipient("+15005550102", "stays sending", ("queued", "sending")),
    Recipient("+15005550103", "stays sent: this phone is off", _SENT),
    Recipient("+15005550104", "is delivered, then read", (*_DELIVERED, "read")),
    Recipient(
        "+15005550105",
        "is an incoming one: from this phone, not to it",
        ("receiving", "received"),
        direction="inbound",
    ),
)
"""All numbers with special behaviour; messages to any other number are delivered."""

_BY_NUMBER = {recipient.number: recipient for recipient in RECIPIENTS}


def recipient_of(address: str) -> Recipient:
    """Return the recipient for a phone number, with or without `whatsapp:`."""
    return _BY_NUMBER.get(address.removeprefix("whatsapp:"), RECIPIENTS[0])
