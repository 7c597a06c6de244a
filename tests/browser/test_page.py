"""What a player does and sees, in a real browser, on the real server with a local Twilio."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.player import SID, WRONG_TOKEN, OpenPage, hack, outcome, posts
from tests.browser.servers import OWN_ACCOUNT, Twilio, serve
from tests.support.servers import ROOT, Server, free_port
from validator.local_twilio import ACCOUNT_SID, API_KEY_SECRET, API_KEY_SID, AUTH_TOKEN

PHONE = {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "has_touch": True}
ANIMATIONS = "document.getAnimations({subtree: true}).length"
UNFOLD = "document.querySelectorAll('details').forEach((fold) => { fold.open = true; })"
AXE = ROOT / "tests/node/node_modules/axe-core/axe.min.js"
FINDINGS = """async () => (await axe.run()).violations.map(
  ({id, nodes}) => [id, nodes.map((node) => node.html + node.failureSummary)])"""


def eight_steps(twilio: Twilio) -> list[tuple[str, dict[str, str], str, str]]:
    """Return SIDs and credentials to submit, and the heading and words of the result."""
    wrong = {"accountSid": "AC" + "f" * 32, "secret": WRONG_TOKEN}
    right = {"accountSid": ACCOUNT_SID, "secret": AUTH_TOKEN}
    two_files = twilio.deliver("owl.png", "animation.gif")
    return [
        (SID, wrong, "No verdict", "does not accept this Account SID and Auth"),
        (SID, right, "Failed", "with this SID"),
        (SID.replace("MM", "SM"), {}, "Failed", "a message without media"),
        ('"><script>alert(1)</script>', {}, "Failed", "MM"),
        (twilio.deliver("animation.gif"), {}, "Failed", "image/gif"),
        (twilio.deliver("disguised.png"), {}, "Failed", "image/png"),
        (two_files, {}, "Failed", "image/gif"),
        (twilio.send("owl.png"), {}, "Not yet", "queued"),
    ]


def test_a_players_ten_steps_from_wrong_credentials_to_a_pass(
    open_page: OpenPage, players_service: Server, twilio: Twilio
) -> None:
    """The page is never reloaded."""
    page = open_page(players_service)
    page.clock.install()
    expect(page.get_by_label("Message SID")).to_be_focused()

    for sid, credentials, heading, hint in eight_steps(twilio):
        hack(page, sid, **credentials)
        outcome(page, heading, hint)
        expect(page.locator("body script")).to_have_count(0)
    twilio.skip()
    page.clock.run_for(5000)
    outcome(page, "Passed", "PNG")
    use_another_account(page)
    key = {"accountSid": ACCOUNT_SID, "apiKey": API_KEY_SID, "secret": API_KEY_SECRET}
    hack(page, twilio.deliver("photo.jpg"), **key)
    outcome(page, "Passed")
    assert page.url == f"{players_service.url}/"


def use_another_account(page: Page) -> None:
    """Clear the page for another player, who has an API key."""
    page.get_by_role("button", name="Use another account").click()
    expect(page.locator("[name=accountSid]")).to_be_focused()
    expect(page.locator("#result")).to_be_empty()
    expect(page).to_have_title(re.compile("^Sending Outbound"))
    for name in ("sid", "accountSid", "secret"):
        expect(page.locator(f"[name={name}]")).to_have_value("")
    page.get_by_text("I use an API key").click()


def test_by_keyboard_alone_a_message_passes_and_its_curl_command_is_copied(
    open_page: OpenPage, service: Server, twilio: Twilio
) -> None:
    page = open_page(service, permissions=["clipboard-read", "clipboard-write"])
    expect(page.get_by_label("Message SID")).to_be_focused()
    expect(page.locator("[name=secret]")).to_be_hidden()
    sid = twilio.deliver("owl.png")
    page.keyboard.type(sid)
    page.keyboard.press("Enter")
    outcome(page, "Passed")

    for key in ("Tab", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_text("It went over WhatsApp")).to_be_visible()
    for key in ("Tab", "Enter", "Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("button", name="Copied")).to_be_focused()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"curl -d sid={sid} {service.url}/validate"


def test_a_second_press_of_hack_waits_for_the_first(page: Page, twilio: Twilio) -> None:
    held: list[Route] = []
    page.route("**/validate", lambda route: held.append(route))
    page.get_by_label("Message SID").fill(twilio.deliver("owl.png"))
    page.evaluate("form.requestSubmit(); form.requestSubmit()")
    expect(page.get_by_role("status")).to_have_text("Checking your message…")
    expect(page.get_by_role("button", name="HACK")).to_have_attribute("aria-disabled", "true")

    for route in held:
        route.continue_()
    outcome(page, "Passed")
    expect(page.get_by_role("status")).to_be_empty()
    expect(page.get_by_role("button", name="HACK")).to_have_attribute("aria-disabled", "false")
    assert len(held) == 1


def test_without_a_result_the_page_says_so(page: Page) -> None:
    hack(page, SID)
    outcome(page, "Failed")
    page.route("**/validate", lambda route: route.fulfill(body="<h1>A proxy's page</h1>"))
    for is_offline in (False, True):
        page.context.set_offline(is_offline)
        hack(page, SID)

        expect(page.get_by_role("status")).to_contain_text("Check your connection, then press HACK")
        expect(page.locator("#result")).to_be_empty()


@pytest.fixture
def not_yet(page: Page, twilio: Twilio) -> Page:
    """Page with a result that is not final, and a clock that the test advances."""
    page.clock.install()
    hack(page, twilio.send("owl.png"))
    outcome(page, "Not yet")
    return page


def test_not_yet_counts_down_and_retries_at_most_ten_times(not_yet: Page) -> None:
    countdown = not_yet.locator(".countdown")
    for seconds in (5, 10, 15, 20, 25, 30, 30, 30, 30, 30):
        expect(countdown).to_contain_text(f"Trying again in {seconds} s")
        not_yet.clock.run_for(1000)
        expect(countdown).to_contain_text(f"in {seconds - 1} s")
        with not_yet.expect_response("**/validate"):
            not_yet.clock.run_for(1000 * (seconds - 1))
        outcome(not_yet, "Not yet")

    expect(not_yet.get_by_role("status")).to_be_empty()
    expect(countdown).to_have_count(0)


@pytest.mark.parametrize("what", ["Stop", "typing"])
def test_stop_and_typing_end_the_countdown(not_yet: Page, what: str) -> None:
    field = not_yet.get_by_label("Message SID")
    control = field if what == "typing" else not_yet.get_by_role("button", name="Stop")
    sent = posts(not_yet)
    # The space bar presses the button, and is typed into the field.
    control.press("Space")
    not_yet.clock.run_for(60_000)

    expect(field).to_be_focused()
    expect(not_yet.locator(".countdown")).to_have_count(0)
    assert sent == []


def test_the_result_of_a_retry_is_announced_without_moving_the_focus(
    not_yet: Page, twilio: Twilio
) -> None:
    elsewhere = not_yet.get_by_role("link", name="Your WhatsApp sandbox in the Console")
    elsewhere.focus()
    twilio.skip()
    not_yet.clock.run_for(5000)

    expect(not_yet.get_by_role("status")).to_contain_text("Passed. Well done")
    expect(elsewhere).to_be_focused()


def test_a_502_is_shown_and_a_429_counts_down_its_retry_after(open_page: OpenPage) -> None:
    limit = {"RATELIMIT_ENABLED": "1", "RATE_LIMIT": "1/2 minutes"}
    with serve(f"http://127.0.0.1:{free_port()}", **OWN_ACCOUNT, **limit) as server:
        page = open_page(server)
        page.clock.install()
        hack(page, SID)
        outcome(page, "No verdict", "This service could not reach Twilio.")
        expect(page.locator(".countdown")).to_have_count(0)

        with page.expect_response("**/validate") as response:
            hack(page, SID)
        seconds = int(response.value.headers["retry-after"])
        outcome(page, "No verdict", "Too many submissions")
        expect(page.locator(".countdown")).to_contain_text(f"in {seconds} s")
        with page.expect_response("**/validate"):
            page.clock.run_for(1000 * seconds)


@pytest.mark.skipif(not AXE.exists(), reason="needs `npm ci --prefix tests/node`")
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing(
    open_page: OpenPage, players_service: Server, twilio: Twilio, scheme: str
) -> None:
    page = open_page(players_service, color_scheme=scheme, reduced_motion="reduce", **PHONE)
    page.evaluate(AXE.read_text())
    page.evaluate(UNFOLD)
    found = {"start": page.evaluate(FINDINGS)}
    for secret, sid, heading in (
        (WRONG_TOKEN, SID, "No verdict"),
        (AUTH_TOKEN, twilio.deliver("owl.png", "disguised.png"), "Failed"),
        (AUTH_TOKEN, twilio.deliver("owl.png"), "Passed"),
        (AUTH_TOKEN, twilio.send("owl.png"), "Not yet"),
    ):
        hack(page, sid, accountSid=ACCOUNT_SID, secret=secret)
        outcome(page, heading)
        page.evaluate(UNFOLD)
        found[heading] = page.evaluate(FINDINGS)

    assert {name: findings for name, findings in found.items() if findings} == {}


def test_prefers_reduced_motion_turns_off_animations(page: Page, twilio: Twilio) -> None:
    hack(page, twilio.deliver("owl.png"))
    outcome(page, "Passed")

    assert page.evaluate(ANIMATIONS) > 0
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(ANIMATIONS) == 0


@pytest.mark.parametrize(
    "samples", [(), ("animation.gif",), ("owl.png", "disguised.png"), ("owl.png",)]
)
def test_a_small_phone_shows_the_result_without_scrolling(
    open_page: OpenPage, service: Server, twilio: Twilio, samples: tuple[str, ...]
) -> None:
    page = open_page(service, **PHONE)
    hack(page, twilio.deliver(*samples) if samples else SID)
    outcome(page, "Passed" if samples == ("owl.png",) else "Failed")

    expect(page.locator("#hint")).to_be_in_viewport(ratio=1)
    height = page.evaluate("document.querySelector('.outcome').getBoundingClientRect().height")
    assert height < 1.25 * 640
    page.evaluate(UNFOLD)
    for text_size in ("100%", "200%"):
        page.evaluate(f"document.documentElement.style.setProperty('font-size', '{text_size}')")
        assert page.evaluate("[innerWidth, document.documentElement.scrollWidth]") == [320, 320]


def test_print_has_the_result_without_form_and_buttons(not_yet: Page) -> None:
    not_yet.emulate_media(media="print")

    expect(not_yet.locator("#hint")).to_be_visible()
    for hidden in ("form", ".steps", ".countdown button"):
        expect(not_yet.locator(hidden)).to_be_hidden()
