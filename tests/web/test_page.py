"""The HTML page: content negotiation, headers, content and escaping."""

import re
from contextlib import closing
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.support.accounts import ACCOUNT_SID, API_KEY_SID, MEDIA_SID, MESSAGE_SID
from tests.support.fakes import PASSING_VERDICT, FakeJudge, a_client, an_item
from validator.challenge import formats
from validator.challenge.checks import check_media
from validator.challenge.facts import MediaItem
from validator.challenge.formats import Format
from validator.challenge.other_formats import OtherFormat
from validator.challenge.verdict import Check, Reason, Verdict
from validator.upstream.errors import BusyError, CredentialsRefusedError, UnreachableError
from validator.web.submission import MalformedRequestError

CHROME = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;"
    "q=0.8,application/signed-exchange;v=b3;q=0.7"
)
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
BROWSERS = [CHROME, FIREFOX, "text/html", "text/html, application/json;q=0.9"]
PROGRAMS = ["*/*", "application/json", "application/json, text/plain, */*", "", "image/png"]
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}&amp;"
CHALLENGE = "Sending Outbound WhatsApp media messages"
SECRET = "f4ce" * 8
OWN_ACCOUNT = {"twilio_account_sid": ACCOUNT_SID, "twilio_auth_token": "service-secret"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    text: str = ""


class Page(HTMLParser):
    """The elements of a page in their order, each with the text in it."""

    WITHOUT_END = frozenset({"meta", "link", "input"})

    def __init__(self, response: TestResponse) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(response.text)

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
        """Return the value of the field for the SID."""
        return self.field("sid").attributes["value"]

    def field(self, name: str) -> Element:
        (field,) = self._inputs(name)
        return field

    def has_field(self, name: str) -> bool:
        return bool(self._inputs(name))

    def _inputs(self, name: str) -> list[Element]:
        inputs = (each for each in self.elements if each.tag == "input")
        return [each for each in inputs if each.attributes["name"] == name]

    def open_account(self) -> bool:
        """Return whether the fields for the account are expanded."""
        (account,) = (each for each in self.elements if each.attributes.get("id") == "account")
        return "open" in account.attributes


@dataclass(frozen=True)
class Case:
    """A request to a service, what its judge returns or raises, and the expected status."""

    status: int
    judge: Verdict | Exception = PASSING_VERDICT
    method: str = "POST"
    path: str = "/validate"
    settings: dict[str, str] = field(default_factory=lambda: OWN_ACCOUNT)
    request: dict[str, Any] = field(default_factory=lambda: {"data": {"sid": MESSAGE_SID}})

    def response(self, accept: str) -> TestResponse:
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
    "unknown URL": Case(404, path="/nothing/here"),
    "another method": Case(405, method="GET"),
    "too large": Case(413, request={"data": {"sid": "x" * 20_000}}),
    "another type": Case(415, request={"data": "MM", "content_type": "text/plain"}),
    "internal error": Case(500, RuntimeError("secret")),
    "Twilio is unreachable": Case(502, UnreachableError()),
    "Twilio is busy": Case(503, BusyError(7)),
}


def page_of(verdict: Verdict, sid: str = MESSAGE_SID) -> Page:
    return Page(Case(200, verdict, request={"data": {"sid": sid}}).response(CHROME))


def page_of_problem(name: str) -> Page:
    return Page(CASES[name].response(CHROME))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("accept", BROWSERS)
def test_accept_of_a_browser_gets_html(case: Case, accept: str) -> None:
    response = case.response(accept)

    assert (response.status_code, response.mimetype) == (case.status, "text/html")
    assert response.text.startswith("<!doctype html>")
    assert "Accept" in response.vary


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("accept", PROGRAMS)
def test_accept_of_other_clients_gets_json(case: Case, accept: str) -> None:
    response = case.response(accept)

    assert (response.status_code, response.is_json) == (case.status, True)
    assert "Accept" in response.vary


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_page_has_the_same_headers_as_the_json(case: Case) -> None:
    page, json = case.response(CHROME), case.response("application/json")

    for name in ("Allow", "Retry-After", "Cache-Control"):
        assert page.headers.getlist(name) == json.headers.getlist(name)


