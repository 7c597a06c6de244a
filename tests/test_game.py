"""The game's objective: the files that the game reads, and the HACK button in Node.js."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers import ROOT, procfile_command, serving
from validator.local_twilio import ACCOUNT_SID, AUTH_TOKEN, LocalTwilio
from validator.verdict import Reason

GAME = ROOT / "game"
OBJECTIVE = GAME / "levels" / "whatsapp_media" / "objectives" / "whatsapp_media"
TEXTS = ("description.md", "walkthrough.md")
NODE_TESTS = sorted((ROOT / "tests" / "game").glob("*.test.js"))
OLDEST_NODE = (18, 13)
NODE_SECONDS = 120


def node() -> str:
    """The program that runs the HACK button outside of the game, where there is one."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("there is no node to run the game's code with")
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True)
    numbers = tuple(map(int, version.stdout.strip().lstrip("v").split(".")))
    if numbers < OLDEST_NODE:
        pytest.skip(f"node {version.stdout.strip()} is too old to run the game's code")
    return program


def read_json(path: Path) -> Any:
    return json.loads(path.read_text())


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[str, str]]:
    """The addresses of the service, which has no account of its own, and of the local Twilio."""
    with LocalTwilio(port=0, pace=0) as twilio:
        settings = {
            "TWILIO_API_URL": twilio.url,
            "RATELIMIT_ENABLED": "0",
            "PATIENCE_SECONDS": "0.1",
        }
        with serving(procfile_command(), settings) as url:
            yield url, twilio.url


def test_the_hack_button_says_what_the_service_says(servers: tuple[str, str]) -> None:
    program = node()
    service_url, twilio_url = servers
    environment = os.environ | {
        "SERVICE_URL": service_url,
        "TWILIO_URL": twilio_url,
        "ACCOUNT_SID": ACCOUNT_SID,
        "AUTH_TOKEN": AUTH_TOKEN,
        "REASONS": " ".join(Reason),
    }
    done = subprocess.run(
        [program, "--test", *map(str, NODE_TESTS)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=NODE_SECONDS,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_is_an_extension_that_needs_nothing_to_be_installed() -> None:
    package = read_json(GAME / "package.json")

    assert re.fullmatch(r"[a-z-]+", package["name"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
    assert package["engines"] == {"twilioquest": "3.2.0"}
    assert not {"dependencies", "devDependencies", "scripts"} & set(package)


@pytest.mark.parametrize("name", TEXTS)
def test_the_texts_hold_nothing_that_the_game_would_execute(name: str) -> None:
    assert "<%" not in (OBJECTIVE / name).read_text()


def test_the_readme_of_the_game_names_every_file_of_the_objective() -> None:
    readme = (GAME / "README.md").read_text()

    assert [path.name for path in OBJECTIVE.iterdir() if f"{path.name}`" not in readme] == []


def test_the_walkthroughs_curl_request_sends_a_message_that_passes(
    servers: tuple[str, str],
) -> None:
    service_url, twilio_url = servers
    walkthrough = (OBJECTIVE / "walkthrough.md").read_text()
    [request] = re.findall(r"```bash\n(curl .*?)```", walkthrough, re.DOTALL)
    credentials = {"TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": AUTH_TOKEN}

    message = run_json(request.replace("https://api.twilio.com", twilio_url), credentials)
    sid = f"-d sid={message['sid']}"
    verdict = run_json(f"curl -u {ACCOUNT_SID}:{AUTH_TOKEN} {sid} {service_url}/validate")

    assert verdict["result"] == "pass"


def run_json(command: str, environment: dict[str, str] | None = None) -> Any:
    """What a command, as a player would type it, answers with."""
    done = subprocess.run(
        ["bash", "-c", command],
        env=os.environ | (environment or {}),
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)
