"""The sentences of the page, the game, the local Twilio and `make run`."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from tests.sentences.cases import OWN_ACCOUNT
from tests.support.accounts import MESSAGE_SID
from tests.support.fakes import PASSING_VERDICT, FakeJudge, a_client
from tests.support.servers import ROOT
from validator import instructions
from validator.challenge.verdict import Reason, Verdict
from validator.config import Settings
from validator.local_twilio.welcome import welcome
from validator.upstream.errors import UnreachableError

LEVEL = ROOT / "game" / "levels" / "whatsapp_media"
OBJECTIVE = LEVEL / "objectives" / "whatsapp_media"

# One call of each function in the game's sentences.js, as arguments in JSON.
GAME_CALLS: dict[str, list[list[Any]]] = {
    "askForHelp": [["request-7"]],
    "broken": [[]],
    "noCredentials": [
        [["TQ_TWILIO_AUTH_TOKEN"]],
        [["TQ_TWILIO_ACCOUNT_SID", "TQ_TWILIO_AUTH_TOKEN"]],
    ],
    "notFound": [["Twilio found no message …, use that account here."]],
    "notYet": [["Your message is still on its way: … submit the same SID again."]],
    "problem": [
        [{"status": 401, "code": "credentials_rejected", "detail": "…"}, "https://validator"],
        [{"status": 401, "code": "credentials_rejected", "detail": ""}, "https://validator"],
        [{"status": 401, "code": "credentials_required", "detail": "…"}, "https://validator"],
        [{"status": 413}, "https://validator"],
        [{"status": 429, "retryAfter": "30"}, "https://validator"],
        [{"status": 429, "retryAfter": None}, "https://validator"],
        [{"status": 503, "detail": "…", "retryAfter": "5"}, "https://validator"],
        [{"status": 500, "detail": ""}, "https://validator"],
        [{"status": 404}, "https://validator"],
    ],
    "tooSlow": [["https://validator"]],
    "unreachable": [["https://validator"]],
    "unsafe": [["http://validator"]],
}
SAY = """
const sentences = require(process.argv[1]);
const calls = JSON.parse(process.argv[2]);
console.log(JSON.stringify(Object.entries(sentences).flatMap(
  ([name, say]) => calls[name].map((given) => `${say(...given)}`))));
"""
STARTS_A_LINE = frozenset(
    {"title", "p", "li", "h1", "h2", "label", "summary", "pre", "button", "section", "details"}
)


def of_hack() -> Iterator[str]:
    """Yield what the HACK button says without a verdict; nothing where there is no Node.js."""
    if (node := shutil.which("node")) is None:
        return
    command = [node, "-e", SAY, str(OBJECTIVE / "sentences.js"), json.dumps(GAME_CALLS)]
    yield from json.loads(subprocess.check_output(command, text=True))


def of_the_game() -> Iterator[str]:
    """Yield what stands in the game's files."""
    for path in (LEVEL / "level.json", OBJECTIVE / "objective.json"):
        yield from _strings_of(json.loads(path.read_text()))
    for path in (OBJECTIVE / "description.md", OBJECTIVE / "walkthrough.md"):
        yield from filter(
            None, re.sub(r"```.*?```|<%_.*?_%>", "", path.read_text(), flags=re.S).splitlines()
        )
    yield from (OBJECTIVE / "example.js").read_text().splitlines()
    conversation = (LEVEL / "conversations" / "curator.pug").read_text()
    yield from map(
        _on_one_line,
        re.findall(r"(?:text|response#\w+)\.\n((?: {8,}(?!response#).+\n)+)", conversation),
    )
    yield from _strings_in_javascript((LEVEL / "events.js").read_text())


def of_the_page() -> Iterator[str]:
    """Yield the lines of the page in all its states, each once."""
    lines: dict[str, None] = {}
    for judge, settings, request in _states_of_the_page():
        page = _Lines()
        request = {"path": "/", "headers": {"Accept": "text/html"}, **request}
        page.feed(a_client(judge, **settings).open(**request).text)
        lines |= dict.fromkeys(page.lines)
    yield from lines
    script = (ROOT / "validator" / "static" / "page.js").read_text()
    yield from _strings_in_javascript(script)


def of_a_try() -> Iterator[str]:
    """Yield what the local Twilio's page and `make run` say."""
    twilio = "http://127.0.0.1:8001"
    yield welcome(twilio)
    settings = Settings.model_validate(OWN_ACCOUNT)
    exported = {"TWILIO_REGION": "ie1"}
    yield instructions.with_local_twilio(8000, twilio, exported)
    yield instructions.with_own_account(settings)


def _states_of_the_page() -> Iterator[tuple[FakeJudge, dict[str, Any], dict[str, Any]]]:
    submission = {"path": "/validate", "method": "POST", "data": {"sid": MESSAGE_SID}}
    for settings in ({}, OWN_ACCOUNT):
        yield FakeJudge(), settings, {}
        yield FakeJudge(), settings, {"base_url": "http://validator.example"}
    yield FakeJudge(), {}, submission
    yield FakeJudge(), {}, {**submission, "base_url": "http://validator.example"}
    not_yet = Verdict(MESSAGE_SID, Reason.NOT_SENT_YET, "…")
    for outcome in (PASSING_VERDICT, not_yet, UnreachableError()):
        yield FakeJudge(outcome), OWN_ACCOUNT, submission


class _Lines(HTMLParser):
    """The lines that a page shows, without those that are blank."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self._text += "\n" if tag in STARTS_A_LINE else ""

    def handle_endtag(self, tag: str) -> None:
        self.handle_starttag(tag, [])

    def handle_data(self, data: str) -> None:
        self._text += re.sub(r"\s+", " ", data)

    @property
    def lines(self) -> list[str]:
        return [line.strip() for line in self._text.splitlines() if line.strip()]


def _strings_of(document: Any) -> Iterator[str]:
    """Yield the strings in a JSON document that have more than one word."""
    if isinstance(document, str):
        yield from [document] if " " in document else []
    elif isinstance(document, dict | list):
        for each in document.values() if isinstance(document, dict) else document:
            yield from _strings_of(each)


def _strings_in_javascript(source: str) -> Iterator[str]:
    """Yield the strings in a script that begin with a capital and have more than one word."""
    joined = re.sub(r"(['`])\s*\+\s*\1", "", re.sub(r"^\s*//.*$", "", source, flags=re.M))
    for _, text in re.findall(r"(['`])([A-Z].*?)\1", joined):
        yield from [text] if " " in text else []


def _on_one_line(text: str) -> str:
    return " ".join(re.sub(r"#\[span\.highlight (.*?)\]", r"\1", text, flags=re.S).split())
