"""The local Twilio's page at `/`: its credentials, phone numbers and files, as plain text."""

from collections.abc import Iterable

from validator.local_twilio import account
from validator.local_twilio.recipients import RECIPIENTS
from validator.local_twilio.sample_files import SAMPLES


def welcome(url: str) -> str:
    """Return the text of the page, for a local Twilio at this URL."""
    return f"""\
This is the local Twilio, a small stand-in for Twilio's Messages API.
Messages are not sent to any phone. When it stops, all messages are lost.

Account SID   {account.ACCOUNT_SID}
Auth Token    {account.AUTH_TOKEN}
API key       {account.API_KEY_SID}
its secret    {account.API_KEY_SECRET}
From          {account.SANDBOX_SENDER} (the WhatsApp sandbox)

With Twilio's SDKs, set the base URL. In Python:

client = Client("{account.ACCOUNT_SID}", "{account.AUTH_TOKEN}")
client.api.base_url = "{url}"

To: any phone number, with whatsapp: in front. A message to

{_table((each.number, each.outcome) for each in RECIPIENTS)}
MediaUrl: any URL, or https://demo.twilio.com/owl.png (works offline), or one of
the files in {url}/samples/

{_table((each.name, each.content_type, each.description) for each in SAMPLES)}"""


def _table(rows: Iterable[tuple[str, ...]]) -> str:
    cells = list(rows)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in cells)
    return "".join(f"{line}\n" for line in lines)
