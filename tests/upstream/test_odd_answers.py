"""What Twilio really answers now and then, judged as a whole.

The SDK and HTTP are real here; only the other end is made up.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.accounts import (
    MEDIA_LIST_PATH,
    MEDIA_PATH,
    MEDIA_SID,
    MESSAGE_PATH,
    MESSAGE_SID,
    PLAYER,
)
from tests.support.judging import a_judge
from tests.support.twilio_replies import NOT_FOUND, TAGGED_MP3, a_file, a_list, a_message
from tests.support.upstream import Handler, Reply, Upstream, running
from validator.challenge.verdict import Reason, Verdict

XML_NOT_FOUND = Reply(
    404,
    b"<?xml version='1.0'?><TwilioResponse><RestException><Code>20404</Code></RestException>"
    b"</TwilioResponse>",
    {"Content-Type": "application/xml"},
)


@pytest.fixture
def twilio(upstream: Upstream) -> Upstream:
    """A Twilio with a message that passes, for a test to make odd."""
    upstream.on(MESSAGE_PATH, a_message())
    upstream.on(MEDIA_LIST_PATH, a_list(MEDIA_SID))
    upstream.on(MEDIA_PATH, a_file(Content_Type="image/png"))
    return upstream


@pytest.fixture
def cdn(twilio: Upstream) -> Iterator[Upstream]:
    """The host that the media's address redirects to."""
    with running() as cdn:
        twilio.on(MEDIA_PATH, Reply(307, headers={"Location": f"{cdn.url}/file"}))
        yield cdn


def judged(twilio: Upstream, patience: float = 0.0) -> Verdict:
    return a_judge(twilio.url, patience)(MESSAGE_SID, PLAYER)


def test_the_message_that_is_made_odd_here_passes_as_it_is(twilio: Upstream) -> None:
    assert judged(twilio).reason is None


@pytest.mark.parametrize("num_media", ["0", 0, None, "many"])
def test_the_media_list_counts_and_num_media_does_not(twilio: Upstream, num_media: Any) -> None:
    twilio.on(MESSAGE_PATH, a_message(num_media=num_media))

    assert judged(twilio).reason is None


def test_a_message_whose_service_has_not_chosen_a_sender_is_on_its_way(twilio: Upstream) -> None:
    service = {"messaging_service_sid": "MG" + "1" * 32, "from": None, "status": "accepted"}
    twilio.on(MESSAGE_PATH, a_message(**service))

    verdict = judged(twilio)

    assert (verdict.reason, verdict.retry) == (Reason.NOT_SENT_YET, True)


def test_a_message_whose_service_has_no_whatsapp_recipient_is_no_whatsapp_message(
    twilio: Upstream,
) -> None:
    twilio.on(MESSAGE_PATH, a_message(**{"from": None, "to": "+15005550006"}))

    assert judged(twilio).reason is Reason.NOT_WHATSAPP


@pytest.mark.parametrize("without_media", [NOT_FOUND, a_list()])
def test_a_message_without_media_has_no_list_or_an_empty_one(
    twilio: Upstream, without_media: Reply
) -> None:
    twilio.on(MEDIA_LIST_PATH, without_media)

    assert judged(twilio).reason is Reason.NO_MEDIA


def test_a_media_list_that_fills_up_late_is_waited_for(twilio: Upstream) -> None:
    twilio.on(MEDIA_LIST_PATH, NOT_FOUND, a_list(), a_list(MEDIA_SID))

    assert judged(twilio, patience=4).reason is None


def test_a_message_that_twilio_knows_late_is_waited_for(twilio: Upstream) -> None:
    twilio.on(MESSAGE_PATH, NOT_FOUND, NOT_FOUND, a_message())

    assert judged(twilio, patience=4).reason is None


def test_a_message_that_goes_out_late_is_waited_for(twilio: Upstream) -> None:
    statuses = ("accepted", "queued", "sending", "sent")
    twilio.on(MESSAGE_PATH, *(a_message(status=status) for status in statuses))

    assert judged(twilio, patience=4).reason is None


def test_a_file_that_is_there_a_little_late_is_waited_for(twilio: Upstream) -> None:
    twilio.on(MEDIA_PATH, XML_NOT_FOUND, a_file(Content_Type="image/png"))

    assert judged(twilio, patience=4).reason is None


