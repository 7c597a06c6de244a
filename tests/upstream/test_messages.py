"""The SDK and HTTP are real here; only the other end is made up."""

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
from tests.support.judging import an_account
from tests.support.twilio_replies import MESSAGE, NOT_FOUND, a_list
from tests.support.upstream import Reply, Upstream
from validator.challenge.facts import Message
from validator.upstream.client import ATTEMPTS
from validator.upstream.credentials import Credentials
from validator.upstream.errors import (
    BusyError,
    CredentialsRefusedError,
    InvalidResponseError,
    MisdirectedResponseError,
)
from validator.upstream.messages import MAX_BODY_SIZE, MAX_PAGES


def numbered(number: int) -> str:
    return f"ME{number:032x}"


def test_a_message_is_read_from_its_account(upstream: Upstream) -> None:
    upstream.on(MESSAGE_PATH, Reply.json(MESSAGE))

    assert an_account(upstream.url).message(MESSAGE_SID) == Message(
        sid=MESSAGE_SID,
        direction="outbound-api",
        status="delivered",
        sender="whatsapp:+14155238886",
        recipient="whatsapp:+15005550006",
    )


def test_the_error_and_the_missing_sender_of_a_message_are_read(upstream: Upstream) -> None:
    changes = {"from": None, "error_code": 63016, "error_message": "Outside the window"}
    upstream.on(MESSAGE_PATH, Reply.json(MESSAGE | changes))

    message = an_account(upstream.url).message(MESSAGE_SID)

    assert message is not None
    assert (message.sender, message.error_code) == (None, 63016)
    assert message.error_message == "Outside the window"


def test_twilio_may_answer_in_its_own_case_of_the_sid(upstream: Upstream) -> None:
    shouted = "MM" + "A" * 32
    upstream.on(MESSAGE_PATH.replace(MESSAGE_SID, shouted), Reply.json(MESSAGE))

    assert an_account(upstream.url).message(shouted) is not None


def test_the_account_is_opened_with_its_own_sid_and_token(upstream: Upstream) -> None:
    upstream.on(MESSAGE_PATH, Reply.json(MESSAGE))

    an_account(upstream.url).message(MESSAGE_SID)

    assert upstream.asked[0].headers["Authorization"] == PLAYER.authorization


def test_an_api_key_opens_the_account_that_it_belongs_to(upstream: Upstream) -> None:
    key = Credentials(ACCOUNT_SID, API_KEY_SID, "fake-secret")
    upstream.on(MESSAGE_PATH, Reply.json(MESSAGE))

    assert an_account(upstream.url, key).message(MESSAGE_SID) is not None
    assert upstream.asked[0].headers["Authorization"] == key.authorization


def test_the_environment_lends_nothing_to_the_sdk(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "9" * 32)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "somebody-elses-token")
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    upstream.on(MESSAGE_PATH, Reply.json(MESSAGE))

    assert an_account(upstream.url).message(MESSAGE_SID) is not None
    assert upstream.asked[0].headers["Authorization"] == PLAYER.authorization


def test_a_message_that_twilio_does_not_know_is_none(upstream: Upstream) -> None:
    upstream.on(MESSAGE_PATH, NOT_FOUND)

    assert an_account(upstream.url).message(MESSAGE_SID) is None


