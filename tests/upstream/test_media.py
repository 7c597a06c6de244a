"""Media over real HTTP, from hosts that behave as Twilio's do, and worse."""

import pytest

from tests.support.accounts import MEDIA_PATH, MEDIA_SID, MESSAGE_SID, PLAYER
from tests.support.judging import an_account
from tests.support.twilio_replies import PNG, TAG_SIZE, TAGGED_MP3, a_file, a_redirect
from tests.support.upstream import Behaviour, Handler, Reply, Upstream
from validator.challenge.facts import MediaItem
from validator.challenge.formats import Format
from validator.challenge.other_formats import OtherFormat
from validator.challenge.signatures import HEAD_SIZE
from validator.upstream.errors import (
    InvalidResponseError,
    MediaRefusedError,
    MisdirectedResponseError,
)
from validator.upstream.media import MAX_REDIRECTS, redirect_target
from validator.upstream.refusals import ERROR_SIZE

A_PNG = a_file(PNG, Content_Type="image/png")


def probe(upstream: Upstream) -> MediaItem:
    return an_account(upstream.url).probe(MESSAGE_SID, MEDIA_SID)


def in_ranges(body: bytes, content_type: str) -> Behaviour:
    def respond(handler: Handler) -> None:
        first, last = map(int, handler.headers["Range"].removeprefix("bytes=").split("-"))
        part = body[first : last + 1]
        content_range = f"bytes {first}-{first + len(part) - 1}/{len(body)}"
        headers = {"Content-Type": content_type, "Content-Range": content_range}
        handler.send(Reply(206, part, headers) if part else Reply(416))

    return respond


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_followed_and_content_type_is_the_files_own(
    upstream: Upstream, cdn: Upstream, status: int
) -> None:
    upstream.on(MEDIA_PATH, a_redirect(f"{cdn.url}/file", status))
    cdn.on("/file", a_file(PNG, Content_Type="IMAGE/PNG; charset=binary"))

    assert probe(upstream) == MediaItem(MEDIA_SID, "IMAGE/PNG; charset=binary", Format.PNG)


def test_only_twilio_gets_the_authorization_and_only_before_the_first_redirect(
    upstream: Upstream, cdn: Upstream
) -> None:
    cdn.on("/file", a_redirect("/relative?x=1"))
    cdn.on("/relative", a_redirect(f"{upstream.url}/back"))
    upstream.on("/back", A_PNG)

    assert probe(upstream).format is Format.PNG

    at_twilio, back_at_twilio = upstream.asked
    assert at_twilio.headers["Authorization"] == PLAYER.authorization
    for redirected in (*cdn.asked, back_at_twilio):
        assert "Authorization" not in redirected.headers


def test_redirects_without_end_are_an_invalid_response(upstream: Upstream, cdn: Upstream) -> None:
    cdn.on("/file", a_redirect("/other"))
    cdn.on("/other", a_redirect("/file"))

    with pytest.raises(InvalidResponseError):
        probe(upstream)
    assert len(upstream.asked) + len(cdn.asked) == MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    "location",
    ["", "ftp://127.0.0.1/file", "file:///etc/passwd", "javascript:0", "http://", "http://[::1"],
)
def test_redirect_leads_to_http_or_nowhere(upstream: Upstream, location: str) -> None:
    upstream.on(MEDIA_PATH, a_redirect(location))

    with pytest.raises(InvalidResponseError):
        probe(upstream)


def test_redirect_from_https_does_not_lead_to_plain_http() -> None:
    assert redirect_target("https://api.twilio.com/x", "https://cdn.example/y")
    with pytest.raises(InvalidResponseError):
        redirect_target("https://api.twilio.com/x", "http://cdn.example/y")


@pytest.mark.parametrize(
    ("location", "path"),
    [("/a b", "/a%20b"), ("/é", "/%C3%A9"), ("/%C3%A9?a=%2F", "/%C3%A9?a=%2F"), ("/%7E", "/~")],
)
def test_location_that_is_no_clean_url_is_quoted_as_browsers_do(
    upstream: Upstream, cdn: Upstream, location: str, path: str
) -> None:
    in_latin_1 = location.encode().decode("latin-1")
    upstream.on(MEDIA_PATH, a_redirect(f"{cdn.url}{in_latin_1}"))
    cdn.on(path.partition("?")[0], A_PNG)

    assert probe(upstream).format is Format.PNG
    assert cdn.paths() == [path]


def test_file_without_content_type_has_none(upstream: Upstream) -> None:
    upstream.on(MEDIA_PATH, a_file(PNG))

    assert probe(upstream) == MediaItem(MEDIA_SID, None, Format.PNG)


def test_range_of_the_request_is_the_first_bytes(upstream: Upstream) -> None:
    upstream.on(MEDIA_PATH, in_ranges(PNG + bytes(100_000), "image/png"))

    assert probe(upstream).format is Format.PNG
    assert [asked.headers["Range"] for asked in upstream.asked] == [f"bytes=0-{HEAD_SIZE - 1}"]


