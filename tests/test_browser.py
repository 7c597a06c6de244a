"""The page in a real browser, headless Chromium, on the real server with a local Twilio.

With SCREENSHOTS in the environment, that folder keeps what the browser shows.
"""

import os
import re
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Literal

import pytest
import requests

from tests.servers import free_port, procfile_command, serving
from tests.upstream import Reply, Upstream, running
from validator import hints
from validator.checks import check_sid
from validator.local_twilio import ACCOUNT_SID, AUTH_TOKEN, LocalTwilio
from validator.submission import PADDING

pytest.importorskip("playwright", reason="tests/requirements.txt is not installed")
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Locator,
    Page,
    expect,
    sync_playwright,
)

CHROMIUM = shutil.which("chromium")
if CHROMIUM is None:
    pytest.skip("Chromium is not installed", allow_module_level=True)

# As root there is no sandbox; and a browser under test has no business with anybody's servers.
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 15_000
PHONE = {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "has_touch": True}
SCHEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")

OWL = "https://demo.twilio.com/owl.png"
SID = "MM" + "a" * 32
ACCOUNT = {"TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": AUTH_TOKEN}
A_PAGE = Reply(200, b"<!doctype html>", {"Content-Type": "text/html"})
WITH_CREDENTIALS = {
    "Authorization": "Basic " + b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode(),
    "Content-Type": "application/json",
}

STATE = "[document.querySelector('button').disabled, document.querySelector('#remark').innerText]"
SUBMIT = f"document.querySelector('form').requestSubmit(); {STATE}"
WAITING = [True, "Looking at your message…"]
ASK = """async ([address, headers]) => {
  const body = headers['Content-Type'] ? '{"sid": "SM"}' : new URLSearchParams({sid: 'SM'});
  const answer = await fetch(address, {method: 'POST', headers, body});
  return (await answer.json()).reason;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def twilio() -> Iterator[LocalTwilio]:
    with LocalTwilio(port=0, pace=0) as twilio:
        yield twilio


@contextmanager
def another_origin() -> Iterator[Upstream]:
    with running() as other:
        other.on("/", A_PAGE)
        yield other


@pytest.fixture(scope="module")
def friend() -> Iterator[Upstream]:
    """Another origin, whose pages may ask the service."""
    with another_origin() as friend:
        yield friend


@pytest.fixture(scope="module")
def stranger() -> Iterator[Upstream]:
    """Another origin, whose pages may not."""
    with another_origin() as stranger:
        yield stranger


@pytest.fixture(scope="module")
def service(twilio: LocalTwilio, friend: Upstream) -> Iterator[str]:
    """The address of a service with an account of its own."""
    with serve(TWILIO_API_URL=twilio.url, ALLOWED_ORIGINS=friend.url, **ACCOUNT) as url:
        yield url


@pytest.fixture(scope="module")
def players_service(twilio: LocalTwilio) -> Iterator[str]:
    """The address of a service that asks players for their credentials."""
    with serve(TWILIO_API_URL=twilio.url) as url:
        yield url


@pytest.fixture(scope="module")
def cut_off_service() -> Iterator[str]:
    """The address of a service that finds no Twilio where it asks for one."""
    with serve(TWILIO_API_URL=f"http://127.0.0.1:{free_port()}", **ACCOUNT) as url:
        yield url


def serve(**settings: str) -> AbstractContextManager[str]:
    few = {"RATELIMIT_ENABLED": "0", "WEB_CONCURRENCY": "1"}
    return serving(procfile_command(), {**few, **settings})


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser finds wrong with a page; a test that expects some takes them away."""
    complaints: list[str] = []
    yield complaints
    assert complaints == []


@pytest.fixture
def open_page(browser: Browser, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Opens an address in a window of its own, with options of Playwright's new_context."""
    contexts: list[BrowserContext] = []

    def open_page(url: str, **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: Callable[..., Page], service: str) -> Page:
    """The service's first page."""
    return open_page(service)


@pytest.fixture(scope="module")
def page_to_type_on(browser: Browser, service: str) -> Iterator[Page]:
    """The service's first page, for tests that submit nothing."""
    page = browser.new_page()
    page.goto(service)
    yield page
    page.close()


@pytest.fixture
def field(page_to_type_on: Page) -> Locator:
    """The field for the SID, empty."""
    field = page_to_type_on.get_by_label("Message SID")
    field.fill("")
    return field


@pytest.fixture
def keep(request: pytest.FixtureRequest) -> Callable[[Page], None]:
    """Keeps how the whole page looks, in each of its two colour schemes, where that is wanted."""
    folder = os.environ.get("SCREENSHOTS")
    name = re.sub(r"\W+", "-", request.node.name.removeprefix("test_")).strip("-")

    def keep(page: Page) -> None:
        for scheme in SCHEMES if folder else ():
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=f"{folder}/{name}-{scheme}.png", full_page=True)

    return keep


