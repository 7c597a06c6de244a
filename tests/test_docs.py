"""The tables, links and commands of the documents say what the code does."""

import re
from pathlib import Path

import pytest

from validator.challenge.checks import check_item
from validator.challenge.signatures import recognise
from validator.challenge.verdict import Check, MediaItem, Reason
from validator.config import Settings
from validator.guide import WITH_CURL, WITH_PYTHON
from validator.local_twilio import API_KEY_SECRET, API_KEY_SID, RECIPIENTS
from validator.web.problems import HTTP_PROBLEMS, PROBLEMS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def table(document: Path, first_heading: str) -> list[list[str]]:
    """The cells of the rows below a heading that begins with that text."""
    _, _, rest = document.read_text().partition(f"\n| {first_heading} ")
    rows = rest.partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("| ").split("| ")] for row in rows]


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_the_table_of_checks_has_every_check_with_its_reasons_in_order() -> None:
    rows = {names(row[0])[0]: names(row[-1]) for row in table(ROOT / "README.md", "check |")}

    assert list(rows) == list(Check)
    for check, reasons in rows.items():
        assert reasons == [reason for reason in Reason if reason.check is Check(check)]


def test_the_table_of_problems_has_every_code_with_its_status() -> None:
    listed = {
        (int(row[0]), code) for row in table(DOCS / "api.md", "status |") for code in names(row[-1])
    }

    of_exceptions = {(problem.status, problem.code) for problem in PROBLEMS.values()}
    of_http = {(status, code) for status, (code, _) in HTTP_PROBLEMS.items()}
    assert listed == of_exceptions | of_http | {(500, "internal_error")}


def test_the_table_of_recipients_has_every_one_of_them() -> None:
    listed = table(DOCS / "local-twilio.md", "`To`")

    assert listed == [[each.number, each.what_happens] for each in RECIPIENTS]


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_table_of_settings_has_each_with_its_default(name: str) -> None:
    defaults = {
        listed: row[1] for row in table(DOCS / "settings.md", "name |") for listed in names(row[0])
    }

    default = Settings.model_fields[name].get_default(call_default_factory=True)
    expected = "" if default in (None, ()) else str(default).lower()
    assert defaults[name.upper()] == expected


def test_the_table_of_settings_has_no_others() -> None:
    listed = {name for row in table(DOCS / "settings.md", "name |") for name in names(row[0])}

    assert listed == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("row", table(DOCS / "formats.md", "file"), ids=lambda row: row[0])
def test_the_table_of_files_says_what_becomes_of_each(row: list[str]) -> None:
    linked = re.search(r"\]\((.+)\)", row[0])
    assert linked
    content = (DOCS / linked[1]).read_bytes()
    found = recognise(lambda offset, size: content[offset : offset + size])

    reason = check_item(MediaItem("", row[1], *found))

    assert row[2] == (f"`{reason}`" if reason else "pass")


@pytest.mark.parametrize("request_", [WITH_CURL, WITH_PYTHON], ids=["curl", "Python"])
def test_the_requests_to_try_are_those_that_make_run_prints(request_: str) -> None:
    at_default = request_.format(
        twilio=f"http://127.0.0.1:{Settings.model_fields['local_twilio_port'].default}"
    )

    documents = [ROOT / "README.md", DOCS / "local-twilio.md"]
    assert any(squeezed(at_default) in squeezed(each.read_text()) for each in documents)


def test_the_api_key_of_the_local_twilio_is_documented() -> None:
    expected = f"`{API_KEY_SID}` with the secret `{API_KEY_SECRET}`"

    assert expected in (DOCS / "local-twilio.md").read_text()


def squeezed(text: str) -> str:
    """The text without regard to how its lines are indented."""
    return "\n".join(line.strip() for line in text.splitlines())
