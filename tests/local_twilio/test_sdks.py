"""Twilio's Python and Node SDKs create, fetch, list and delete with the local Twilio."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance

from tests.support.waiting import wait_until
from validator.local_twilio import (
    ACCOUNT_SID,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    SANDBOX_SENDER,
    LocalTwilio,
)

TO = "whatsapp:+15005550006"
NODE_FOLDER = Path(__file__).parent.parent / "node"


@pytest.fixture(scope="module")
def local() -> Iterator[LocalTwilio]:
    with LocalTwilio(port=0, pace=0.1) as running:
        yield running


def connect(local: LocalTwilio, *credentials: str) -> Client:
    client = Client(*credentials)
    client.api.base_url = local.url
    return client


def fetch_delivered(client: Client, sid: str) -> MessageInstance:
    wait_until(lambda: str(client.messages(sid).fetch().status) == "delivered")
    return client.messages(sid).fetch()


@pytest.mark.parametrize(
    "credentials", [(ACCOUNT_SID, AUTH_TOKEN), (API_KEY_SID, API_KEY_SECRET, ACCOUNT_SID)]
)
def test_the_python_sdk_creates_fetches_lists_and_deletes(
    local: LocalTwilio, credentials: tuple[str, ...]
) -> None:
    client = connect(local, *credentials)
    files = ("owl.png", "song.mp3", "invoice.pdf")
    urls = [f"{local.url}/samples/{file}" for file in files]
    created = client.messages.create(to=TO, from_=SANDBOX_SENDER, body="Hi", media_url=urls)
    assert created.sid
    assert (str(created.status), created.num_media, created.date_sent) == ("queued", "0", None)

    delivered = fetch_delivered(client, created.sid)
    assert delivered.num_media == "3"
    assert delivered.date_sent
    assert delivered.date_created
    assert delivered.date_sent >= delivered.date_created

    message = client.messages(created.sid)
    media = message.media.list(page_size=1)
    assert [item.content_type for item in media] == ["image/png", "audio/mpeg", "application/pdf"]
    sids = [item.sid or "" for item in media]
    assert message.media(sids[1]).fetch().content_type == "audio/mpeg"

    assert message.media(sids[0]).delete()
    assert [item.sid for item in message.media.list()] == sids[1:]
    assert message.delete()
    with pytest.raises(TwilioRestException) as refused:
        message.fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)
    with pytest.raises(TwilioException, match="Unable to fetch page"):
        message.media.list()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"to": "whatsapp:12"}, 21211),
        ({"body": ""}, 21619),
        ({"media_url": ["owl.png"]}, 21620),
        ({"from_": "+14155238886"}, 21910),
        ({"from_": "whatsapp:+15005550006"}, 63007),
    ],
)
def test_the_python_sdk_gets_the_error_code_of_a_create(
    local: LocalTwilio, wrong: dict[str, str], code: int
) -> None:
    client = connect(local, ACCOUNT_SID, AUTH_TOKEN)
    form = {"to": TO, "from_": SANDBOX_SENDER, "body": "Hi", **wrong}

    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(**form)
    assert (refused.value.status, refused.value.code) == (400, code)


def test_the_python_sdk_gets_401_for_wrong_credentials(local: LocalTwilio) -> None:
    with pytest.raises(TwilioRestException) as refused:
        connect(local, ACCOUNT_SID, "wrong").messages(f"MM{0:032d}").fetch()
    assert (refused.value.status, refused.value.code) == (401, 20003)


@pytest.mark.skipif(
    not (shutil.which("node") and (NODE_FOLDER / "node_modules/twilio").exists()),
    reason="needs Node and `npm ci --prefix tests/node`",
)
def test_the_node_sdk_creates_fetches_lists_and_deletes(local: LocalTwilio) -> None:
    story = subprocess.run(
        ["node", "--test", NODE_FOLDER / "story.test.js"],
        env={
            "PATH": os.environ["PATH"],
            "LOCAL_TWILIO_URL": local.url,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert story.returncode == 0, story.stdout + story.stderr
