"""Every file of the corpus, sent with the local Twilio and validated over HTTP.

Each is served with its true Content-Type and with false ones, as media of one message.
"""

import mimetypes
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from flask.testing import FlaskClient

from tests.conftest import Verdicts
from tests.support.accounts import MEDIA_PATH, MEDIA_SID, MESSAGE_SID
from tests.support.judging import a_judge, an_account
from tests.support.upstream import Handler, Reply, Upstream, an_upstream
from validator import create_app
from validator.config import Settings
from validator.local_twilio import ACCOUNT_SID, AUTH_TOKEN, SANDBOX_SENDER, LocalTwilio

CORPUS = Path(__file__).parents[1] / "corpus"
ALLOWED_TYPES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "MP3": "audio/mpeg",
    "OGG": "audio/ogg",
    "AMR": "audio/amr",
    "PDF": "application/pdf",
}
EMPTY = CORPUS / "other" / "empty.png"
FILES = sorted(
    path
    for folder in (*ALLOWED_TYPES, "other")
    for path in (CORPUS / folder).iterdir()
    if path != EMPTY
)
FALSE_TYPES = (
    "application/pdf",
    "image/png",
    "audio/mpeg",
    "image/gif",
    "application/octet-stream",
)
# The names that every machine knows, whatever its own list says.
TYPES_BY_NAME = mimetypes.MimeTypes()


def true_type(path: Path) -> str:
    guessed, _ = TYPES_BY_NAME.guess_type(path.name)
    return ALLOWED_TYPES.get(path.parent.name) or guessed or "application/x-unknown"


def expected(path: Path, content_type: str) -> tuple[str, str | None]:
    """Return the expected result of a media item, and the reason for a fail."""
    if content_type not in (*ALLOWED_TYPES.values(), "audio/opus"):
        return "fail", "format_not_allowed"
    return ("pass", None) if path.parent.name in ALLOWED_TYPES else ("fail", "content_mismatch")


@pytest.fixture(scope="module")
def host() -> Iterator[Upstream]:
    """Server of the files, with any Content-Type."""
    with an_upstream() as host:
        yield host


@pytest.fixture(scope="module")
def twilio() -> Iterator[LocalTwilio]:
    with LocalTwilio(port=0, pace=0) as twilio:
        yield twilio


@pytest.fixture(scope="module")
def client(twilio: LocalTwilio) -> FlaskClient:
    settings = Settings.model_validate({"ratelimit_enabled": False})
    return create_app(settings, a_judge(twilio.url, patience=4)).test_client()


def send(twilio: LocalTwilio, *media_urls: str) -> str:
    sent = requests.post(
        f"{twilio.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
        data={"From": SANDBOX_SENDER, "To": "whatsapp:+15005550006", "MediaUrl": media_urls},
        auth=(ACCOUNT_SID, AUTH_TOKEN),
        timeout=5,
    )
    return str(sent.json()["sid"])


def test_the_corpus_is_large() -> None:
    assert len(FILES) >= 150


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_file_gets_the_right_result_for_true_and_false_content_types(
    path: Path, client: FlaskClient, twilio: LocalTwilio, host: Upstream, verdicts: Verdicts
) -> None:
    types = list(dict.fromkeys([true_type(path), *FALSE_TYPES]))
    for index, content_type in enumerate(types):
        reply = Reply(body=path.read_bytes(), headers={"Content-Type": content_type})
        host.on(f"/{index}", reply)
    message_sid = send(twilio, *(f"{host.url}/{index}" for index in range(len(types))))

    verdict = client.post(
        "/validate", data={"sid": message_sid}, auth=(ACCOUNT_SID, AUTH_TOKEN)
    ).get_json()

    judged = [(item["content_type"], item["result"]) for item in verdict["media"]]
    assert judged == [(name, expected(path, name)[0]) for name in types]
    reasons = [reason for name in types if (reason := expected(path, name)[1])]
    assert verdict["reason"] == reasons[0]
    true_format = path.parent.name if path.parent.name in ALLOWED_TYPES else None
    assert {item["format"] for item in verdict["media"]} == {true_format}
    assert true_format is None or {item["detected"] for item in verdict["media"]} == {None}
    verdicts.update((path.parent.name, result) for _, result in judged)


def in_ranges(content: bytes, content_type: str) -> Callable[[Handler], None]:
    """Return a handler that serves a file with support for range requests."""

    def respond(handler: Handler) -> None:
        first, last = map(int, handler.headers["Range"].removeprefix("bytes=").split("-"))
        part = content[first : last + 1]
        headers = {
            "Content-Type": content_type,
            "Content-Range": f"bytes {first}-{first + len(part) - 1}/{len(content)}",
        }
        handler.send(Reply(206, part, headers) if part else Reply(416))

    return respond


@pytest.mark.parametrize("knows_ranges", [True, False])
@pytest.mark.parametrize("folder", [*ALLOWED_TYPES, "other"])
def test_a_file_is_recognised_at_another_cdn(
    folder: str, knows_ranges: bool, host: Upstream
) -> None:
    host.on(MEDIA_PATH, Reply(307, headers={"Location": f"{host.url}/file"}))
    for path in (path for path in FILES if path.parent.name == folder):
        content, media_type = path.read_bytes(), true_type(path)
        whole = Reply(body=content, headers={"Content-Type": media_type})
        host.on("/file", in_ranges(content, media_type) if knows_ranges else whole)

        item = an_account(host.url).probe(MESSAGE_SID, MEDIA_SID)

        assert (path.name, item.format) == (path.name, None if folder == "other" else folder)


def test_an_empty_file_makes_the_message_fail(
    client: FlaskClient, twilio: LocalTwilio, host: Upstream
) -> None:
    host.on("/empty", Reply(body=EMPTY.read_bytes(), headers={"Content-Type": "image/png"}))
    message_sid = send(twilio, f"{host.url}/empty")

    verdict = client.post(
        "/validate", data={"sid": message_sid}, auth=(ACCOUNT_SID, AUTH_TOKEN)
    ).get_json()

    assert verdict["reason"] == "not_delivered"
    assert "could not download your media file, or it was empty" in verdict["message"]
