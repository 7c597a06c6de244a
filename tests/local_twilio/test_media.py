"""The local Twilio's media: the list and its pages, redirects to the CDN, and deletes."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from tests.local_twilio.sending import send_and_settle
from validator.local_twilio import ACCOUNT_SID, SAMPLES, LocalTwilio

OWL = next(sample for sample in SAMPLES if sample.name == "owl.png").read()


@pytest.fixture(scope="module")
def local() -> Iterator[LocalTwilio]:
    with LocalTwilio(port=0, pace=0.0, clock=lambda: 1_800_000_000) as running:
        yield running


@pytest.fixture
def message(local: LocalTwilio, api: requests.Session) -> str:
    """URL of a message with three media files, without `.json`."""
    files = ("owl.png", "song.mp3", "invoice.pdf")
    return send_and_settle(local, api, *(f"{local.url}/samples/{file}" for file in files))


@pytest.fixture
def cdn_url(message: str, api: requests.Session) -> str:
    """Signed URL of the first file."""
    response = api.get(first_media(message, api), allow_redirects=False)
    return response.headers["Location"]


def first_media(message: str, api: requests.Session) -> str:
    media = api.get(f"{message}/Media.json").json()["media_list"][0]
    return f"{message}/Media/{media['sid']}"


def test_a_media_list_holds_the_files_in_the_order_they_were_named(
    message: str, api: requests.Session
) -> None:
    path = urlsplit(message).path
    listed = api.get(f"{message}/Media.json").json()
    media = listed.pop("media_list")

    page = f"{path}/Media.json?PageSize=50&Page=0"
    assert listed == {
        "page": 0,
        "page_size": 50,
        "start": 0,
        "end": 2,
        "uri": page,
        "first_page_uri": page,
        "next_page_uri": None,
        "previous_page_uri": None,
    }
    assert [item["content_type"] for item in media] == [
        "image/png",
        "audio/mpeg",
        "application/pdf",
    ]
    assert media[0] == {
        "account_sid": ACCOUNT_SID,
        "content_type": "image/png",
        "date_created": "Fri, 15 Jan 2027 08:00:00 +0000",
        "date_updated": "Fri, 15 Jan 2027 08:00:00 +0000",
        "parent_sid": path.rpartition("/")[2],
        "sid": media[0]["sid"],
        "uri": f"{path}/Media/{media[0]['sid']}.json",
    }
    assert api.get(f"{message}.json").json()["num_media"] == "3"


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_the_media_url_of_twilios_examples_works_offline(
    local: LocalTwilio, api: requests.Session, scheme: str
) -> None:
    message = send_and_settle(local, api, f"{scheme}://demo.twilio.com/owl.png")

    assert api.get(first_media(message, api)).content == OWL


@pytest.mark.parametrize(
    ("query", "size", "page", "start", "end", "before", "after"),
    [
        ("PageSize=2", 2, 0, 0, 1, None, 1),
        ("PageSize=2&Page=1&PageToken=PAMM1", 2, 1, 2, 2, 0, None),
        ("PageSize=1&Page=1", 1, 1, 1, 1, 0, 2),
        ("PageSize=3", 3, 0, 0, 2, None, None),
        ("PageSize=2&Page=7", 2, 7, 14, 14, 6, None),
        ("PageSize=9999&Page=-1", 1000, 0, 0, 2, None, None),
        ("PageSize=many&Page=first", 50, 0, 0, 2, None, None),
        ("PageSize=0", 1, 0, 0, 0, None, 1),
    ],
)
def test_a_media_list_is_paged(
    message: str,
    api: requests.Session,
    query: str,
    size: int,
    page: int,
    start: int,
    end: int,
    before: int | None,
    after: int | None,
) -> None:
    def uri(number: int | None) -> str | None:
        path = f"{urlsplit(message).path}/Media.json?PageSize={size}&Page="
        return None if number is None else f"{path}{number}"

    listed = api.get(f"{message}/Media.json?{query}").json()

    assert (listed["page_size"], listed["page"]) == (size, page)
    assert (listed["start"], listed["end"]) == (start, end)
    assert (listed["uri"], listed["first_page_uri"]) == (uri(page), uri(0))
    assert (listed["previous_page_uri"], listed["next_page_uri"]) == (uri(before), uri(after))


def test_a_deleted_file_is_404_at_the_api_and_the_cdn(
    message: str, api: requests.Session, cdn_url: str
) -> None:
    media = first_media(message, api)

    assert api.delete(f"{media}.json").status_code == 204
    assert api.get(f"{media}.json").status_code == 404
    assert api.get(media).status_code == 404
    assert requests.get(cdn_url).status_code == 404


def test_deleting_a_message_deletes_its_media(
    message: str, api: requests.Session, cdn_url: str
) -> None:
    assert api.delete(f"{message}.json").status_code == 204
    assert api.get(f"{message}/Media.json").status_code == 404
    assert requests.get(cdn_url).status_code == 404


def test_a_file_is_a_307_redirect_to_another_origin(
    message: str, api: requests.Session, local: LocalTwilio
) -> None:
    media = first_media(message, api)
    redirect = api.get(media, allow_redirects=False)
    followed = api.get(media)

    assert redirect.status_code == 307
    assert redirect.headers["Location"].startswith(f"{local.cdn_url}/{ACCOUNT_SID}/")
    assert urlsplit(local.cdn_url).port != urlsplit(local.url).port
    assert (followed.status_code, followed.headers["Content-Type"]) == (200, "image/png")
    assert followed.content == OWL