def test_a_file_that_was_deleted_since_is_unavailable(twilio: Upstream) -> None:
    twilio.on(MEDIA_PATH, XML_NOT_FOUND)

    assert judged(twilio).reason is Reason.MEDIA_UNAVAILABLE


def test_a_file_that_is_gone_from_the_media_host_is_unavailable(
    twilio: Upstream, cdn: Upstream
) -> None:
    cdn.on("/file", Reply(403, b"<Error><Code>AccessDenied</Code></Error>"))

    assert judged(twilio).reason is Reason.MEDIA_UNAVAILABLE


def test_media_on_several_pages_are_all_judged(twilio: Upstream) -> None:
    gif = "ME" + "c" * 32
    second = f"{MEDIA_LIST_PATH}?PageSize=50&Page=1"
    twilio.on(MEDIA_LIST_PATH, a_list(MEDIA_SID, next_page_uri=second), a_list(gif))
    twilio.on(MEDIA_PATH.replace(MEDIA_SID, gif), a_file(b"GIF89a", Content_Type="image/gif"))

    verdict = judged(twilio)

    assert [each.item.sid for each in verdict.media] == [MEDIA_SID, gif]
    assert verdict.reason is Reason.FORMAT_NOT_ALLOWED


@pytest.mark.parametrize("status", [302, 307])
def test_media_are_found_behind_either_redirect_that_twilio_uses(
    twilio: Upstream, cdn: Upstream, status: int
) -> None:
    twilio.on(MEDIA_PATH, Reply(status, headers={"Location": f"{cdn.url}/file"}))
    cdn.on("/file", a_file(Content_Type="image/png"))

    assert judged(twilio).reason is None


def test_media_are_found_behind_two_redirects(twilio: Upstream, cdn: Upstream) -> None:
    cdn.on("/file", Reply(302, headers={"Location": f"{cdn.url}/bucket/file"}))
    cdn.on("/bucket/file", a_file(Content_Type="image/png"))

    assert judged(twilio).reason is None


@pytest.mark.parametrize("content_type", ["IMAGE/PNG", "image/png; charset=binary", " image/PNG ;"])
def test_capitals_and_parameters_of_a_content_type_do_not_count(
    twilio: Upstream, content_type: str
) -> None:
    twilio.on(MEDIA_PATH, a_file(Content_Type=content_type))

    assert judged(twilio).reason is None


def test_a_missing_content_type_is_not_an_allowed_one(twilio: Upstream) -> None:
    twilio.on(MEDIA_PATH, a_file())

    verdict = judged(twilio)

    assert verdict.reason is Reason.FORMAT_NOT_ALLOWED
    assert "sends it without a Content-Type" in verdict.hint


def test_a_media_host_that_ignores_ranges_is_read_no_further_than_needed(
    twilio: Upstream, cdn: Upstream
) -> None:
    sent = []

    def endless(handler: Handler) -> None:
        headers = {"Content-Type": "audio/mpeg", "Content-Length": str(1 << 30)}
        handler.send(Reply(200, TAGGED_MP3, headers))
        try:
            while True:
                sent.append(handler.wfile.write(bytes(64 * 1024)))
        except OSError:
            handler.close_connection = True

    cdn.on("/file", endless)

    assert judged(twilio).reason is None
    assert sum(sent) < 1 << 26


@pytest.mark.parametrize("status", ["partially_delivered", "canceled", "teleported", "", "sent "])
def test_a_status_that_nobody_documents_gets_a_sentence_and_no_pass(
    twilio: Upstream, status: str
) -> None:
    twilio.on(MESSAGE_PATH, a_message(status=status))

    verdict = judged(twilio)

    assert verdict.reason is Reason.NOT_DELIVERED
    assert "its status is " in verdict.hint


@pytest.mark.parametrize(("status", "code"), [("sent", 30007), ("delivered", 63016)])
def test_an_error_code_decides_nothing(twilio: Upstream, status: str, code: int) -> None:
    twilio.on(MESSAGE_PATH, a_message(status=status, error_code=code))

    assert judged(twilio).reason is None


def test_an_unknown_error_code_is_explained_in_twilios_words_with_its_page(
    twilio: Upstream,
) -> None:
    failed = {"status": "failed", "error_code": 63999, "error_message": "The moon is full"}
    twilio.on(MESSAGE_PATH, a_message(**failed))

    hint = judged(twilio).hint

    assert "Twilio says: The moon is full. " in hint
    assert "https://www.twilio.com/docs/errors/63999" in hint
