"""The local Twilio's messages: create and fetch, and their statuses over time."""

import pytest

from tests.local_twilio.api import MESSAGES, TO, Api
from tests.support.waiting import wait_until
from validator.local_twilio import ACCOUNT_SID, RECIPIENTS, SANDBOX_SENDER
from validator.local_twilio.resources import DELIVERY_ERRORS

OWL = "https://demo.twilio.com/owl.png"

# The statuses of a message to each phone, in order, and its error code.
RECIPIENT_STATUSES = {
    "+15005550006": ("queued sent delivered", None),
    "+15005550015": ("queued failed", 63015),
    "+15005550016": ("queued undelivered", 63016),
    "+15005550019": ("queued failed", 63019),
    "+15005550101": ("queued", None),
    "+15005550102": ("queued sending", None),
    "+15005550103": ("queued sent", None),
    "+15005550104": ("queued sent delivered read", None),
    "+15005550105": ("receiving received", None),
    "+447700900123": ("queued sent delivered", None),
}


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


def test_the_status_depends_on_the_time(api: Api) -> None:
    uri = api.create().json()["uri"]
    seen = []
    for _ in range(4):
        message = api.get(uri).json()
        seen.append((message["status"], message["date_sent"], message["date_updated"][17:25]))
        api.clock.now += 0.5

    sent = "Fri, 15 Jan 2027 08:00:00 +0000"
    assert seen == [
        ("queued", None, "08:00:00"),
        ("sent", sent, "08:00:00"),
        ("delivered", sent, "08:00:01"),
        ("delivered", sent, "08:00:01"),
    ]


def test_every_special_recipient_is_covered() -> None:
    assert {recipient.number for recipient in RECIPIENTS} < set(RECIPIENT_STATUSES)


@pytest.mark.parametrize("number", RECIPIENT_STATUSES)
@pytest.mark.parametrize("channel", ["whatsapp:", ""], ids=["whatsapp", "sms"])
@pytest.mark.parametrize("files", [[], [OWL]], ids=["text", "media"])
def test_the_statuses_of_a_message_depend_on_its_recipient(
    api: Api, number: str, channel: str, files: list[str]
) -> None:
    statuses, error_code = RECIPIENT_STATUSES[number]
    num_media = "0" if error_code == 63019 else str(len(files))
    form = {"From": SANDBOX_SENDER.replace("whatsapp:", channel), "To": channel + number}
    seen = [message := api.create(*files, **form, Body="" if files else "Hi").json()]
    wait_until(lambda: api.get(message["uri"]).json()["num_media"] == num_media)
    for _ in range(4):
        api.clock.now += 0.5
        seen.append(api.get(message["uri"]).json())

    assert message["sid"].startswith("MM" if files else "SM")
    assert list(dict.fromkeys(each["status"] for each in seen)) == statuses.split()
    assert (seen[-1]["error_code"], seen[-1]["num_media"]) == (error_code, num_media)
    assert seen[-1]["error_message"] == (DELIVERY_ERRORS[error_code] if error_code else None)


def test_an_inbound_message_comes_from_the_phone(api: Api) -> None:
    message = api.create(To="whatsapp:+15005550105").json()

    assert message["direction"] == "inbound"
    assert (message["from"], message["to"]) == ("whatsapp:+15005550105", SANDBOX_SENDER)
