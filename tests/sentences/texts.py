"""The sentences of the page, the game, the local Twilio and `make run`."""

import re
from collections.abc import Iterator
from html import unescape
from itertools import product
from pathlib import Path

from tests.support.accounts import ACCOUNT_SID
from tests.support.fakes import PASSING_VERDICT
from tests.support.servers import ROOT
from tests.web.submitting import OWN_ACCOUNT, SUBMISSION, submit
from validator import run_instructions
from validator.challenge.verdict import Reason, Verdict
from validator.config import Settings
from validator.local_twilio.welcome_page import welcome
from validator.upstream.errors import UnreachableError

LEVEL = ROOT / "game" / "levels" / "whatsapp_media"
OBJECTIVE = LEVEL / "objectives" / "whatsapp_media"

URLS = ("http://localhost", "http://validator.example")
SETTINGS: tuple[dict[str, str], ...] = ({}, OWN_ACCOUNT)
SUBMISSIONS = (SUBMISSION, {**SUBMISSION, "accountSid": ACCOUNT_SID, "secret": "fake-token"})
OUTCOMES: tuple[Verdict | Exception, ...] = (
    PASSING_VERDICT,
    Verdict("", Reason.MESSAGE_NOT_FOUND, "…"),
    Verdict("", Reason.NOT_SENT_YET, "…"),
    UnreachableError(),
)

INLINE = re.compile(r"</?(a|code|mark|span|strong)\b[^>]*>")
# In JSON and JavaScript; a template has others in it only within the braces of a value.
STRING = r"""'[^'\n]*'|"(?:\\.|[^"\\])*"|`(?:\$\{(?:[^{}`]|`[^`]*`)*\}|[^`])*`"""
STRINGS = re.compile(rf"(?:{STRING})(?:\s*\+\s*(?:{STRING}))*")


def of_the_page() -> Iterator[str]:
    """Yield the lines of the page in all its states, each once."""
    lines: dict[str, None] = {}
    for url, settings, data, outcome in product(URLS, SETTINGS, SUBMISSIONS, OUTCOMES):
        request = {"base_url": url, "data": data, "headers": {"Accept": "text/html"}}
        lines |= dict.fromkeys(_lines_of(submit(outcome, settings, **request).text))
    yield from lines
    yield from _strings_in(ROOT / "validator" / "static" / "page.js")


def of_the_game() -> Iterator[str]:
    """Yield what stands in the game's files."""
    for path in (LEVEL / "level.json", LEVEL / "events.js"):
        yield from _strings_in(path)
    for name in ("objective.json", "sentences.js"):
        yield from _strings_in(OBJECTIVE / name)
    for name in ("description.md", "walkthrough.md", "example.js"):
        yield (OBJECTIVE / name).read_text()
    yield (LEVEL / "conversations" / "curator.pug").read_text()


def of_a_try() -> Iterator[str]:
    """Yield what the local Twilio's page and `make run` say."""
    twilio = "http://127.0.0.1:8001"
    yield welcome(twilio)
    yield run_instructions.with_local_twilio(8000, twilio, exported={"TWILIO_REGION": "ie1"})
    yield run_instructions.with_own_account(Settings.model_validate(OWN_ACCOUNT))


def _lines_of(page: str) -> list[str]:
    """Return the text of a page, without blank lines."""
    without_request_ids = re.sub(r"\b[0-9a-f]{32}\b", "…", page)
    text = " ".join(INLINE.sub("", without_request_ids).split())
    return [unescape(line) for line in re.split(r"\s*<[^>]*>\s*", text) if line]


def _strings_in(path: Path) -> Iterator[str]:
    """Yield the strings in a file that have a space in them, joined if they are added."""
    source = re.sub(r"(?s)^ *//.*?$|/\*.*?\*/", "", path.read_text(), flags=re.MULTILINE)
    for found in STRINGS.findall(source):
        text = re.sub(r"['`]\s*\+\s*['`]", "", found)[1:-1]
        if " " in text and text != "use strict":
            yield text
