"""From sending the message to reading the verdict, on the real servers, with the SDK and curl."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from twilio.rest import Client

from tests.support.servers import RUN_HERE, free_port, procfile_command, serving
from validator.local_twilio import ACCOUNT_SID, AUTH_TOKEN, LocalTwilio

FROM, TO = "whatsapp:+14155238886", "whatsapp:+15005550006"
OWL = "https://demo.twilio.com/owl.png"
BODY = "Here is that picture of an owl you ordered."


def curl(*arguments: str) -> Any:
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--max-time", "30", *arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


def send_with_curl(twilio_url: str) -> str:
    """The challenge's own curl request, but for the address and the account."""
    sent = curl(
        f"{twilio_url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
        *("-X", "POST"),
        *("--data-urlencode", f"To={TO}"),
        *("--data-urlencode", f"From={FROM}"),
        *("--data-urlencode", f"Body={BODY}"),
        *("--data-urlencode", f"MediaUrl={OWL}"),
        *("-u", f"{ACCOUNT_SID}:{AUTH_TOKEN}"),
    )
    return str(sent["sid"])


def send_with_sdk(twilio_url: str) -> str:
    """The challenge's own Python example, but for the address."""
    client = Client(ACCOUNT_SID, AUTH_TOKEN)
    client.api.base_url = twilio_url
    message = client.messages.create(media_url=[OWL], from_=FROM, body=BODY, to=TO)
    return str(message.sid)


@pytest.fixture(scope="module")
def run_here() -> Iterator[tuple[str, str]]:
    """The addresses of the service and of the local Twilio, as `make run` starts them."""
    port = free_port()
    with serving(RUN_HERE, {"LOCAL_TWILIO_PORT": str(port)}) as url:
        yield url, f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def procfile() -> Iterator[tuple[str, str]]:
    """The same for the Procfile's command, which has no account of its own."""
    with (
        LocalTwilio(port=0) as twilio,
        serving(procfile_command(), {"TWILIO_API_URL": twilio.url}) as url,
    ):
        yield url, twilio.url


@pytest.mark.parametrize("send", [send_with_curl, send_with_sdk])
def test_the_challenges_own_request_passes_where_the_service_was_run_here(
    run_here: tuple[str, str], send: Any
) -> None:
    url, twilio_url = run_here
    message_sid = send(twilio_url)

    verdict = curl("-d", f"sid={message_sid}", f"{url}/validate")

    assert message_sid.startswith("MM")
    assert (verdict["result"], verdict["reason"]) == ("pass", None)
    assert [item["format"] for item in verdict["media"]] == ["PNG"]


@pytest.mark.parametrize("send", [send_with_curl, send_with_sdk])
def test_the_challenges_own_request_passes_on_the_procfiles_server_with_the_players_credentials(
    procfile: tuple[str, str], send: Any
) -> None:
    url, twilio_url = procfile
    message_sid = send(twilio_url)

    verdict = curl(
        "-u", f"{ACCOUNT_SID}:{AUTH_TOKEN}", "-d", f"sid={message_sid}", f"{url}/validate"
    )

    assert (verdict["result"], verdict["reason"]) == ("pass", None)
