"""The HTML page: content negotiation, headers, content and escaping."""

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.support.accounts import ACCOUNT_SID, API_KEY_SID, MEDIA_SID, MESSAGE_SID
from tests.support.fakes import PASSING_VERDICT, an_item
from tests.web.submitting import AUTH, OWN_ACCOUNT, SUBMISSION, TOKEN, submit
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
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}&amp;"
CHALLENGE = "Sending Outbound WhatsApp media messages"
SECRET = "f4ce" * 8
TOKEN_FIELDS = {"accountSid": ACCOUNT_SID, "secret": SECRET}
NO_MEDIA = Verdict(MESSAGE_SID, Reason.NO_MEDIA, "There is none.")
NOT_YET = Verdict(MESSAGE_SID, Reason.NOT_SENT_YET, "Wait.")


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    text: str = ""


class Page(HTMLParser):
    """The elements of a page in their order, each with the text in it."""

    def __init__(self, response: TestResponse) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(response.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.elements.append(element)
        if tag not in ("meta", "link", "input"):
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def tags(self) -> list[str]:
        return [each.tag for each in self.elements]

    def texts(self, tag: str) -> list[str]:
        return [" ".join(each.text.split()) for each in self.elements if each.tag == tag]

    def inputs(self) -> dict[str | None, dict[str, str | None]]:
        """Return the attributes of each field of the form, by its name."""
        inputs = [each.attributes for each in self.elements if each.tag == "input"]
        return {attributes["name"]: attributes for attributes in inputs}

    def submitted(self) -> str | None:
        """Return the value of the field for the SID."""
        return self.inputs()["sid"]["value"]

    def shows_account(self) -> bool:
        """Return whether the fields for the account are expanded."""
        (account,) = (each for each in self.elements if each.attributes.get("id") == "account")
        return "open" in account.attributes


def browse(outcome: Verdict | Exception = PASSING_VERDICT, **request: Any) -> TestResponse:
    """Return the response to a browser's request."""
    return submit(outcome, headers={"Accept": CHROME}, **request)


def page_of(outcome: Verdict | Exception = PASSING_VERDICT, **request: Any) -> Page:
    return Page(browse(outcome, **request))


def page_with_file(*media: MediaItem) -> Page:
    return page_of(Verdict(MESSAGE_SID, Reason.CONTENT_MISMATCH, "No.", check_media(media)))


OUTCOMES = [
    (PASSING_VERDICT, 200),
    (NO_MEDIA, 200),
    (MalformedRequestError("No."), 400),
    (RuntimeError("secret"), 500),
]


@pytest.mark.parametrize(("outcome", "status"), OUTCOMES)
@pytest.mark.parametrize(
    "accept", [CHROME, FIREFOX, "text/html", "text/html, application/json;q=0.9", "Text/HTML"]
)
def test_accept_of_a_browser_gets_html_with_a_csp_for_the_services_own_css_and_javascript(
    outcome: Verdict | Exception, status: int, accept: str
) -> None:
    response = submit(outcome, headers={"Accept": accept})

    assert (response.status_code, response.mimetype) == (status, "text/html")
    assert response.text.startswith("<!doctype html>")
    assert "Accept" in response.vary
    assert response.headers.getlist("Content-Security-Policy") == [POLICY]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(("outcome", "status"), OUTCOMES)
@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "application/json, text/plain, */*", "", "image/png"]
)
def test_accept_of_other_clients_gets_json(
    outcome: Verdict | Exception, status: int, accept: str
) -> None:
    response = submit(outcome, headers={"Accept": accept})

    assert (response.status_code, response.is_json) == (status, True)
    assert "Accept" in response.vary


def test_the_page_of_a_problem_has_allow_and_retry_after() -> None:
    assert "POST" in browse(method="GET").headers["Allow"]
    assert browse(BusyError(7)).headers["Retry-After"] == "7"


@pytest.mark.parametrize(
    "request_",
    [{"settings": {}}, {"outcome": CredentialsRefusedError(), "auth": AUTH}],
    ids=["no credentials", "credentials refused"],
)
def test_a_401_page_opens_no_browser_dialog_but_the_account_fields(
    request_: dict[str, Any],
) -> None:
    response = browse(**request_)
    page = Page(response)

    assert response.status_code == 401
    assert response.headers.getlist("WWW-Authenticate") == ['Form realm="Twilio account"']
    assert page.shows_account()
    assert "curl" not in page.texts("section")[0]


