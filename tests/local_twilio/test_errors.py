"""Requests that the local Twilio rejects, with Twilio's error codes and messages."""

import pytest
import requests

from tests.local_twilio.api import UNKNOWN_MESSAGE, Api
from validator.local_twilio import ACCOUNT_SID, API_KEY_SECRET, API_KEY_SID, AUTH_TOKEN
from validator.local_twilio.create_message import CREATE_ERRORS

INVALID_CREATES = [
    ({"To": ""}, 21604, "A 'To' phone number is required."),
    ({"From": ""}, 21603, "A 'From' phone number is required."),
    ({"To": "whatsapp:12"}, 21211, "The 'To' number whatsapp:12 is not a valid phone number."),
    ({"To": "whatsapp: 15005550006"}, 21211, "The 'To' number"),
    ({"To": "WhatsApp:+15005550006"}, 21211, "The 'To' number"),
    ({"To": "15005550006"}, 21211, "The 'To' number"),
    ({"To": "+1500555000६"}, 21211, "The 'To' number"),
    ({"To": "+15005550006\n"}, 21211, "The 'To' number"),
    ({"From": "whatsapp:+1-415-523-8886"}, 21212, "The 'From' number whatsapp:+1-415"),
    ({"From": "TWILIO"}, 21212, "The 'From' number TWILIO"),
    ({"Body": ""}, 21619, "A text message body or media urls must be specified."),
    ({"MediaUrl": "demo.twilio.com/owl.png"}, 21620, "Media urls: demo.twilio.com/owl.png are"),
    ({"MediaUrl": '["https://demo.twilio.com/owl.png"]'}, 21620, "Media urls: ["),
    ({"MediaUrl": "file:///etc/hostname"}, 21620, "Media urls: file:"),
    ({"MediaUrl": "https://"}, 21620, "Media urls: https://"),
    ({"MediaUrl": ""}, 21620, "Media urls: "),
    ({"From": "+14155238886"}, 21910, "Invalid From and To pair. From and To should be of"),
    ({"To": "+15005550006"}, 21910, "Invalid From and To pair."),
    ({"From": "whatsapp:+15005550006"}, 63007, "Twilio could not find a Channel with the"),
]


def check_error(
    response: requests.Response, status: int, code: int, message: str, **detail: str
) -> None:
    """Check an error response, whose message begins with `message`."""
    body = response.json()
    assert body.pop("message").startswith(message)
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    assert body == {"status": status, "code": code, "more_info": more_info, **detail}
    assert response.status_code == status


def test_every_error_of_a_create_is_covered() -> None:
    assert {code for _, code, _ in INVALID_CREATES} == set(CREATE_ERRORS)


@pytest.mark.parametrize(("form", "code", "message"), INVALID_CREATES)
def test_an_invalid_create_is_rejected_with_twilios_error_code(
    api: Api, form: dict[str, str], code: int, message: str
) -> None:
    check_error(api.create(**form), 400, code, message)


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
def test_invalid_credentials_are_401(api: Api, auth: tuple[str, str] | None) -> None:
    api.auth = auth
    response = api.get(f"{UNKNOWN_MESSAGE}.json")

    assert response.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'
    detail = "Your AccountSid or AuthToken was incorrect."
    check_error(response, 401, 20003, "Authenticate", detail=detail)


@pytest.mark.parametrize(
    "path",
    [
        f"{UNKNOWN_MESSAGE}.json",
        f"{UNKNOWN_MESSAGE}/Media.json",
        f"{UNKNOWN_MESSAGE}/Media/ME{0:032d}.json",
        f"{UNKNOWN_MESSAGE}.json".replace(ACCOUNT_SID, "AC" + "2" * 32),
        "/2010-04-01/Accounts.json",
    ],
)
def test_unknown_resources_are_404(api: Api, path: str) -> None:
    check_error(api.get(path), 404, 20404, f"The requested resource {path} was not found")


def test_an_unsupported_method_is_405(api: Api) -> None:
    check_error(api.put(f"{UNKNOWN_MESSAGE}.json"), 405, 20004, "Method Not Allowed")
