"""Media over real HTTP, from hosts that behave as Twilio's do, and worse."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.accounts import MEDIA_PATH, MEDIA_SID, MESSAGE_SID, PLAYER
from tests.support.judging import an_account
from tests.support.twilio_replies import PNG, TAG_SIZE, TAGGED_MP3, a_redirect
from tests.support.upstream import Handler, Reply, Upstream, running
from validator.challenge.facts import MediaItem
from validator.challenge.formats import HEAD_SIZE, Format
from validator.challenge.other_formats import OtherFormat
from validator.upstream.errors import (
    BusyError,
    InvalidResponseError,
    MediaRefusedError,
    MisdirectedResponseError,
    UnreachableError,
)
from validator.upstream.media import MAX_REDIRECTS, redirect_target
from validator.upstream.refusals import ERROR_SIZE


@pytest.fixture
def cdn() -> Iterator[Upstream]:
    with running() as upstream:
        yield upstream


def probe(upstream: Upstream) -> MediaItem:
    return an_account(upstream.url).probe(MESSAGE_SID, MEDIA_SID)


def file(body: bytes, content_type: str | None = "image/png") -> Reply:
    return Reply(body=body, headers={"Content-Type": content_type} if content_type else {})


def in_ranges(body: bytes, content_type: str) -> Any:
    def answer(handler: Handler) -> None:
        first, last = map(int, handler.headers["Range"].removeprefix("bytes=").split("-"))
        part = body[first : last + 1]
        content_range = f"bytes {first}-{first + len(part) - 1}/{len(body)}"
        headers = {"Content-Type": content_type, "Content-Range": content_range}
        handler.send(Reply(206, part, headers) if part else Reply(416))

    return answer


def test_a_file_is_found_behind_twilios_redirect(upstream: Upstream, cdn: Upstream) -> None:
    upstream.on(MEDIA_PATH, a_redirect(f"{cdn.url}/file?Signature=s"))
    cdn.on("/file", file(PNG))

    assert probe(upstream) == MediaItem(MEDIA_SID, "image/png", Format.PNG)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_every_kind_of_redirect_is_followed(upstream: Upstream, cdn: Upstream, status: int) -> None:
    upstream.on(MEDIA_PATH, a_redirect(f"{cdn.url}/file", status))
    cdn.on("/file", file(PNG))

    assert probe(upstream).format is Format.PNG


def test_a_second_redirect_is_followed_though_it_is_relative(
    upstream: Upstream, cdn: Upstream
) -> None:
    upstream.on(MEDIA_PATH, a_redirect(f"{cdn.url}/first"))
    cdn.on("/first", a_redirect("/second?x=1"))
    cdn.on("/second", file(PNG))

    assert probe(upstream).format is Format.PNG


def test_a_file_that_twilio_sends_itself_needs_no_redirect(upstream: Upstream) -> None:
    upstream.on(MEDIA_PATH, file(PNG))

    assert probe(upstream).format is Format.PNG


def test_only_twilio_sees_the_credentials(upstream: Upstream, cdn: Upstream) -> None:
    upstream.on(MEDIA_PATH, a_redirect(f"{cdn.url}/file"))
    cdn.on("/file", a_redirect(f"{upstream.url}/back"))
    upstream.on("/back", file(PNG))

    probe(upstream)

    at_twilio, back_at_twilio = upstream.asked
    assert at_twilio.headers["Authorization"] == PLAYER.authorization
    assert "Authorization" not in cdn.asked[0].headers
    assert "Authorization" not in back_at_twilio.headers


def test_redirects_have_an_end(upstream: Upstream, cdn: Upstream) -> None:
    upstream.on(MEDIA_PATH, a_redirect(f"{cdn.url}/a"))
    cdn.on("/a", a_redirect("/b"))
    cdn.on("/b", a_redirect("/a"))

    with pytest.raises(InvalidResponseError):
        probe(upstream)
    assert len(upstream.asked) + len(cdn.asked) == MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    "location",
    ["", "ftp://127.0.0.1/file", "file:///etc/passwd", "javascript:0", "http://", "http://[::1"],
)
def test_a_redirect_leads_to_http_or_nowhere(upstream: Upstream, location: str) -> None:
    upstream.on(MEDIA_PATH, a_redirect(location))

    with pytest.raises(InvalidResponseError):
        probe(upstream)


def test_a_redirect_from_a_secure_twilio_does_not_lead_to_plain_http() -> None:
    assert redirect_target("https://api.twilio.com/x", "https://cdn.example/y")
    with pytest.raises(InvalidResponseError):
        redirect_target("https://api.twilio.com/x", "http://cdn.example/y")


def test_the_content_type_is_the_files_own_and_not_the_redirects(
    upstream: Upstream, cdn: Upstream
) -> None:
    upstream.on(MEDIA_PATH, a_redirect(f"{cdn.url}/file"))
    cdn.on("/file", file(PNG, "IMAGE/PNG; charset=binary"))

    assert probe(upstream).content_type == "IMAGE/PNG; charset=binary"


def test_a_file_without_a_content_type_has_none(upstream: Upstream) -> None:
    upstream.on(MEDIA_PATH, file(PNG, None))

    assert probe(upstream) == MediaItem(MEDIA_SID, None, Format.PNG)


def test_no_more_than_the_head_is_asked_for(upstream: Upstream) -> None:
    upstream.on(MEDIA_PATH, in_ranges(PNG + bytes(100_000), "image/png"))

    assert probe(upstream).format is Format.PNG
    assert [asked.headers["Range"] for asked in upstream.asked] == [f"bytes=0-{HEAD_SIZE - 1}"]


def test_the_audio_behind_a_long_tag_is_asked_for_by_its_place(upstream: Upstream) -> None:
    upstream.on(MEDIA_PATH, in_ranges(TAGGED_MP3, "audio/mpeg"))

    assert probe(upstream) == MediaItem(MEDIA_SID, "audio/mpeg", Format.MP3)
    assert upstream.asked[1].headers["Range"].startswith(f"bytes={TAG_SIZE}-")


def test_the_audio_behind_a_long_tag_is_found_where_the_host_ignores_ranges(
    upstream: Upstream,
) -> None:
    upstream.on(MEDIA_PATH, file(TAGGED_MP3, "audio/mpeg"))

    assert probe(upstream).format is Format.MP3


def test_a_tag_with_nothing_behind_it_is_no_mp3(upstream: Upstream) -> None:
    upstream.on(MEDIA_PATH, in_ranges(TAGGED_MP3[:TAG_SIZE], "audio/mpeg"))

    assert probe(upstream) == MediaItem(MEDIA_SID, "audio/mpeg", None, OtherFormat.TAG)


def test_an_empty_file_has_a_type_though_it_has_no_first_byte(upstream: Upstream) -> None:
    upstream.on(MEDIA_PATH, Reply(416), file(b"", "image/png"))

    assert probe(upstream) == MediaItem(MEDIA_SID, "image/png", None, OtherFormat.EMPTY)
    assert "Range" not in upstream.asked[1].headers


def test_json_in_place_of_a_redirect_is_misdirected_and_the_request_repeated(
    upstream: Upstream, cdn: Upstream
) -> None:
    upstream.on(MEDIA_PATH, Reply.json({"sid": MESSAGE_SID}), a_redirect(f"{cdn.url}/file"))
    cdn.on("/file", file(PNG))

    assert probe(upstream).format is Format.PNG
    assert len({asked.connection for asked in upstream.asked}) == 2


def test_json_in_place_of_every_redirect_is_an_invalid_response(upstream: Upstream) -> None:
    upstream.on(MEDIA_PATH, Reply.json({"sid": MESSAGE_SID}))

    with pytest.raises(MisdirectedResponseError):
        probe(upstream)


def test_another_messages_404_does_not_make_a_file_unavailable(upstream: Upstream) -> None:
    other = MEDIA_PATH.replace(MESSAGE_SID, "MM" + "c" * 32)
    upstream.on(MEDIA_PATH, Reply(404, f"<Message>{other}</Message>".encode()), file(PNG))

    assert probe(upstream).available


@pytest.mark.parametrize(
    ("location", "path"),
    [("/a b", "/a%20b"), ("/é", "/%C3%A9"), ("/%C3%A9?a=%2F", "/%C3%A9?a=%2F"), ("/%7E", "/~")],
)
def test_location_that_is_no_clean_url_is_quoted_as_browsers_do(
    upstream: Upstream, cdn: Upstream, location: str, path: str
) -> None:
    in_latin_1 = location.encode().decode("latin-1")
    upstream.on(MEDIA_PATH, a_redirect(f"{cdn.url}{in_latin_1}"))
    cdn.on(path.partition("?")[0], file(PNG))

    assert probe(upstream).format is Format.PNG
    assert cdn.paths() == [path]


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_twilio_has_no_more_is_unavailable(upstream: Upstream, status: int) -> None:
    upstream.on(MEDIA_PATH, Reply(status, b"<TwilioResponse/>"))

    assert probe(upstream) == MediaItem(MEDIA_SID, available=False)


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_its_host_has_no_more_is_unavailable(
    upstream: Upstream, cdn: Upstream, status: int
) -> None:
    upstream.on(MEDIA_PATH, a_redirect(f"{cdn.url}/file"))
    cdn.on("/file", Reply(status))

    assert probe(upstream) == MediaItem(MEDIA_SID, available=False)


def test_a_403_from_the_media_host_is_asked_again_once_by_a_fresh_redirect(
    upstream: Upstream, cdn: Upstream
) -> None:
    upstream.on(MEDIA_PATH, a_redirect(f"{cdn.url}/old"), a_redirect(f"{cdn.url}/new"))
    cdn.on("/old", Reply(403))
    cdn.on("/new", file(PNG))

    assert probe(upstream).format is Format.PNG


def test_a_403_from_the_media_host_that_a_fresh_redirect_does_not_cure_is_a_refusal(
    upstream: Upstream, cdn: Upstream
) -> None:
    upstream.on(MEDIA_PATH, a_redirect(f"{cdn.url}/file"))
    cdn.on("/file", Reply(403))

    with pytest.raises(MediaRefusedError):
        probe(upstream)
    assert len(upstream.asked) == len(cdn.asked) == 2


def test_of_the_body_of_a_403_no_more_is_read_than_an_error_needs(
    upstream: Upstream, cdn: Upstream
) -> None:
    def endless(handler: Handler) -> None:
        try:
            handler.send(Reply(403, b" " * ERROR_SIZE, {"Content-Length": str(1 << 30)}))
            while True:
                handler.wfile.write(bytes(64 * 1024))
        except OSError:
            handler.close_connection = True

    upstream.on(MEDIA_PATH, a_redirect(f"{cdn.url}/file"))
    cdn.on("/file", endless)

    with pytest.raises(MediaRefusedError):
        probe(upstream)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(204),
        Reply(206, PNG),
        Reply(206, PNG, {"Content-Range": "bytes 5-37/38"}),
        Reply(206, PNG, {"Content-Range": "rubbish"}),
        Reply(206, PNG, {"Content-Range": f"bytes {'0' * 5000}-32/33"}),
        Reply(206, PNG[:20], {"Content-Range": "bytes 0-19/33"}),
        Reply(206, PNG[:20], {"Content-Range": "bytes 0-32/33"}),
        Reply(206, PNG[:20], {"Content-Range": "bytes 0-32/*"}),
        Reply(200, b"\x1f\x8b", {"Content-Encoding": "gzip", "Content-Type": "image/png"}),
    ],
)
def test_an_answer_that_is_no_file_is_no_fault_of_the_players(
    upstream: Upstream, cdn: Upstream, reply: Reply
) -> None:
    upstream.on(MEDIA_PATH, a_redirect(f"{cdn.url}/file"))
    cdn.on("/file", reply)

    with pytest.raises(InvalidResponseError):
        probe(upstream)


def test_a_host_of_media_that_refuses_for_now_is_asked_again(
    upstream: Upstream, cdn: Upstream
) -> None:
    upstream.on(MEDIA_PATH, a_redirect(f"{cdn.url}/file"))
    cdn.on("/file", Reply(503), file(PNG))

    assert probe(upstream).format is Format.PNG


def test_a_host_of_media_that_goes_on_refusing_is_busy(upstream: Upstream, cdn: Upstream) -> None:
    upstream.on(MEDIA_PATH, a_redirect(f"{cdn.url}/file"))
    cdn.on("/file", Reply(503))

    with pytest.raises(BusyError):
        probe(upstream)


def test_a_host_of_media_that_cannot_be_found_is_unreachable(upstream: Upstream) -> None:
    upstream.on(MEDIA_PATH, a_redirect("http://media.invalid/file"))

    with pytest.raises(UnreachableError):
        probe(upstream)