@pytest.mark.parametrize(
    "reply",
    [
        Reply(404, b"<html>Not Found</html>", {"Content-Type": "text/html"}),
        Reply(404),
        Reply.json({"code": 20000}, 404),
        Reply.json([20404], 404),
        Reply.json({"code": 20001, "message": "Invalid message sid"}, 400),
        Reply(301, headers={"Location": "/elsewhere"}),
        Reply(204),
        Reply(200, b"<html>Welcome</html>", {"Content-Type": "text/html"}),
        Reply(200, b""),
        Reply(200, b"\xff\xfe"),
        Reply(200, b'{"sid": "MM'),
        Reply(200, b"[" * 100_000),
        Reply(200, b'"' + b"x" * MAX_BODY_SIZE + b'"'),
    ],
)
def test_an_answer_that_is_not_twilios_is_not_taken_for_one(
    upstream: Upstream, reply: Reply
) -> None:
    upstream.on(MESSAGE_PATH, reply)
    upstream.on(MEDIA_LIST_PATH, reply)

    with pytest.raises(InvalidResponseError):
        an_account(upstream.url).message(MESSAGE_SID)
    with pytest.raises(InvalidResponseError):
        an_account(upstream.url).media_sids(MESSAGE_SID)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        [MESSAGE],
        {},
        "MM",
        5,
        MESSAGE | {"sid": "MM" + "c" * 32},
        MESSAGE | {"sid": None},
        MESSAGE | {"direction": None},
        MESSAGE | {"direction": "sideways"},
        MESSAGE | {"direction": 5},
        MESSAGE | {"status": None},
        MESSAGE | {"status": ["delivered"]},
        MESSAGE | {"from": {"number": 5}},
        MESSAGE | {"to": 15005550006},
        MESSAGE | {"error_code": "63016x"},
        MESSAGE | {"error_message": 5},
    ],
)
def test_json_that_is_no_message_is_not_taken_for_one(upstream: Upstream, document: Any) -> None:
    upstream.on(MESSAGE_PATH, Reply.json(document))

    with pytest.raises(InvalidResponseError):
        an_account(upstream.url).message(MESSAGE_SID)


@pytest.mark.parametrize(
    "changes", [{"date_created": 5}, {"date_sent": "Mon, 99 Nov 2026"}, {"num_media": {"a": 1}}]
)
def test_fields_that_are_not_judged_may_hold_anything(
    upstream: Upstream, changes: dict[str, Any]
) -> None:
    upstream.on(MESSAGE_PATH, Reply.json(MESSAGE | changes))

    assert an_account(upstream.url).message(MESSAGE_SID) is not None


OTHER_MESSAGE = "MM" + "c" * 32
OTHER_ACCOUNT = "AC" + "9" * 32
OTHERS = {
    "another message": Reply.json(MESSAGE | {"sid": OTHER_MESSAGE}),
    "a message of another account": Reply.json(MESSAGE | {"account_sid": OTHER_ACCOUNT}),
    "a media list of another account": Reply.json(
        {"media_list": [{"sid": MEDIA_SID, "account_sid": OTHER_ACCOUNT}]}
    ),
    "a media list of another message": Reply.json(
        {"media_list": [{"sid": MEDIA_SID, "parent_sid": OTHER_MESSAGE}]}
    ),
    "an empty media list of another message": Reply.json(
        {"media_list": [], "uri": MEDIA_LIST_PATH.replace(MESSAGE_SID, OTHER_MESSAGE)}
    ),
    "a page whose next one is another message's": Reply.json(
        {
            "media_list": [{"sid": MEDIA_SID}],
            "next_page_uri": MEDIA_LIST_PATH.replace(MESSAGE_SID, OTHER_MESSAGE),
        }
    ),
    "another message's 404": Reply.json(
        {"code": 20404, "message": f"{MESSAGE_PATH.replace(MESSAGE_SID, OTHER_MESSAGE)} not found"},
        404,
    ),
    "an error": Reply.json({"code": 20404, "status": 404}),
    "a redirect to a file": Reply(307, headers={"Location": "/file"}),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_misdirected_response_is_noticed_and_the_request_repeated_on_a_new_connection(
    upstream: Upstream, other: Reply
) -> None:
    upstream.on(MESSAGE_PATH, other, Reply.json(MESSAGE))
    upstream.on(MEDIA_LIST_PATH, other, a_list(MEDIA_SID))
    account = an_account(upstream.url)

    assert account.message(MESSAGE_SID) is not None
    assert account.media_sids(MESSAGE_SID) == [MEDIA_SID]
    assert len({asked.connection for asked in upstream.asked}) >= 3


def test_misdirected_responses_without_end_are_an_invalid_response(upstream: Upstream) -> None:
    upstream.on(MESSAGE_PATH, OTHERS["another message"])

    with pytest.raises(MisdirectedResponseError):
        an_account(upstream.url).message(MESSAGE_SID)
    assert len(upstream.asked) == ATTEMPTS


def test_error_of_our_own_is_not_taken_for_twilios(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream.on(MESSAGE_PATH, Reply.json(MESSAGE))
    monkeypatch.setattr("validator.upstream.messages.json_object", lambda: "a bug")

    with pytest.raises(TypeError):
        an_account(upstream.url).message(MESSAGE_SID)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"error": []},
        {"media_list": {}},
        {"media_list": ""},
        {"media_list": [{"sid": MEDIA_SID}] * 51},
        {"sid": []},
        {"media_list": None},
        {"media_list": {}, "next_page_uri": 5},
        {"media_list": [None]},
        {"media_list": [{}]},
        {"media_list": [{"sid": "../../Calls"}]},
        {"media_list": [{"sid": MEDIA_SID + "\n"}]},
        {"media_list": [], "next_page_uri": "@127.0.0.2/"},
        {"media_list": [], "next_page_uri": ".example.com/"},
    ],
)
def test_json_that_is_no_media_list_is_not_taken_for_one(upstream: Upstream, document: Any) -> None:
    upstream.on(MEDIA_LIST_PATH, Reply.json(document))

    with pytest.raises(InvalidResponseError):
        an_account(upstream.url).media_sids(MESSAGE_SID)


