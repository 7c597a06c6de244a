"""A small stand-in for Twilio's Messages API, to try the service without an account, and for tests.

What it imitates, on 127.0.0.1 only:

- Create, fetch and delete a Message; list, fetch and delete its Media, page by page; Basic
  authentication with the Auth Token or an API key; Twilio's error codes, as JSON; SIDs, fields
  and types as in Twilio's OpenAPI document.
- A message is `queued`, then `sent`, then `delivered`. `MediaUrl` is fetched after the response
  to the create; until then `num_media` is "0" and the media list is empty.
- The API redirects (307) to a signed URL on another origin, its CDN, for a file's bytes. The CDN
  supports range requests, and refuses requests with an Authorization header.
- `recipients.py`: phone numbers whose messages fail, stay queued, or are incoming.
- `/samples/`: files to send; one stands in for `https://demo.twilio.com/owl.png`, offline.

What it does not imitate:

- Messages are not sent to any phone, and they are lost when it stops.
- One account, and one WhatsApp sender, the sandbox's; any phone number in E.164 may send SMS, and
  phones need not join the sandbox.
- Text of any length, and files of any number, size and Content-Type are accepted. Files are
  fetched without a proxy, with GET only. CDN URLs do not expire; Twilio's do, after four hours.
- Messaging Services, templates, scheduling, callbacks, prices, updates, XML, rate limits, regions,
  subaccounts, TLS, the list of messages. Unknown parameters are ignored.
"""

from validator.local_twilio.account import (
    ACCOUNT_SID,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    SANDBOX_SENDER,
)
from validator.local_twilio.recipients import RECIPIENTS
from validator.local_twilio.sample_files import SAMPLES
from validator.local_twilio.server import LocalTwilio

__all__ = [
    "ACCOUNT_SID",
    "API_KEY_SECRET",
    "API_KEY_SID",
    "AUTH_TOKEN",
    "RECIPIENTS",
    "SAMPLES",
    "SANDBOX_SENDER",
    "LocalTwilio",
]
