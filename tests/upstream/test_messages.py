"""Messages and media lists over real HTTP and through Twilio's SDK."""

from collections import Counter
from typing import Any

import pytest

from tests.support.accounts import (
    ACCOUNT_SID,
    API_KEY_SID,
    MEDIA_LIST_PATH,
    MEDIA_SID,
    MESSAGE_PATH,
    MESSAGE_SID,
    PLAYER,
)
from tests.support.fakes import a_message
from tests.support.judging import an_account
from tests.support.twilio_replies import MESSAGE, NOT_FOUND, a_list, a_message_reply, a_redirect
from tests.support.upstream import Reply, Upstream
from validator.challenge.facts import Message
from validator.upstream.credentials import Credentials
from validator.upstream.errors import CredentialsRefusedError, InvalidResponseError
from validator.upstream.messages import MAX_BODY_SIZE

API_KEY = Credentials(ACCOUNT_SID, API_KEY_SID, "fake-secret")
OTHER_MESSAGE = "MM" + "c" * 32
OTHER_ACCOUNT = "AC" + "9" * 32
OTHER_LIST_PATH = MEDIA_LIST_PATH.replace(MESSAGE_SID, OTHER_MESSAGE)
AN_ITEM = {"sid": MEDIA_SID, "account_sid": ACCOUNT_SID, "parent_sid": MESSAGE_SID}


def a_page(*items: dict[str, str], uri: str = MEDIA_LIST_PATH) -> Reply:
    """Return a whole media list, whose items and itself tell whose they are."""
    return Reply.json({"media_list": items, "uri": uri, "next_page_uri": None})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"error_code": 63016}, a_message(error_code=63016)),
        ({"error_message": "Outside the window"}, a_message(error_message="Outside the window")),
        ({"from": None}, a_message(sender=None)),
        ({"num_media": "0"}, a_message()),
        ({"num_media": {"a": 1}}, a_message()),
        ({"date_created": 5}, a_message()),
        ({"date_sent": "Mon, 99 Nov 2026"}, a_message()),
    ],
)
def test_message_has_the_fields_that_are_judged_whatever_the_others_are(
    upstream: Upstream, changes: dict[str, Any], message: Message
) -> None:
    upstream.on(MESSAGE_PATH, a_message_reply(**changes))

    assert an_account(upstream.url).message(MESSAGE_SID) == message


def test_sids_may_come_in_another_case(upstream: Upstream) -> None:
    shouted = MESSAGE_SID.upper()
    upstream.on(MESSAGE_PATH.replace(MESSAGE_SID, shouted), a_message_reply())
    upstream.on(MEDIA_LIST_PATH.replace(MESSAGE_SID, shouted), a_page(AN_ITEM))

    assert an_account(upstream.url).message(shouted) is not None
    assert an_account(upstream.url).media_sids(shouted) == [MEDIA_SID]


@pytest.mark.parametrize("credentials", [PLAYER, API_KEY], ids=["auth_token", "api_key"])
def test_credentials_are_the_accounts_and_never_the_environments(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch, credentials: Credentials
) -> None:
    for name in ("ACCOUNT_SID", "AUTH_TOKEN", "REGION", "EDGE"):
        monkeypatch.setenv(f"TWILIO_{name}", "somebody-elses")
    upstream.on(MESSAGE_PATH, a_message_reply())

    assert an_account(upstream.url, credentials).message(MESSAGE_SID) is not None
    assert upstream.asked[0].headers["Authorization"] == credentials.authorization


def test_refused_credentials_keep_the_error_code(upstream: Upstream) -> None:
    upstream.on(MESSAGE_PATH, Reply.json({"code": 20008, "message": "no"}, 403))

    with pytest.raises(CredentialsRefusedError) as caught:
        an_account(upstream.url).message(MESSAGE_SID)
    assert caught.value.code == 20008


