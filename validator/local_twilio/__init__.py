"""A small stand-in for Twilio's Messages API, to try things on one's own machine and in tests.

What it imitates, on 127.0.0.1 and nowhere else:

- Create, fetch and delete a Message; list, fetch and delete its Media, with paging; Basic
  authentication with the Auth Token or an API key; Twilio's error bodies and codes; SIDs,
  fields and types as in Twilio's OpenAPI document.
- What comes later at Twilio comes later here: a message is `queued`, then `sent`, then
  `delivered`, as its clock goes on; `MediaUrl` is fetched after the create was answered, and
  until then `num_media` is "0" and the media list is empty.
- A file's bytes lie on another origin. The API redirects (307) to a signed address there that
  works for four hours; the CDN knows ranges, and refuses requests that carry credentials.
- Some recipients let a message fail, wait or turn out to be a received one: `recipients.py`.
- Samples to send are served at `/samples/`, without credentials. `https://demo.twilio.com/owl.png`
  is one of them, so that Twilio's own example works without a network.

What it does not imitate:

- Nothing is sent to anybody, and everything is forgotten when it stops.
- There is one account and one WhatsApp sender, the sandbox's; every well-formed phone number
  may send SMS, and every well-formed Messaging Service SID exists. Numbers must be E.164: those
  that Twilio would tidy up are refused. Nobody needs to join the sandbox.
- Any file of up to 16 MB is taken, with the content type that its host gives it: Twilio and
  WhatsApp refuse, convert or re-type some. Twilio asks with HEAD first; here there is only GET.
  All media are kept and listed, although WhatsApp delivers the first one only.
- Templates, scheduling, callbacks, feedback, prices, the list of messages, changing a message,
  filters by date, XML representations, rate limits, regions, subaccounts, HTTPS, connections
  that stay open. Unknown parameters are ignored.
"""

from validator.local_twilio.account import (
    ACCOUNT_SID,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    SANDBOX_SENDER,
)
from validator.local_twilio.recipients import RECIPIENTS, Recipient
from validator.local_twilio.sample_media import SAMPLES, Sample
from validator.local_twilio.server import DEFAULT_PORT, LocalTwilio

__all__ = [
    "ACCOUNT_SID",
    "API_KEY_SECRET",
    "API_KEY_SID",
    "AUTH_TOKEN",
    "DEFAULT_PORT",
    "RECIPIENTS",
    "SAMPLES",
    "SANDBOX_SENDER",
    "LocalTwilio",
    "Recipient",
    "Sample",
]
