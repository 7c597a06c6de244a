"""How the local Twilio fetches media files, and how a message fails if it cannot."""

import pytest

from tests.local_twilio.api import Api
from tests.support import faults
from tests.support.twilio_replies import a_file, a_redirect
from tests.support.upstream import Behaviour, Reply, Upstream
from tests.support.waiting import wait_until
from validator.local_twilio import media_fetch
from validator.local_twilio.resources import DELIVERY_ERRORS

CONTENT_TYPE = "Image/JPG; charset=binary"
IMAGE = {"Content-Type": "image/png"}
TRUNCATED = {**IMAGE, "Content-Length": "100", "Connection": "close"}
UNUSED_PORT = "http://127.0.0.1:9/owl.png"


@pytest.fixture
def host(upstream: Upstream) -> Upstream:
    """A host of media with a file at `/fine`."""
    upstream.on("/fine", a_file(b"content", Content_Type=CONTENT_TYPE))
    return upstream


@pytest.mark.parametrize("path", ["/fine", "/moved"])
def test_a_file_keeps_the_content_type_of_its_host(api: Api, host: Upstream, path: str) -> None:
    host.on("/moved", a_redirect("/fine", 302))
    message = api.create_settled(host.url + path)
    (media,) = api.media_of(message)
    served = api.get(media["uri"].removesuffix(".json"))

    assert (message["status"], message["num_media"]) == ("delivered", "1")
    assert media["content_type"] == served.headers["Content-Type"] == CONTENT_TYPE
    assert served.content == b"content"


def test_a_message_stays_queued_until_its_media_are_fetched(api: Api, host: Upstream) -> None:
    _, go_on = host.hold("/fine")
    message = api.create(f"{host.url}/fine").json()
    api.clock.now += 60
    waiting = api.get(message["uri"]).json()

    assert (waiting["status"], waiting["num_media"]) == ("queued", "0")
    assert api.media_of(waiting) == []
    go_on.set()
    wait_until(lambda: api.get(message["uri"]).json()["status"] == "delivered")
    assert len(api.media_of(message)) == 1


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        pytest.param(Reply(404, b"content", IMAGE), 11200, id="404"),
        pytest.param(Reply(500, b"content", IMAGE), 11200, id="500"),
        pytest.param(Reply(body=b"content"), 11200, id="no Content-Type"),
        pytest.param(faults.stay_silent, 11200, id="timeout"),
        pytest.param(Reply(200, b"", IMAGE), 63019, id="empty"),
        pytest.param(a_redirect("/bad"), 63019, id="circular redirect"),
        pytest.param(a_redirect("file:///etc/hostname"), 63019, id="redirect to file:"),
        pytest.param(a_redirect(UNUSED_PORT), 63019, id="refused connection"),
        pytest.param(Reply(200, b"content", TRUNCATED), 63019, id="truncated"),
    ],
)
def test_a_message_fails_if_one_of_its_media_cannot_be_fetched(
    api: Api, host: Upstream, monkeypatch: pytest.MonkeyPatch, reply: Reply | Behaviour, code: int
) -> None:
    monkeypatch.setattr(media_fetch, "READ_TIMEOUT_SECONDS", 1)
    host.on("/bad", reply)
    message = api.create_settled(f"{host.url}/fine", f"{host.url}/bad")

    assert (message["status"], message["error_code"]) == ("failed", code)
    assert message["error_message"] == DELIVERY_ERRORS[code]
    assert api.media_of(message) == []