def test_audio_behind_a_long_tag_is_requested_by_its_range(upstream: Upstream) -> None:
    upstream.on(MEDIA_PATH, in_ranges(TAGGED_MP3, "audio/mpeg"))

    assert probe(upstream) == MediaItem(MEDIA_SID, "audio/mpeg", Format.MP3)
    assert upstream.asked[1].headers["Range"].startswith(f"bytes={TAG_SIZE}-")


def test_tag_with_nothing_behind_it_is_no_mp3(upstream: Upstream) -> None:
    upstream.on(MEDIA_PATH, in_ranges(TAGGED_MP3[:TAG_SIZE], "audio/mpeg"))

    assert probe(upstream) == MediaItem(MEDIA_SID, "audio/mpeg", None, OtherFormat.TAG)


def test_empty_file_has_a_type_though_it_has_no_first_byte(upstream: Upstream) -> None:
    upstream.on(MEDIA_PATH, Reply(416), a_file(b"", Content_Type="image/png"))

    assert probe(upstream) == MediaItem(MEDIA_SID, "image/png", None, OtherFormat.EMPTY)
    assert "Range" not in upstream.asked[1].headers


def a_gigabyte(status: int, body: bytes, sent: list[int]) -> Behaviour:
    """Send `body` and zeros as fast as they are read; `sent` gets the number of the latter."""

    def respond(handler: Handler) -> None:
        headers = {"Content-Type": "audio/mpeg", "Content-Length": str(1 << 30)}
        handler.send(Reply(status, body, headers))
        while sum(sent) < 1 << 30:
            sent.append(handler.wfile.write(bytes(1 << 16)))

    return respond


def test_file_is_read_no_further_than_needed_where_the_host_ignores_ranges(
    upstream: Upstream,
) -> None:
    sent: list[int] = []
    upstream.on(MEDIA_PATH, a_gigabyte(200, TAGGED_MP3, sent))

    assert probe(upstream) == MediaItem(MEDIA_SID, "audio/mpeg", Format.MP3)
    assert sum(sent) < 1 << 26


def test_body_of_a_403_is_read_no_further_than_needed(upstream: Upstream, cdn: Upstream) -> None:
    sent: list[int] = []
    cdn.on("/file", a_gigabyte(403, b" " * ERROR_SIZE, sent))

    with pytest.raises(MediaRefusedError):
        probe(upstream)
    assert sum(sent) < 1 << 26


def test_json_in_place_of_a_redirect_is_misdirected_and_the_request_repeated(
    upstream: Upstream,
) -> None:
    upstream.on(MEDIA_PATH, Reply.json({"sid": MESSAGE_SID}), A_PNG)

    assert probe(upstream).format is Format.PNG
    assert len({asked.connection for asked in upstream.asked}) == 2


def test_json_in_place_of_every_redirect_is_an_invalid_response(upstream: Upstream) -> None:
    upstream.on(MEDIA_PATH, Reply.json({"sid": MESSAGE_SID}))

    with pytest.raises(MisdirectedResponseError):
        probe(upstream)


def test_404_of_another_message_does_not_make_a_file_unavailable(upstream: Upstream) -> None:
    other = MEDIA_PATH.replace(MESSAGE_SID, "MM" + "c" * 32)
    upstream.on(MEDIA_PATH, Reply(404, f"<Message>{other}</Message>".encode()), A_PNG)

    assert probe(upstream).available


def test_403_from_the_media_host_is_cured_by_a_fresh_redirect(
    upstream: Upstream, cdn: Upstream
) -> None:
    upstream.on(MEDIA_PATH, a_redirect(f"{cdn.url}/old"), a_redirect(f"{cdn.url}/new"))
    cdn.on("/old", Reply(403))
    cdn.on("/new", A_PNG)

    assert probe(upstream).format is Format.PNG


def test_403_from_the_media_host_in_spite_of_a_fresh_redirect_is_refused(
    upstream: Upstream, cdn: Upstream
) -> None:
    cdn.on("/file", Reply(403))

    with pytest.raises(MediaRefusedError):
        probe(upstream)
    assert len(upstream.asked) == len(cdn.asked) == 2


@pytest.mark.parametrize(
    ("body", "content_range"),
    [
        (PNG, "bytes 5-37/38"),
        (PNG, "rubbish"),
        (PNG, f"bytes {'0' * 5000}-32/33"),
        (PNG[:20], "bytes 0-19/33"),
        (PNG[:20], "bytes 0-32/33"),
        (PNG[:20], "bytes 0-32/*"),
    ],
    ids=["offset", "rubbish", "digits", "too small", "truncated", "truncated, no total"],
)
def test_206_of_another_range_is_an_invalid_response(
    upstream: Upstream, body: bytes, content_range: str
) -> None:
    upstream.on(MEDIA_PATH, Reply(206, body, {"Content-Range": content_range}))

    with pytest.raises(InvalidResponseError):
        probe(upstream)


def test_compressed_file_is_an_invalid_response(upstream: Upstream) -> None:
    upstream.on(MEDIA_PATH, a_file(b"\x1f\x8b", Content_Type="image/png", Content_Encoding="gzip"))

    with pytest.raises(InvalidResponseError):
        probe(upstream)
