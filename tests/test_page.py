"""What a browser gets in the place of JSON: when, with which headers, and that it is only text."""

from contextlib import closing
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.accounts import ACCOUNT_SID, MEDIA_SID, MESSAGE_SID, PLAYER
from tests.fakes import PASSING_VERDICT, FakeJudge, a_client, an_item
from validator import media_hints
from validator.formats import Format
from validator.other_formats import OtherFormat
from validator.submission import MalformedRequestError
from validator.transport import BusyError, CredentialsRefusedError, UnreachableError
from validator.verdict import Check, MediaItem, Reason, Verdict

CHROME = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;"
    "q=0.8,application/signed-exchange;v=b3;q=0.7"
)
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
BROWSERS = [CHROME, FIREFOX, "text/html", "text/html, application/json;q=0.9"]
PROGRAMS = ["*/*", "application/json", "application/json, text/plain, */*", "", "image/png"]
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}&amp;"
OWN_ACCOUNT = {"twilio_account_sid": ACCOUNT_SID, "twilio_auth_token": "service-secret"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    text: str = ""


class Page(HTMLParser):
    """The elements of a page in their order, each with the text in it."""

    WITHOUT_END = frozenset({"meta", "link", "input"})

    def __init__(self, answer: TestResponse) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.elements.append(element)
        if tag not in self.WITHOUT_END:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def texts(self, tag: str) -> list[str]:
        return [" ".join(each.text.split()) for each in self.elements if each.tag == tag]

    def submitted(self) -> str | None:
        """What is in the field."""
        (entry,) = (each for each in self.elements if each.tag == "input")
        return entry.attributes["value"]


@dataclass(frozen=True)
class Case:
    """A request to a service, and what its judge says."""

    status: int
    judge: Verdict | Exception = PASSING_VERDICT
    method: str = "POST"
    path: str = "/validate"
    settings: dict[str, str] = field(default_factory=lambda: OWN_ACCOUNT)
    request: dict[str, Any] = field(default_factory=lambda: {"data": {"sid": MESSAGE_SID}})

    def answer(self, accept: str) -> TestResponse:
        client = a_client(FakeJudge(self.judge), **self.settings)
        headers = {"Accept": accept}
        return client.open(self.path, method=self.method, headers=headers, **self.request)


CASES = {
    "pass": Case(200),
    "fail": Case(200, Verdict(MESSAGE_SID, Reason.NO_MEDIA, "There is none.")),
    "no sid": Case(400, request={"data": {}}),
    "unreadable": Case(400, MalformedRequestError("No.")),
    "no credentials": Case(401, settings={}),
    "credentials refused": Case(
        401, CredentialsRefusedError(), request={"data": {"sid": "MM"}, "auth": (ACCOUNT_SID, "x")}
    ),
    "no such address": Case(404, path="/nothing/here"),
    "no such method": Case(405, method="GET"),
    "too large": Case(413, request={"data": {"sid": "x" * 20_000}}),
    "no form": Case(415, request={"data": "MM", "content_type": "text/plain"}),
    "broken": Case(500, RuntimeError("secret")),
    "Twilio is away": Case(502, UnreachableError()),
    "Twilio is busy": Case(503, BusyError(7)),
}


def page_of(verdict: Verdict, sid: str = MESSAGE_SID) -> Page:
    return Page(Case(200, verdict, request={"data": {"sid": sid}}).answer(CHROME))


def page_of_problem(name: str) -> Page:
    return Page(CASES[name].answer(CHROME))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("accept", BROWSERS)
def test_a_browser_gets_a_page(case: Case, accept: str) -> None:
    answer = case.answer(accept)

    assert (answer.status_code, answer.mimetype) == (case.status, "text/html")
    assert answer.text.startswith("<!doctype html>")
    assert "Accept" in answer.vary


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("accept", PROGRAMS)
def test_everybody_else_gets_json(case: Case, accept: str) -> None:
    answer = case.answer(accept)

    assert (answer.status_code, answer.is_json) == (case.status, True)
    assert "Accept" in answer.vary


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_page_has_the_headers_of_the_json(case: Case) -> None:
    page, json = case.answer(CHROME), case.answer("application/json")

    for name in ("WWW-Authenticate", "Allow", "Retry-After", "Cache-Control"):
        assert page.headers.getlist(name) == json.headers.getlist(name)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_page_may_load_the_services_own_style_and_script_and_nothing_else(case: Case) -> None:
    answer = case.answer(CHROME)

    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("accept", [CHROME, "*/*"])
def test_the_first_page_is_the_form_alone(accept: str) -> None:
    answer = a_client(FakeJudge()).get("/", headers={"Accept": accept})
    page = Page(answer)

    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert (page.texts("h1"), page.texts("h2")) == (["Hack interface"], [])
    assert (page.texts("button"), page.submitted()) == (["HACK"], "")
    assert media_hints.ALLOWED in page.texts("header")[0]


@pytest.mark.parametrize(
    ("name", "mimetype"),
    [("page.css", "text/css"), ("page.js", "text/javascript"), ("icon.svg", "image/svg+xml")],
)
def test_what_the_page_needs_comes_from_the_service(name: str, mimetype: str) -> None:
    linked = page_of(PASSING_VERDICT).elements
    addresses = {each.attributes.get("href", each.attributes.get("src")) for each in linked}

    assert f"/static/{name}" in addresses
    with closing(a_client(FakeJudge()).get(f"/static/{name}")) as answer:
        assert (answer.status_code, answer.mimetype) == (200, mimetype)


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [
        (PASSING_VERDICT, "Passed"),
        (Verdict(MESSAGE_SID, Reason.NO_MEDIA, "There is none."), "Failed"),
        (Verdict(MESSAGE_SID, Reason.NOT_SENT_YET, "Wait."), "Not yet"),
    ],
)
def test_the_title_and_the_heading_begin_with_the_result(verdict: Verdict, outcome: str) -> None:
    page = page_of(verdict)

    assert page.texts("title") == [f"{outcome}: Hack interface"]
    assert page.texts("h2") == [outcome]
    assert verdict.hint in page.texts("p")
    assert page.submitted() == MESSAGE_SID