def send(twilio: LocalTwilio, *media: str) -> str:
    """Send a WhatsApp message with these media; its SID."""
    sent = requests.post(
        f"{twilio.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
        data={
            "To": "whatsapp:+15005550006",
            "From": "whatsapp:+14155238886",
            "MediaUrl": list(media),
        },
        auth=(ACCOUNT_SID, AUTH_TOKEN),
        timeout=10,
    )
    return str(sent.json()["sid"])


def hack(page: Page, sid: str) -> None:
    page.get_by_label("Message SID").fill(sid)
    page.get_by_role("button", name="HACK").click()


def outcome(page: Page, heading: str) -> None:
    """Wait for a result that says so in its title and in its heading, where the focus is."""
    expect(page).to_have_title(re.compile(f"^{heading}: "))
    expect(page.get_by_role("heading", name=heading, exact=True)).to_be_focused()


def remark_on(field: Locator) -> str:
    return field.page.locator("#remark").inner_text()


def test_a_message_that_passes(
    page: Page, twilio: LocalTwilio, keep: Callable[[Page], None]
) -> None:
    hack(page, send(twilio, OWL))

    outcome(page, "Passed")
    expect(page.get_by_role("status").nth(1)).to_contain_text("sent with a valid PNG file")
    expect(page.get_by_role("list").nth(0)).to_have_text(re.compile(r"(✓ passed.*){7}", re.DOTALL))
    expect(page.get_by_role("list").nth(1)).to_contain_text("Served as image/png")
    keep(page)


def test_a_message_that_fails(
    page: Page, twilio: LocalTwilio, keep: Callable[[Page], None]
) -> None:
    hack(page, send(twilio, OWL, f"{twilio.url}/samples/animation.gif"))

    outcome(page, "Failed")
    expect(page.get_by_role("status").nth(1)).to_contain_text("Your 2nd file of 2 is a GIF")
    expect(page.get_by_role("listitem").nth(6)).to_have_text(
        "✗ failed Every file is of an allowed format"
    )
    expect(page.get_by_role("listitem").nth(7)).to_contain_text("✓ passed")
    expect(page.get_by_role("listitem").nth(8)).to_contain_text("✗ failed")
    keep(page)


def test_no_verdict_while_twilio_is_away(
    open_page: Callable[..., Page],
    cut_off_service: str,
    complaints: list[str],
    keep: Callable[[Page], None],
) -> None:
    page = open_page(cut_off_service)
    with page.expect_console_message():
        hack(page, SID)

    outcome(page, "No verdict")
    expect(page.get_by_role("alert")).to_contain_text("Twilio could not be reached.")
    expect(page.get_by_label("Message SID")).to_have_value(SID)
    assert "502" in complaints.pop()
    keep(page)


def test_the_browsers_own_question_for_credentials_opens_the_players_account(
    open_page: Callable[..., Page], players_service: str, twilio: LocalTwilio
) -> None:
    page = open_page(
        players_service, http_credentials={"username": ACCOUNT_SID, "password": AUTH_TOKEN}
    )
    hack(page, send(twilio, OWL))

    outcome(page, "Passed")


def test_credentials_that_twilio_refuses_are_asked_for_again(
    open_page: Callable[..., Page],
    players_service: str,
    complaints: list[str],
    keep: Callable[[Page], None],
) -> None:
    page = open_page(
        players_service, http_credentials={"username": ACCOUNT_SID, "password": "wrong"}
    )
    with page.expect_console_message():
        hack(page, SID)

    outcome(page, "No verdict")
    expect(page.get_by_role("alert")).to_contain_text("Twilio does not accept these credentials.")
    expect(page.get_by_text("Press HACK again.")).to_be_visible()
    assert "401" in complaints.pop()
    keep(page)


def test_by_keyboard_alone(page: Page, twilio: LocalTwilio) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_label("Message SID")).to_be_focused()
    page.keyboard.type(send(twilio, OWL))
    page.keyboard.press("Enter")

    outcome(page, "Passed")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button")).to_be_focused()


def test_without_javascript(
    open_page: Callable[..., Page], service: str, twilio: LocalTwilio
) -> None:
    page = open_page(service, java_script_enabled=False)
    hack(page, send(twilio, OWL))

    outcome(page, "Passed")


@pytest.mark.parametrize("text_size", ["100%", "200%"])
def test_nothing_sticks_out_of_the_screen_of_a_small_phone(
    open_page: Callable[..., Page],
    service: str,
    twilio: LocalTwilio,
    keep: Callable[[Page], None],
    text_size: str,
) -> None:
    page = open_page(service, **PHONE)
    hack(page, send(twilio, OWL, f"{twilio.url}/samples/animation.gif"))
    outcome(page, "Failed")
    page.evaluate(
        "size => document.documentElement.style.setProperty('font-size', size)", text_size
    )

    assert page.evaluate("[innerWidth, document.documentElement.scrollWidth]") == [320, 320]
    keep(page)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("SM", f"SM begins the SID of {hints.RESOURCES['SM']}."),
        ("AC1", f"AC begins the SID of {hints.RESOURCES['AC']}."),
        ("ME1", f"ME begins the SID of {hints.RESOURCES['ME']}."),
        ("SK1", f"SK begins the SID of {hints.RESOURCES['SK']}."),
        ("mm", "Write MM in capitals."),
        ("m", "Write MM in capitals."),
        ('"MM', "Leave out the quotes"),
        ("0123", "begins with MM."),
        ("MMx", "“x” cannot be in a SID"),
        ("MM1 2", "There is a space"),
        (f"{SID}0", "A SID has 34 characters, and this has 35."),
        ("M", ""),
        ("MM0aF", ""),
        (f" {SID} ", ""),
    ],
)
def test_a_mistake_is_told_while_it_is_typed(field: Locator, typed: str, told: str) -> None:
    field.press_sequentially(typed)

    assert told in remark_on(field)
    assert bool(told) == bool(remark_on(field))