@pytest.mark.parametrize("name", ["no credentials", "credentials refused"])
def test_a_401_page_has_a_www_authenticate_that_opens_no_browser_dialog(name: str) -> None:
    page, json = (CASES[name].response(accept).headers for accept in (CHROME, "*/*"))

    assert page.getlist("WWW-Authenticate") == ['Form realm="Twilio account"']
    assert json["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_csp_of_a_page_allows_only_the_services_own_css_and_javascript(case: Case) -> None:
    response = case.response(CHROME)

    assert response.headers["Content-Security-Policy"] == POLICY
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("accept", [CHROME, "*/*"])
def test_the_start_page_has_the_form_with_focus_on_the_sid(accept: str) -> None:
    response = a_client(FakeJudge()).get("/", headers={"Accept": accept})
    page = Page(response)

    assert (response.status_code, response.mimetype) == (200, "text/html")
    assert response.headers["Content-Security-Policy"] == POLICY
    assert page.texts("title") == [f"{CHALLENGE} | TwilioQuest"]
    assert (page.texts("h1"), page.texts("h2")) == ([CHALLENGE], ["How to get a SID"])
    assert page.submitted() == ""
    assert "autofocus" in page.field("sid").attributes
    assert "HACK" in page.texts("button")
    assert any(formats.allowed_formats() in each for each in page.texts("li"))
    assert re.fullmatch("MM[0-9a-f]{32}", page.texts("mark")[0])


@pytest.mark.parametrize(
    ("name", "mimetype"),
    [("page.css", "text/css"), ("page.js", "text/javascript"), ("icon.svg", "image/svg+xml")],
)
def test_static_files_of_the_page_are_served(name: str, mimetype: str) -> None:
    linked = page_of(PASSING_VERDICT).elements
    urls = {each.attributes.get("href", each.attributes.get("src")) for each in linked}

    assert f"/static/{name}" in urls
    with closing(a_client(FakeJudge()).get(f"/static/{name}")) as response:
        assert (response.status_code, response.mimetype) == (200, mimetype)


def test_links_to_twilio_open_in_a_new_tab_without_referrer() -> None:
    links = [each.attributes for each in page_of(PASSING_VERDICT).elements if each.tag == "a"]

    assert len(links) == 4
    for link in links:
        assert re.match(r"https://(www|console)\.twilio\.com/", link["href"] or "")
        assert (link["target"], link["rel"]) == ("_blank", "noreferrer")


def test_only_urls_of_twilio_in_a_hint_become_links() -> None:
    hint = "See https://www.twilio.com/docs/errors/63016. Not https://www.twilio.com.evil/x."
    links = [
        each
        for each in page_of(Verdict(MESSAGE_SID, Reason.NOT_DELIVERED, hint)).elements
        if each.tag == "a" and each.text.startswith("https:")
    ]

    assert [(each.attributes["href"], each.text) for each in links] == [
        ("https://www.twilio.com/docs/errors/63016",) * 2
    ]


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [
        (PASSING_VERDICT, "Passed"),
        (Verdict(MESSAGE_SID, Reason.NO_MEDIA, "There is none."), "Failed"),
        (Verdict(MESSAGE_SID, Reason.NOT_SENT_YET, "Wait."), "Not yet"),
    ],
)
def test_title_and_heading_begin_with_the_result(verdict: Verdict, outcome: str) -> None:
    page = page_of(verdict)

    assert page.texts("title") == [f"{outcome}: {CHALLENGE} | TwilioQuest"]
    assert page.texts("h2")[0] == outcome
    assert verdict.hint in page.texts("p")
    assert page.submitted() == MESSAGE_SID


