"""The page in a real browser, headless Chromium, on the real server with a local Twilio.

With SCREENSHOTS in the environment, that folder keeps what the browser shows.
"""

import os
import re
import shutil
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
import requests

from tests.support.servers import Server, free_port, procfile_command, running
from tests.support.upstream import Reply, Upstream
from tests.support.upstream import running as upstream_running
from tests.support.waiting import wait_until
from validator.local_twilio import (
    ACCOUNT_SID,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    LocalTwilio,
)

pytest.importorskip("playwright", reason="tests/requirements.txt is not installed")
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Page,
    Request,
    Route,
    expect,
    sync_playwright,
)

CHROMIUM = shutil.which("chromium")
if CHROMIUM is None:
    pytest.skip("Chromium is not installed", allow_module_level=True)
AXE = Path(__file__).parents[1] / "node/node_modules/axe-core/axe.min.js"
if not AXE.exists():
    pytest.skip("needs `npm ci --prefix tests/node`", allow_module_level=True)

# Chromium has no sandbox as root. The others stop its own requests to other servers.
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 15_000
# Seconds until a message arrives. No test waits for that: the clock is advanced.
PACE = 200
PHONE: dict[str, Any] = {
    "viewport": {"width": 320, "height": 640},
    "is_mobile": True,
    "has_touch": True,
}
SCHEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")

OWL = "https://demo.twilio.com/owl.png"
SID = "MM" + "a" * 32
SM_SID = "SM" + "a" * 32
OTHER_ACCOUNT = "AC" + "f" * 32
WRONG_TOKEN = "wrong-auth-token"
SECRETS = (AUTH_TOKEN, API_KEY_SECRET, WRONG_TOKEN)
OWN_ACCOUNT = {"TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": AUTH_TOKEN}
A_PAGE = Reply(200, b"<!doctype html><link rel=icon href=data:,>", {"Content-Type": "text/html"})
WITH_CREDENTIALS = {
    "Authorization": "Basic " + b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode(),
    "Content-Type": "application/json",
}

SUBMIT = """async ([url, headers]) => {
  const body = headers['Content-Type'] ? '{"sid": "SM"}' : new URLSearchParams({sid: 'SM'});
  const response = await fetch(url, {method: 'POST', headers, body});
  return (await response.json()).reason;
}"""
UNFOLD = "document.querySelectorAll('details').forEach((fold) => { fold.open = true; })"
FINDINGS = """async () => (await axe.run()).violations.map(
  ({id, nodes}) => [id, nodes.map((node) => node.html + node.failureSummary)])"""
STORED = (
    "[document.cookie, localStorage.length, sessionStorage.length, JSON.stringify(history.state)]"
)


