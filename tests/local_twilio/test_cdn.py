"""The local Twilio's CDN: another origin, where only a signed URL opens a file."""

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
def cdn_address(media: str) -> str:
    """A fresh signed address of the owl."""
    answer = requests.get(media, auth=(ACCOUNT_SID, AUTH_TOKEN), allow_redirects=False)
    return answer.headers["Location"]


@pytest.mark.parametrize(
    ("range_", "status", "content_range", "content"),
    [
        ("bytes=0-3", 206, f"bytes 0-3/{len(OWL)}", OWL[:4]),
        ("bytes=0-999999", 206, f"bytes 0-{len(OWL) - 1}/{len(OWL)}", OWL),
        ("bytes=-2", 206, f"bytes {len(OWL) - 2}-{len(OWL) - 1}/{len(OWL)}", OWL[-2:]),
        (f"bytes={len(OWL)}-", 416, f"bytes */{len(OWL)}", None),
    ],
)
def test_the_cdn_knows_ranges(
    cdn_address: str, range_: str, status: int, content_range: str, content: bytes | None
) -> None:
    answer = requests.get(cdn_address, headers={"Range": range_})

    assert answer.status_code == status
    assert answer.headers["Content-Range"] == content_range
    assert content in (None, answer.content)


def test_the_cdn_answers_head(cdn_address: str) -> None:
    answer = requests.head(cdn_address)

    assert answer.status_code == 200
    assert answer.headers["Content-Length"] == str(len(OWL))
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.content == b""


@pytest.mark.parametrize("credentials", ["Basic c2VjcmV0OnNlY3JldA==", "Bearer c2VjcmV0", ""])
def test_the_cdn_refuses_credentials_without_repeating_them(
    cdn_address: str, credentials: str
) -> None:
    answer = requests.get(cdn_address, headers={"Authorization": credentials})

    assert answer.status_code == 400
    assert "c2VjcmV0" not in answer.text + str(answer.headers)


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("Signature=", "Signature=0", 403),
        ("Signature=", "Signature=%C3%A9", 403),
        ("Signature=", "Unsigned=", 403),
        (f"/{ACCOUNT_SID}/", f"/{ACCOUNT_SID}/0", 404),
    ],
)
def test_the_cdn_refuses_urls_that_the_api_did_not_sign(
    cdn_address: str, old: str, new: str, status: int
) -> None:
    assert old in cdn_address
    assert requests.get(cdn_address.replace(old, new)).status_code == status
