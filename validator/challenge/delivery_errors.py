"""Why Twilio could not deliver a message, by error code, with the next step for a beginner.

Source: https://www.twilio.com/docs/api/errors. Twilio says that codes may change, so they explain
a verdict and never decide it.
"""

from validator.challenge.formats import allowed_formats

NUMBERS = (
    "In From, use your WhatsApp sender (usually the sandbox's number, whatsapp:+14155238886), and "
    "in To your phone's number (like whatsapp:+15551234567)"
)
SAMPLE_FILE = "https://demo.twilio.com/owl.png"
PRIVATE_WINDOW = "a private (Incognito) window"

CODES = range(10_000, 100_000)
"""Twilio's codes have five digits."""

# A message that failed stays failed: only a new one, with its own SID, can pass.
_AGAIN = "then send your message again and submit the new SID."
_LATER = f"Wait a few minutes, {_AGAIN}"
_JOIN = (
    "In WhatsApp on that phone, send the whole text \u201cjoin your-code\u201d to the sandbox's "
    f"number (the WhatsApp Sandbox page of the Twilio Console shows both), {_AGAIN}"
)
_SUPPORTED_FILE = (
    f"Upload an allowed file ({allowed_formats()}) to a file host that sends it with the right "
    f"Content-Type, or use {SAMPLE_FILE} as MediaUrl, {_AGAIN}"
)
_SMALLER = f"Choose a file smaller than 5 MB, {_AGAIN}"
_BOTH_NUMBERS = f"{NUMBERS}, {_AGAIN}"
_TO_LOOKS_LIKE = (
    "To looks like whatsapp:+15551234567 (with the country code, without spaces, and usually "
    "without the first 0 of your local number)"
)
_CHECK_TO = f"Check that this phone uses WhatsApp, and that {_TO_LOOKS_LIKE}, {_AGAIN}"
_FREE_FORM = (
    "This challenge needs no template: remove ContentSid and ContentVariables, keep From, To, Body "
    f"and MediaUrl, {_AGAIN}"
)
_OPENS = (
    f"Open MediaUrl in {PRIVATE_WINDOW}; if it needs a login or more than a few seconds, put the "
    f"file on another server, or use {SAMPLE_FILE} as MediaUrl, {_AGAIN}"
)
_UNBLOCK = f"Unblock it in WhatsApp on that phone, write to it once, {_AGAIN}"
_FROM_SANDBOX = (
    "In From, use the number on the WhatsApp Sandbox page of the Twilio Console, usually "
    f"whatsapp:+14155238886, {_AGAIN}"
)
_NOT_ACTIVE = f"Follow the notices in the Twilio Console, {_AGAIN}"

