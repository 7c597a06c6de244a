"""The list for review has every sentence of the code, and each is fit to be read."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sentences import hints, problems
from tests.sentences.cases import FILES, MESSAGES
from tests.sentences.texts import GAME_CALLS, of_hack, of_the_game, of_the_page
from tests.support.servers import ROOT
from validator.challenge.delivery_errors import EXPLANATIONS
from validator.challenge.formats import Format
from validator.challenge.other_formats import OtherFormat
from validator.challenge.verdict import Reason
from validator.web.problems import CODES

VERDICTS = list(hints())
PROBLEMS = list(problems())
LISTED = " ".join(sentence for _, sentence in VERDICTS + PROBLEMS)
MODULES = [
    ROOT / "validator" / name
    for name in (
        "challenge/delivery_errors.py",
        "challenge/media_hints.py",
        "challenge/message_hints.py",
        "challenge/sid_hints.py",
        "upstream/credentials.py",
        "web/form_credentials.py",
        "web/problems.py",
        "web/submission.py",
    )
]
A_SENTENCE = 4


def sentences_in(source: str) -> Iterator[str]:
    """The strings in a module that have some words, in pieces where a value is filled in."""
    tree = ast.parse(source)
    docs = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    for each in ast.walk(tree):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and id(each) not in docs:
            pieces = re.split(r"\{\w+\}", each.value)
            yield from (piece for piece in pieces if len(piece.split()) >= A_SENTENCE)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_every_string_of_the_code_that_is_a_sentence_is_listed(module: Path) -> None:
    strings = set(sentences_in(module.read_text()))

    assert [each for each in strings if each.strip(" .") not in LISTED] == []


def test_every_reason_code_and_kind_of_file_is_listed() -> None:
    reasons = {case.partition(":")[0] for case, _ in VERDICTS}
    codes = {case.partition(":")[0].split()[1] for case, _ in PROBLEMS}

    assert reasons == {*Reason, "pass"}
    assert codes == CODES
    assert {f"with error code {code}" for code in EXPLANATIONS} <= set(MESSAGES)
    for kind in (*Format, *OtherFormat):
        assert any(case.startswith(f"{kind}, sent as ") for case in FILES)


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


def test_the_page_and_the_game_are_listed() -> None:
    assert "Passed" in list(of_the_page())
    assert any("picture gallery" in line for line in of_the_game())


def test_every_function_of_the_games_sentences_is_called(node: str) -> None:
    assert len(list(of_hack())) > len(GAME_CALLS)
