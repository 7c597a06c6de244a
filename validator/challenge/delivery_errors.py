"""Why Twilio could not deliver a message, by its error code, in words that a beginner can act on.

Source: https://www.twilio.com/docs/api/errors. Twilio says that codes may change: they explain a
verdict and never decide it.
"""

CODES = range(10_000, 100_000)
"""Twilio's codes have five digits."""

_JOIN = (
    "From that phone, send join and your sandbox's code (see the WhatsApp Sandbox page of the "
    "Twilio Console) to the sandbox's number over WhatsApp, then send your message again."
)
_SUPPORTED_FILE = (
    "Send a JPG or PNG image, an MP3, OGG or AMR recording or a PDF, from a server that sends it "
    "with the right Content-Type."
)
_SMALLER = "Send a file smaller than 5 MB."
_LATER = "Send your message again a little later."
_BOTH_NUMBERS = "Put whatsapp: and the country code in front of both numbers, From and To."
_FREE_FORM = "This challenge needs no template: send Body and MediaUrl alone."
_OPENS = (
    "MediaUrl must be a public https address that opens in a private browser window, without a "
    "login, and within a few seconds."
)
_UNBLOCK = "Unblock it in WhatsApp on that phone, write to it once, then send your message again."

EXPLANATIONS = {
    10001: "Your Twilio account is not active. Look at its notices in the Twilio Console.",
    11200: f"Twilio could not fetch your media file from MediaUrl. {_OPENS}",
    11751: f"Your media file is too large. {_SMALLER}",
    12300: f"Your media file is served with a Content-Type that does not fit. {_SUPPORTED_FILE}",
    20005: "Your Twilio account is not active. Look at its notices in the Twilio Console.",
    21211: f"The number in To is not valid. {_BOTH_NUMBERS}",
    21606: (
        "The number in From cannot send this message. Send from the WhatsApp Sandbox's number, "
        "with whatsapp: in front."
    ),
    21608: (
        "A trial account sends only to numbers that it has verified. Put whatsapp: in front of "
        "the number in To, or verify it in the Twilio Console."
    ),
    21610: "The recipient has unsubscribed. Write START from that phone, then send it again.",
    21617: "The text in Body is too long. Send at most 1600 characters.",
    21619: "The message had neither text nor media. Add a MediaUrl and send it again.",
    21620: f"MediaUrl is not a valid URL. {_OPENS}",
    21623: "The message had too many media files. Send one.",
    21654: f"A template was asked for without its ContentSid. {_FREE_FORM}",
    21655: f"The template in ContentSid does not exist. {_FREE_FORM}",
    21656: f"The template's ContentVariables are not valid. {_FREE_FORM}",
    21910: f"From and To are not both WhatsApp addresses. {_BOTH_NUMBERS}",
    30002: "Your Twilio account is suspended. Look at its notices in the Twilio Console.",
    30004: "The phone could not be reached or is blocked. Try with another phone.",
    30007: "The message was taken for spam. Change its text and send it again.",
    30008: f"Twilio does not know what went wrong on the way. {_LATER}",
    63001: f"Twilio could not log in to WhatsApp for this sender. {_LATER}",
    63003: f"WhatsApp does not know the number in To. {_BOTH_NUMBERS}",
    63005: (
        "WhatsApp refused the content: the media file is damaged, or the number in To has no "
        f"WhatsApp. {_SUPPORTED_FILE}"
    ),
    63007: (
        "The number in From is not a WhatsApp sender of your account. Open the WhatsApp Sandbox in "
        "your Twilio Console, copy its number to From with whatsapp: in front, and send it again."
    ),
    63008: f"The numbers could not be used as WhatsApp addresses. {_BOTH_NUMBERS}",
    63010: f"Twilio had a fault of its own. {_LATER}",
    63012: f"WhatsApp had a fault of its own. {_LATER}",
    63013: f"WhatsApp's rules forbid this content. {_SUPPORTED_FILE}",
    63014: f"The recipient has blocked the sandbox's number. {_UNBLOCK}",
    63015: f"The phone in To has not joined your WhatsApp Sandbox, or joined too long ago. {_JOIN}",
    63016: (
        "More than 24 hours have passed since that phone last wrote to your sandbox. Write any "
        "WhatsApp message from it to the sandbox's number, then send your message again."
    ),
    63017: "You sent faster than WhatsApp allows. Wait a minute, then send one message.",
    63018: "You sent faster than WhatsApp allows. Wait a minute, then send one message.",
    63019: (
        "Twilio could not download your media file, or it was empty, or WhatsApp could not use it. "
        "Open MediaUrl in a private browser window: if the file does not show at once and without "
        "a login, put it where it does; if it does, send a JPG or PNG instead, or MP3 for OGG."
    ),
    63020: (
        "The setup of your own WhatsApp sender at Meta is not finished. Send from the WhatsApp "
        "Sandbox's number instead."
    ),
    63021: f"WhatsApp did not take your media file. {_SUPPORTED_FILE}",
    63024: f"The number in To cannot be a recipient. {_BOTH_NUMBERS}",
    63027: f"The template does not exist in that language. {_FREE_FORM}",
    63028: f"The template got the wrong number of values. {_FREE_FORM}",
    63030: f"MediaUrl does not go together with a template. {_FREE_FORM}",
    63031: "From and To are the same number. Put your own phone's number in To.",
    63032: "WhatsApp does not let this phone receive it. Try with another phone.",
    63033: f"The recipient has blocked the sandbox's number. {_UNBLOCK}",
    63034: f"Your media file is too large. {_SMALLER}",
    63036: f"The message was not sent as a WhatsApp message. {_BOTH_NUMBERS}",
    63037: f"Your media file could not be handed to WhatsApp. {_LATER}",
    63038: "Your account has sent all the messages it may send today. Send it again tomorrow.",
    63041: f"The template is paused. {_FREE_FORM}",
    63042: f"The template is disabled. {_FREE_FORM}",
    63049: f"WhatsApp took the message for advertising and dropped it. {_FREE_FORM}",
    63051: (
        "WhatsApp has locked this sender's business account. Send from the WhatsApp Sandbox's "
        "number instead."
    ),
}


def with_page(sentence: str, code: int) -> str:
    """Return the sentence with Twilio's code and the page about it at its end."""
    page = f"https://www.twilio.com/docs/errors/{code}"
    return f"{sentence.removesuffix('.')} (Twilio error {code}, see {page})."