def test_the_failed_check_is_shown_and_all_checks_are_collapsed() -> None:
    page = page_of(Verdict(MESSAGE_SID, Reason.NOT_WHATSAPP, "It did not."))
    failed, *checks = page.texts("li")[: 1 + len(Check)]

    assert failed == "✗ Failed: It went over WhatsApp"
    assert [each[0] for each in checks] == [*"✓✓✓✗○○○"]
    assert [each.split()[1] for each in checks] == ["Passed:"] * 3 + ["Failed:"] + ["Not"] * 3
    assert len(set(checks)) == len(Check)
    assert "3 of 7 checks passed" in page.texts("summary")


def test_all_checks_and_files_of_a_pass_are_collapsed() -> None:
    page = page_of(PASSING_VERDICT)
    (fold,) = (each for each in page.texts("details") if each.startswith("All 7 checks passed"))

    assert fold.count("✓") == len(Check) + len(PASSING_VERDICT.media)


@pytest.mark.parametrize(
    ("item", "row"),
    [
        (an_item(), "✓ Passed: PNG, sent as image/png"),
        (
            an_item(content_type="image/gif", format=None),
            "✗ Failed: Unknown format, sent as image/gif",
        ),
        (
            an_item(format=None, detected=OtherFormat.GIF),
            "✗ Failed: GIF, sent as image/png",
        ),
        (an_item(content_type=None, format=Format.PDF), "✗ Failed: PDF"),
        (MediaItem(MEDIA_SID, available=False), "✗ Failed: Unknown format"),
    ],
)
def test_every_media_file_has_its_mark(item: MediaItem, row: str) -> None:
    assert row in page_of(
        Verdict(MESSAGE_SID, Reason.CONTENT_MISMATCH, "", check_media([item]))
    ).texts("li")


def test_several_files_are_numbered() -> None:
    page = page_of(
        Verdict(MESSAGE_SID, Reason.CONTENT_MISMATCH, "", check_media([an_item(), an_item()]))
    )

    assert page.texts("li")[1:3] == [
        "✓ Passed: File 1: PNG, sent as image/png",
        "✓ Passed: File 2: PNG, sent as image/png",
    ]


def test_a_problem_page_has_the_detail_and_says_that_nothing_counts() -> None:
    page = page_of_problem("Twilio is unreachable")

    assert page.texts("title") == [f"No verdict: {CHALLENGE} | TwilioQuest"]
    section = page.texts("section")[0]
    assert "This service could not reach Twilio." in section
    assert "nothing counts against you" in section
    assert "502 twilio_unreachable" in section
    assert page.submitted() == MESSAGE_SID


@pytest.mark.parametrize("name", ["pass", "Twilio is unreachable"])
def test_the_page_shows_the_request_id(name: str) -> None:
    response = CASES[name].response(CHROME)

    assert f"Request {response.headers['X-Request-ID']}" in Page(response).texts("section")[0]


@pytest.mark.parametrize(
    ("settings", "is_open"),
    [({}, True), (OWN_ACCOUNT, False), ({**OWN_ACCOUNT, "validator_token": "token"}, True)],
)
def test_the_account_fields_are_open_if_credentials_are_required(
    settings: dict[str, str], is_open: bool
) -> None:
    page = Page(a_client(FakeJudge(), **settings).get("/"))

    assert page.open_account() == is_open
    for name in ("accountSid", "apiKey", "secret"):
        assert page.field(name).attributes["autocomplete"] == "off"
    assert page.field("secret").attributes["type"] == "password"


@pytest.mark.parametrize("name", ["no credentials", "credentials refused"])
def test_a_401_page_has_the_account_fields_open(name: str) -> None:
    page = page_of_problem(name)

    assert page.open_account()
    assert "curl" not in page.texts("section")[0]


@pytest.mark.parametrize("settings", [{}, OWN_ACCOUNT])
def test_over_plain_http_the_page_has_no_fields_for_credentials(settings: dict[str, str]) -> None:
    client = a_client(FakeJudge(), **settings)
    page = Page(client.get("/", base_url="http://validator.example"))

    assert not page.has_field("secret")
    assert "https://" in page.texts("form")[0]