EXPLANATIONS = {
    10001: f"Your Twilio account is not active. {_NOT_ACTIVE}",
    11200: f"Twilio could not fetch your media file from MediaUrl. {_OPENS}",
    11751: f"Your media file is too large. {_SMALLER}",
    12300: (
        "The server of your media file does not say what kind of file it is (its Content-Type), or "
        f"says it wrongly, or the kind is not supported. {_SUPPORTED_FILE}"
    ),
    20005: f"Your Twilio account is not active. {_NOT_ACTIVE}",
    21211: f"The number in To is not valid. {_CHECK_TO}",
    21606: f"The number in From cannot send this message. {_FROM_SANDBOX}",
    21608: (
        "A trial account can send an SMS only to verified numbers; over WhatsApp, the phone only "
        f"has to join your sandbox. Check that {_TO_LOOKS_LIKE}, {_AGAIN}"
    ),
    21610: (
        "That phone has unsubscribed from your messages. In WhatsApp on that phone, send START to "
        f"the number in From, and your join code again if the sandbox asks for it, {_AGAIN}"
    ),
    21617: f"The text in Body is too long. Shorten it to at most 1600 characters, {_AGAIN}",
    21619: f"The message had neither text nor media. Add a MediaUrl, {_AGAIN}",
    21620: (
        "MediaUrl is not a valid URL. Use one that begins with https:// and opens in "
        f"{PRIVATE_WINDOW} without a login, such as {SAMPLE_FILE}, {_AGAIN}"
    ),
    21623: f"The message had too many media files. Keep only one MediaUrl, {_AGAIN}",
    21654: f"The message used a template without its ContentSid. {_FREE_FORM}",
    21655: f"The template in ContentSid does not exist. {_FREE_FORM}",
    21656: f"The template's ContentVariables are not valid. {_FREE_FORM}",
    21910: f"From and To are not both WhatsApp numbers. {_BOTH_NUMBERS}",
    30002: f"Your Twilio account is suspended. {_NOT_ACTIVE}",
    30004: (
        "The phone could not be reached, or the message was blocked. Check that the phone is on "
        "and online and that WhatsApp is up to date, then send your message again and submit the "
        "new SID; if that fails too, use another phone that has joined your sandbox."
    ),
    30007: f"The message was blocked as possible spam. Change its text, {_AGAIN}",
    30008: f"Twilio reports an unknown error. {_LATER}",
    63001: f"Twilio could not sign in to WhatsApp for this sender. {_LATER}",
    63003: f"WhatsApp did not find the number in To. {_CHECK_TO}",
    63005: (
        "WhatsApp did not accept the message: the media file may be damaged, or the phone in To "
        f"may not use WhatsApp. Open the file to see that it works, check the number, {_AGAIN}"
    ),
    63007: f"The number in From is not a WhatsApp sender of your account. {_FROM_SANDBOX}",
    63008: f"From or To could not be used as a WhatsApp number. {_BOTH_NUMBERS}",
    63010: f"Twilio had an internal error. {_LATER}",
    63012: f"WhatsApp had an internal error. {_LATER}",
    63013: (
        "WhatsApp's rules do not allow this content. Choose another picture, recording or PDF, and "
        f"another text, {_AGAIN}"
    ),
    63014: f"That phone has blocked the number in From. {_UNBLOCK}",
    63015: f"The phone in To has not joined your WhatsApp Sandbox, or joined too long ago. {_JOIN}",
    63016: (
        "More than 24 hours have passed since that phone last wrote to your sandbox. From that "
        f"phone, send any WhatsApp message to the sandbox's number, {_AGAIN}"
    ),
    63017: f"You sent messages faster than WhatsApp allows. Wait a minute, {_AGAIN}",
    63018: f"You sent messages faster than WhatsApp allows. Wait a minute, {_AGAIN}",
    63019: (
        "Twilio could not download your media file, or it was empty, or WhatsApp could not use it. "
        f"If MediaUrl does not open at once in {PRIVATE_WINDOW}, put the file on another server; "
        f"if it does, try {SAMPLE_FILE}, or an MP3 instead of an OGG, {_AGAIN}"
    ),
    63020: f"The setup of your own WhatsApp sender at Meta is not finished. {_FROM_SANDBOX}",
    63021: f"WhatsApp did not accept your media file. {_SUPPORTED_FILE}",
    63024: f"The phone in To cannot receive this message. {_CHECK_TO}",
    63027: f"The template does not exist in that language. {_FREE_FORM}",
    63028: f"The template got the wrong number of values. {_FREE_FORM}",
    63030: f"MediaUrl cannot be used together with a template. {_FREE_FORM}",
    63031: f"From and To are the same number. Put your own phone's number into To, {_AGAIN}",
    63032: (
        "WhatsApp does not let this phone receive the message. Send your message to another phone "
        "that has joined your sandbox, such as a friend's, and submit the new SID."
    ),
    63033: f"That phone has blocked the number in From. {_UNBLOCK}",
    63034: f"Your media file is too large. {_SMALLER}",
    63036: f"The message was not sent as a WhatsApp message. {_BOTH_NUMBERS}",
    63037: f"Your media file could not be uploaded to WhatsApp. {_LATER}",
    63038: (
        "Your account has reached its daily limit of messages. Send your message again tomorrow, "
        "and submit the new SID."
    ),
    63041: f"The template is paused. {_FREE_FORM}",
    63042: f"The template is disabled. {_FREE_FORM}",
    63049: (
        "WhatsApp treated the message as advertising and did not deliver it. Change the text in "
        f"Body, or remove ContentSid and ContentVariables if you used a template, {_AGAIN}"
    ),
    63051: f"WhatsApp has locked this sender's business account. {_FROM_SANDBOX}",
}


def with_page(sentence: str, code: int) -> str:
    """Return the sentence with Twilio's error code and the URL of its page appended.

    Nothing follows the URL, so that it can be copied or clicked as it is.
    """
    page = f"https://www.twilio.com/docs/errors/{code}"
    return f"{sentence.removesuffix('.')} (Twilio error {code}): {page}"
