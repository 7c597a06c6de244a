"""python -m tests.browser.screenshots: takes the screenshots of the page for docs/.

The real server, a local Twilio and headless Chromium. SIDs and request ids differ in every run.
"""

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.browser.player import chromium, hack, outcome
from tests.browser.servers import OWN_ACCOUNT, Twilio, serve
from tests.support.servers import ROOT

WIDTH = 640
COLOURS = 64


def main() -> None:
    """Take each picture, write it to docs/ and print its size."""
    with Twilio() as twilio, serve(twilio.url, **OWN_ACCOUNT) as server, chromium() as browser:
        for name, sample, heading in (
            ("page-pass.png", "owl.png", "Passed"),
            ("page-fail.png", "animation.gif", "Failed"),
        ):
            page = browser.new_page(color_scheme="light")
            page.goto(server.url)
            hack(page, twilio.deliver(sample))
            outcome(page, heading)
            _save(_picture(page), ROOT / "docs" / name)


def _picture(page: Page) -> bytes:
    """Return a PNG of the page from its top to the HACK button."""
    page.set_viewport_size({"width": WIDTH, "height": WIDTH})
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    button = page.get_by_role("button", name="HACK").bounding_box()
    assert button is not None
    page.set_viewport_size({"width": WIDTH, "height": int(button["y"] + button["height"] + 24)})
    return page.screenshot(animations="disabled")


def _save(png: bytes, path: Path) -> None:
    """Write a PNG with few colours, which is a third of the size."""
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").quantize(COLOURS).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
