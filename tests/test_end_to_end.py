"""From sending the message to reading the verdict, on the real servers, with the SDK and curl."""

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from twilio.rest import Client

from tests.support.documents import DOCS, README, consoles
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


def test_the_readme_and_the_api_show_what_the_service_prints(run_here: tuple[str, str]) -> None:
    send, submit, submit_gif = consoles(README)[1:4]
    [refused] = [each for each in consoles(DOCS / "api.md") if each.output]

    sent = typed(send.command, *run_here)
    passed = typed(with_sid_of(sent, submit.command), *run_here)
    gif = f"{run_here[1]}/samples/animation.gif"
    sent_gif = typed(send.command.replace(OWL, gif), *run_here)
    failed = typed(with_sid_of(sent_gif, submit_gif.command), *run_here)
    rejected = typed(refused.command, *run_here)

    parts = without_ids(send.output).split("...")
    assert all(part.strip() in without_ids(sent) for part in parts)
    assert without_ids(passed) == without_ids(submit.output)
    assert without_ids(failed) == without_ids(submit_gif.output)
    assert without_ids(rejected) == without_ids(refused.output)


def typed(command: str, url: str, twilio_url: str) -> str:
    """What a command of a document prints in a shell, with these servers in place of its own."""
    for shown, used in (("http://127.0.0.1:8001", twilio_url), ("localhost:8000", url)):
        command = command.replace(shown, used)
    silently = command.replace("curl ", "curl --silent --show-error --max-time 30 ", 1)
    done = subprocess.run(silently, shell=True, check=True, capture_output=True, text=True)
    return done.stdout


def with_sid_of(sent: str, command: str) -> str:
    """The command with the SID of the message that was sent."""
    return re.sub(r"MM[0-9a-f]{32}", str(json.loads(sent)["sid"]), command)


def without_ids(output: str) -> str:
    """The output without SIDs of messages and media, request ids and blank lines at its end."""
    return re.sub(r"\b(MM|ME)?[0-9a-f]{32}\b", r"\1<id>", output).rstrip()
