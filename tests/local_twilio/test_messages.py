"""The local Twilio's messages: create and fetch, and their statuses over time."""

import re

import pytest

from tests.local_twilio.api import MESSAGES, TO, Api, Clock
from validator.local_twilio import ACCOUNT_SID, RECIPIENTS, SANDBOX_SENDER, LocalTwilio

OWL = "https://demo.twilio.com/owl.png"


def test_a_create_returns_201_with_every_field_of_a_queued_message(api: Api) -> None:
    response = api.create(OWL, Body="Hello", Unknown="ignored")

    message = response.json()
    uri = f"{MESSAGES}/{message['sid']}"
    assert response.status_code == 201
    assert message == {
        "account_sid": ACCOUNT_SID,
        "api_version": "2010-04-01",
        "body": "Hello",
        "date_created": "Fri, 15 Jan 2027 08:00:00 +0000",
        "date_sent": None,
        "date_updated": "Fri, 15 Jan 2027 08:00:00 +0000",
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": SANDBOX_SENDER,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": message["sid"],
        "status": "queued",
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": TO,
        "uri": f"{uri}.json",
    }


@pytest.mark.parametrize(("media_urls", "body", "prefix"), [([OWL], "", "MM"), ([], "Hi", "SM")])
def test_a_message_sid_begins_with_mm_or_sm(
    api: Api, media_urls: list[str], body: str, prefix: str
) -> None:
    sid = api.create(*media_urls, Body=body).json()["sid"]

    assert re.fullmatch(f"{prefix}[0-9a-f]{{32}}", sid)


def test_the_status_depends_on_the_time(api: Api, clock: Clock) -> None:
    uri = api.create().json()["uri"]
    seen = []
    for _ in range(4):
        message = api.get(uri).json()
        seen.append((message["status"], message["date_sent"], message["date_updated"][17:25]))
        clock.now += 0.5

    sent = "Fri, 15 Jan 2027 08:00:00 +0000"
    assert seen == [
        ("queued", None, "08:00:00"),
        ("sent", sent, "08:00:00"),
        ("delivered", sent, "08:00:01"),
        ("delivered", sent, "08:00:01"),
    ]


def test_pace_0_delivers_at_once(clock: Clock) -> None:
    with LocalTwilio(port=0, pace=0.0, clock=clock) as local, Api(local, clock) as api:
        created = api.create().json()

        assert created["status"] == "queued"
        assert api.get(created["uri"]).json()["status"] == "delivered"


ENDINGS = {
    "+15005550006": ("delivered", None, "outbound-api"),
    "+15005550015": ("failed", 63015, "outbound-api"),
    "+15005550016": ("undelivered", 63016, "outbound-api"),
    "+15005550019": ("failed", 63019, "outbound-api"),
    "+15005550101": ("queued", None, "outbound-api"),
    "+15005550102": ("sending", None, "outbound-api"),
    "+15005550103": ("sent", None, "outbound-api"),
    "+15005550104": ("read", None, "outbound-api"),
    "+15005550105": ("received", None, "inbound"),
    "+447700900123": ("delivered", None, "outbound-api"),
}


def test_every_special_recipient_is_covered() -> None:
    assert {recipient.number for recipient in RECIPIENTS} < set(ENDINGS)


@pytest.mark.parametrize("number", ENDINGS)
def test_the_final_status_depends_on_the_recipient(api: Api, clock: Clock, number: str) -> None:
    created = api.create(To=f"whatsapp:{number}").json()
    clock.now += 60
    message = api.get(created["uri"]).json()

    assert created["status"] in ("queued", "receiving")
    assert (message["status"], message["error_code"], message["direction"]) == ENDINGS[number]
    assert (message["error_message"] is None) == (message["error_code"] is None)


def test_an_inbound_message_comes_from_the_phone(api: Api) -> None:
    message = api.create(To="whatsapp:+15005550105").json()

    assert (message["from"], message["to"]) == ("whatsapp:+15005550105", SANDBOX_SENDER)
