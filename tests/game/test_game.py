"""The game's extension: its code and texts. `test_game_level.py` tests the level."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from twilio.rest import Client

from tests.support.servers import NODE_MODULES, ROOT, procfile_command, serving
from tests.support.waiting import wait_until
from validator.challenge.verdict import Reason
from validator.local_twilio import ACCOUNT_SID, AUTH_TOKEN, LocalTwilio

GAME = ROOT / "game"
WALKTHROUGH = GAME / "levels/whatsapp_media/objectives/whatsapp_media/walkthrough.md"
NODE_TESTS = sorted((ROOT / "tests" / "game").glob("*.test.js"))

Urls = tuple[str, str]


@pytest.fixture(scope="module")
def servers() -> Iterator[Urls]:
    """URLs of the service, which has no account of its own, and of the local Twilio."""
    with LocalTwilio(port=0, pace=0) as twilio:
        quick = {"RATELIMIT_ENABLED": "0", "PATIENCE_SECONDS": "0.1"}
        with serving(procfile_command(), {"TWILIO_API_URL": twilio.url, **quick}) as url:
            yield url, twilio.url


def test_hack_events_texts_and_example_run_in_node(node: str, servers: Urls) -> None:
    service_url, twilio_url = servers
    environment = os.environ | {
        "SERVICE_URL": service_url,
        "TWILIO_URL": twilio_url,
        "ACCOUNT_SID": ACCOUNT_SID,
        "AUTH_TOKEN": AUTH_TOKEN,
        "REASONS": " ".join(Reason),
        "NODE_PATH": str(NODE_MODULES),
    }
    command = [node, "--test", "--test-reporter=spec", *map(str, NODE_TESTS)]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )

    if done.returncode:
        output = done.stdout + done.stderr
        _, _, failing = output.partition("failing tests:\n")
        pytest.fail(failing.strip() or output, pytrace=False)


def test_package_json_makes_an_extension_without_dependencies() -> None:
    package = json.loads((GAME / "package.json").read_text())

    assert re.fullmatch(r"[a-z-]+", package["name"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
    assert package["engines"] == {"twilioquest": "3.2.0"}
    assert not {"dependencies", "devDependencies", "scripts"} & set(package)


def test_the_readme_of_the_game_names_every_file() -> None:
    readme = (GAME / "README.md").read_text()
    names = {path.name for path in GAME.rglob("*") if path.is_file()} - {"README.md"}

    assert [name for name in names if f"{name}`" not in readme] == []


def test_the_walkthroughs_curl_request_sends_a_message_that_passes(servers: Urls) -> None:
    service_url, twilio_url = servers
    request = fence("bash").replace("=your_auth_token", f"={AUTH_TOKEN}")
    request = request.replace("https://api.twilio.com", twilio_url)

    message = json.loads(subprocess.check_output(["bash", "-c", request]))

    assert result(message["sid"], service_url) == "pass"


def test_the_walkthroughs_python_program_sends_a_message_that_passes(
    servers: Urls, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    service_url, twilio_url = servers

    def connect(account_sid: str, auth_token: str) -> Client:
        client = Client(account_sid, auth_token)
        client.api.base_url = twilio_url
        return client

    monkeypatch.setattr("twilio.rest.Client", connect)
    monkeypatch.setattr("getpass.getpass", lambda prompt: AUTH_TOKEN)
    exec(compile(fence("python"), "owl.py", "exec"), {})

    assert result(capsys.readouterr().out.strip(), service_url) == "pass"


def fence(language: str) -> str:
    """Return the walkthrough's code block of a language, with the Account SID filled in."""
    [code] = re.findall(rf"```{language}\n(.*?)```", WALKTHROUGH.read_text(), re.DOTALL)
    return str(code).replace("<%= accountSid %>", ACCOUNT_SID)


def result(sid: str, service_url: str) -> str:
    """Submit a SID, until its message is sent, with the local Twilio's account."""

    def submit() -> Any:
        account = (ACCOUNT_SID, AUTH_TOKEN)
        return requests.post(f"{service_url}/validate", {"sid": sid}, auth=account).json()

    wait_until(lambda: not submit()["retry"])
    return str(submit()["result"])