@pytest.mark.parametrize(
    ("status", "code"), [(401, 20003), (403, 20403), (403, 20008), (401, 70051)]
)
def test_refused_credentials_keep_the_code_that_says_why(
    upstream: Upstream, status: int, code: int
) -> None:
    upstream.on(MESSAGE_PATH, Reply.json({"code": code, "message": "no"}, status))
    upstream.on(MEDIA_LIST_PATH, Reply.json({"code": code, "message": "no"}, status))

    with pytest.raises(CredentialsRefusedError) as caught:
        an_account(upstream.url).message(MESSAGE_SID)
    assert caught.value.code == code
    with pytest.raises(CredentialsRefusedError):
        an_account(upstream.url).media_sids(MESSAGE_SID)


def test_a_busy_twilio_is_asked_again(upstream: Upstream) -> None:
    upstream.on(MESSAGE_PATH, Reply(429), Reply(503, b"<html>"), Reply.json(MESSAGE))

    assert an_account(upstream.url).message(MESSAGE_SID) is not None


def test_a_twilio_that_stays_busy_is_busy(upstream: Upstream) -> None:
    upstream.on(MEDIA_LIST_PATH, Reply(500))

    with pytest.raises(BusyError):
        an_account(upstream.url).media_sids(MESSAGE_SID)


def test_the_media_list_is_read_to_its_last_page(upstream: Upstream) -> None:
    upstream.on(
        MEDIA_LIST_PATH,
        a_list(numbered(1), numbered(2), next_page_uri=f"{MEDIA_LIST_PATH}?Page=1"),
        a_list(next_page_uri=f"{MEDIA_LIST_PATH}?Page=2"),
        a_list(numbered(3)),
    )

    assert an_account(upstream.url).media_sids(MESSAGE_SID) == [numbered(n) for n in (1, 2, 3)]
    assert [path.partition("?")[2] for path in upstream.paths()][1:] == ["Page=1", "Page=2"]
    assert all(a.headers["Authorization"] == PLAYER.authorization for a in upstream.asked)


def test_a_media_list_without_end_is_given_up(upstream: Upstream) -> None:
    upstream.on(MEDIA_LIST_PATH, a_list(MEDIA_SID, next_page_uri=MEDIA_LIST_PATH))

    with pytest.raises(InvalidResponseError):
        an_account(upstream.url).media_sids(MESSAGE_SID)
    assert len(upstream.asked) <= MAX_PAGES + 1


def test_a_media_list_that_ends_before_its_last_page_is_none(upstream: Upstream) -> None:
    upstream.on(MEDIA_LIST_PATH, a_list(numbered(1), next_page_uri=MEDIA_LIST_PATH), NOT_FOUND)

    with pytest.raises(InvalidResponseError):
        an_account(upstream.url).media_sids(MESSAGE_SID)


@pytest.mark.parametrize("reply", [a_list(), NOT_FOUND])
def test_a_message_without_media_has_an_empty_list_or_none_at_all(
    upstream: Upstream, reply: Reply
) -> None:
    upstream.on(MEDIA_LIST_PATH, reply)

    assert an_account(upstream.url).media_sids(MESSAGE_SID) == []
