"""How the local Twilio fetches media files, and how a message fails if it cannot.

Against a real media host on loopback, which misbehaves as its path says.
"""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from tests.local_twilio.sending import fetch_settled, send
from validator.local_twilio import LocalTwilio

UNUSED_PORT = "http://127.0.0.1:9/owl.png"


class MediaHost(BaseHTTPRequestHandler):
    release = threading.Event()

    def do_GET(self) -> None:
        behaviour: Callable[[], None] = getattr(self, self.path.strip("/").split("/")[0])
        behaviour()

    def respond(self, status: int = 200, content: bytes = b"content", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def fine(self) -> None:
        self.respond(Content_Type="Image/JPG; charset=binary")

    def moved(self) -> None:
        self.respond(302, b"", Location="/fine")

    def held(self) -> None:
        self.release.wait(10)
        self.fine()

    def missing(self) -> None:
        self.respond(404, Content_Type="image/png")

    def broken(self) -> None:
        self.respond(500, Content_Type="image/png")

    def untyped(self) -> None:
        self.respond()

    def empty(self) -> None:
        self.respond(content=b"", Content_Type="image/png")

    def circular(self) -> None:
        self.respond(302, b"", Location="/circular")

    def elsewhere(self) -> None:
        self.respond(302, b"", Location="file:///etc/hostname")

    def truncated(self) -> None:
        self.respond(Content_Type="image/png", Content_Length="100")

    def log_message(self, *_: Any) -> None:
        """Log nothing."""

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True


@pytest.fixture
def host() -> Iterator[str]:
    MediaHost.release.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), MediaHost) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        MediaHost.release.set()
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def local() -> Iterator[LocalTwilio]:
    with LocalTwilio(port=0, pace=0.0) as running:
        yield running


def media_of(local: LocalTwilio, api: requests.Session, message: Any) -> Any:
    return api.get(local.url + message["subresource_uris"]["media"]).json()["media_list"]


@pytest.mark.parametrize("path", ["/fine", "/moved"])
def test_a_file_keeps_the_content_type_of_its_host(
    local: LocalTwilio, api: requests.Session, host: str, path: str
) -> None:
    message = fetch_settled(api, send(local, api, host + path))
    media = media_of(local, api, message)

    assert (message["status"], message["num_media"]) == ("delivered", "1")
    assert [item["content_type"] for item in media] == ["Image/JPG; charset=binary"]
    served = api.get(local.url + media[0]["uri"].removesuffix(".json"))
    assert (served.content, served.headers["Content-Type"]) == (
        b"content",
        "Image/JPG; charset=binary",
    )


def test_a_message_stays_queued_until_its_media_are_fetched(
    local: LocalTwilio, api: requests.Session, host: str
) -> None:
    url = send(local, api, f"{host}/held")
    waiting = api.get(f"{url}.json").json()

    assert (waiting["status"], waiting["num_media"]) == ("queued", "0")
    assert media_of(local, api, waiting) == []
    MediaHost.release.set()
    arrived = fetch_settled(api, url)
    assert (arrived["status"], arrived["num_media"]) == ("delivered", "1")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/missing", 11200),
        ("/broken", 11200),
        ("/untyped", 11200),
        ("/empty", 63019),
        ("/circular", 63019),
        ("/elsewhere", 63019),
        ("/truncated", 63019),
    ],
)
def test_a_message_fails_if_its_media_cannot_be_fetched(
    local: LocalTwilio, api: requests.Session, host: str, path: str, code: int
) -> None:
    message = fetch_settled(api, send(local, api, f"{host}/fine", host + path))

    assert (message["status"], message["error_code"]) == ("failed", code)
    assert message["error_message"]
    assert media_of(local, api, message) == []


def test_a_message_fails_on_a_refused_connection(local: LocalTwilio, api: requests.Session) -> None:
    assert fetch_settled(api, send(local, api, UNUSED_PORT))["error_code"] == 63019


def test_a_message_to_a_phone_whose_media_fail_never_has_any(
    local: LocalTwilio, api: requests.Session
) -> None:
    url = send(local, api, f"{local.url}/samples/owl.png", To="whatsapp:+15005550019")
    message = fetch_settled(api, url)

    assert (message["error_code"], message["num_media"]) == (63019, "0")