class Clock:
    """The clock of the local Twilio, which a test can advance."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead

    def skip(self) -> None:
        """Advance until every message has arrived."""
        self.ahead += 2 * PACE


class Twilio(LocalTwilio):
    """A local Twilio where messages arrive when the clock is advanced."""

    def __init__(self) -> None:
        self.clock = Clock()
        super().__init__(port=0, pace=PACE, clock=self.clock)

    def send(self, *media: str) -> str:
        """Send a WhatsApp message with these media; return its SID once the media are there."""
        messages = f"{self.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages"
        urls = [each if "://" in each else f"{self.url}/samples/{each}" for each in media]
        numbers = {"To": "whatsapp:+15005550006", "From": "whatsapp:+14155238886"}
        with requests.Session() as session:
            session.auth = (ACCOUNT_SID, AUTH_TOKEN)
            sent = session.post(f"{messages}.json", {**numbers, "MediaUrl": urls}, timeout=10)
            sid = str(sent.json()["sid"])
            message = f"{messages}/{sid}.json"
            wait_until(lambda: session.get(message, timeout=10).json()["num_media"] != "0")
        return sid

    def deliver(self, *media: str) -> str:
        """Send a message, let it arrive and return its SID."""
        sid = self.send(*media)
        self.clock.skip()
        return sid


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def twilio() -> Iterator[Twilio]:
    with Twilio() as twilio:
        yield twilio


@contextmanager
def another_origin() -> Iterator[Upstream]:
    with upstream_running() as other:
        other.on("/", A_PAGE)
        yield other


@pytest.fixture(scope="module")
def friend() -> Iterator[Upstream]:
    """Another origin that ALLOWED_ORIGINS lists."""
    with another_origin() as friend:
        yield friend


@pytest.fixture(scope="module")
def stranger() -> Iterator[Upstream]:
    """Another origin that ALLOWED_ORIGINS does not list."""
    with another_origin() as stranger:
        yield stranger


@contextmanager
def serve(**settings: str) -> Iterator[Server]:
    few = {"RATELIMIT_ENABLED": "0", "WEB_CONCURRENCY": "1", "PATIENCE_SECONDS": "0"}
    with running(procfile_command(), {**few, **settings}) as server:
        yield server


@pytest.fixture(scope="module")
def service(twilio: Twilio, friend: Upstream) -> Iterator[str]:
    """Return the URL of a service with an account of its own."""
    origins = {"ALLOWED_ORIGINS": friend.url}
    with serve(TWILIO_API_URL=twilio.url, **origins, **OWN_ACCOUNT) as server:
        yield server.url


@pytest.fixture(scope="module")
def players_service(twilio: Twilio) -> Iterator[Server]:
    """Return a service without an account: players need their credentials."""
    with serve(TWILIO_API_URL=twilio.url) as server:
        yield server


@pytest.fixture(scope="module")
def service_without_twilio() -> Iterator[str]:
    """Return the URL of a service that cannot reach Twilio."""
    with serve(TWILIO_API_URL=f"http://127.0.0.1:{free_port()}", **OWN_ACCOUNT) as server:
        yield server.url


@pytest.fixture
def strict_service(twilio: Twilio) -> Iterator[str]:
    """Return the URL of a service that accepts one submission in two minutes."""
    limit = {"RATELIMIT_ENABLED": "1", "RATE_LIMIT": "1/2 minutes"}
    with serve(TWILIO_API_URL=twilio.url, **OWN_ACCOUNT, **limit) as server:
        yield server.url


@pytest.fixture
def errors() -> Iterator[list[str]]:
    """Collect errors and console messages of a page; a test removes those that it expects."""
    errors: list[str] = []
    yield errors
    assert errors == []


@pytest.fixture
def open_page(browser: Browser, errors: list[str]) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a URL in a new window, with options of `new_context`."""
    contexts: list[BrowserContext] = []

    def open_page(url: str, **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text))
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: Callable[..., Page], service: str) -> Page:
    """Return the start page of a service with an account of its own."""
    return open_page(service)


