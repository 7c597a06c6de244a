"""What keeps credentials and verdicts in the page: no leaks, no dialog, CSP and CORS."""

import pytest
import requests
from playwright.sync_api import Browser, Error, Request, expect

from tests.browser.player import SID, WRONG_TOKEN, OpenPage, hack, outcome, posts
from tests.browser.servers import Twilio
from tests.support.servers import Server
from validator.local_twilio import ACCOUNT_SID, AUTH_TOKEN
from validator.upstream.credentials import Credentials

STORED = "[document.cookie, localStorage.length, sessionStorage.length, history.state]"
SUBMIT = """async ([url, headers]) => {
  const body = headers['Content-Type'] ? '{"sid": "SM"}' : new URLSearchParams({sid: 'SM'});
  const response = await fetch(url, {method: 'POST', headers, body});
  return (await response.json()).reason;
}"""
ACCOUNT = Credentials(ACCOUNT_SID, ACCOUNT_SID, AUTH_TOKEN)
WITH_CREDENTIALS = {"Authorization": ACCOUNT.authorization, "Content-Type": "application/json"}


@pytest.mark.parametrize("javascript", [True, False])
def test_no_secret_in_page_source_history_storage_referer_log_or_metrics(
    open_page: OpenPage, players_service: Server, twilio: Twilio, javascript: bool
) -> None:
    page = open_page(players_service, java_script_enabled=javascript)
    sent: list[Request] = []
    page.context.on("request", lambda request: sent.append(request))
    page.context.route("https://**", lambda route: route.fulfill(body="Twilio's page"))
    visited, sources = [], []
    page.on("framenavigated", lambda frame: visited.append(frame.url))
    for secret, heading in ((WRONG_TOKEN, "No verdict"), (AUTH_TOKEN, "Passed")):
        hack(page, twilio.deliver("owl.png"), accountSid=ACCOUNT_SID, secret=secret)
        outcome(page, heading)
        sources.append(page.content())
    page.get_by_text("Try again with curl").click()
    expect(page.get_by_role("button", name="Copy")).to_be_visible(visible=javascript)
    with page.expect_popup() as popup:
        page.get_by_role("link", name="Your WhatsApp sandbox in the Console").click()
    popup.value.wait_for_load_state()

    assert len([each for each in sent if each.method == "POST"]) == 2
    assert [each.url for each in sent if "referer" in each.all_headers()] == []
    texts = [*sources, *visited, *(each.url for each in sent), players_service.log()]
    texts.append(requests.get(f"{players_service.url}/metrics", timeout=10).text)
    assert [text for text in texts if AUTH_TOKEN in text or WRONG_TOKEN in text] == []
    if javascript:
        assert page.evaluate(STORED) == ["", 0, 0, None]


def test_credentials_are_gone_after_leaving_the_page_and_going_back(
    open_page: OpenPage, players_service: Server
) -> None:
    """Safari restores a page from its cache even with no-store; Chromium does not."""
    page = open_page(players_service)
    secret = page.locator("[name=secret]")
    secret.fill(AUTH_TOKEN)
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    expect(secret).to_have_value("")

    secret.fill(AUTH_TOKEN)
    page.goto("about:blank")
    page.go_back()
    expect(secret).to_have_value("")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_401_opens_the_account_fields_and_no_browser_dialog(
    open_page: OpenPage, players_service: Server, javascript: bool
) -> None:
    """Playwright sends these credentials instead of opening the browser's dialog."""
    dialog = {"username": ACCOUNT_SID, "password": AUTH_TOKEN}
    page = open_page(players_service, http_credentials=dialog, java_script_enabled=javascript)
    page.locator("#account > summary").click()
    expect(page.locator("[name=secret]")).to_be_hidden()
    sent = posts(page)
    hack(page, SID)

    outcome(page, "Account needed")
    assert ["authorization" in each.all_headers() for each in sent] == [False]
    expect(page.locator("[name=secret]")).to_be_visible()


@pytest.mark.parametrize(
    "injected",
    [
        "document.head.append(Object.assign(document.createElement('script'), {text: 'x = 1'}))",
        "document.body.setAttribute('style', 'color: red')",
        "document.body.innerHTML = '<img src=data:image/gif,>'",
        "form.action = 'http://127.0.0.1:9/'; form.submit()",
    ],
)
def test_csp_blocks_injected_scripts_styles_images_and_forms(
    browser: Browser, service: Server, injected: str
) -> None:
    with browser.new_page() as page:
        page.goto(service.url)
        with page.expect_console_message(lambda sent: "Content Security Policy" in sent.text):
            page.evaluate(injected)


@pytest.mark.parametrize("headers", [{}, WITH_CREDENTIALS], ids=["form", "json"])
def test_cors_lets_only_pages_of_allowed_origins_read_the_verdict(
    browser: Browser, service: Server, twilio: Twilio, headers: dict[str, str]
) -> None:
    """The local Twilio serves a page, which has another origin if it is opened by another name."""
    submission = [f"{service.url}/validate", headers]
    with browser.new_page() as page:
        page.goto(f"{twilio.url}/samples/owl.png")
        assert page.evaluate(SUBMIT, submission) == "sid_not_mm"

        page.goto(f"{twilio.url.replace('127.0.0.1', 'localhost')}/samples/owl.png")
        with (
            page.expect_console_message(lambda sent: "blocked by CORS policy" in sent.text),
            pytest.raises(Error, match="Failed to fetch"),
        ):
            page.evaluate(SUBMIT, submission)
