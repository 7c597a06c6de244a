"""Media over real HTTP, from hosts that behave as Twilio's do, and worse."""

from typing import Any

import pytest
from gevent import Timeout

from tests.support.accounts import MEDIA_PATH, MEDIA_SID, MESSAGE_SID, PLAYER
from tests.support.judging import an_account
from tests.support.twilio_replies import PNG, TAG_SIZE, TAGGED_MP3, a_file, a_redirect
from tests.support.upstream import Behaviour, Handler, Reply, Upstream
from validator.challenge.facts import MediaItem
from validator.challenge.formats import HEAD_SIZE, Format
from validator.challenge.other_formats import OtherFormat
from validator.upstream.error_responses import ERROR_SIZE
from validator.upstream.errors import InvalidResponseError, MediaRefusedError
from validator.upstream.media import redirect_target

A_PNG = a_file(PNG, Content_Type="image/png")
OTHER_PATH = MEDIA_PATH.replace(MESSAGE_SID, "MM" + "c" * 32)


def probe(upstream: Upstream) -> MediaItem:
    return an_account(upstream.url).probe(MESSAGE_SID, MEDIA_SID)


def in_ranges(body: bytes) -> Behaviour:
    def respond(handler: Handler) -> None:
        if "Range" not in handler.headers:
            handler.send(a_file(body, Content_Type="audio/mpeg"))
            return
        first, last = map(int, handler.headers["Range"].removeprefix("bytes=").split("-"))
        part = body[first : last + 1]
        content_range = f"bytes {first}-{first + len(part) - 1}/{len(body)}"
        headers = {"Content-Type": "audio/mpeg", "Content-Range": content_range}
        handler.send(Reply(206, part, headers) if part else Reply(416))

    return respond


@pytest.mark.parametrize(
    ("content_type", "replies"),
    [
        (None, [a_file(PNG)]),
        ("A/B; c=d", [a_file(PNG, Content_Type="A/B; c=d")]),
        ("image/png", [Reply.json({"sid": MESSAGE_SID}), A_PNG]),
        ("image/png", [Reply(404, f"<Message>{OTHER_PATH}</Message>".encode()), A_PNG]),
    ],
    ids=["no type", "odd type", "misdirected JSON", "404 of another message"],
)
def test_file_has_its_content_type_once_misdirected_responses_are_over(
    upstream: Upstream, content_type: str | None, replies: list[Reply]
) -> None:
    upstream.on(MEDIA_PATH, *replies)

    assert probe(upstream) == MediaItem(MEDIA_SID, content_type, Format.PNG)


def test_only_twilio_gets_the_authorization(upstream: Upstream, cdn: Upstream) -> None:
    cdn.on("/file", a_redirect("/relative?x=1"))
    cdn.on("/relative", a_redirect(f"{upstream.url}/back"))
    upstream.on("/back", A_PNG)

    assert probe(upstream).format is Format.PNG

    at_twilio, back_at_twilio = upstream.asked
    assert at_twilio.headers["Authorization"] == PLAYER.authorization
    for redirected in (*cdn.asked, back_at_twilio):
        assert "Authorization" not in redirected.headers


@pytest.mark.parametrize(
    "location",
    ["", "ftp://127.0.0.1/file", "file:///etc/passwd", "javascript:0", "http://x/y", "//[::1"],
)
def test_redirect_from_https_leads_to_nothing_but_https(location: str) -> None:
    with pytest.raises(InvalidResponseError):
        redirect_target("https://api.twilio.com/x", location)


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


@pytest.mark.parametrize(
    ("body", "found", "second_range"),
    [
        (PNG + bytes(100_000), (Format.PNG, None), []),
        (TAGGED_MP3, (Format.MP3, None), [f"bytes={TAG_SIZE}"]),
        (TAGGED_MP3[:TAG_SIZE], (None, OtherFormat.TAG), [f"bytes={TAG_SIZE}"]),
        (b"", (None, OtherFormat.EMPTY), ["none"]),
    ],
    ids=["first bytes", "behind a long tag", "nothing behind a tag", "empty"],
)
def test_only_the_needed_ranges_are_requested(
    upstream: Upstream, body: bytes, found: tuple[Any, Any], second_range: list[str]
) -> None:
    upstream.on(MEDIA_PATH, in_ranges(body))

    assert probe(upstream) == MediaItem(MEDIA_SID, "audio/mpeg", *found)
    ranges = [asked.headers.get("Range", "none") for asked in upstream.asked]
    assert ranges[0] == f"bytes=0-{HEAD_SIZE - 1}"
    assert [each.partition("-")[0] for each in ranges[1:2]] == second_range


# The rest of such a body never comes: to wait for it is a timeout.
UNFINISHED = {"Content-Type": "audio/mpeg", "Content-Length": str(1 << 30)}


def test_host_that_ignores_ranges_is_read_no_further_than_needed(upstream: Upstream) -> None:
    upstream.on(MEDIA_PATH, Reply(200, TAGGED_MP3 + bytes(HEAD_SIZE), UNFINISHED))

    with Timeout(5):
        assert probe(upstream) == MediaItem(MEDIA_SID, "audio/mpeg", Format.MP3)


def test_403_is_tried_again_with_one_fresh_redirect(upstream: Upstream, cdn: Upstream) -> None:
    cdn.on("/file", Reply(403), A_PNG)
    assert probe(upstream).format is Format.PNG
    assert len(upstream.asked) == len(cdn.asked) == 2

    cdn.on("/file", Reply(403, b" " * ERROR_SIZE, UNFINISHED))
    with Timeout(5), pytest.raises(MediaRefusedError):
        probe(upstream)
    assert len(upstream.asked) == len(cdn.asked) == 4


GZIP = {"Content-Encoding": "gzip", "Content-Type": "image/png"}
NOT_THE_PART = {
    "another offset": Reply(206, PNG, {"Content-Range": "bytes 5-37/38"}),
    "no range": Reply(206, PNG, {"Content-Range": "rubbish"}),
    "too many digits": Reply(206, PNG, {"Content-Range": f"bytes {'0' * 5000}-32/33"}),
    "less than there is": Reply(206, PNG[:20], {"Content-Range": "bytes 0-19/33"}),
    "truncated": Reply(206, PNG[:20], {"Content-Range": "bytes 0-32/33"}),
    "truncated, size unknown": Reply(206, PNG[:20], {"Content-Range": "bytes 0-32/*"}),
    "compressed": Reply(200, b"\x1f\x8b", GZIP),
}


@pytest.mark.parametrize("reply", NOT_THE_PART.values(), ids=NOT_THE_PART)
def test_response_without_the_requested_part_is_invalid(upstream: Upstream, reply: Reply) -> None:
    upstream.on(MEDIA_PATH, reply)

    with pytest.raises(InvalidResponseError):
        probe(upstream)
