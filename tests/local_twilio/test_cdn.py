"""The local Twilio's CDN: signed URLs on another origin, and range requests."""

from collections.abc import Iterator

import pytest
import requests

from tests.local_twilio.sending import send_and_settle
from validator.local_twilio import ACCOUNT_SID, AUTH_TOKEN, SAMPLES, LocalTwilio

OWL = next(sample for sample in SAMPLES if sample.name == "owl.png").read()


@pytest.fixture(scope="module")
def media(api: requests.Session) -> Iterator[str]:
    """The address of the owl at the API."""
    with LocalTwilio(port=0, pace=0.0) as local:
        message = send_and_settle(local, api, f"{local.url}/samples/owl.png")
        (item,) = api.get(f"{message}/Media.json").json()["media_list"]
        yield local.url + item["uri"].removesuffix(".json")


@pytest.fixture
def cdn_url(media: str) -> str:
    """A new signed URL of the media file."""
    response = requests.get(media, auth=(ACCOUNT_SID, AUTH_TOKEN), allow_redirects=False)
    return response.headers["Location"]


@pytest.mark.parametrize(
    ("range_", "status", "content_range", "content"),
    [
        ("bytes=0-3", 206, f"bytes 0-3/{len(OWL)}", OWL[:4]),
        ("bytes=0-999999", 206, f"bytes 0-{len(OWL) - 1}/{len(OWL)}", OWL),
        ("bytes=-2", 206, f"bytes {len(OWL) - 2}-{len(OWL) - 1}/{len(OWL)}", OWL[-2:]),
        (f"bytes={len(OWL)}-", 416, f"bytes */{len(OWL)}", None),
    ],
)
def test_the_cdn_supports_range_requests(
    cdn_url: str, range_: str, status: int, content_range: str, content: bytes | None
) -> None:
    response = requests.get(cdn_url, headers={"Range": range_})

    assert response.status_code == status
    assert response.headers["Content-Range"] == content_range
    assert content in (None, response.content)


def test_the_cdn_supports_head_requests(cdn_url: str) -> None:
    response = requests.head(cdn_url)

    assert response.status_code == 200
    assert response.headers["Content-Length"] == str(len(OWL))
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.content == b""


@pytest.mark.parametrize("credentials", ["Basic c2VjcmV0OnNlY3JldA==", "Bearer c2VjcmV0", ""])
def test_the_cdn_rejects_an_authorization_header_without_quoting_it(
    cdn_url: str, credentials: str
) -> None:
    response = requests.get(cdn_url, headers={"Authorization": credentials})

    assert response.status_code == 400
    assert "c2VjcmV0" not in response.text + str(response.headers)


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("Signature=", "Signature=0", 403),
        ("Signature=", "Signature=%C3%A9", 403),
        ("Signature=", "Unsigned=", 403),
        (f"/{ACCOUNT_SID}/", f"/{ACCOUNT_SID}/0", 404),
    ],
)
def test_the_cdn_rejects_invalid_signatures(cdn_url: str, old: str, new: str, status: int) -> None:
    assert old in cdn_url
    assert requests.get(cdn_url.replace(old, new)).status_code == status
