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
from tests.web.submitting import AUTH, OWN_ACCOUNT, SUBMISSION, WITH_TOKEN, submit
from validator.challenge import formats
from validator.challenge.checks import check_media
from validator.challenge.facts import MediaItem
from validator.challenge.formats import Format
from validator.challenge.other_formats import OtherFormat
from validator.challenge.verdict import Check, Reason, Verdict
from validator.upstream.errors import CredentialsRefusedError, UnreachableError
from validator.web.submission import MalformedRequestError

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HOSTILE = "\"'><script>x</script>{{7*7}}&amp;"
TWILIO_PAGE = "https://www.twilio.com/docs/errors/63016"
CHALLENGE = "Sending Outbound WhatsApp media messages"
SECRET = "f4ce" * 8
TOKEN_FIELDS = {**SUBMISSION, "accountSid": ACCOUNT_SID, "secret": SECRET}
NO_MEDIA = Verdict(MESSAGE_SID, Reason.NO_MEDIA, "There is none.")


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
        self.tags = [each.tag for each in self.elements]
        inputs = [each.attributes for each in self.elements if each.tag == "input"]
        self.inputs = {attributes["name"]: attributes for attributes in inputs}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, dict(attrs)))
        if tag not in ("meta", "link", "input"):
            self._open.append(self.elements[-1])

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def texts(self, tag: str) -> list[str]:
        return [" ".join(each.text.split()) for each in self.elements if each.tag == tag]


def browse(outcome: Verdict | Exception = PASSING_VERDICT, **request: Any) -> TestResponse:
    """Return the response to a browser's request."""
    return submit(outcome, headers={"Accept": BROWSER}, **request)


def page_of(outcome: Verdict | Exception = PASSING_VERDICT, **request: Any) -> Page:
    return Page(browse(outcome, **request))


def page_with_files(*media: MediaItem) -> Page:
    return page_of(Verdict(MESSAGE_SID, Reason.CONTENT_MISMATCH, "No.", check_media(media)))


HTML = [BROWSER, "Text/HTML", "text/html, application/json;q=0.9"]
JSON = ["*/*", "application/json", "application/json, text/plain, */*", "", "image/png"]


@pytest.mark.parametrize("accept", [*HTML, *JSON])
@pytest.mark.parametrize(("outcome", "status"), [(NO_MEDIA, 200), (RuntimeError("secret"), 500)])
def test_accept_of_a_browser_gets_html_with_its_own_csp_and_other_clients_get_json(
    outcome: Verdict | Exception, status: int, accept: str
) -> None:
    response = submit(outcome, headers={"Accept": accept})

    assert response.status_code == status
    assert "Accept" in response.vary
    assert response.is_json == (accept in JSON)
    if accept in HTML:
        assert response.mimetype == "text/html"
        assert response.text.startswith("<!doctype html>")
        assert response.headers.getlist("Content-Security-Policy") == [POLICY]


def test_the_start_page_has_the_form_with_focus_on_the_sid() -> None:
    response = submit(method="GET", path="/", headers={"Accept": "*/*"})
    page = Page(response)

    assert (response.status_code, response.mimetype) == (200, "text/html")
    assert (page.texts("h1"), page.texts("h2")) == ([CHALLENGE], ["How to get a SID"])
    assert page.inputs["sid"]["value"] == ""
    assert "autofocus" in page.inputs["sid"]
    assert any(formats.allowed_formats() in each for each in page.texts("li"))


@pytest.mark.parametrize(
    ("name", "mimetype"),
    [("page.css", "text/css"), ("page.js", "text/javascript"), ("icon.svg", "image/svg+xml")],
)
def test_static_files_of_the_page_are_served(name: str, mimetype: str) -> None:
    assert f'"/static/{name}"' in browse().text
    with closing(submit(method="GET", path=f"/static/{name}")) as response:
        assert (response.status_code, response.mimetype) == (200, mimetype)


def test_links_lead_to_twilio_alone_in_a_new_tab_without_referrer() -> None:
    url = "https://www.twilio.com/docs/errors/63016"
    hint = f"See {url}. Not https://www.twilio.com.evil/x."
    page = page_of(Verdict(MESSAGE_SID, Reason.NOT_DELIVERED, hint))
    links = [each for each in page.elements if each.tag == "a"]

    assert (links[0].text, links[0].attributes["href"]) == (url, url)
    assert hint in page.texts("p")
    assert len(links) == 5
    for link in links:
        assert re.match(r"https://(www|console)\.twilio\.com/", link.attributes["href"] or "")
        assert (link.attributes["target"], link.attributes["rel"]) == ("_blank", "noreferrer")


