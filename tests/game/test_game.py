"""The game's extension: its code and texts. `test_game_level.py` tests the level."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twilio.rest import Client

from tests.support.servers import ROOT, procfile_command, serving
from validator.challenge.verdict import Reason
from validator.local_twilio import ACCOUNT_SID, AUTH_TOKEN, LocalTwilio

GAME = ROOT / "game"
OBJECTIVE = GAME / "levels" / "whatsapp_media" / "objectives" / "whatsapp_media"
NODE_TESTS = sorted((ROOT / "tests" / "game").glob("*.test.js"))
NODE_MODULES = ROOT / "tests" / "node" / "node_modules"
OLDEST_NODE = (18, 13)
NODE_SECONDS = 120


def node() -> str:
    """Return the path of Node.js, which runs the extension's code; skip the test without it."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("needs Node.js")
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True)
    numbers = tuple(map(int, version.stdout.strip().lstrip("v").split(".")))
    if numbers < OLDEST_NODE:
        pytest.skip(f"node {version.stdout.strip()} is too old")
    if not NODE_MODULES.exists():
        pytest.skip("needs `npm ci --prefix tests/node`")
    return program


def read_json(path: Path) -> Any:
    return json.loads(path.read_text())


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[str, str]]:
    """URLs of the service, which has no account of its own, and of the local Twilio."""
    with LocalTwilio(port=0, pace=0) as twilio:
        settings = {
            "TWILIO_API_URL": twilio.url,
            "RATELIMIT_ENABLED": "0",
            "PATIENCE_SECONDS": "0.1",
        }
        with serving(procfile_command(), settings) as url:
            yield url, twilio.url


def test_hack_events_texts_and_example_run_in_node(servers: tuple[str, str]) -> None:
    program = node()
    service_url, twilio_url = servers
    environment = os.environ | {
        "SERVICE_URL": service_url,
        "TWILIO_URL": twilio_url,
        "ACCOUNT_SID": ACCOUNT_SID,
        "AUTH_TOKEN": AUTH_TOKEN,
        "REASONS": " ".join(Reason),
        "NODE_PATH": str(NODE_MODULES),
    }
    done = subprocess.run(
        [program, "--test", *map(str, NODE_TESTS)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=NODE_SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_package_json_makes_an_extension_without_dependencies() -> None:
    package = read_json(GAME / "package.json")

    assert re.fullmatch(r"[a-z-]+", package["name"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
    assert package["engines"] == {"twilioquest": "3.2.0"}
    assert not {"dependencies", "devDependencies", "scripts"} & set(package)


def test_service_json_defaults_to_localhost() -> None:
    assert read_json(GAME / "service.json") == {"url": "http://localhost:8000"}


def test_the_readme_of_the_game_names_every_file() -> None:
    readme = (GAME / "README.md").read_text()
    files = [path for path in GAME.rglob("*") if path.is_file() and path.name != "README.md"]

    assert [path.name for path in files if f"{path.name}`" not in readme] == []


def test_the_walkthroughs_curl_request_sends_a_message_that_passes(
    servers: tuple[str, str],
) -> None:
    service_url, twilio_url = servers
    request = fence("bash").replace("=your_auth_token", f"={AUTH_TOKEN}")

    message = run_json(request.replace("https://api.twilio.com", twilio_url))

    assert judged(message["sid"], service_url) == "pass"


def test_the_walkthroughs_python_program_sends_a_message_that_passes(
    servers: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    service_url, twilio_url = servers

    def connect(account_sid: str, auth_token: str) -> Client:
        client = Client(account_sid, auth_token)
        client.api.base_url = twilio_url
        return client

    monkeypatch.setattr("twilio.rest.Client", connect)
    monkeypatch.setattr("getpass.getpass", lambda prompt: AUTH_TOKEN)
    exec(compile(fence("python"), "owl.py", "exec"), {})

    assert judged(capsys.readouterr().out.strip(), service_url) == "pass"


def fence(language: str) -> str:
    """Return the walkthrough's code block of a language, with the Account SID filled in."""
    walkthrough = (OBJECTIVE / "walkthrough.md").read_text()
    [code] = re.findall(rf"```{language}\n(.*?)```", walkthrough, re.DOTALL)
    return str(code).replace("<%= accountSid %>", ACCOUNT_SID)


def judged(sid: str, service_url: str) -> Any:
    """Submit a SID with the local Twilio's credentials, and return the result."""
    command = f"curl -u {ACCOUNT_SID}:{AUTH_TOKEN} -d sid={sid} {service_url}/validate"
    return run_json(command)["result"]


def run_json(command: str) -> Any:
    """Run a command, and return the JSON that it prints."""
    done = subprocess.run(["bash", "-c", command], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)
