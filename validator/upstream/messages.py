"""The Message and Media resources, through Twilio's SDK.

https://www.twilio.com/docs/messaging/api/message-resource
https://www.twilio.com/docs/messaging/api/media-resource
"""

import logging
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any
from urllib.parse import urlencode
from weakref import proxy

import twilio.rest
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from requests import Response
from twilio.base.page import Page
from twilio.http import HttpClient
from twilio.http.response import Response as SdkResponse
from twilio.rest.api.v2010.account.message import MessageList
from twilio.rest.api.v2010.account.message.media import MediaInstance

from validator.challenge.facts import Message
from validator.upstream.client import Client
from validator.upstream.credentials import Credentials
from validator.upstream.error_responses import ERROR_SIZE, by_twilio, json_object
from validator.upstream.errors import InvalidResponseError, MisdirectedResponseError, NotFoundError

MAX_BODY_SIZE = 1024 * 1024
# Twilio takes at most ten media files for a message, and lists up to fifty on a page.
MAX_PAGES = 10
MAX_MEDIA = 50
SID_LENGTH = 34

# The SDK would fall back to this process's TWILIO_ variables wherever a value is blank, and to
# them all if the environment that it is given were empty.
_NO_ENVIRONMENT = {"": ""}


class Messages:
    """The messages of one account; every method raises NotFoundError or an UpstreamError."""

    def __init__(self, api_url: str, credentials: Credentials, client: Client) -> None:
        self._http = _SdkHttpClient(api_url, credentials, client)
        # The SDK's client refers to itself, and stays until the garbage collector comes. The
        # credentials are in the HTTP client alone, to which it has a weak reference.
        sdk = twilio.rest.Client(
            credentials.account_sid,
            "no secret",
            http_client=proxy(self._http),
            environment=_NO_ENVIRONMENT,
        )
        sdk.api.base_url = api_url
        self._messages: MessageList = sdk.messages

    def fetch(self, message_sid: str) -> Message:
        """Return the message of a Message SID."""
        found = self._messages(message_sid).fetch()
        return Message(
            sid=str(found.sid),
            direction=str(found.direction),
            status=str(found.status),
            sender=found.from_,
            recipient=found.to,
            error_code=found.error_code,
            error_message=found.error_message,
        )

    def media_sids(self, message_sid: str) -> list[str]:
        """Return the SIDs of a message's media; NotFoundError may mean that it has none."""
        first_page = self._messages(message_sid).media.page()
        try:
            media = list(islice(_media(first_page), MAX_MEDIA + 1))
        except NotFoundError as error:
            raise InvalidResponseError from error
        if len(media) > MAX_MEDIA:
            raise InvalidResponseError
        return [str(each.sid) for each in media]


def _media(page: Page | None) -> Iterator[MediaInstance]:
    for _ in range(MAX_PAGES):
        if page is None:
            return
        yield from page
        page = page.next_page()
    raise InvalidResponseError


class _Resource(BaseModel):
    """The fields that the SDK is given: whatever is wrong with others, it would stumble over."""

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)


class _Message(_Resource):
    sid: str
    account_sid: str | None = None
    direction: Annotated[str, Field(pattern="^(inbound|outbound-[a-z]+)$")]
    status: str
    sender: Annotated[str | None, Field(alias="from")]
    to: str | None
    error_code: int | None
    error_message: str | None

    def is_of(self, account_sid: str, message_sid: str) -> bool:
        return _same(self.sid, message_sid) and _same(self.account_sid, account_sid)


class _MediaItem(_Resource):
    sid: Annotated[str, Field(pattern="^ME[0-9a-fA-F]{32}$")]
    account_sid: str | None = None
    parent_sid: str | None = None


class _MediaPage(_Resource):
    media_list: list[_MediaItem]
    uri: str | None = None
    next_page_uri: str | None = None

    def is_of(self, account_sid: str, message_sid: str) -> bool:
        uris = (self.uri or message_sid, self.next_page_uri or message_sid)
        return all(message_sid.lower() in uri.lower() for uri in uris) and all(
            _same(item.account_sid, account_sid) and _same(item.parent_sid, message_sid)
            for item in self.media_list
        )


def _same(sid: str | None, expected: str) -> bool:
    """Compare SIDs, whose letters may be of either case; Twilio documents most as nullable."""
    return sid is None or sid.lower() == expected.lower()


class _SdkHttpClient(HttpClient):
    """Lets the SDK request one account's messages, and gives it nothing but valid resources."""

    def __init__(self, api_url: str, credentials: Credentials, client: Client) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False)
        self._account_sid = credentials.account_sid
        self._messages_url = f"{api_url}/2010-04-01/Accounts/{credentials.account_sid}/Messages/"
        self._authorization = credentials.authorization
        self._client = client

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
    ) -> SdkResponse:
        prefix, _, path = uri.partition(self._messages_url)
        if prefix or not path:
            raise InvalidResponseError
        message_sid, kind = path[:SID_LENGTH], path[SID_LENGTH:].partition("?")[0]
        url = f"{uri}?{urlencode(params)}" if params else uri
        headers = {**(headers or {}), "Authorization": self._authorization}
        with self._client.get(url, headers) as response:
            document = _document(response, message_sid)
            resource = _resource(kind, document)
            if not resource.is_of(self._account_sid, message_sid):
                raise MisdirectedResponseError
        return SdkResponse(200, resource.model_dump_json(by_alias=True))


def _document(response: Response, message_sid: str) -> dict[str, Any]:
    """Return the JSON object in a response; raises the error that any other response means."""
    if 300 <= response.status_code < 400:
        # Twilio redirects requests for media files, and no others.
        raise MisdirectedResponseError
    if response.status_code != 200:
        raise by_twilio(response.status_code, response.raw.read(ERROR_SIZE), message_sid)
    body = response.raw.read(MAX_BODY_SIZE + 1)
    document = json_object(body) if len(body) <= MAX_BODY_SIZE else {}
    if not document:
        raise InvalidResponseError
    return document


def _resource(kind: str, document: dict[str, Any]) -> _Message | _MediaPage:
    model: type[_Message | _MediaPage] = _Message if kind == ".json" else _MediaPage
    try:
        return model.model_validate(document)
    except ValidationError as error:
        # Another resource, which somebody else may have requested.
        raise MisdirectedResponseError from error