@pytest.mark.parametrize("accept", [CHROME, "*/*"])
def test_the_start_page_has_the_form_with_focus_on_the_sid(accept: str) -> None:
    response = submit(method="GET", path="/", headers={"Accept": accept})
    page = Page(response)

    assert (response.status_code, response.mimetype) == (200, "text/html")
    assert response.headers.getlist("Content-Security-Policy") == [POLICY]
    assert page.texts("title") == [f"{CHALLENGE} | TwilioQuest"]
    assert (page.texts("h1"), page.texts("h2")) == ([CHALLENGE], ["How to get a SID"])
    assert page.submitted() == ""
    assert "autofocus" in page.inputs()["sid"]
    assert "HACK" in page.texts("button")
    assert any(formats.allowed_formats() in each for each in page.texts("li"))
    assert re.fullmatch("MM[0-9a-f]{32}", page.texts("mark")[0])


@pytest.mark.parametrize(
    ("name", "mimetype"),
    [("page.css", "text/css"), ("page.js", "text/javascript"), ("icon.svg", "image/svg+xml")],
)
def test_static_files_of_the_page_are_served(name: str, mimetype: str) -> None:
    linked = [each.attributes for each in page_of().elements]

    assert f"/static/{name}" in {each.get("href", each.get("src")) for each in linked}
    with closing(submit(method="GET", path=f"/static/{name}")) as response:
        assert (response.status_code, response.mimetype) == (200, mimetype)


def test_links_to_twilio_open_in_a_new_tab_without_referrer() -> None:
    links = [each.attributes for each in page_of().elements if each.tag == "a"]

    assert len(links) == 4
    for link in links:
        assert re.match(r"https://(www|console)\.twilio\.com/", link["href"] or "")
        assert (link["target"], link["rel"]) == ("_blank", "noreferrer")


def test_only_urls_of_twilio_in_a_hint_become_links() -> None:
    url = "https://www.twilio.com/docs/errors/63016"
    hint = f"See {url}. Not https://www.twilio.com.evil/x."
    page = page_of(Verdict(MESSAGE_SID, Reason.NOT_DELIVERED, hint))

    links = [each for each in page.elements if each.text.startswith("https:")]
    assert [(each.tag, each.attributes.get("href"), each.text) for each in links] == [
        ("a", url, url)
    ]
    assert hint in page.texts("p")


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [(PASSING_VERDICT, "Passed"), (NO_MEDIA, "Failed"), (NOT_YET, "Not yet")],
)
def test_title_and_heading_begin_with_the_result(verdict: Verdict, outcome: str) -> None:
    response = browse(verdict)
    page = Page(response)

    assert page.texts("title") == [f"{outcome}: {CHALLENGE} | TwilioQuest"]
    assert page.texts("h2")[0] == outcome
    assert verdict.hint in page.texts("p")
    assert f"Request {response.headers['X-Request-ID']}" in page.texts("section")[0]
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
    details = page_of().texts("details")
    (fold,) = (each for each in details if each.startswith("All 7 checks passed"))

    assert fold.count("✓") == len(Check) + len(PASSING_VERDICT.media)


@pytest.mark.parametrize(
    ("item", "row"),
    [
        (an_item(), "✓ Passed: PNG, sent as image/png"),
        (an_item(format=None), "✗ Failed: Unknown format, sent as image/png"),
        (an_item(format=None, detected=OtherFormat.GIF), "✗ Failed: GIF, sent as image/png"),
        (an_item(content_type=None, format=Format.PDF), "✗ Failed: PDF"),
        (MediaItem(MEDIA_SID, available=False), "✗ Failed: Unknown format"),
    ],
)
def test_every_media_file_has_its_mark(item: MediaItem, row: str) -> None:
    assert row in page_with_file(item).texts("li")


def test_several_files_are_numbered() -> None:
    assert page_with_file(an_item(), an_item()).texts("li")[1:3] == [
        "✓ Passed: File 1: PNG, sent as image/png",
        "✓ Passed: File 2: PNG, sent as image/png",
    ]


def test_a_problem_page_has_the_detail_and_says_that_nothing_counts() -> None:
    response = browse(UnreachableError())
    page = Page(response)

    assert page.texts("title") == [f"No verdict: {CHALLENGE} | TwilioQuest"]
    section = page.texts("section")[0]
    assert "This service could not reach Twilio." in section
    assert "nothing counts against you" in section
    assert f"Request {response.headers['X-Request-ID']} · 502 twilio_unreachable" in section
    assert page.submitted() == MESSAGE_SID


