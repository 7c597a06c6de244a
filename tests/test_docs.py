"""The tables, links and commands of the documents are those of the code."""

import re
import shlex
from pathlib import Path

import pytest

from tests.support.documents import DOCS, DOCUMENTS, README, anchors, consoles, links, names, table
from tests.support.servers import ROOT, procfile_command
from validator import create_app
from validator.challenge.checks import check_item
from validator.challenge.facts import MediaItem
from validator.challenge.formats import allowed_formats, recognise
from validator.challenge.verdict import Check, Reason
from validator.config import Settings
from validator.local_twilio import API_KEY_SECRET, API_KEY_SID, RECIPIENTS
from validator.run_instructions import WITH_CURL, WITH_PYTHON
from validator.web.problems import HTTP_PROBLEMS, PROBLEMS

MAKEFILE = (ROOT / "Makefile").read_text()
SYSTEM = {"cp", "curl", "export", "git", "grep", "journalctl", "make", "mkdir", "python3", "sudo"}
PROGRAMS = SYSTEM | {"gunicorn", "heroku", "pip", "pytest", "python"}
PROGRAMS_OF_A_LINE = re.compile(r"(?:^|&&|\|)\s*([^\s|&]+)")
EACH_DOCUMENT = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)


def test_the_table_of_checks_has_every_check_with_its_reasons_in_order() -> None:
    rows = {names(row[0])[0]: names(row[-1]) for row in table(README, "check |")}

    assert list(rows) == list(Check)
    for check, reasons in rows.items():
        assert reasons == [reason for reason in Reason if reason.check is Check(check)]


def test_the_readme_lists_the_allowed_formats() -> None:
    assert f"\nAllowed formats: {allowed_formats()}.\n" in README.read_text()


def test_the_table_of_problems_has_every_code_with_its_status() -> None:
    rows = table(DOCS / "api.md", "status |")
    listed = {(int(row[0]), names(row[1])[0]) for row in rows}

    of_exceptions = {(problem.status, problem.code) for problem in PROBLEMS.values()}
    of_http = {(status, code) for status, (code, _) in HTTP_PROBLEMS.items()}
    assert listed == of_exceptions | of_http | {(500, "internal_error")}


def test_the_table_of_routes_has_all_of_them() -> None:
    rules = create_app(Settings()).url_map.iter_rules()
    routes = {
        (method, rule.rule)
        for rule in rules
        for method in {"GET", "POST"} & (rule.methods or set())
        if not rule.rule.startswith("/static")
    }

    listed = {tuple(names(row[0])[0].split()) for row in table(DOCS / "api.md", "route |")}
    assert listed == routes


def test_the_table_of_recipients_has_every_one_of_them() -> None:
    listed = table(DOCS / "local-twilio.md", "`To`")

    assert listed == [[each.number, each.outcome] for each in RECIPIENTS]


def test_the_table_of_settings_has_each_with_its_default_and_no_others() -> None:
    rows = table(DOCS / "settings.md", "name |")
    listed = {name: row[1] for row in rows for name in names(row[0])}

    defaults = {
        name.upper(): field.get_default(call_default_factory=True)
        for name, field in Settings.model_fields.items()
    }
    assert listed == {
        name: "" if default in (None, ()) else str(default).lower()
        for name, default in defaults.items()
    }


@pytest.mark.parametrize("row", table(DOCS / "formats.md", "file"), ids=lambda row: row[0])
def test_the_table_of_files_has_the_verdict_on_each(row: list[str]) -> None:
    linked = re.search(r"\]\((.+)\)", row[0])
    assert linked
    content = (DOCS / linked[1]).read_bytes()
    found = recognise(lambda offset, size: content[offset : offset + size])

    reason = check_item(MediaItem("", row[1], *found))

    assert row[2] == (f"`{reason}`" if reason else "pass")


@pytest.mark.parametrize("request_", [WITH_CURL, WITH_PYTHON], ids=["curl", "Python"])
def test_the_requests_to_try_are_those_that_make_run_prints(request_: str) -> None:
    port = Settings.model_fields["local_twilio_port"].default
    printed = request_.format(twilio=f"http://127.0.0.1:{port}")

    documents = [README, DOCS / "local-twilio.md"]
    assert any(unindented(printed) in unindented(each.read_text()) for each in documents)


def unindented(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines())


def test_the_api_key_of_the_local_twilio_is_documented() -> None:
    documented = (DOCS / "local-twilio.md").read_text()

    assert f"`{API_KEY_SID}` with the secret `{API_KEY_SECRET}`" in documented


@EACH_DOCUMENT
def test_every_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    for target in links(document):
        if target.startswith(("https://", "http://")):
            continue
        path, _, fragment = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        assert file.exists(), target
        assert file.is_relative_to(ROOT), target
        assert not fragment or fragment in anchors(file), target


@EACH_DOCUMENT
def test_every_command_names_a_known_program_and_files_that_exist(document: Path) -> None:
    for command, _ in consoles(document):
        for program in PROGRAMS_OF_A_LINE.findall(command):
            assert program.rpartition("/")[2] in PROGRAMS, command
        words = shlex.split(command)
        targets = [word for word in words[1:] if "=" not in word] if words[0] == "make" else []
        assert all(f"\n{target}:" in MAKEFILE for target in targets), command
        for word in words:
            if word.startswith(("validator/", "tests/", "game/")):
                assert (ROOT / word.partition("::")[0]).exists(), command


def test_gunicorn_is_started_as_the_procfile_starts_it() -> None:
    commands = [command for document in DOCUMENTS for command, _ in consoles(document)]
    started = [shlex.split(each)[1:] for each in commands if "/gunicorn " in each]

    assert started
    assert all(arguments == list(procfile_command()[1:]) for arguments in started)


@pytest.mark.parametrize("picture", sorted(DOCS.glob("*.png")), ids=lambda path: path.name)
def test_pictures_are_small_and_used(picture: Path) -> None:
    assert picture.stat().st_size < 60_000
    assert any(f"docs/{picture.name}" in links(document) for document in DOCUMENTS)