def test_a_sid_is_too_short_only_when_it_was_pasted_or_left(field: Locator) -> None:
    field.press_sequentially(SID[:30])
    assert remark_on(field) == ""
    field.blur()
    assert remark_on(field) == "A SID has 34 characters, and this has 30."

    field.press("Control+a")
    field.press("Control+x")
    assert remark_on(field) == ""
    field.press("Control+v")
    assert remark_on(field) == "A SID has 34 characters, and this has 30."


def test_the_page_finds_a_mistake_where_the_service_does(field: Locator) -> None:
    """But for no SID at all, which is no mistake of somebody who is about to type one."""
    for text in (
        SID,
        SID.upper(),
        f"{PADDING}{SID}{PADDING}",
        *(f"{prefix}{'0' * 32}" for prefix in [*hints.RESOURCES, "XX", "mm", "Mm", ""]),
        *(SID[:length] for length in (1, 2, 33)),
        *(f"{SID[:20]}{odd}{SID[21:]}" for odd in ["g", " ", "\u200b", "é", "٣", "😀", "-", '"']),
        f"{SID}{SID}",
        "😀",
    ):
        field.fill(text)
        field.blur()

        assert bool(remark_on(field)) == (check_sid(text.strip(PADDING)) is not None), ascii(text)


def test_a_mistake_keeps_nobody_from_submitting(page: Page) -> None:
    hack(page, "SM" + "a" * 32)

    outcome(page, "Failed")
    expect(page.get_by_role("status").nth(1)).to_contain_text(hints.RESOURCES["SM"])


def test_the_page_waits_for_the_verdict_until_it_is_there(page: Page, twilio: LocalTwilio) -> None:
    page.get_by_label("Message SID").fill(send(twilio, OWL))

    assert page.evaluate(SUBMIT) == WAITING
    outcome(page, "Passed")
    page.go_back()
    expect(page.get_by_role("button")).to_be_enabled()
    expect(page.locator("#remark")).to_be_empty()


def test_the_page_does_not_wait_for_ever_for_an_answer_that_was_stopped(page: Page) -> None:
    page.clock.install()

    page.evaluate("document.querySelector('form').dispatchEvent(new Event('submit'))")
    assert page.evaluate(STATE) == WAITING
    page.clock.fast_forward("00:15")
    assert page.evaluate(STATE) == [False, ""]


def test_markup_in_a_sid_is_text(page: Page) -> None:
    markup = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>"
    hack(page, markup)

    outcome(page, "Failed")
    expect(page.get_by_label("Message SID")).to_have_value(markup)
    expect(page.locator("img")).to_have_count(0)


@pytest.mark.parametrize(
    "smuggled",
    [
        "document.head.append(Object.assign(document.createElement('script'), {text: 'x = 1'}))",
        "document.body.setAttribute('style', 'color: red')",
        "document.body.innerHTML = '<img src=data:image/gif,>'",
        "document.querySelector('form').action = 'http://127.0.0.1:9/';"
        "document.querySelector('form').submit()",
    ],
)
def test_what_is_smuggled_into_the_page_does_nothing(
    page: Page, complaints: list[str], smuggled: str
) -> None:
    with page.expect_console_message():
        page.evaluate(smuggled)

    assert "Content Security Policy" in complaints.pop()


@pytest.mark.parametrize("headers", [{}, WITH_CREDENTIALS])
def test_a_page_of_an_allowed_origin_reads_the_verdict(
    browser: Browser, service: str, friend: Upstream, headers: dict[str, str]
) -> None:
    with browser.new_page() as page:
        page.goto(friend.url)

        assert page.evaluate(ASK, [f"{service}/validate", headers]) == "sid_not_mm"


@pytest.mark.parametrize("headers", [{}, WITH_CREDENTIALS])
def test_a_page_of_any_other_origin_reads_nothing(
    browser: Browser, service: str, stranger: Upstream, headers: dict[str, str]
) -> None:
    with browser.new_page() as page:
        page.goto(stranger.url)

        with (
            page.expect_console_message(lambda message: "blocked by CORS policy" in message.text),
            pytest.raises(Error, match="Failed to fetch"),
        ):
            page.evaluate(ASK, [f"{service}/validate", headers])
