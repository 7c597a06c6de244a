"""Responses of the local Twilio, in every status, match Twilio's OpenAPI document."""

import pytest

from tests.local_twilio.api import Api, Clock
from tests.support.waiting import wait_until
from tests.upstream.test_twilio_contract import body_of
from validator.local_twilio import RECIPIENTS, SAMPLES, SANDBOX_SENDER
from validator.local_twilio.recipients import Recipient

FILES = [f"/samples/{sample.name}" for sample in SAMPLES[:3]]


@pytest.mark.parametrize("recipient", RECIPIENTS, ids=lambda recipient: recipient.number)
@pytest.mark.parametrize("channel", ["whatsapp:", ""], ids=["whatsapp", "sms"])
@pytest.mark.parametrize("files", [[], FILES], ids=["text", "media"])
def test_a_message_is_as_documented_in_every_status(
    api: Api, clock: Clock, recipient: Recipient, channel: str, files: list[str]
) -> None:
    sender = SANDBOX_SENDER.replace("whatsapp:", channel)
    message = body_of(api.create(*files, From=sender, To=channel + recipient.number))
    num_media = str(len(files) if recipient.media_arrives else 0)
    wait_until(lambda: body_of(api.get(message["uri"]))["num_media"] == num_media)
    statuses = [message["status"]]
    for _ in recipient.statuses:
        clock.now += 0.5
        statuses.append(body_of(api.get(message["uri"]))["status"])
        body_of(api.get(message["subresource_uris"]["media"]))

    assert tuple(dict.fromkeys(statuses)) == recipient.statuses


def test_media_pages_files_and_deletes_are_as_documented(api: Api) -> None:
    message = api.create_settled(*FILES)
    first = uri = f"{message['subresource_uris']['media']}?PageSize=1"
    media = []
    while uri:
        page = body_of(api.get(uri))
        media += page["media_list"]
        uri = page["next_page_uri"]

    assert [item["content_type"] for item in media] == [file.content_type for file in SAMPLES[:3]]
    assert body_of(api.get(f"{first}&Page=3"))["media_list"] == []
    for item in media:
        assert body_of(api.get(item["uri"])) == item
    for uri in (media[0]["uri"], message["uri"]):
        assert body_of(api.delete(uri)) is None