def test_every_check_has_its_mark_and_says_what_it_is() -> None:
    made = page_of(Verdict(MESSAGE_SID, Reason.NOT_WHATSAPP, "It did not.")).texts("li")

    assert [each.partition(" ")[0] for each in made] == [*"✓✓✓✗○○○"]
    assert made[3] == "✗ failed It went over WhatsApp"
    assert made[4].startswith("○ not made ")
    assert len({each.split(maxsplit=2)[2] for each in made}) == len(Check)
    assert all(len(each.split()) > 4 for each in made)


@pytest.mark.parametrize(
    ("item", "row"),
    [
        (an_item(), "✓ passed Served as image/png Found in it PNG"),
        (
            an_item(content_type="image/gif", format=None),
            "✗ failed Served as image/gif Found in it no allowed format",
        ),
        (
            an_item(format=None, detected=OtherFormat.GIF),
            "✗ failed Served as image/png Found in it GIF",
        ),
        (
            an_item(content_type=None, format=Format.PDF),
            "✗ failed Served as no type Found in it PDF",
        ),
        (
            MediaItem(MEDIA_SID, available=False),
            "✗ failed Served as no type Found in it no allowed format",
        ),
    ],
)
def test_every_media_file_has_its_mark(item: MediaItem, row: str) -> None:
    page = page_of(Verdict(MESSAGE_SID, None, "Well done.", (item,)))

    assert page.texts("li")[-1] == f"{row} SID {MEDIA_SID}"


def test_a_problem_says_what_is_wrong_and_that_it_counts_for_nothing() -> None:
    page = page_of_problem("Twilio is away")

    assert page.texts("title") == ["No verdict: Hack interface"]
    (told,) = page.texts("section")
    assert "Twilio could not be reached." in told
    assert "nothing counts against you" in told
    assert "502 twilio_unreachable" in told
    assert page.submitted() == MESSAGE_SID


@pytest.mark.parametrize("name", ["no credentials", "credentials refused"])
def test_where_credentials_are_missing_the_page_says_what_the_browser_asks_for(name: str) -> None:
    (told,) = page_of_problem(name).texts("section")

    assert "Press HACK again. Your browser then asks for a user name" in told
    assert "curl" not in told


def test_markup_from_others_is_shown_as_text() -> None:
    page = page_of(Verdict(HOSTILE, None, HOSTILE, (MediaItem(HOSTILE, HOSTILE),)), sid=HOSTILE)
    harmless = page_of(PASSING_VERDICT)

    assert [each.tag for each in page.elements] == [each.tag for each in harmless.elements]
    assert page.submitted() == HOSTILE
    assert HOSTILE in page.texts("p")
    assert page.texts("dd") == [HOSTILE, "no allowed format", HOSTILE]


def test_markup_is_no_markup_on_the_page_of_a_problem_either() -> None:
    page, harmless = (
        Page(Case(400, MalformedRequestError(text), request={"data": {"sid": text}}).answer(CHROME))
        for text in (HOSTILE, "MM")
    )

    assert [each.tag for each in page.elements] == [each.tag for each in harmless.elements]
    assert page.submitted() == HOSTILE
    assert HOSTILE in page.texts("p")


def test_credentials_are_on_no_page() -> None:
    request = {"data": {"sid": MESSAGE_SID}, "auth": (ACCOUNT_SID, PLAYER.password)}
    for outcome in (PASSING_VERDICT, CredentialsRefusedError()):
        assert PLAYER.password not in Case(200, outcome, request=request).answer(CHROME).text
