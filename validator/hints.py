"""What the player reads: what was seen, and what to do next.

Plain text in the second person, without markup, credentials, phone numbers or message text.
"""

from validator import checks
from validator.error_codes import EXPLANATIONS
from validator.plain_text import plain_name, plain_sentence
from validator.verdict import Message, Reason

# Twilio's codes have five digits: https://www.twilio.com/docs/api/errors
KNOWN_CODES = range(10_000, 100_000)

# What other SIDs name: https://www.twilio.com/docs/glossary/what-is-a-sid
RESOURCES = {
    "AC": "your account",
    "CA": "a phone call",
    "CH": "a conversation",
    "HX": "a content template",
    "IM": "a message in a conversation",
    "ME": "one media file of a message",
    "MG": "a messaging service",
    "PN": "a phone number",
    "SK": "an API key",
    "SM": "a text message without media",
}

SENTENCES = {
    Reason.SID_MISSING: (
        "There is no Message SID to check. Send your WhatsApp media message and paste the SID that "
        "Twilio answers with: it begins with MM."
    ),
    Reason.SID_MALFORMED: (
        "That is not a whole Message SID: it is MM, in capitals, and 32 digits from 0 to 9 and "
        "a to f. Copy it again from Twilio's answer, from the first character to the last and "
        "without quotes."
    ),
    Reason.MESSAGE_NOT_FOUND: (
        "Twilio knows no message with this SID in your account. Check that you copied all of it, "
        "and that you sent the message with the same account. If you sent it a moment ago, wait "
        "a few seconds and try again."
    ),
    Reason.NOT_OUTBOUND: (
        "This message was received, not sent: somebody wrote it to you. Send a WhatsApp message "
        "with a media file yourself, through Twilio's API, and submit the SID that the API "
        "answers with."
    ),
    Reason.NOT_WHATSAPP: (
        "This message did not go over WhatsApp. Put whatsapp: in front of both numbers, From and "
        "To, and send it again."
    ),
}


def for_sid(reason: Reason, text: str) -> str:
    """What to say of a submission that is no whole MM SID."""
    if reason is not Reason.SID_NOT_MM:
        return SENTENCES[reason]
    resource = RESOURCES.get(text[:2], "something else at Twilio")
    return (
        f"A SID that begins with {text[:2]} names {resource}. The SID of a message with media "
        "begins with MM: send a WhatsApp message with a MediaUrl and submit the SID that Twilio "
        "answers with."
    )


def for_message(reason: Reason, message: Message | None) -> str:
    """What to say of a message that is not there, or is not sent as the challenge asks."""
    if message is None or reason not in (Reason.NOT_SENT_YET, Reason.NOT_DELIVERED):
        return SENTENCES[reason]
    status = plain_name(message.status) or "unknown"
    if message.status == "scheduled":
        return (
            "Your message is to go out later: Twilio calls it scheduled. Try the same SID again "
            "after its time, or send a message without a schedule and submit its SID."
        )
    if reason is Reason.NOT_SENT_YET:
        return (
            f"Your message is still on its way: Twilio calls it {status}. Wait a few seconds "
            "and try the same SID again."
        )
    if message.status in checks.FAILED:
        return f"Your message was not delivered: Twilio calls it {status}. {_explain(message)}"
    unsure = f"Twilio does not say that your message was sent: Twilio calls it {status}."
    return f"{unsure} {_explain(message)}"


def _explain(message: Message) -> str:
    """Twilio's error code in words; its own words, and its page, for a code without any here."""
    code = message.error_code
    if code not in KNOWN_CODES:
        return "Twilio gives no reason for it. Send a new message and submit its SID."
    if code in EXPLANATIONS:
        return EXPLANATIONS[code]
    page = f"https://www.twilio.com/docs/errors/{code}"
    return f"{plain_sentence(message.error_message)} What to do is on {page}.".lstrip()
