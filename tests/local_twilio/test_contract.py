"""Responses of the local Twilio, in every state, match Twilio's OpenAPI document."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from requests import Response

from tests.local_twilio import sending
from tests.local_twilio.sending import MESSAGES, Clock
from tests.support.waiting import wait_until
from tests.upstream.test_twilio_contract import body_of
from validator.local_twilio import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    RECIPIENTS,
    SAMPLES,
    SANDBOX_SENDER,
    LocalTwilio,
)
from validator.local_twilio.create import CREATE_ERRORS
from validator.local_twilio.recipients import Recipient

UNKNOWN = f"{MESSAGES}/MM{0:032d}"
STEP = 0.5

SENDERS = {
    "sandbox": ("whatsapp:", {"From": SANDBOX_SENDER}),
    "phone number": ("", {"From": "+15005550006"}),
}
REFUSED: dict[int, dict[str, Any]] = {
    21211: {"To": "12"},
    21212: {"From": "12"},
    21603: {"From": ""},
    21604: {"To": ""},
    21619: {"Body": ""},
    21620: {"MediaUrl": "owl.png"},
    21910: {"From": "+14155238886"},
    63007: {"From": "whatsapp:+15005550006"},
}


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def local(clock: Clock) -> Iterator[LocalTwilio]:
    with LocalTwilio(port=0, pace=2 * STEP, clock=clock) as running:
        yield running


@pytest.fixture
def message(local: LocalTwilio, api: requests.Session) -> Any:
    """A message whose three files have been fetched."""
    return wait_for_media(local, api, body_of(create(local, api, 3)), 3)


def create(local: LocalTwilio, api: requests.Session, files: int = 0, **form: Any) -> Response:
    samples = [f"{local.url}/samples/{each.name}" for each in SAMPLES]
    return sending.create(local, api, **{"Body": "Hi", "MediaUrl": samples[:files], **form})


def wait_for_media(local: LocalTwilio, api: requests.Session, message: Any, files: int) -> Any:
    """The message, as it is once so many files were fetched."""

    def fetched() -> Any:
        return body_of(api.get(local.url + message["uri"]))

    wait_until(lambda: fetched()["num_media"] == str(files))
    return fetched()


@pytest.mark.parametrize("recipient", RECIPIENTS, ids=lambda recipient: recipient.number)
@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("files", [0, 3])
def test_a_message_is_as_documented_in_every_status(
    local: LocalTwilio,
    api: requests.Session,
    clock: Clock,
    recipient: Recipient,
    sender: str,
    files: int,
) -> None:
    channel, form = SENDERS[sender]
    message = body_of(create(local, api, files, To=channel + recipient.number, **form))
    statuses = [message["status"]]
    wait_for_media(local, api, message, files if recipient.media_arrives else 0)
    for _ in recipient.statuses:
        clock.now += STEP
        statuses.append(body_of(api.get(local.url + message["uri"]))["status"])
        body_of(api.get(local.url + message["subresource_uris"]["media"]))

    assert tuple(dict.fromkeys(statuses)) == recipient.statuses


def test_a_message_whose_media_cannot_be_fetched_is_as_documented(
    local: LocalTwilio, api: requests.Session, clock: Clock
) -> None:
    message = body_of(create(local, api, MediaUrl=f"{local.url}/samples/nothing.png"))
    clock.now += STEP
    sending.fetch_settled(api, f"{local.url}{MESSAGES}/{message['sid']}")
    message = body_of(api.get(local.url + message["uri"]))

    assert (message["status"], message["error_code"]) == ("failed", 11200)
    assert body_of(api.get(local.url + message["subresource_uris"]["media"]))["media_list"] == []


@pytest.mark.parametrize(("page_size", "pages"), [(1, 3), (2, 2), (3, 1), (1000, 1)])
def test_every_page_of_a_media_list_is_as_documented(
    local: LocalTwilio, api: requests.Session, message: Any, page_size: int, pages: int
) -> None:
    uri = f"{message['subresource_uris']['media']}?PageSize={page_size}"
    walked = [body_of(api.get(local.url + uri))]
    while following := walked[-1]["next_page_uri"]:
        walked.append(body_of(api.get(local.url + following)))

    assert len(walked) == pages
    assert body_of(api.get(local.url + walked[-1]["first_page_uri"])) == walked[0]
    assert body_of(api.get(f"{local.url}{uri}&Page={pages}"))["media_list"] == []


def test_one_file_is_as_documented(local: LocalTwilio, api: requests.Session, message: Any) -> None:
    for listed in body_of(api.get(local.url + message["subresource_uris"]["media"]))["media_list"]:
        assert body_of(api.get(local.url + listed["uri"])) == listed


def test_the_response_to_a_delete_is_as_documented(
    local: LocalTwilio, api: requests.Session, message: Any
) -> None:
    media = body_of(api.get(local.url + message["subresource_uris"]["media"]))["media_list"]
    for uri in (media[0]["uri"], message["uri"]):
        assert body_of(api.delete(local.url + uri)) is None
        assert refusal(api.get(local.url + uri)) == (404, 20404)


@pytest.mark.parametrize("code", CREATE_ERRORS)
def test_every_error_of_a_create_is_as_documented(
    local: LocalTwilio, api: requests.Session, code: int
) -> None:
    assert refusal(create(local, api, **REFUSED[code])) == (400, code)


@pytest.mark.parametrize(
    "path",
    [f"{UNKNOWN}.json", f"{UNKNOWN}/Media.json", f"{UNKNOWN}/Media/ME{0:032d}.json"],
)
def test_404_is_as_documented(local: LocalTwilio, api: requests.Session, path: str) -> None:
    assert refusal(api.get(local.url + path)) == (404, 20404)


@pytest.mark.parametrize("auth", [None, (ACCOUNT_SID, "wrong"), ("AC" + "2" * 32, AUTH_TOKEN)])
def test_401_is_as_documented(local: LocalTwilio, auth: tuple[str, str] | None) -> None:
    assert refusal(requests.get(f"{local.url}{UNKNOWN}.json", auth=auth)) == (401, 20003)


def test_405_is_as_documented(local: LocalTwilio, api: requests.Session) -> None:
    assert refusal(api.put(f"{local.url}{UNKNOWN}.json")) == (405, 20004)


def refusal(response: Response) -> tuple[int, int]:
    """Return the HTTP status and the error code of an error response."""
    error = body_of(response)
    assert error["status"] == response.status_code
    assert error["more_info"].endswith(f"/{error['code']}")
    return error["status"], error["code"]
