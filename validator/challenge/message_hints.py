"""Hints about a message: what Twilio reports, and what to do next.

Plain text in the second person, without markup, credentials, the message's phone numbers or text.
"""

from validator.challenge import checks
from validator.challenge.delivery_errors import CODES, EXPLANATIONS, NUMBERS, with_page
from validator.challenge.facts import Message
from validator.challenge.sanitize import plain_name, plain_sentence
from validator.challenge.verdict import Reason

SENTENCES = {
    Reason.MESSAGE_NOT_FOUND: (
        "Twilio found no message with this SID in the account that was used here. If you sent it "
        "just now, wait a few seconds and submit it again. Otherwise, check that you copied the "
        "whole SID of your own message; if you sent it from another account, use that account here."
    ),
    Reason.NOT_OUTBOUND: (
        "Your Twilio account received this message; it did not send it. Send a WhatsApp message "
        "with a media file yourself, through Twilio's API, and submit the value of sid from "
        "Twilio's response."
    ),
    Reason.NOT_WHATSAPP: (
        f"This message was not sent over WhatsApp. {NUMBERS}, then send the message again and "
        "submit the new SID."
    ),
}


def for_message(reason: Reason, message: Message | None) -> str:
    """Return the hint for a message that was not found, or failed a check of the message."""
    if message is None or reason not in (Reason.NOT_SENT_YET, Reason.NOT_DELIVERED):
        return SENTENCES[reason]
    status = plain_name(message.status) or "unknown"
    if message.status == "scheduled":
        return (
            "Your message is scheduled for later. Submit the same SID again after that time, or "
            "send a new message without a schedule and submit its SID."
        )
    if reason is Reason.NOT_SENT_YET:
        return (
            f"Your message is still on its way: its status is {status}. Wait a few seconds, then "
            f"submit the same SID again. If it is still {status} after five minutes, send a new "
            "message and submit its SID."
        )
    if message.status in checks.FAILED:
        return f"Your message was not delivered: its status is {status}. {_explain(message)}"
    return f"Your message does not count as sent: its status is {status}. {_explain(message)}"


def _explain(message: Message) -> str:
    """Return why the delivery failed and the next step; Twilio's words for an unknown code."""
    code = message.error_code
    if code is None or code not in CODES:
        return "Twilio gives no reason. Send a new message and submit its SID."
    return with_page(EXPLANATIONS.get(code) or _in_twilios_words(message.error_message), code)


def _in_twilios_words(error_message: str | None) -> str:
    words = plain_sentence(error_message)
    reason = f"Twilio says: {words}" if words else "Twilio gives an error code, but no reason."
    return (
        f"{reason} Read about the error on Twilio's page, if there is one, then send a new message "
        "and submit its SID."
    )
