"""Messages and media lists, asked of Twilio's API through its SDK."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Annotated, Any
from urllib.parse import urlencode
from weakref import proxy

from pydantic import BaseModel, ConfigDict, Field
from twilio.base.exceptions import TwilioException
from twilio.base.page import Page
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageList

from validator.challenge.facts import Message
from validator.deadline import Deadline
from validator.telemetry.metrics import requesting
from validator.transport import InvalidAnswerError, Transport, persistently
from validator.upstream.credentials import Credentials
from validator.upstream.refusals import ERROR_SIZE, NotFoundError, by_twilio, json_object

MAX_ANSWER_SIZE = 1024 * 1024
# Twilio takes at most ten media files for a message, and lists up to fifty on a page.
MAX_PAGES = 10
MAX_MEDIA = 50

# The SDK would fall back to this process's TWILIO_ variables wherever a value is blank, and to
# them all if the environment that it is given were empty.
_NO_ENVIRONMENT = {"": ""}
_NO_SECRET = "not used"


class TwilioGateway:
    """What one account's credentials open at Twilio, until the deadline.

    Every method raises an UpstreamError, or DeadlineExceededError.
    """

    def __init__(
        self, api_url: str, credentials: Credentials, transport: Transport, deadline: Deadline
    ) -> None:
        self._transport = _SdkTransport(api_url, credentials, transport, deadline)
        # The SDK's client refers to itself, and stays until the garbage collector comes: the
        # credentials are in the transport alone, which it does not keep.
        client = Client(
            credentials.account_sid,
            _NO_SECRET,
            http_client=proxy(self._transport),
            environment=_NO_ENVIRONMENT,
        )
        client.api.base_url = api_url
        self._messages: MessageList = client.messages

    @requesting("message")
    def message(self, message_sid: str) -> Message | None:
        """The message of a whole Message SID; None where the account has none of that SID."""
        with _invalid_answers():
            try:
                found = _MessageResource.model_validate(self._messages(message_sid).fetch())
            except NotFoundError:
                return None
            if found.sid.lower() != message_sid.lower():
                raise InvalidAnswerError
            return found.message()

    @requesting("media_list")
    def media_sids(self, message_sid: str) -> list[str]:
        """The SIDs of all the message's media; none also where Twilio knows of no such list."""
        with _invalid_answers():
            try:
                first_page = self._messages(message_sid).media.page()
            except NotFoundError:
                return []
            items = list(islice(_items(first_page), MAX_MEDIA + 1))
            if len(items) > MAX_MEDIA:
                raise InvalidAnswerError
            return [_MediaResource.model_validate(item).sid for item in items]


def _items(page: Page | None) -> Iterator[Any]:
    for _ in range(MAX_PAGES):
        if page is None:
            return
        yield from page
        page = page.next_page()
    raise InvalidAnswerError


class _Resource(BaseModel):
    """What must be true of an answer before it can be judged."""

    model_config = ConfigDict(strict=True, from_attributes=True, hide_input_in_errors=True)


class _MessageResource(_Resource):
    sid: str
    direction: Annotated[str, Field(pattern="^(inbound|outbound-[a-z]+)$")]
    status: str
    from_: str | None
    to: str | None
    error_code: int | None
    error_message: str | None

    def message(self) -> Message:
        return Message(
            sid=self.sid,
            direction=self.direction,
            status=self.status,
            sender=self.from_,
            recipient=self.to,
            error_code=self.error_code,
            error_message=self.error_message,
        )


class _MediaResource(_Resource):
    sid: Annotated[str, Field(pattern="^ME[0-9a-fA-F]{32}$")]


class _SdkTransport(HttpClient):
    """Lets the SDK ask over our connections, at the API's own address and nowhere else."""

    def __init__(
        self, api_url: str, credentials: Credentials, transport: Transport, deadline: Deadline
    ) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False)
        self._api_url = api_url
        self._authorization = credentials.authorization
        self._transport = transport
        self._deadline = deadline

    def request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        if not uri.startswith(f"{self._api_url}/"):
            raise InvalidAnswerError
        url = f"{uri}?{urlencode(params)}" if params else uri
        headers = {**(headers or {}), "Authorization": self._authorization}
        return persistently(lambda: self._ask(url, headers), self._deadline)

    def _ask(self, url: str, headers: dict[str, str]) -> Response:
        with self._transport.get(url, headers, self._deadline) as answer:
            if answer.status != 200:
                raise by_twilio(answer.status, answer.read(ERROR_SIZE))
            body = answer.read(MAX_ANSWER_SIZE + 1)
        if len(body) > MAX_ANSWER_SIZE:
            raise InvalidAnswerError
        if url.partition("?")[0].endswith("/Media.json") and not _is_media_page(json_object(body)):
            raise InvalidAnswerError
        return Response(answer.status, body.decode())


def _is_media_page(document: dict[str, Any]) -> bool:
    """The SDK looks for a page's records in more places than Twilio has them."""
    elsewhere = document.keys() & {"meta", "Resources"}
    return isinstance(document.get("media_list"), list) and not elsewhere


@contextmanager
def _invalid_answers() -> Iterator[None]:
    """The SDK takes JSON as it comes, and stumbles in many ways over what is no resource."""
    try:
        yield
    except (
        NotFoundError,
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        TwilioException,
        TypeError,
        ValueError,
    ):
        raise InvalidAnswerError from None