@pytest.fixture
def keep(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Return a function that takes screenshots in both colour schemes if SCREENSHOTS is set."""
    folder = os.environ.get("SCREENSHOTS")
    name = re.sub(r"\W+", "-", request.node.name.removeprefix("test_")).strip("-")

    def keep(page: Page, step: str = "") -> None:
        for scheme in SCHEMES if folder else ():
            page.emulate_media(color_scheme=scheme)
            path = f"{folder}/{'-'.join(filter(None, (name, step, scheme)))}.png"
            page.screenshot(path=path, full_page=True)

    return keep


def hack(page: Page, sid: str, **credentials: str) -> None:
    """Fill in the form and press HACK."""
    page.get_by_label("Message SID").fill(sid)
    for name, value in credentials.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="HACK").click()


def outcome(page: Page, heading: str) -> None:
    """Wait for a result with this heading in the title and in the focused heading."""
    expect(page).to_have_title(re.compile(f"^{heading}: "))
    expect(page.get_by_role("heading", name=heading, exact=True)).to_be_focused()


def hint(page: Page) -> str:
    return page.locator("#hint").inner_text()


def posts(page: Page) -> list[Request]:
    """Return a list to which the page's POST requests are added from now on."""
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    return sent


def test_a_players_ten_steps_from_wrong_credentials_to_a_pass(
    open_page: Callable[..., Page],
    players_service: Server,
    twilio: Twilio,
    errors: list[str],
    keep: Callable[..., None],
) -> None:
    """The page is never reloaded."""
    page = open_page(players_service.url)
    page.clock.install()
    expect(page.get_by_label("Message SID")).to_be_focused()
    right = {"accountSid": ACCOUNT_SID, "secret": AUTH_TOKEN}
    keep(page, "0-start")

    hack(page, SID, accountSid=OTHER_ACCOUNT, secret=WRONG_TOKEN)
    outcome(page, "No verdict")
    assert "Twilio does not accept this Account SID and Auth Token." in hint(page)
    assert "401" in errors.pop()
    keep(page, "1-wrong-account")

    story: tuple[tuple[str, str, dict[str, str], str, str], ...] = (
        ("2-right-account", SID, right, "Failed", "with this SID"),
        ("3-text-message", SM_SID, {}, "Failed", "a message without media"),
        ("4-rubbish", "hello", {}, "Failed", "MM"),
        ("5-gif", twilio.deliver("animation.gif"), {}, "Failed", "image/gif"),
        ("6-renamed-gif", twilio.deliver("disguised.png"), {}, "Failed", "image/png"),
        ("7-two-files", twilio.deliver(OWL, "animation.gif"), {}, "Failed", "image/gif"),
        ("8-still-sending", twilio.send(OWL), {}, "Not yet", "queued"),
    )
    for step, sid, credentials, heading, sentence in story:
        hack(page, sid, **credentials)
        expect(page.locator("#hint")).to_contain_text(sentence)
        outcome(page, heading)
        keep(page, step)
    expect(page.get_by_text("Trying again in")).to_be_visible()

    twilio.clock.skip()
    page.clock.run_for(5000)
    outcome(page, "Passed")
    assert "PNG" in hint(page)
    keep(page, "9-pass")

    page.get_by_role("button", name="Use another account").click()
    expect(page.locator("#result")).to_be_empty()
    page.get_by_text("I use an API key").click()
    key = {"accountSid": ACCOUNT_SID, "apiKey": API_KEY_SID, "secret": API_KEY_SECRET}
    hack(page, twilio.deliver("photo.jpg"), **key)
    outcome(page, "Passed")
    keep(page, "10-api-key")
    assert page.url == f"{players_service.url}/"


@pytest.mark.parametrize("javascript", [True, False])
def test_no_secret_in_page_source_history_storage_referer_log_or_metrics(
    open_page: Callable[..., Page],
    players_service: Server,
    twilio: Twilio,
    errors: list[str],
    javascript: bool,
) -> None:
    page = open_page(players_service.url, java_script_enabled=javascript)
    sent: list[Request] = []
    page.context.on("request", lambda request: sent.append(request))
    page.context.route("https://**", lambda route: route.fulfill(body="Twilio's page"))
    visited, sources = [], []
    page.on("framenavigated", lambda frame: visited.append(frame.url))
    for secret, heading in ((WRONG_TOKEN, "No verdict"), (AUTH_TOKEN, "Passed")):
        hack(page, twilio.deliver(OWL), accountSid=ACCOUNT_SID, secret=secret)
        outcome(page, heading)
        sources.append(page.content())
    assert "401" in errors.pop()
    with page.expect_popup() as popup:
        page.get_by_role("link", name="Your WhatsApp sandbox in the Console").click()
    popup.value.wait_for_load_state()

    assert len([each for each in sent if each.method == "POST"]) == 2
    assert [each.url for each in sent if "referer" in each.all_headers()] == []
    texts = [*sources, *visited, *(each.url for each in sent), players_service.log()]
    texts.append(requests.get(f"{players_service.url}/metrics", timeout=10).text)
    assert [secret for secret in SECRETS if any(secret in each for each in texts)] == []
    if javascript:
        assert page.evaluate(STORED) == ["", 0, 0, "null"]


@pytest.mark.parametrize("is_kept", [True, False])
def test_credentials_are_gone_after_going_back(
    open_page: Callable[..., Page], players_service: Server, friend: Upstream, is_kept: bool
) -> None:
    """Safari restores a page from its cache even with no-store; Chromium does not."""
    page = open_page(players_service.url)
    page.locator("[name=accountSid]").fill(ACCOUNT_SID)
    page.locator("[name=secret]").fill(AUTH_TOKEN)
    if is_kept:
        page.evaluate("dispatchEvent(new Event('pagehide'))")
    else:
        page.goto(friend.url)
        page.go_back()

    for name in ("accountSid", "secret"):
        expect(page.locator(f"[name={name}]")).to_have_value("")


def test_use_another_account_clears_the_form_and_the_result(
    open_page: Callable[..., Page], players_service: Server, twilio: Twilio
) -> None:
    page = open_page(players_service.url)
    hack(page, twilio.deliver(OWL), accountSid=ACCOUNT_SID, secret=AUTH_TOKEN)
    outcome(page, "Passed")
    page.get_by_role("button", name="Use another account").click()

    expect(page.locator("[name=accountSid]")).to_be_focused()
    expect(page.locator("#result")).to_be_empty()
    expect(page).to_have_title(re.compile("^Sending Outbound"))
    for name in ("sid", "accountSid", "secret"):
        expect(page.locator(f"[name={name}]")).to_have_value("")


def test_a_401_opens_no_browser_dialog(
    open_page: Callable[..., Page], players_service: Server, errors: list[str]
) -> None:
    """Playwright sends these credentials instead of opening the browser's dialog."""
    dialog = {"username": ACCOUNT_SID, "password": AUTH_TOKEN}
    page = open_page(players_service.url, http_credentials=dialog, java_script_enabled=False)
    sent = posts(page)
    hack(page, SID)

    outcome(page, "Account needed")
    assert ["authorization" in each.all_headers() for each in sent] == [False]
    expect(page.locator("[name=secret]")).to_be_visible()
    assert "401" in errors.pop()


def test_the_account_fields_are_collapsed_if_the_service_has_an_account(
    page: Page, twilio: Twilio, keep: Callable[..., None]
) -> None:
    expect(page.locator("[name=secret]")).to_be_hidden()
    hack(page, twilio.deliver(OWL))

    outcome(page, "Passed")
    expect(page.get_by_text("All 7 checks passed")).to_be_visible()
    keep(page)


def test_no_verdict_while_twilio_is_unreachable(
    open_page: Callable[..., Page],
    service_without_twilio: str,
    errors: list[str],
    keep: Callable[..., None],
) -> None:
    page = open_page(service_without_twilio)
    hack(page, SID)

    outcome(page, "No verdict")
    assert "This service could not reach Twilio." in hint(page)
    expect(page.get_by_label("Message SID")).to_have_value(SID)
    assert "502" in errors.pop()
    keep(page)


def test_without_a_response_the_page_says_so(page: Page, errors: list[str]) -> None:
    page.context.set_offline(True)
    hack(page, SID)

    expect(page.get_by_role("status")).to_contain_text("Check your connection")
    expect(page.get_by_role("button", name="HACK")).not_to_have_attribute("aria-disabled", "true")
    assert errors
    assert all("ERR_INTERNET_DISCONNECTED" in each for each in errors)
    errors.clear()


def test_a_response_of_a_proxy_is_not_shown_as_a_result(page: Page) -> None:
    page.route("**/validate", lambda route: route.fulfill(body="<h1>A proxy's page</h1>"))
    hack(page, SID)

    expect(page.get_by_role("status")).to_contain_text("press HACK again")
    expect(page.locator("#result")).to_be_empty()


def test_a_second_press_of_hack_waits_for_the_first(page: Page, twilio: Twilio) -> None:
    held: list[Route] = []
    page.route("**/validate", lambda route: held.append(route))
    page.get_by_label("Message SID").fill(twilio.deliver(OWL))
    page.evaluate("form.requestSubmit(); form.requestSubmit()")
    expect(page.get_by_role("status")).to_have_text("Checking your message…")

    for route in held:
        route.continue_()
    outcome(page, "Passed")
    expect(page.get_by_role("status")).to_be_empty()
    assert len(held) == 1


def test_not_yet_counts_down_and_retries_at_most_ten_times(page: Page, twilio: Twilio) -> None:
    page.clock.install()
    sent = posts(page)
    hack(page, twilio.send(OWL))
    for tries in range(11):
        wait = min(5 * (tries + 1), 30)
        outcome(page, "Not yet")
        assert len(sent) == tries + 1
        if tries < 10:
            expect(page.locator(".countdown")).to_contain_text(f"in {wait} s")
            page.clock.run_for(1000)
            expect(page.locator(".countdown")).to_contain_text(f"in {wait - 1} s")
            with page.expect_response("**/validate"):
                page.clock.run_for(1000 * (wait - 1))

    expect(page.locator(".countdown")).to_have_count(0)


@pytest.mark.parametrize(
    "stop",
    [
        lambda page: page.get_by_role("button", name="Stop").click(),
        lambda page: page.get_by_label("Message SID").press_sequentially("0"),
    ],
)
def test_stop_or_typing_ends_the_countdown(
    page: Page, twilio: Twilio, stop: Callable[[Page], None]
) -> None:
    page.clock.install()
    sent = posts(page)
    hack(page, twilio.send(OWL))
    outcome(page, "Not yet")
    stop(page)
    page.clock.run_for(60_000)

    expect(page.get_by_label("Message SID")).to_be_focused()
    expect(page.locator(".countdown")).to_have_count(0)
    assert len(sent) == 1


def test_the_result_of_a_retry_is_announced_without_moving_the_focus(
    page: Page, twilio: Twilio
) -> None:
    page.clock.install()
    hack(page, twilio.send(OWL))
    outcome(page, "Not yet")
    elsewhere = page.get_by_role("link", name="Your WhatsApp sandbox in the Console")
    elsewhere.focus()
    twilio.clock.skip()
    page.clock.run_for(5000)

    expect(page.get_by_role("status")).to_contain_text("Passed. Well done")
    expect(elsewhere).to_be_focused()


def test_a_429_counts_down_its_retry_after(
    strict_service: str, open_page: Callable[..., Page], errors: list[str]
) -> None:
    page = open_page(strict_service)
    page.clock.install()
    requests.post(f"{strict_service}/validate", {"sid": SID}, timeout=10)
    with page.expect_response("**/validate") as response:
        hack(page, SID)
    seconds = int(response.value.headers["retry-after"])

    outcome(page, "No verdict")
    expect(page.locator(".countdown")).to_contain_text(f"in {seconds} s")
    with page.expect_response("**/validate"):
        page.clock.run_for(1000 * seconds)
    outcome(page, "No verdict")
    assert [each for each in errors if "429" not in each] == []
    errors.clear()


def test_by_keyboard_alone(page: Page, twilio: Twilio) -> None:
    expect(page.get_by_label("Message SID")).to_be_focused()
    page.keyboard.type(twilio.deliver(OWL))
    page.keyboard.press("Enter")

    outcome(page, "Passed")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("It went over WhatsApp")).to_be_visible()


