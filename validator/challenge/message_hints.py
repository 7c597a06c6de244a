"""What the player reads: what was seen, and what to do next.

Plain text in the second person, without markup, credentials, phone numbers or message text.
"""

from validator.challenge import checks
from validator.challenge.delivery_errors import CODES, EXPLANATIONS, with_page
from validator.challenge.facts import Message
from validator.challenge.sanitize import plain_name, plain_sentence
from validator.challenge.verdict import Reason

SENTENCES = {
    Reason.MESSAGE_NOT_FOUND: (
        "There is no message with this SID in your Twilio account. Check that you copied the SID "
        "of your own message, and that you sent it with the same account. If you sent it a moment "
        "ago, wait a few seconds and try again."
    ),
    Reason.NOT_OUTBOUND: (
        "This message was received, not sent. Send a WhatsApp message with a media file yourself, "
        "through Twilio's API, and submit the value of sid from Twilio's response."
    ),
    Reason.NOT_WHATSAPP: (
        "This message did not go over WhatsApp. Put whatsapp: in front of both numbers, From and "
        "To, and send it again."
    ),
}


def for_message(reason: Reason, message: Message | None) -> str:
    """What to say of a message that is not there, or is not sent as the challenge asks."""
    if message is None or reason not in (Reason.NOT_SENT_YET, Reason.NOT_DELIVERED):
        return SENTENCES[reason]
    status = plain_name(message.status) or "unknown"
    if message.status == "scheduled":
        return (
            "Your message is scheduled for later. Try the same SID again after that time, or send "
            "a message without a schedule and submit its SID."
        )
    if reason is Reason.NOT_SENT_YET:
        return (
            f"Your message is still on its way: its status is {status}. Wait a few seconds and try "
            "the same SID again."
        )
    if message.status in checks.FAILED:
        return f"Your message was not delivered: its status is {status}. {_explain(message)}"
    return f"Your message does not count as sent: its status is {status}. {_explain(message)}"


def _explain(message: Message) -> str:
    """Return why it failed: in words of ours where the code is known, else in Twilio's."""
    code = message.error_code
    if code is None or code not in CODES:
        return "Twilio gives no reason for it. Send a new message and submit its SID."
    told = EXPLANATIONS.get(code) or plain_sentence(message.error_message)
    return with_page(told or "Twilio gives no reason in words.", code)
