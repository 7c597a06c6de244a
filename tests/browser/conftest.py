"""The browser, the servers and the pages of these tests, which are skipped without Chromium."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.servers import OWN_ACCOUNT, Twilio, serve
from tests.support.servers import Server

pytest.importorskip("playwright", reason="tests/requirements.txt is not installed")
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.player import OpenPage, chromium

if shutil.which("chromium") is None:
    pytest.skip("Chromium is not installed", allow_module_level=True)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def twilio() -> Iterator[Twilio]:
    with Twilio() as twilio:
        yield twilio


@pytest.fixture(scope="package")
def service(twilio: Twilio) -> Iterator[Server]:
    """A service with an account of its own; pages of the local Twilio's origin may submit to it."""
    with serve(twilio.url, ALLOWED_ORIGINS=twilio.url, **OWN_ACCOUNT) as server:
        yield server


@pytest.fixture(scope="package")
def players_service(twilio: Twilio) -> Iterator[Server]:
    """A service without an account: players need their credentials."""
    with serve(twilio.url) as server:
        yield server


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Return a function that opens a service's page in a window with options of `new_context`.

    Any console message fails the test, except that a submission has a status other than 200.
    """
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        failed = message.text.startswith("Failed to load resource")
        if not (failed and message.location["url"].endswith("/validate")):
            errors.append(message.text)

    def open_page(server: Server, **options: Any) -> Page:
        page = browser.new_page(**options)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", note)
        page.goto(server.url)
        return page

    yield open_page
    for context in browser.contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(open_page: OpenPage, service: Server) -> Page:
    """Return the page of a service with an account of its own."""
    return open_page(service)
