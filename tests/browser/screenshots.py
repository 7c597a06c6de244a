"""python -m tests.browser.screenshots: takes the screenshots of the page for docs/.

The real server, a local Twilio and headless Chromium. SIDs and request ids differ in every run.
"""

import io
import shutil
from pathlib import Path

import requests
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.support.servers import ROOT, RUN_HERE, free_port, serving
from validator.local_twilio import ACCOUNT_SID, AUTH_TOKEN, SANDBOX_SENDER

DOCS = ROOT / "docs"
MEDIA_URLS = {
    "page-pass.png": "https://demo.twilio.com/owl.png",
    "page-fail.png": "{twilio}/samples/animation.gif",
}
WIDTH = 640
COLOURS = 64


def main() -> None:
    """Take each picture, write it to docs/ and print its size."""
    port = free_port()
    twilio = f"http://127.0.0.1:{port}"
    with (
        serving(RUN_HERE, {"LOCAL_TWILIO_PORT": str(port)}) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for name, media_url in MEDIA_URLS.items():
            page = browser.new_page(
                viewport={"width": WIDTH, "height": WIDTH}, color_scheme="light"
            )
            page.goto(url)
            _submit(page, _send(twilio, media_url.format(twilio=twilio)))
            _save(_picture(page), DOCS / name)
        browser.close()


def _send(twilio: str, media_url: str) -> str:
    """Send a WhatsApp message with a file; return its SID."""
    sent = requests.post(
        f"{twilio}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
        data={"From": SANDBOX_SENDER, "To": "whatsapp:+15005550006", "MediaUrl": media_url},
        auth=(ACCOUNT_SID, AUTH_TOKEN),
        timeout=10,
    )
    return str(sent.json()["sid"])


def _submit(page: Page, sid: str) -> None:
    page.get_by_label("Message SID").fill(sid)
    page.get_by_role("button", name="HACK").click()
    page.locator(".outcome").wait_for()
    page.mouse.move(0, 0)


def _picture(page: Page) -> bytes:
    """Return a PNG of the page from its top to the HACK button."""
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    button = page.get_by_role("button", name="HACK").bounding_box()
    assert button is not None
    bottom = button["y"] + button["height"] + 24
    clip = {"x": 0.0, "y": 0.0, "width": float(WIDTH), "height": bottom}
    return page.screenshot(clip=clip, full_page=True, animations="disabled")  # type: ignore[arg-type]


def _save(png: bytes, path: Path) -> None:
    """Write a PNG with few colours, which is a third of the size."""
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").quantize(COLOURS).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