@pytest.mark.parametrize(
    ("outcome", "heading", "sentence"),
    [
        (PASSING_VERDICT, "Passed", "Well done."),
        (NO_MEDIA, "Failed", "There is none."),
        (Verdict(MESSAGE_SID, Reason.NOT_SENT_YET, "Wait."), "Not yet", "Wait."),
        (UnreachableError(), "No verdict", "This service could not reach Twilio."),
        (UnreachableError(), "No verdict", "nothing counts against you"),
        (UnreachableError(), "No verdict", "502 twilio_unreachable"),
    ],
)
def test_title_and_heading_begin_with_the_result_and_the_sid_is_filled_in_again(
    outcome: Verdict | Exception, heading: str, sentence: str
) -> None:
    response = browse(outcome)
    page = Page(response)

    assert page.texts("title") == [f"{heading}: {CHALLENGE} | TwilioQuest"]
    assert page.texts("h2")[0] == heading
    for shown in (sentence, f"Request {response.headers['X-Request-ID']}"):
        assert shown in page.texts("section")[0]
    assert page.inputs["sid"]["value"] == MESSAGE_SID


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


def test_every_media_file_has_its_mark_and_several_are_numbered() -> None:
    gif = an_item(format=None, detected=OtherFormat.GIF)
    untyped = an_item(content_type=None, format=Format.PDF)
    gone = MediaItem(MEDIA_SID, available=False)

    assert page_with_files(gif).texts("li")[1] == "✗ Failed: GIF, sent as image/png"
    assert page_with_files(an_item(), an_item(format=None), untyped, gone).texts("li")[1:5] == [
        "✓ Passed: File 1: PNG, sent as image/png",
        "✗ Failed: File 2: Unknown format, sent as image/png",
        "✗ Failed: File 3: PDF",
        "✗ Failed: File 4: Unknown format",
    ]


@pytest.mark.parametrize(
    ("request_", "expanded"),
    [
        ({"method": "GET", "path": "/", "settings": {}}, True),
        ({"method": "GET", "path": "/", "settings": OWN_ACCOUNT}, False),
        ({"method": "GET", "path": "/", "settings": WITH_TOKEN}, True),
        ({"outcome": CredentialsRefusedError(), "auth": AUTH}, True),
    ],
)
def test_the_account_fields_are_open_if_credentials_are_required(
    request_: dict[str, Any], expanded: bool
) -> None:
    page = page_of(**request_)

    (account,) = (each for each in page.elements if each.attributes.get("id") == "account")
    assert ("open" in account.attributes) == expanded
    assert "curl" not in "".join(page.texts("pre"))
    for name in ("accountSid", "apiKey", "secret"):
        assert page.inputs[name]["autocomplete"] == "off"
    assert page.inputs["secret"]["type"] == "password"


def test_over_plain_http_the_page_has_no_fields_for_credentials() -> None:
    page = Page(submit(method="GET", path="/", base_url="http://validator.example"))

    assert page.inputs.keys() == {"sid"}
    assert "https://" in page.texts("form")[0]


KEY_OPTIONS = f"-u {API_KEY_SID} -d accountSid={ACCOUNT_SID} "


@pytest.mark.parametrize(
    ("url", "fields", "options"),
    [
        ("http://localhost:8000", SUBMISSION, ""),
        ("https://judge.example", TOKEN_FIELDS, f"-u {ACCOUNT_SID} "),
        ("https://judge.example/quest", {**TOKEN_FIELDS, "apiKey": API_KEY_SID}, KEY_OPTIONS),
    ],
)
def test_the_curl_command_has_the_submission_without_the_secret(
    url: str, fields: dict[str, str], options: str
) -> None:
    page = page_of(data=fields, base_url=url)

    assert page.texts("pre")[0] == f"curl {options}-d sid={MESSAGE_SID} {url}/validate"


@pytest.mark.parametrize(
    "page_with",
    [
        lambda text: page_of(Verdict(MESSAGE_SID, Reason.NO_MEDIA, text)),
        lambda text: page_of(Verdict(MESSAGE_SID, Reason.NO_MEDIA, f"{text} {TWILIO_PAGE}")),
        lambda text: page_with_files(an_item(content_type=text)),
        lambda text: page_of(MalformedRequestError(text)),
        lambda text: page_of(data={"sid": f"MM{text}"}),
    ],
    ids=["hint", "hint with a link", "Content-Type", "detail of a problem", "mistyped SID"],
)
def test_html_in_a_verdict_a_problem_or_a_submission_is_escaped(
    page_with: Callable[[str], Page],
) -> None:
    page, harmless = page_with(HOSTILE), page_with("harmless")

    assert page.tags == harmless.tags
    shown = [page.inputs["sid"]["value"] or "", *page.texts("p"), *page.texts("li")]
    assert any(HOSTILE in each for each in shown)


@pytest.mark.parametrize("outcome", [PASSING_VERDICT, CredentialsRefusedError()])
@pytest.mark.parametrize(
    "request_",
    [
        {"auth": (ACCOUNT_SID, SECRET)},
        {"data": TOKEN_FIELDS},
        {"data": {**TOKEN_FIELDS, "accountSid": SECRET}},
        {"data": {**SUBMISSION, "accountSid": ACCOUNT_SID, "apiKey": SECRET}},
        {"data": {"sid": SECRET}},
    ],
)
def test_a_secret_in_any_field_is_never_on_the_page(
    outcome: Verdict | Exception, request_: dict[str, Any]
) -> None:
    assert SECRET not in browse(outcome, **request_).text
