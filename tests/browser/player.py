"""What a player does and sees on the page, in headless Chromium."""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

OpenPage = Callable[..., Page]
SID = "MM" + "a" * 32
WRONG_TOKEN = "wrong-auth-token"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium inside the block."""
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=shutil.which("chromium"))


def hack(page: Page, sid: str, **credentials: str) -> None:
    """Fill in the form and press HACK."""
    page.get_by_label("Message SID").fill(sid)
    for name, value in credentials.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="HACK").click()


def outcome(page: Page, heading: str, hint: str = "") -> None:
    """Wait for a result with this hint, and this heading, which has the focus and is the title."""
    expect(page.locator("#hint")).to_contain_text(hint)
    expect(page).to_have_title(re.compile(f"^{heading}: "))
    expect(page.get_by_role("heading", name=heading, exact=True)).to_be_focused()


def posts(page: Page) -> list[Request]:
    """Return a list to which the page's POST requests are added from now on."""
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    return sent
