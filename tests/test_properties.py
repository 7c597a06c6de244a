"""What holds for everything that a player, a stranger, Twilio or a media host may send."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import pytest
from gevent import Timeout
from werkzeug.test import TestResponse

from tests.sentences import hints
from tests.sentences.cases import ERRORS
from tests.support.accounts import (
    ACCOUNT_SID,
    API_KEY_SID,
    MEDIA_LIST_PATH,
    MEDIA_PATH,
    MEDIA_SID,
    MESSAGE_PATH,
    MESSAGE_SID,
    PLAYER,
)
from tests.support.fakes import a_message, an_item
from tests.support.judging import a_judge, an_account
from tests.support.twilio_replies import MESSAGE, MP3_FRAME, NOT_FOUND, PNG, TAGGED_MP3
from tests.support.upstream import Reply, Upstream, an_upstream
from tests.web.submitting import FORM, OWN_ACCOUNT, submit
from validator.challenge import media_hints, message_hints, sid_hints, sids
from validator.challenge.checks import check_item, check_media, check_message, check_sid
from validator.challenge.facts import MediaItem
from validator.challenge.formats import Format
from validator.challenge.other_formats import OtherFormat
from validator.challenge.verdict import Reason, Verdict
from validator.upstream.errors import BusyError, InvalidResponseError, UpstreamError
from validator.web.routes import openapi_json

jsonschema = pytest.importorskip("jsonschema")
try:
    from hypothesis import example, given, settings
    from hypothesis import strategies as st
except ImportError:
    pytest.skip("needs hypothesis", allow_module_level=True)

repeatable = settings(derandomize=True, deadline=None, max_examples=150)

any_text = st.text() | st.text(st.characters(exclude_categories=()))
header_values = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"))
digits = st.from_regex("[0-9a-f]{32}|[0-9A-F]{32}", fullmatch=True)
message_sids = digits.map("MM{}".format)
whole_sids = st.builds("{}{}".format, st.sampled_from(["SM", "ME", "AC", "XX", "mm", "ÀÀ"]), digits)
almost_sids = st.builds(
    lambda sid, at, text: sid[:at] + text + sid[at + 1 :],
    message_sids,
    st.integers(0, 33),
    st.text(max_size=2) | st.sampled_from(["/", "../", "?", "#", "%2e", "\n", "٣"]),
)
submitted = any_text | whole_sids | message_sids | almost_sids
content_types = header_values | st.sampled_from(
    ["image/png", "IMAGE/JPEG ; a=b", "audio/ogg;codecs=opus", "image/gif", "a/b", ";", "/"]
)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text | message_sids,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=8,
)
huge = st.sampled_from(["x" * 100_000, [[]] * 10_000, 10**300, {str(n): n for n in range(5000)}])


def spoiled(whole: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return the document with one field replaced, wrapped in a list or dropped."""
    names = st.sampled_from(sorted(whole))
    replaced = st.builds(lambda name, value: {**whole, name: value}, names, any_json | huge)
    wrapped = names.map(lambda name: {**whole, name: [whole[name]]})
    dropped = names.map(lambda name: {key: whole[key] for key in whole if key != name})
    return replaced | wrapped | dropped


PUBLIC_NUMBERS = re.compile(r"whatsapp:\+(14155238886|15551234567)\b")
"""The sandbox's, which is the same for everybody, and one that is visibly an example."""

SECRET = re.compile(r"[^\W_]{24,}|\d(?:\W{0,3}\d){6,}")
"""A token or a SID; or a phone number."""


def is_plain(hint: str) -> bool:
    """Return whether a hint is short text without markup, secrets and phone numbers."""
    without_public_numbers = PUBLIC_NUMBERS.sub("", hint)
    is_safe = not re.search("[<>]", hint) and not SECRET.search(without_public_numbers)
    ends_well = re.search(r"(\.|\): https://www\.twilio\.com/docs/errors/\d{5})$", hint)
    return hint.isprintable() and is_safe and bool(ends_well) and len(hint) < 600


@pytest.mark.parametrize("hint", [hint for _, hint in hints()])
def test_every_hint_is_plain(hint: str) -> None:
    assert is_plain(hint)


@repeatable
@given(submitted)
def test_any_submission_that_is_not_an_mm_sid_gets_a_plain_hint(text: str) -> None:
    for submission in (text, sids.read(text)):
        if reason := check_sid(submission):
            assert is_plain(sid_hints.for_sid(reason, submission))