def test_without_javascript(
    open_page: Callable[..., Page], players_service: Server, twilio: Twilio
) -> None:
    page = open_page(players_service.url, java_script_enabled=False)
    hack(page, twilio.deliver(OWL), accountSid=ACCOUNT_SID, secret=AUTH_TOKEN)

    outcome(page, "Passed")
    expect(page.locator("[name=secret]")).to_have_value("")
    expect(page.get_by_role("button", name="Copy")).to_be_hidden()


def test_the_curl_command_is_copied(
    open_page: Callable[..., Page], service: str, twilio: Twilio
) -> None:
    page = open_page(service, permissions=["clipboard-read", "clipboard-write"])
    sid = twilio.deliver(OWL)
    hack(page, sid)
    page.get_by_text("Try again with curl").click()
    page.get_by_role("button", name="Copy").click()

    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert (
        page.evaluate("navigator.clipboard.readText()") == f"curl -d sid={sid} {service}/validate"
    )


def test_print_has_the_result_without_form_and_buttons(page: Page, twilio: Twilio) -> None:
    hack(page, twilio.send(OWL))
    outcome(page, "Not yet")
    page.emulate_media(media="print")

    expect(page.locator("#hint")).to_be_visible()
    for hidden in ("form", ".steps", ".countdown button"):
        expect(page.locator(hidden)).to_be_hidden()


