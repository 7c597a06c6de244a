"""The list for review has every sentence of the code, and each is fit to be read."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sentences import hints, problems
from tests.sentences.texts import INLINE, of_the_page
from tests.support.servers import ROOT
from validator.challenge.verdict import Reason
from validator.web.problems import CODES

VERDICTS = list(hints())
PROBLEMS = list(problems())
LISTED = " ".join((*(sentence for _, sentence in VERDICTS + PROBLEMS), *of_the_page()))
MODULES = (
    "challenge/delivery_errors.py",
    "challenge/media_hints.py",
    "challenge/message_hints.py",
    "challenge/sid_hints.py",
    "web/authorization.py",
    "web/form_credentials.py",
    "web/problems.py",
    "web/submission.py",
)
TEMPLATES = sorted((ROOT / "validator" / "templates").iterdir())
A_SENTENCE = 4


def pieces_of_module(path: Path) -> Iterator[str]:
    """Yield the strings of a module, in pieces where a value is filled in."""
    tree = ast.parse(path.read_text())
    docs = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    for each in ast.walk(tree):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and id(each) not in docs:
            yield from re.split(r"\{\w+\}", each.value)


def pieces_of_template(path: Path) -> Iterator[str]:
    """Yield the text of a template, in pieces where there is a value or a tag."""
    text = " ".join(INLINE.sub("", path.read_text()).split())
    yield from re.split(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", text)


@pytest.mark.parametrize("module", MODULES)
def test_every_string_of_the_code_that_is_a_sentence_is_listed(module: str) -> None:
    pieces = pieces_of_module(ROOT / "validator" / module)

    assert [each for each in pieces if is_unlisted(each)] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_sentence_of_the_page_is_listed(template: Path) -> None:
    assert [each for each in pieces_of_template(template) if is_unlisted(each)] == []


def is_unlisted(text: str) -> bool:
    return len(text.split()) >= A_SENTENCE and text.strip(" .") not in LISTED


def test_every_reason_and_code_is_listed() -> None:
    reasons = {case.partition(":")[0] for case, _ in VERDICTS}
    codes = {case.partition(":")[0].split()[1] for case, _ in PROBLEMS}

    assert reasons == {*Reason, "pass"}
    assert codes == CODES


@pytest.mark.parametrize(("case", "sentence"), VERDICTS + PROBLEMS, ids=ascii)
def test_one_to_three_sentences_end_with_a_full_stop_or_a_url(case: str, sentence: str) -> None:
    assert re.search(r"(\.|\): https://www\.twilio\.com/docs/errors/\d{5})$", sentence)
    assert 1 <= len(re.split(r"(?<=[.!?])\s+(?=[A-Z])", sentence)) <= 3


@pytest.mark.parametrize(
    ("case", "sentence"), [each for each in VERDICTS if not each[0].startswith("pass")], ids=ascii
)
def test_every_failed_verdict_says_what_to_do_next(case: str, sentence: str) -> None:
    steps = r"\b(send|submit|copy|choose|export|upload|wait|use|put|find|read)\b"

    assert re.search(steps, sentence, re.IGNORECASE)
