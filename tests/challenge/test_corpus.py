"""Every file of the corpus, sent with the local Twilio and validated over HTTP.

Each is served with its true Content-Type and with false ones, as media of one message.
"""

import mimetypes
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from flask.testing import FlaskClient

from tests.conftest import Verdicts
from tests.support.accounts import MEDIA_PATH, MEDIA_SID, MESSAGE_SID
from tests.support.judging import a_judge, an_account
from tests.support.twilio_replies import a_file, a_redirect
from tests.support.upstream import Upstream, an_upstream
from validator import create_app
from validator.challenge.formats import Format, format_of_type, usual_type
from validator.config import Settings
from validator.local_twilio import ACCOUNT_SID, AUTH_TOKEN, SANDBOX_SENDER, LocalTwilio

CORPUS = Path(__file__).parents[1] / "corpus"
FOLDERS = [CORPUS / name for name in (*Format, "other")]
# Twilio does not deliver a message with an empty file.
FILES = [path for folder in FOLDERS for path in sorted(folder.iterdir()) if path.stat().st_size]
FALSE_TYPES = ("application/pdf", "image/png", "audio/mpeg", "image/gif", "binary/octet-stream")
# The names that every machine knows, whatever its own list says.
TYPES_BY_NAME = mimetypes.MimeTypes()


def true_format(path: Path) -> Format | None:
    return Format.__members__.get(path.parent.name)


def true_type(path: Path) -> str:
    allowed = true_format(path)
    return usual_type(allowed) if allowed else TYPES_BY_NAME.guess_type(path.name)[0] or "x/unknown"


def expected(path: Path, content_type: str) -> str | None:
    """Return the reason why a media item fails, None for one that passes."""
    if format_of_type(content_type) is None:
        return "format_not_allowed"
    return None if true_format(path) else "content_mismatch"


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


def test_the_corpus_has_many_files_of_every_kind() -> None:
    counted = Counter(path.parent.name for path in FILES)

    assert counted.keys() == {*Format, "other"}
    assert min(counted.values()) >= 10
    assert counted.total() >= 150


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_file_gets_the_right_result_for_true_and_false_content_types(
    path: Path, client: FlaskClient, twilio: LocalTwilio, host: Upstream, verdicts: Verdicts
) -> None:
    types = list(dict.fromkeys([true_type(path), *FALSE_TYPES]))
    for index, content_type in enumerate(types):
        host.on(f"/{index}", a_file(path.read_bytes(), Content_Type=content_type))

    media_urls = [f"{host.url}/{index}" for index in range(len(types))]
    sent = requests.post(
        f"{twilio.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
        data={"From": SANDBOX_SENDER, "To": "whatsapp:+15005550006", "MediaUrl": media_urls},
        auth=(ACCOUNT_SID, AUTH_TOKEN),
    )
    submission = {"sid": sent.json()["sid"]}
    response = client.post("/validate", data=submission, auth=(ACCOUNT_SID, AUTH_TOKEN))
    verdict = response.get_json()

    reasons = [expected(path, content_type) for content_type in types]
    results = ["fail" if reason else "pass" for reason in reasons]
    media = verdict["media"]
    assert [item["content_type"] for item in media] == types
    assert [item["result"] for item in media] == results
    assert verdict["reason"] == next(filter(None, reasons))
    assert {item["format"] for item in media} == {true_format(path)}
    assert true_format(path) is None or {item["detected"] for item in media} == {None}
    verdicts.update((path.parent.name, result) for result in results)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_file_is_recognised_at_a_host_without_range_requests(path: Path, host: Upstream) -> None:
    host.on(MEDIA_PATH, a_redirect(f"{host.url}/file"))
    host.on("/file", a_file(path.read_bytes(), Content_Type="image/png"))

    assert an_account(host.url).probe(MESSAGE_SID, MEDIA_SID).format is true_format(path)
