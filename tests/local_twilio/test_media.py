"""The local Twilio's media: the list and its pages, deletes, redirects and the CDN."""

from typing import Any

import pytest
import requests

from tests.local_twilio.api import Api
from validator.local_twilio import ACCOUNT_SID, SAMPLES, LocalTwilio

OWL = SAMPLES[0].read()


@pytest.fixture
def message(api: Api) -> Any:
    """Message with three media files."""
    return api.create_settled("/samples/owl.png", "/samples/song.mp3", "/samples/invoice.pdf")


@pytest.fixture
def media(api: Api, message: Any) -> str:
    """URL of the content of the first file, at the API."""
    return str(api.media_of(message)[0]["uri"]).removesuffix(".json")


@pytest.fixture
def cdn_url(api: Api, media: str) -> str:
    """Signed URL of the first file."""
    return api.get(media, allow_redirects=False).headers["Location"]


def test_a_media_resource_has_every_field(api: Api, message: Any) -> None:
    media = api.media_of(message)

    assert message["num_media"] == "3"
    assert len(media) == 3
    assert media[0] == {
        "account_sid": ACCOUNT_SID,
        "content_type": "image/png",
        "date_created": "Fri, 15 Jan 2027 08:00:00 +0000",
        "date_updated": "Fri, 15 Jan 2027 08:00:00 +0000",
        "parent_sid": message["sid"],
        "sid": media[0]["sid"],
        "uri": message["subresource_uris"]["media"].replace(".json", f"/{media[0]['sid']}.json"),
    }
    assert [api.get(each["uri"]).json() for each in media] == media


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_the_media_url_of_twilios_examples_works_offline(api: Api, scheme: str) -> None:
    (media,) = api.media_of(api.create_settled(f"{scheme}://demo.twilio.com/owl.png"))

    assert api.get(media["uri"].removesuffix(".json")).content == OWL


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", (50, 0, 0, 2, None, None)),
        ("PageSize=2", (2, 0, 0, 1, None, 1)),
        ("PageSize=2&Page=1&PageToken=PAMM1", (2, 1, 2, 2, 0, None)),
        ("PageSize=1&Page=1", (1, 1, 1, 1, 0, 2)),
        ("PageSize=3", (3, 0, 0, 2, None, None)),
        ("PageSize=2&Page=7", (2, 7, 14, 14, 6, None)),
        ("PageSize=9999&Page=-1", (1000, 0, 0, 2, None, None)),
        ("PageSize=many&Page=first", (50, 0, 0, 2, None, None)),
        ("PageSize=0", (1, 0, 0, 0, None, 1)),
    ],
)
def test_a_media_list_is_paged(
    api: Api, message: Any, query: str, expected: tuple[int | None, ...]
) -> None:
    size, page, start, end, previous, following = expected
    media_list = message["subresource_uris"]["media"]

    def uri(number: int | None) -> str | None:
        return None if number is None else f"{media_list}?PageSize={size}&Page={number}"

    listed = api.get(f"{media_list}?{query}").json()
    del listed["media_list"]

    assert listed == {
        "page": page,
        "page_size": size,
        "start": start,
        "end": end,
        "uri": uri(page),
        "first_page_uri": uri(0),
        "next_page_uri": uri(following),
        "previous_page_uri": uri(previous),
    }


@pytest.mark.parametrize("kind", ["media", "message"])
def test_a_deleted_file_is_404_at_the_api_and_the_cdn(
    api: Api, message: Any, media: str, cdn_url: str, kind: str
) -> None:
    deleted = message["uri"] if kind == "message" else f"{media}.json"

    assert api.delete(deleted).status_code == 204
    assert [api.get(url).status_code for url in (deleted, media)] == [404, 404]
    assert requests.get(cdn_url).status_code == 404


def test_a_file_is_a_307_redirect_to_another_origin(
    api: Api, media: str, local: LocalTwilio
) -> None:
    followed = api.get(media)

    assert [each.status_code for each in followed.history] == [307]
    assert followed.url.startswith(f"{local.cdn_url}/{ACCOUNT_SID}/")
    assert (followed.status_code, followed.headers["Content-Type"]) == (200, "image/png")
    assert followed.content == OWL


def test_the_cdn_supports_range_requests(cdn_url: str) -> None:
    first_bytes = requests.get(cdn_url, headers={"Range": "bytes=0-3"})
    beyond = requests.get(cdn_url, headers={"Range": f"bytes={len(OWL)}-"})

    assert (first_bytes.status_code, first_bytes.content) == (206, OWL[:4])
    assert first_bytes.headers["Content-Range"] == f"bytes 0-3/{len(OWL)}"
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(OWL)}")


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
