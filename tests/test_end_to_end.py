"""From sending the message to reading the verdict, on the real servers, with the SDK and curl."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator

import pytest
from twilio.rest import Client

from tests.support.documents import DOCS, README, consoles
from tests.support.servers import RUN_HERE, free_port, procfile_command, serving
from validator.local_twilio import ACCOUNT_SID, AUTH_TOKEN, LocalTwilio

FROM, TO = "whatsapp:+14155238886", "whatsapp:+15005550006"
OWL = "https://demo.twilio.com/owl.png"
BODY = "Here is that picture of an owl you ordered."
SEND, SUBMIT, SUBMIT_GIF = consoles(README)[1:4]

Servers = tuple[str, str]
"""The URLs of the service and of the local Twilio."""


def typed(command: str, url: str, twilio_url: str) -> str:
    """What a command of a document prints in a shell, with these servers in place of its own."""
    for shown, used in (("http://127.0.0.1:8001", twilio_url), ("localhost:8000", url)):
        command = command.replace(shown, used)
    silently = command.replace("curl ", "curl --silent --show-error --max-time 30 ", 1)
    done = subprocess.run(silently, shell=True, check=True, capture_output=True, text=True)
    return done.stdout


def send_with_curl(servers: Servers) -> str:
    return str(json.loads(typed(SEND.command, *servers))["sid"])


def send_with_sdk(servers: Servers) -> str:
    """The challenge's own Python example, but for the address."""
    client = Client(ACCOUNT_SID, AUTH_TOKEN)
    client.api.base_url = servers[1]
    message = client.messages.create(media_url=[OWL], from_=FROM, body=BODY, to=TO)
    return str(message.sid)


@pytest.fixture(scope="module")
def run_here() -> Iterator[Servers]:
    """As `make run` starts them, with an account of the service's own."""
    port = free_port()
    with serving(RUN_HERE, {"LOCAL_TWILIO_PORT": str(port)}) as url:
        yield url, f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def procfile() -> Iterator[Servers]:
    """As the Procfile starts the service, without an account of its own."""
    with (
        LocalTwilio(port=0) as twilio,
        serving(procfile_command(), {"TWILIO_API_URL": twilio.url}) as url,
    ):
        yield url, twilio.url


@pytest.mark.parametrize("send", [send_with_curl, send_with_sdk])
@pytest.mark.parametrize(
    ("started", "curl"),
    [("run_here", "curl"), ("procfile", f"curl -u {ACCOUNT_SID}:{AUTH_TOKEN}")],
    ids=["make run", "Procfile, with the player's credentials"],
)
def test_the_challenges_own_request_passes(
    request: pytest.FixtureRequest, started: str, curl: str, send: Callable[[Servers], str]
) -> None:
    servers = request.getfixturevalue(started)
    message_sid = send(servers)

    verdict = json.loads(typed(f"{curl} -d sid={message_sid} localhost:8000/validate", *servers))

    assert message_sid.startswith("MM")
    assert (verdict["result"], verdict["reason"]) == ("pass", None)
    assert [item["format"] for item in verdict["media"]] == ["PNG"]


def test_the_readme_and_the_api_show_what_the_service_prints(run_here: Servers) -> None:
    [refused] = [each for each in consoles(DOCS / "api.md") if each.output]

    sent = typed(SEND.command, *run_here)
    passed = typed(with_sid_of(sent, SUBMIT.command), *run_here)
    gif = f"{run_here[1]}/samples/animation.gif"
    sent_gif = typed(SEND.command.replace(OWL, gif), *run_here)
    failed = typed(with_sid_of(sent_gif, SUBMIT_GIF.command), *run_here)
    rejected = typed(refused.command, *run_here)

    parts = without_ids(SEND.output).split("...")
    assert all(part.strip() in without_ids(sent) for part in parts)
    assert without_ids(passed) == without_ids(SUBMIT.output)
    assert without_ids(failed) == without_ids(SUBMIT_GIF.output)
    assert without_ids(rejected) == without_ids(refused.output)


def with_sid_of(sent: str, command: str) -> str:
    """The command with the SID of the message that was sent."""
    return re.sub(r"MM[0-9a-f]{32}", str(json.loads(sent)["sid"]), command)


def without_ids(output: str) -> str:
    """The output without SIDs of messages and media, request ids and blank lines at its end."""
    return re.sub(r"\b(MM|ME)?[0-9a-f]{32}\b", r"\1<id>", output).rstrip()
