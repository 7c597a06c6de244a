"""One Twilio account: its messages, and their media."""

from functools import partial

from validator.challenge.facts import MediaItem, Message
from validator.challenge.formats import recognise
from validator.telemetry.metrics import requesting
from validator.upstream.client import Client, retrying
from validator.upstream.credentials import Credentials
from validator.upstream.errors import NotFoundError
from validator.upstream.media import MediaFile
from validator.upstream.messages import Messages


class TwilioAccount:
    """What credentials open at Twilio; every method raises an UpstreamError or OutOfFilesError.

    Requests are repeated a few times while Twilio or a media host is busy or unreachable.
    """

    def __init__(self, api_url: str, credentials: Credentials, client: Client) -> None:
        self._url = f"{api_url}/2010-04-01/Accounts/{credentials.account_sid}"
        self._authorization = {"Authorization": credentials.authorization}
        self._client = client
        self._messages = Messages(api_url, credentials, client)

    @requesting("message")
    def message(self, message_sid: str) -> Message | None:
        """Return the message of a Message SID, None if the account has none of that SID."""
        try:
            return retrying(partial(self._messages.fetch, message_sid))
        except NotFoundError:
            return None

    @requesting("media_list")
    def media_sids(self, message_sid: str) -> list[str]:
        """Return the SIDs of a message's media, `[]` if it has none or has no list of them."""
        try:
            return retrying(partial(self._messages.media_sids, message_sid))
        except NotFoundError:
            return []

    @requesting("media_file")
    def probe(self, message_sid: str, media_sid: str) -> MediaItem:
        """Return the content type of one media file, and what its first bytes show."""
        url = f"{self._url}/Messages/{message_sid}/Media/{media_sid}"
        try:
            file = MediaFile(url, message_sid, self._authorization, self._client)
            return MediaItem(media_sid, file.content_type, *recognise(file.read))
        except NotFoundError:
            return MediaItem(media_sid, available=False)