@repeatable
@given(message_sids, any_text, st.sampled_from([" ", '"', "'", "<", ":", "/", "\n"]))
def test_a_message_sid_is_read_within_any_text(sid: str, text: str, between: str) -> None:
    assert sids.read(f"{text}{between}{sid}{between}{text}") == sid


media_items = st.builds(
    an_item,
    content_type=st.none() | content_types,
    format=st.none() | st.sampled_from(Format),
    detected=st.none() | st.sampled_from(OtherFormat),
    available=st.booleans(),
)


@repeatable
@given(media_items, st.integers(0, 9), st.integers(0, 9))
def test_a_media_file_of_any_type_and_content_gets_a_plain_hint(
    item: MediaItem, before: int, behind: int
) -> None:
    media = [an_item()] * before + [item] + [an_item()] * behind
    hint = media_hints.for_fail if check_item(item) else media_hints.for_pass

    assert is_plain(hint(check_media(media)))


@repeatable
@given(
    st.sampled_from(["failed", "undelivered", "queued", "sent"]) | any_text,
    st.none() | st.integers() | st.sampled_from([30008, 63016, 63999]),
    st.none() | any_text | st.from_regex(r"(<b>)?\+?1[ .-]?\(?415\)?[ .-]?[0-9]{3}-[0-9]{4}</b>"),
)
def test_a_message_with_any_status_and_error_gets_a_plain_hint(
    status: str, code: int | None, words: str | None
) -> None:
    message = a_message(status=status, error_code=code, error_message=words)

    if reason := check_message(message):
        assert is_plain(message_hints.for_message(reason, message))


@pytest.fixture(scope="module")
def twilio() -> Iterator[Upstream]:
    with an_upstream() as upstream:
        yield upstream


@repeatable
@given(submitted)
def test_nothing_but_messages_of_the_account_is_requested(twilio: Upstream, text: str) -> None:
    twilio.on(MESSAGE_PATH, NOT_FOUND)
    twilio.asked.clear()
    with suppress(UpstreamError):
        a_judge(twilio.url)(text, PLAYER)

    message = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/MM[0-9a-fA-F]{{32}}"
    assert all(re.fullmatch(rf"{message}(/Media)?\.json(\?.*)?", path) for path in twilio.paths())


@repeatable
@given(any_json | spoiled(MESSAGE))
@example(MESSAGE)
def test_a_message_is_as_twilio_sent_it_or_invalid(twilio: Upstream, sent: Any) -> None:
    twilio.on(MESSAGE_PATH, Reply.json(sent))

    with suppress(InvalidResponseError):
        message = an_account(twilio.url).message(MESSAGE_SID)
        assert message is not None
        assert message.sid == sent["sid"]
        assert message.sid.lower() == MESSAGE_SID.lower()
        assert (message.direction, message.status) == (sent["direction"], sent["status"])
        assert (message.sender, message.recipient) == (sent.get("from"), sent.get("to"))


MEDIUM = {"sid": MEDIA_SID, "content_type": "image/png", "parent_sid": MESSAGE_SID}
MEDIA_LIST = {"media_list": [MEDIUM], "uri": MEDIA_LIST_PATH, "page": 0, "next_page_uri": None}
spoiled_items = spoiled(MEDIUM).map(lambda item: {**MEDIA_LIST, "media_list": [item]})


@repeatable
@given(any_json | spoiled(MEDIA_LIST) | spoiled_items)
@example(MEDIA_LIST)
@example({"error": {}})
@example({"meta": {"key": "error"}, "error": ""})
@example({"media_list": {}})
@example({**MEDIA_LIST, "meta": {"key": "page"}, "page": []})
def test_a_media_list_is_as_twilio_sent_it_or_invalid(twilio: Upstream, sent: Any) -> None:
    twilio.on(MEDIA_LIST_PATH, Reply.json(sent))

    with suppress(InvalidResponseError):
        media_sids = an_account(twilio.url).media_sids(MESSAGE_SID)
        assert isinstance(sent["media_list"], list)
        assert media_sids == [item["sid"] for item in sent["media_list"]]


@repeatable
@given(header_values | st.integers(0).map(str))
@example("Mon, 23 Nov 99999999999999999999 08:00:00 GMT")
@example("Mon, 23 Nov 2026 08:00:99999999999999999999 GMT")
def test_429_with_any_retry_after_is_busy(twilio: Upstream, retry_after: str) -> None:
    twilio.on(MESSAGE_PATH, Reply(429, headers={"Retry-After": retry_after}))

    with pytest.raises((BusyError, Timeout)), Timeout(0.5):
        an_account(twilio.url).message(MESSAGE_SID)