INVALID = {
    "null": Reply(200, b"null"),
    "array": Reply.json([MESSAGE]),
    "empty object": Reply.json({}),
    "string": Reply(200, b'"MM"'),
    "not UTF-8": Reply(200, b"\xff\xfe"),
    "truncated": Reply(200, b'{"sid": "MM'),
    "deeply nested": Reply(200, b"[" * 100_000),
    "too large": Reply(200, b'"' + b"x" * MAX_BODY_SIZE + b'"'),
    "404 with another code": Reply.json({"code": 20000}, 404),
    "404 without an object": Reply.json([20404], 404),
    "sid": a_message_reply(sid=None),
    "direction": a_message_reply(direction="sideways"),
    "status": a_message_reply(status=None),
    "from": a_message_reply(**{"from": {"number": 5}}),
    "to": a_message_reply(to=15005550006),
    "error code": a_message_reply(error_code="63016x"),
    "error message": a_message_reply(error_message=5),
    "media list": Reply.json({"media_list": None}),
    "media SID": a_list("../../Calls"),
    "media SID with line end": a_list(MEDIA_SID + "\n"),
    "51 media": a_list(*[MEDIA_SID] * 51),
    "pages without end": a_list(next_page_uri=MEDIA_LIST_PATH),
    "next page of another host": a_list(next_page_uri=f"@127.0.0.2{MEDIA_LIST_PATH}"),
    "next page of another domain": a_list(next_page_uri=f".example.com{MEDIA_LIST_PATH}"),
}


@pytest.mark.parametrize("reply", INVALID.values(), ids=INVALID)
def test_invalid_resource_is_an_invalid_response(upstream: Upstream, reply: Reply) -> None:
    upstream.on(MESSAGE_PATH, reply)
    upstream.on(MEDIA_LIST_PATH, reply)

    with pytest.raises(InvalidResponseError):
        an_account(upstream.url).message(MESSAGE_SID)
    with pytest.raises(InvalidResponseError):
        an_account(upstream.url).media_sids(MESSAGE_SID)
    assert {path.partition("?")[0] for path in upstream.paths()} == {MESSAGE_PATH, MEDIA_LIST_PATH}


MISDIRECTED = {
    "another message": a_message_reply(sid=OTHER_MESSAGE),
    "message of another account": a_message_reply(account_sid=OTHER_ACCOUNT),
    "list of another account": a_page(AN_ITEM | {"account_sid": OTHER_ACCOUNT}),
    "list of another message": a_page(AN_ITEM | {"parent_sid": OTHER_MESSAGE}),
    "empty list": a_page(uri=OTHER_LIST_PATH),
    "next page": a_list(MEDIA_SID, next_page_uri=OTHER_LIST_PATH),
    "404": Reply.json({"code": 20404, "message": f"no {OTHER_LIST_PATH}"}, 404),
    "error": Reply.json({"code": 20404, "status": 404}),
    "redirect to a file": a_redirect("/file"),
}


@pytest.mark.parametrize("misdirected", MISDIRECTED.values(), ids=MISDIRECTED)
def test_misdirected_response_is_retried(upstream: Upstream, misdirected: Reply) -> None:
    upstream.on(MESSAGE_PATH, misdirected, a_message_reply())
    upstream.on(MEDIA_LIST_PATH, misdirected, a_page(AN_ITEM))

    assert an_account(upstream.url).message(MESSAGE_SID) is not None
    assert an_account(upstream.url).media_sids(MESSAGE_SID) == [MEDIA_SID]
    requested = Counter(path.partition("?")[0] for path in upstream.paths())
    assert requested == {MESSAGE_PATH: 2, MEDIA_LIST_PATH: 2}


def test_media_list_is_read_to_its_last_page(upstream: Upstream) -> None:
    sids = [f"ME{number:032x}" for number in range(3)]
    upstream.on(
        MEDIA_LIST_PATH,
        a_list(*sids[:2], next_page_uri=f"{MEDIA_LIST_PATH}?Page=1"),
        a_list(next_page_uri=f"{MEDIA_LIST_PATH}?Page=2"),
        a_list(sids[2]),
    )

    assert an_account(upstream.url).media_sids(MESSAGE_SID) == sids
    assert [path.partition("?")[2] for path in upstream.paths()][1:] == ["Page=1", "Page=2"]
    assert all(a.headers["Authorization"] == PLAYER.authorization for a in upstream.asked)


def test_404_of_a_next_page_is_an_invalid_response(upstream: Upstream) -> None:
    upstream.on(MEDIA_LIST_PATH, a_list(MEDIA_SID, next_page_uri=MEDIA_LIST_PATH), NOT_FOUND)

    with pytest.raises(InvalidResponseError):
        an_account(upstream.url).media_sids(MESSAGE_SID)
