"""Twilio's Python and Node SDKs create, fetch, list and delete with the local Twilio."""

import os
import subprocess
from collections.abc import Iterator

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from tests.local_twilio.api import TO
from tests.support.servers import ROOT
from tests.support.waiting import wait_until
from validator.local_twilio import (
    ACCOUNT_SID,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    SANDBOX_SENDER,
    LocalTwilio,
)


@pytest.fixture(scope="module")
def local() -> Iterator[LocalTwilio]:
    """Without a pace: messages are delivered as soon as their media were fetched."""
    with LocalTwilio(port=0, pace=0) as running:
        yield running


def connect(local: LocalTwilio, *credentials: str) -> Client:
    client = Client(*credentials)
    client.api.base_url = local.url
    return client


@pytest.mark.parametrize(
    "credentials", [(ACCOUNT_SID, AUTH_TOKEN), (API_KEY_SID, API_KEY_SECRET, ACCOUNT_SID)]
)
def test_the_python_sdk_creates_fetches_lists_and_deletes(
    local: LocalTwilio, credentials: tuple[str, ...]
) -> None:
    client = connect(local, *credentials)
    urls = [f"{local.url}/samples/{file}" for file in ("owl.png", "song.mp3", "invoice.pdf")]
    created = client.messages.create(to=TO, from_=SANDBOX_SENDER, body="Hi", media_url=urls)
    assert (str(created.status), created.num_media, created.date_sent) == ("queued", "0", None)

    message = client.messages(created.sid or "")
    wait_until(lambda: str(message.fetch().status) == "delivered")
    delivered = message.fetch()
    assert delivered.num_media == "3"
    assert delivered.date_sent == delivered.date_created is not None

    media = message.media.list(page_size=1)
    assert [item.content_type for item in media] == ["image/png", "audio/mpeg", "application/pdf"]
    sids = [item.sid or "" for item in media]
    assert message.media(sids[1]).fetch().content_type == "audio/mpeg"

    assert message.media(sids[0]).delete()
    assert [item.sid for item in message.media.list()] == sids[1:]
    assert message.delete()
    with pytest.raises(TwilioRestException) as rejected:
        message.fetch()
    assert (rejected.value.status, rejected.value.code) == (404, 20404)
    with pytest.raises(TwilioException, match="Unable to fetch page"):
        message.media.list()


def test_the_python_sdk_raises_twilios_error_code(local: LocalTwilio) -> None:
    with pytest.raises(TwilioRestException) as rejected:
        connect(local, ACCOUNT_SID, "wrong").messages.create(to=TO, from_=SANDBOX_SENDER, body="")
    assert (rejected.value.status, rejected.value.code) == (401, 20003)


def test_the_node_sdk_creates_fetches_lists_and_deletes(local: LocalTwilio, node: str) -> None:
    account = {"TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": AUTH_TOKEN}
    environment = {"PATH": os.environ["PATH"], "LOCAL_TWILIO_URL": local.url, **account}
    command = [node, "--test", f"{ROOT}/tests/node/story.test.js"]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