BEGINNINGS = (b"", PNG, MP3_FRAME, TAGGED_MP3[:10], b"\xff\xd8\xff", b"%PDF-1.7", b"#!AMR\n")
odd_urls = ["http://127.0.0.1:1/", "http://127.0.0.1:99999/", "http://[", "http:", "//", ""]
media_headers = st.dictionaries(
    st.sampled_from(["Content-Type", "Content-Range", "Content-Encoding", "X-Anything"]),
    header_values | content_types | st.sampled_from(["bytes 0-4095/*", "identity", "gzip"]),
)


@repeatable
@given(
    st.sampled_from([200, 200, 200, 206, 206, 301, 307, 307, 403, 404, 416, 500]),
    st.builds(bytes.__add__, st.sampled_from(BEGINNINGS), st.binary()),
    media_headers,
    header_values.map("./{}".format) | st.sampled_from(odd_urls),
)
def test_a_media_host_sends_a_file_or_an_invalid_response(
    twilio: Upstream, status: int, content: bytes, headers: dict[str, str], location: str
) -> None:
    twilio.on(MEDIA_PATH, Reply(status, content, {"Location": location, **headers}))

    with suppress(UpstreamError):
        item = an_account(twilio.url).probe(MESSAGE_SID, MEDIA_SID)
        assert item.sid == MEDIA_SID
        assert item.available or status in (404, 301, 307)


names = st.sampled_from(["sid", "messageSid", "accountSid"]) | any_text
fields = st.dictionaries(names, any_json | submitted, max_size=4)
bodies = (
    st.binary()
    | (fields | any_json).map(lambda value: json.dumps(value).encode())
    | fields.map(lambda sent: urlencode(sent, errors="replace").encode())
    | header_values.map(
        lambda part: f'--b\r\nContent-Disposition: form-data; name="sid"\r\n{part}\r\n'.encode()
    )
)
multipart = ["multipart/form-data; boundary=b", "multipart/form-data; boundary=\xe9"]
other_types = ["application/json", f"{FORM}; charset=utf-7", "multipart/form-data"]
pairs = any_text | st.sampled_from([f"{ACCOUNT_SID}:fake-token", f"{API_KEY_SID}:fake-secret"])
basic_headers = pairs.map(lambda pair: f"Basic {b64encode(pair.encode(errors='replace')).decode()}")
environments = st.fixed_dictionaries(
    {
        "CONTENT_TYPE": header_values | st.sampled_from([FORM, *other_types, *multipart]),
        "QUERY_STRING": header_values,
        "HTTP_HOST": header_values,
        "HTTP_X_FORWARDED_PROTO": header_values,
    },
    optional={"HTTP_AUTHORIZATION": basic_headers | header_values | st.just("Bearer token")},
)
checked = st.lists(media_items, min_size=1, max_size=3).map(check_media)
some_text = st.text(min_size=1)
verdicts = st.builds(Verdict, message_sids, st.none(), some_text, checked) | st.builds(
    Verdict, st.text(), st.sampled_from(Reason), some_text, st.just(()) | checked
)
errors = st.sampled_from(ERRORS)
DOCUMENT = json.loads(openapi_json())


def conforming(outcome: Verdict | Exception, **request: Any) -> TestResponse:
    """Return the response to a submission, which the OpenAPI document must describe."""
    response = submit(outcome, {**OWN_ACCOUNT, "ratelimit_enabled": False}, **request)
    documented = DOCUMENT["paths"]["/validate"]["post"]["responses"][str(response.status_code)]
    described = DOCUMENT["components"]["responses"][documented["$ref"].rpartition("/")[2]]
    schema = described["content"][response.content_type]["schema"]
    components = {"components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator({**schema, **components}).validate(response.get_json())
    assert set(described.get("headers", ())) <= set(response.headers.keys())
    return response


@repeatable
@given(verdicts)
def test_any_verdict_is_in_the_response_as_the_openapi_document_says(verdict: Verdict) -> None:
    told = conforming(verdict).get_json()

    assert (told["sid"], told["reason"]) == (verdict.message_sid, verdict.reason)
    sent = [each.item.content_type for each in verdict.media]
    assert [item["content_type"] for item in told["media"]] == sent


@repeatable
@given(bodies, environments, verdicts | errors)
def test_any_request_gets_a_response_that_the_openapi_document_has(
    body: bytes, environment: dict[str, str], outcome: Verdict | Exception
) -> None:
    conforming(outcome, data=body, environ_overrides=environment)