@pytest.mark.parametrize(
    ("fields", "options"),
    [
        ({}, ""),
        ({"accountSid": ACCOUNT_SID, "secret": SECRET}, f"-u {ACCOUNT_SID} "),
        (
            {"accountSid": ACCOUNT_SID, "apiKey": API_KEY_SID, "secret": SECRET},
            f"-u {API_KEY_SID} -d accountSid={ACCOUNT_SID} ",
        ),
    ],
)
def test_the_curl_command_has_the_submission_without_the_secret(
    fields: dict[str, str], options: str
) -> None:
    form = {"sid": MESSAGE_SID, **fields}
    response = Case(200, request={"data": form, "base_url": "https://judge.example"}).response(
        CHROME
    )

    command = f"curl {options}-d sid={MESSAGE_SID} https://judge.example/validate"
    assert command in Page(response).texts("pre")
    assert SECRET not in response.text


def test_html_in_a_verdict_is_escaped() -> None:
    verdict = Verdict(
        HOSTILE, Reason.CONTENT_MISMATCH, HOSTILE, check_media([MediaItem(HOSTILE, HOSTILE)])
    )
    page = page_of(verdict, sid=HOSTILE)
    harmless = page_of(
        Verdict("MM", Reason.CONTENT_MISMATCH, "No.", check_media([an_item()])), sid="MM"
    )

    assert [each.tag for each in page.elements] == [each.tag for each in harmless.elements]
    assert HOSTILE in page.texts("p")
    assert any(HOSTILE in each for each in page.texts("li"))


def test_html_in_a_problem_is_escaped() -> None:
    page, harmless = (
        Page(
            Case(400, MalformedRequestError(text), request={"data": {"sid": text}}).response(CHROME)
        )
        for text in (HOSTILE, "MM")
    )

    assert [each.tag for each in page.elements] == [each.tag for each in harmless.elements]
    assert HOSTILE in page.texts("p")


@pytest.mark.parametrize("mistyped", ["MM'><b>", 'MM"><script>x</script>', "mm&amp;{{7*7}}"])
def test_a_mistyped_sid_is_filled_in_again_escaped(mistyped: str) -> None:
    page, harmless = (page_of(PASSING_VERDICT, sid=sid) for sid in (mistyped, "MM"))

    assert page.submitted() == mistyped
    assert [each.tag for each in page.elements] == [each.tag for each in harmless.elements]


@pytest.mark.parametrize("pasted", ["f" * 32, f"{ACCOUNT_SID} token", "hunter2", HOSTILE])
def test_a_possible_secret_in_the_sid_field_is_not_filled_in_again(pasted: str) -> None:
    page = page_of(PASSING_VERDICT, sid=pasted)

    assert page.submitted() in ("", ACCOUNT_SID)


def test_the_sid_from_a_pasted_response_is_filled_in_again() -> None:
    response = f'{{"account_sid": "{ACCOUNT_SID}", "sid": "{MESSAGE_SID}"}}'

    assert page_of(PASSING_VERDICT, sid=response).submitted() == MESSAGE_SID


@pytest.mark.parametrize("outcome", [PASSING_VERDICT, CredentialsRefusedError()])
@pytest.mark.parametrize(
    "request_",
    [
        {"data": {"sid": MESSAGE_SID}, "auth": (ACCOUNT_SID, SECRET)},
        {"data": {"sid": MESSAGE_SID, "accountSid": ACCOUNT_SID, "secret": SECRET}},
        {"data": {"sid": MESSAGE_SID, "accountSid": SECRET, "secret": SECRET}},
        {"data": {"sid": MESSAGE_SID, "accountSid": ACCOUNT_SID, "apiKey": SECRET}},
        {"data": {"sid": SECRET}},
    ],
)
def test_a_secret_in_any_field_is_never_on_the_page(
    outcome: Verdict | Exception, request_: dict[str, Any]
) -> None:
    assert SECRET not in Case(200, outcome, request=request_).response(CHROME).text