@pytest.mark.parametrize(
    ("settings", "expanded"),
    [({}, True), (OWN_ACCOUNT, False), ({**OWN_ACCOUNT, "validator_token": TOKEN}, True)],
)
def test_the_account_fields_are_open_if_credentials_are_required(
    settings: dict[str, str], expanded: bool
) -> None:
    page = Page(submit(settings=settings, method="GET", path="/"))

    assert page.shows_account() == expanded
    for name in ("accountSid", "apiKey", "secret"):
        assert page.inputs()[name]["autocomplete"] == "off"
    assert page.inputs()["secret"]["type"] == "password"


@pytest.mark.parametrize("settings", [{}, OWN_ACCOUNT])
def test_over_plain_http_the_page_has_no_fields_for_credentials(settings: dict[str, str]) -> None:
    url = "http://validator.example"
    page = Page(submit(settings=settings, method="GET", path="/", base_url=url))

    assert "secret" not in page.inputs()
    assert "https://" in page.texts("form")[0]


@pytest.mark.parametrize(
    ("url", "fields", "options"),
    [
        ("http://localhost:8000", {}, ""),
        ("https://judge.example", TOKEN_FIELDS, f"-u {ACCOUNT_SID} "),
        (
            "https://judge.example/quest",
            {**TOKEN_FIELDS, "apiKey": API_KEY_SID},
            f"-u {API_KEY_SID} -d accountSid={ACCOUNT_SID} ",
        ),
    ],
)
def test_the_curl_command_has_the_submission_without_the_secret(
    url: str, fields: dict[str, str], options: str
) -> None:
    page = page_of(data={**SUBMISSION, **fields}, base_url=url)

    assert page.texts("pre")[0] == f"curl {options}-d sid={MESSAGE_SID} {url}/validate"


@pytest.mark.parametrize(
    ("outcome_with", "tag"),
    [
        (lambda text: Verdict(MESSAGE_SID, Reason.NO_MEDIA, text), "p"),
        (
            lambda text: Verdict(
                *(MESSAGE_SID, Reason.FORMAT_NOT_ALLOWED, "No."),
                check_media([an_item(content_type=text)]),
            ),
            "li",
        ),
        (MalformedRequestError, "p"),
    ],
    ids=["hint", "Content-Type", "detail of a problem"],
)
def test_html_in_a_verdict_or_a_problem_is_escaped(
    outcome_with: Callable[[str], Verdict | Exception], tag: str
) -> None:
    page, harmless = (page_of(outcome_with(text)) for text in (HOSTILE, "harmless"))

    assert page.tags() == harmless.tags()
    assert any(HOSTILE in each for each in page.texts(tag))


@pytest.mark.parametrize("mistyped", ["MM'><b>", 'MM"><script>x</script>', "mm&amp;{{7*7}}"])
def test_a_mistyped_sid_is_filled_in_again_escaped(mistyped: str) -> None:
    page, harmless = (page_of(data={"sid": sid}) for sid in (mistyped, "MM"))

    assert page.submitted() == mistyped
    assert page.tags() == harmless.tags()


@pytest.mark.parametrize(
    ("pasted", "shown"),
    [
        (SECRET, ""),
        ("hunter2", ""),
        (HOSTILE, ""),
        (f"{ACCOUNT_SID} token", ACCOUNT_SID),
        (f'{{"account_sid": "{ACCOUNT_SID}", "sid": "{MESSAGE_SID}"}}', MESSAGE_SID),
    ],
)
def test_only_a_sid_is_filled_in_again_from_what_was_pasted(pasted: str, shown: str) -> None:
    assert page_of(data={"sid": pasted}).submitted() == shown


@pytest.mark.parametrize("outcome", [PASSING_VERDICT, CredentialsRefusedError()])
@pytest.mark.parametrize(
    "request_",
    [
        {"auth": (ACCOUNT_SID, SECRET)},
        {"data": {**SUBMISSION, **TOKEN_FIELDS}},
        {"data": {**SUBMISSION, "accountSid": SECRET, "secret": SECRET}},
        {"data": {**SUBMISSION, "accountSid": ACCOUNT_SID, "apiKey": SECRET}},
        {"data": {"sid": SECRET}},
    ],
)
def test_a_secret_in_any_field_is_never_on_the_page(
    outcome: Verdict | Exception, request_: dict[str, Any]
) -> None:
    assert SECRET not in browse(outcome, **request_).text
