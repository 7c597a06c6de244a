"""Requests that the local Twilio rejects, with Twilio's error codes and messages."""

from collections.abc import Iterator
from typing import Any

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
        ({"MediaUrl": "demo.twilio.com/owl.png"}, 21620, "Media urls: demo.twilio.com/owl.png are"),
        ({"MediaUrl": f'["{OWL}"]'}, 21620, None),
        ({"MediaUrl": "file:///etc/hostname"}, 21620, None),
        ({"MediaUrl": "https://"}, 21620, None),
        ({"MediaUrl": ""}, 21620, None),
        ({"From": "+14155238886"}, 21910, "Invalid From and To pair. From and To should be of"),
        ({"To": "+15005550006"}, 21910, None),
        ({"From": "whatsapp:+15005550006"}, 63007, "Twilio could not find a Channel with the"),
    ],
)
def test_an_invalid_create_is_rejected_with_twilios_error_code(
    local: LocalTwilio, api: requests.Session, form: dict[str, Any], code: int, message: str | None
) -> None:
    response = create(local, api, **{"Body": "Hi", **form})

    error = response.json()
    assert response.status_code == 400
    assert error["code"] == code
    assert error["message"].startswith(message or "")
    assert error["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert error["status"] == 400


@pytest.mark.parametrize(
    "auth",
    [
        None,
        ("AC" + "2" * 32, AUTH_TOKEN),
        ("", ""),
        (ACCOUNT_SID, "wrong"),
        (ACCOUNT_SID, ""),
        (ACCOUNT_SID, "tökén".encode().decode("latin-1")),
        (ACCOUNT_SID, API_KEY_SECRET),
        (API_KEY_SID, AUTH_TOKEN),
    ],
)
def test_invalid_credentials_are_401(local: LocalTwilio, auth: tuple[str, str] | None) -> None:
    response = requests.get(f"{local.url}{MESSAGES}/{'SM' + '0' * 32}.json", auth=auth)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'
    assert response.json() == {
        "code": 20003,
        "detail": "Your AccountSid or AuthToken was incorrect.",
        "message": "Authenticate",
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
def test_unknown_resources_are_404(local: LocalTwilio, api: requests.Session, path: str) -> None:
    response = api.get(local.url + path)

    assert response.status_code == 404
    assert response.json() == {
        "code": 20404,
        "message": f"The requested resource {path} was not found",
        "more_info": "https://www.twilio.com/docs/errors/20404",
        "status": 404,
    }


def test_an_unsupported_method_is_error_20004(local: LocalTwilio, api: requests.Session) -> None:
    assert api.put(f"{local.url}{MESSAGES}.json").json()["code"] == 20004
