"""What the local Twilio refuses, with Twilio's codes, words and formats."""

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
import requests

from tests.local_twilio.sending import MESSAGES, OWL, create
from validator.local_twilio import (
    ACCOUNT_SID,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    LocalTwilio,
)


@pytest.fixture(scope="module")
def local() -> Iterator[LocalTwilio]:
    with LocalTwilio(port=0, pace=0.0) as running:
        yield running


@pytest.mark.parametrize(
    ("form", "code", "message"),
    [
        ({"To": ""}, 21604, "A 'To' phone number is required."),
        ({"From": ""}, 21603, "A 'From' phone number is required."),
        ({"To": "whatsapp:12"}, 21211, "The 'To' number whatsapp:12 is not a valid phone number."),
        ({"To": "whatsapp: 15005550006"}, 21211, None),
        ({"To": "WhatsApp:+15005550006"}, 21211, None),
        ({"To": "15005550006"}, 21211, None),
        ({"To": "+1500555000६"}, 21211, None),
        ({"To": "+15005550006\n"}, 21211, None),
        ({"From": "whatsapp:+1-415-523-8886"}, 21212, None),
        ({"From": "TWILIO"}, 21212, None),
        ({"Body": ""}, 21619, "A text message body or media urls must be specified."),
        ({"Body": "x" * 1601}, 21617, "The concatenated message body exceeds the 1600 character"),
        ({"MediaUrl": "demo.twilio.com/owl.png"}, 21620, "Media urls: demo.twilio.com/owl.png are"),
        ({"MediaUrl": f'["{OWL}"]'}, 21620, None),
        ({"MediaUrl": ["http://[", OWL]}, 21620, None),
        ({"MediaUrl": ["http://host:port/", OWL]}, 21620, None),
        ({"MediaUrl": "file:///etc/hostname"}, 21620, None),
        ({"MediaUrl": "https://"}, 21620, None),
        ({"MediaUrl": ""}, 21620, None),
        ({"MediaUrl": [OWL] * 11}, 21623, "Number of media files exceeds allowed limit"),
        ({"MessagingServiceSid": "MG1"}, 21705, "The Messaging Service Sid MG1 is invalid."),
        ({"From": "+14155238886"}, 21910, "Invalid From and To pair. From and To should be of"),
        ({"To": "+15005550006"}, 21910, None),
        ({"From": "whatsapp:+15005550006"}, 63007, "Twilio could not find a Channel with the"),
    ],
)
def test_a_create_is_refused_with_twilios_code(
    local: LocalTwilio, api: requests.Session, form: dict[str, Any], code: int, message: str | None
) -> None:
    answer = create(local, api, **{"Body": "Hi", **form})

    error = answer.json()
    assert answer.status_code == 400
    assert error["code"] == code
    assert error["message"].startswith(message or "")
    assert error["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert error["status"] == 400


def test_1600_characters_and_ten_files_are_taken(local: LocalTwilio, api: requests.Session) -> None:
    assert create(local, api, Body="x" * 1600, MediaUrl=[OWL] * 10).status_code == 201


@pytest.mark.parametrize(
    ("auth", "message"),
    [
        (None, "Authentication Error - No credentials provided"),
        (("AC" + "2" * 32, AUTH_TOKEN), "Authentication Error - invalid username"),
        (("", ""), "Authentication Error - No credentials provided"),
        ((ACCOUNT_SID, "wrong"), "Authenticate"),
        ((ACCOUNT_SID, ""), "Authenticate"),
        ((ACCOUNT_SID, "tökén".encode().decode("latin-1")), "Authenticate"),
        ((ACCOUNT_SID, API_KEY_SECRET), "Authenticate"),
        ((API_KEY_SID, AUTH_TOKEN), "Authenticate"),
    ],
)
def test_other_credentials_are_refused(
    local: LocalTwilio, auth: tuple[str, str] | None, message: str
) -> None:
    answer = requests.get(f"{local.url}{MESSAGES}/{'SM' + '0' * 32}.json", auth=auth)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'
    assert answer.json() == {
        "code": 20003,
        "detail": "Your AccountSid or AuthToken was incorrect.",
        "message": message,
        "more_info": "https://www.twilio.com/docs/errors/20003",
        "status": 401,
    }


@pytest.mark.parametrize(
    "path",
    [
        f"{MESSAGES}/{'MM' + '0' * 32}.json",
        f"{MESSAGES}/{'MM' + '0' * 32}/Media.json",
        f"{MESSAGES}/{'MM' + '0' * 32}/Media/{'ME' + '0' * 32}.json",
        f"{MESSAGES}/nonsense.json",
        MESSAGES.replace(ACCOUNT_SID, "AC" + "2" * 32) + f"/{'MM' + '0' * 32}.json",
        MESSAGES.replace("Messages", "messages") + ".json",
        "/2010-04-01/Accounts.json",
    ],
)
def test_what_is_not_there_is_not_found(
    local: LocalTwilio, api: requests.Session, path: str
) -> None:
    answer = api.get(local.url + path)

    assert answer.status_code == 404
    assert answer.json() == {
        "code": 20404,
        "message": f"The requested resource {path} was not found",
        "more_info": "https://www.twilio.com/docs/errors/20404",
        "status": 404,
    }


def test_an_unknown_method_and_an_overlong_form_are_refused_as_json(
    local: LocalTwilio, api: requests.Session
) -> None:
    assert api.put(f"{local.url}{MESSAGES}.json").json()["code"] == 20004
    assert create(local, api, Body="x" * 300_000).status_code == 413


@pytest.mark.parametrize(
    ("sid", "auth", "status", "code"),
    [
        ("MM" + "0" * 32, (ACCOUNT_SID, AUTH_TOKEN), 404, "20404"),
        ("IM" + "0" * 32, (ACCOUNT_SID, AUTH_TOKEN), 400, "20001"),
        ("MM" + "0" * 32, None, 401, "20003"),
    ],
)
def test_errors_without_json_in_the_path_are_xml(
    local: LocalTwilio, sid: str, auth: tuple[str, str] | None, status: int, code: str
) -> None:
    url = f"{local.url}{MESSAGES}/{sid}/Media/{'ME' + '0' * 32}"
    answer = requests.get(url, auth=auth)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/xml"
    error = ElementTree.fromstring(answer.content).find("RestException")
    assert error is not None
    assert (error.findtext("Code"), error.findtext("Status")) == (code, str(status))