@pytest.mark.parametrize("text_size", ["100%", "200%"])
def test_a_small_phone_has_no_horizontal_scrolling(
    open_page: Callable[..., Page],
    service: str,
    twilio: Twilio,
    keep: Callable[..., None],
    text_size: str,
) -> None:
    page = open_page(service, **PHONE)
    page.evaluate(f"document.documentElement.style.setProperty('font-size', '{text_size}')")
    for sid, heading in (
        (twilio.deliver(OWL), "Passed"),
        (twilio.deliver(OWL, "animation.gif"), "Failed"),
    ):
        hack(page, sid)
        outcome(page, heading)
        page.evaluate(UNFOLD)
        assert page.evaluate("[innerWidth, document.documentElement.scrollWidth]") == [320, 320]
        keep(page, heading)


@pytest.mark.parametrize("media", [[], ["animation.gif"], [OWL, "disguised.png"]])
def test_a_fail_is_visible_on_a_small_phone_without_scrolling(
    open_page: Callable[..., Page], service: str, twilio: Twilio, media: list[str]
) -> None:
    page = open_page(service, **PHONE)
    hack(page, twilio.deliver(*media) if media else SID)
    outcome(page, "Failed")

    expect(page.locator("#hint")).to_be_in_viewport(ratio=1)
    height = page.evaluate("document.querySelector('.outcome').getBoundingClientRect().height")
    assert height < 1.25 * PHONE["viewport"]["height"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing(
    open_page: Callable[..., Page],
    players_service: Server,
    twilio: Twilio,
    errors: list[str],
    scheme: Literal["dark", "light"],
) -> None:
    page = open_page(players_service.url, color_scheme=scheme, reduced_motion="reduce", **PHONE)
    page.evaluate(AXE.read_text())
    page.evaluate(UNFOLD)
    found = {"start": page.evaluate(FINDINGS)}
    page.locator("[name=accountSid]").fill(ACCOUNT_SID)
    for secret, sid, heading in (
        (WRONG_TOKEN, SID, "No verdict"),
        (AUTH_TOKEN, twilio.deliver(OWL, "disguised.png"), "Failed"),
        (AUTH_TOKEN, twilio.deliver(OWL), "Passed"),
        (AUTH_TOKEN, twilio.send(OWL), "Not yet"),
    ):
        hack(page, sid, secret=secret)
        outcome(page, heading)
        page.evaluate(UNFOLD)
        found[heading] = page.evaluate(FINDINGS)

    assert {name: findings for name, findings in found.items() if findings} == {}
    assert "401" in errors.pop()


def test_prefers_reduced_motion_turns_off_animations(
    open_page: Callable[..., Page], service: str, twilio: Twilio
) -> None:
    moving = "document.getAnimations({subtree: true}).length > 0"
    for motion in ("reduce", "no-preference"):
        page = open_page(service, reduced_motion=motion)
        hack(page, twilio.deliver(OWL))
        outcome(page, "Passed")

        assert page.evaluate(moving) == (motion == "no-preference")


@pytest.mark.parametrize("javascript", [True, False])
def test_html_in_a_sid_is_escaped(
    open_page: Callable[..., Page], service: str, javascript: bool
) -> None:
    markup = 'MM"><script>alert(1)</script>'
    page = open_page(service, java_script_enabled=javascript)
    hack(page, markup)

    outcome(page, "Failed")
    expect(page.get_by_label("Message SID")).to_have_value(markup)
    expect(page.locator("body script")).to_have_count(0)


@pytest.mark.parametrize(
    "injected",
    [
        "document.head.append(Object.assign(document.createElement('script'), {text: 'x = 1'}))",
        "document.body.setAttribute('style', 'color: red')",
        "document.body.innerHTML = '<img src=data:image/gif,>'",
        "document.querySelector('form').action = 'http://127.0.0.1:9/';"
        "document.querySelector('form').submit()",
    ],
)
def test_csp_blocks_injected_scripts_styles_images_and_forms(
    page: Page, errors: list[str], injected: str
) -> None:
    with page.expect_console_message():
        page.evaluate(injected)

    assert "Content Security Policy" in errors.pop()


@pytest.mark.parametrize("headers", [{}, WITH_CREDENTIALS])
def test_cors_lets_a_page_of_an_allowed_origin_read_the_verdict(
    browser: Browser, service: str, friend: Upstream, headers: dict[str, str]
) -> None:
    with browser.new_page() as page:
        page.goto(friend.url)

        assert page.evaluate(SUBMIT, [f"{service}/validate", headers]) == "sid_not_mm"


@pytest.mark.parametrize("headers", [{}, WITH_CREDENTIALS])
def test_cors_lets_no_page_of_another_origin_read_the_verdict(
    browser: Browser, service: str, stranger: Upstream, headers: dict[str, str]
) -> None:
    with browser.new_page() as page:
        page.goto(stranger.url)

        with (
            page.expect_console_message(lambda message: "blocked by CORS policy" in message.text),
            pytest.raises(Error, match="Failed to fetch"),
        ):
            page.evaluate(SUBMIT, [f"{service}/validate", headers])
