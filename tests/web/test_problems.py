"""Problems: status, code, headers and detail, and that they contain no secrets."""

import json
import re
from base64 import b64encode
from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.support.accounts import ACCOUNT_SID, API_KEY_SID, MESSAGE_SID, PLAYER
from tests.support.fakes import FakeJudge, a_client
from validator.capacity import OverloadedError
from validator.concurrency import DeadlineExceededError
from validator.upstream.errors import (
    BusyError,
    CredentialsRefusedError,
    InvalidResponseError,
    MediaRefusedError,
    UnreachableError,
)
from validator.web.submission import BODY_LIMIT

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
SUBMISSION = {"sid": MESSAGE_SID}
TOKEN = "a-validator-token"
SECRET = "hunter2-hunter2"
OWN_ACCOUNT = {"twilio_account_sid": ACCOUNT_SID, "twilio_auth_token": "service-secret"}
PLAYERS_OWN = (ACCOUNT_SID, PLAYER.password)


def problem(response: TestResponse) -> dict[str, Any]:
    """Return the problem document of a response, which must be complete."""
    document: dict[str, Any] = json.loads(response.text)
    assert response.content_type == "application/problem+json"
    assert response.text.startswith('{\n  "type": ')
    assert response.text.endswith("\n}\n")
    assert list(document) == ["type", "title", "status", "detail", "code", "request_id"]
    assert document["request_id"] == response.headers["X-Request-ID"]
    assert document["status"] == response.status_code
    assert document["title"]
    assert re.search(r"(\.|/errors/\d{5})$", document["detail"])
    return document


def code(response: TestResponse) -> tuple[int, str]:
    return response.status_code, problem(response)["code"]


def refused(settings: dict[str, Any] | None = None, **request: Any) -> TestResponse:
    """Return the response to a request that must not be judged."""
    judge = FakeJudge()
    response = a_client(judge, **(OWN_ACCOUNT if settings is None else settings)).post(
        "/validate", **request
    )
    assert judge.asked == []
    return response


def raised(error: Exception, **request: Any) -> TestResponse:
    """Return the response if the judge raises an error."""
    return a_client(FakeJudge(error), **OWN_ACCOUNT).post("/validate", data=SUBMISSION, **request)


def test_problem_json_has_the_documented_members_in_order() -> None:
    assert raised(UnreachableError(), headers={"X-Request-ID": "request-7"}).text == (
        "{\n"
        '  "type": "about:blank",\n'
        '  "title": "Bad Gateway",\n'
        '  "status": 502,\n'
        '  "detail": "This service could not reach Twilio. Try the same SID again in a minute; if '
        'it keeps failing, please report it where you found this challenge.",\n'
        '  "code": "twilio_unreachable",\n'
        '  "request_id": "request-7"\n'
        "}\n"
    )


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"data": {}},
        {"data": "", "content_type": FORM},
        {"data": {"SID": MESSAGE_SID, "message_sid": MESSAGE_SID}},
        {"data": "", "content_type": "multipart/form-data"},
        {"data": f"sid={MESSAGE_SID}", "content_type": "multipart/form-data"},
        {"data": "--b\r\nnonsense", "content_type": "multipart/form-data; boundary=b"},
        {"query_string": SUBMISSION},
        {"json": {}},
        {"json": {"sid": None}},
        {"json": {"sid": None, "messageSid": MESSAGE_SID}},
        {"json": {"sid": 1}},
        {"json": {"sid": True}},
        {"json": {"sid": [MESSAGE_SID]}},
        {"json": {"sid": {"sid": MESSAGE_SID}}},
        {"json": {"messageSid": 1.5}},
        {"json": []},
        {"json": [SUBMISSION]},
        {"json": MESSAGE_SID},
        {"json": None},
        {"json": 1},
        {"data": "", "content_type": JSON},
        {"data": "{", "content_type": JSON},
        {"data": '{"sid": "MM', "content_type": JSON},
        {"data": f"{{'sid': '{MESSAGE_SID}'}}", "content_type": JSON},
        {"data": f"sid={MESSAGE_SID}", "content_type": JSON},
        {"data": '{"sid": NaN}', "content_type": JSON},
        {"data": '{"sid": 1e999}', "content_type": JSON},
        {"data": '{"sid": ' + "9" * 10_000 + "}", "content_type": JSON},
        {"data": b'{"sid": "\xff"}', "content_type": JSON},
        {"data": b"\xff\xfe\x00", "content_type": JSON},
        {"data": "[" * BODY_LIMIT, "content_type": JSON},
        {"data": '{"sid":' * (BODY_LIMIT // 7), "content_type": JSON},
        {"data": "[" * (BODY_LIMIT // 2) + "]" * (BODY_LIMIT // 2), "content_type": JSON},
    ],
    ids=lambda request: ascii(request)[:60],
)
def test_a_request_without_a_submission_is_400_malformed_request(request_: dict[str, Any]) -> None:
    assert code(refused(**request_)) == (400, "malformed_request")


@pytest.mark.parametrize(
    ("request_", "advice"),
    [
        ({"data": {"SID": MESSAGE_SID}}, "no field named sid"),
        ({"json": {"message_sid": MESSAGE_SID}}, "no field named sid"),
        ({"json": {"sid": 1}}, "must be a string"),
        ({"json": {"messageSid": None}}, "must be a string"),
        ({"json": [MESSAGE_SID]}, "must be an object"),
        ({"data": json.dumps(SUBMISSION), "content_type": FORM}, "Content-Type: application/json"),
        ({"data": f"{{'sid': '{MESSAGE_SID}'}}", "content_type": JSON}, "double quotes"),
    ],
)
def test_the_detail_of_malformed_request_says_what_to_change(
    request_: dict[str, Any], advice: str
) -> None:
    detail = problem(refused(**request_))["detail"]

    assert advice in detail
    assert MESSAGE_SID not in detail


def test_an_uploaded_file_named_sid_is_400_malformed_request() -> None:
    response = refused(data={"sid": (BytesIO(MESSAGE_SID.encode()), "sid.txt")})

    assert code(response) == (400, "malformed_request")


@pytest.mark.parametrize("account_sid", [None, "", 1, API_KEY_SID, ACCOUNT_SID[:-1], "AC\ud800"])
def test_an_api_key_without_account_sid_is_400_malformed_request(
    account_sid: Any,
) -> None:
    body = json.dumps({"sid": MESSAGE_SID, "accountSid": account_sid})
    response = refused(data=body, content_type=JSON, auth=(API_KEY_SID, SECRET))

    assert code(response) == (400, "malformed_request")
    assert "accountSid" in problem(response)["detail"]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "text/json", "application/xml", "x", "application/octet-stream"]
)
def test_another_content_type_is_415_unsupported_media_type(content_type: str) -> None:
    response = refused(data=json.dumps(SUBMISSION), content_type=content_type)

    assert code(response) == (415, "unsupported_media_type")


def test_a_missing_content_type_is_415_unsupported_media_type() -> None:
    assert code(refused(data=f"sid={MESSAGE_SID}")) == (415, "unsupported_media_type")


@pytest.mark.parametrize("content_type", [FORM, JSON, "multipart/form-data; boundary=b"])
@pytest.mark.parametrize("size", [BODY_LIMIT + 1, BODY_LIMIT * 100])
@pytest.mark.parametrize("length", ["stated", "not stated"])
def test_a_body_of_more_than_16_kib_is_413_body_too_large(
    content_type: str, size: int, length: str
) -> None:
    body: dict[str, Any] = {"data": f"sid={MESSAGE_SID}&".ljust(size, "x")}
    if length == "not stated":
        body = {
            "input_stream": BytesIO(body["data"].encode()),
            "environ_overrides": {"wsgi.input_terminated": True},
        }

    response = refused(**body, content_type=content_type)
    assert code(response) == (413, "body_too_large")


@pytest.mark.parametrize("path", ["/nothing", "/validate/", "/Validate", "/validate/MM", "/\xff"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_url_is_404_not_found(path: str, method: str) -> None:
    assert code(a_client(FakeJudge()).open(path, method=method)) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/validate", {"POST", "OPTIONS"}),
        ("PUT", "/validate", {"POST", "OPTIONS"}),
        ("DELETE", "/validate", {"POST", "OPTIONS"}),
        ("BREW", "/validate", {"POST", "OPTIONS"}),
        ("POST", "/healthz", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_another_method_is_405_with_allow(method: str, path: str, allowed: set[str]) -> None:
    response = a_client(FakeJudge()).open(path, method=method)

    assert code(response) == (405, "method_not_allowed")
    assert set(response.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    ("settings", "schemes"),
    [({}, ["Basic"]), ({**OWN_ACCOUNT, "validator_token": TOKEN}, ["Basic", "Bearer"])],
)
@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "credentials_required"),
        ({"Authorization": ""}, "credentials_rejected"),
        ({"Authorization": "Basic"}, "credentials_rejected"),
        ({"Authorization": "Basic \xfc"}, "credentials_rejected"),
        ({"Authorization": "Bearer wrong"}, "credentials_rejected"),
        ({"Authorization": SECRET}, "credentials_rejected"),
        ({"Authorization": f"{ACCOUNT_SID}:{SECRET}"}, "credentials_rejected"),
        (
            {"Authorization": "Basic " + b64encode(f"player:{SECRET}".encode()).decode()},
            "credentials_rejected",
        ),
    ],
)
def test_a_401_has_a_www_authenticate_for_each_accepted_scheme(
    settings: dict[str, Any], schemes: list[str], headers: dict[str, str], expected: str
) -> None:
    response = refused(settings, data=SUBMISSION, headers=headers)

    assert code(response) == (401, expected)
    challenges = response.headers.getlist("WWW-Authenticate")
    assert [challenge.split()[0] for challenge in challenges] == schemes
    assert all(re.fullmatch(r'\w+ realm="[^"]+"(, \w+="[^"]+")*', line) for line in challenges)
    assert SECRET not in response.text


@pytest.mark.parametrize("auth", [("", ""), (" ", " "), (ACCOUNT_SID, ""), ("", SECRET)])
def test_blank_credentials_are_401_even_if_the_services_account_is_open(
    auth: tuple[str, str],
) -> None:
    assert code(refused(data=SUBMISSION, auth=auth)) == (401, "credentials_rejected")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (UnreachableError(), (502, "twilio_unreachable")),
        (InvalidResponseError(), (502, "twilio_invalid_response")),
        (BusyError(), (503, "twilio_busy")),
        (BusyError(7), (503, "twilio_busy")),
        (MediaRefusedError(), (503, "twilio_busy")),
        (DeadlineExceededError(), (504, "twilio_timeout")),
        (RuntimeError(SECRET), (500, "internal_error")),
        (KeyError(SECRET), (500, "internal_error")),
        (TimeoutError(SECRET), (500, "internal_error")),
    ],
)
@pytest.mark.parametrize("auth", [None, PLAYERS_OWN])
def test_errors_of_twilio_and_of_the_service_have_their_own_status_and_code(
    error: Exception, expected: tuple[int, str], auth: tuple[str, str] | None
) -> None:
    response = raised(error, auth=auth)

    assert code(response) == expected
    assert SECRET not in response.text
    assert "WWW-Authenticate" not in response.headers
    assert ("Retry-After" in response.headers) is (expected[0] == 503)


def test_overloaded_is_503_with_retry_after() -> None:
    response = raised(OverloadedError())

    assert code(response) == (503, "overloaded")
    assert int(response.headers["Retry-After"]) >= 1


@pytest.mark.parametrize("forwarded", ["http", "HTTP", "https, http", "http,https"])
def test_credentials_over_plain_http_are_403_https_required(forwarded: str) -> None:
    headers = {"X-Forwarded-Proto": forwarded}
    response = refused(data=SUBMISSION, headers=headers, auth=PLAYERS_OWN)

    assert code(response) == (403, "https_required")
    assert PLAYER.password not in response.text


@pytest.mark.parametrize(
    ("forwarded", "auth"), [("https", PLAYERS_OWN), ("https, https", PLAYERS_OWN), ("http", None)]
)
def test_submissions_over_https_or_without_credentials_are_accepted(
    forwarded: str, auth: tuple[str, str] | None
) -> None:
    response = a_client(FakeJudge(), **OWN_ACCOUNT).post(
        "/validate", data=SUBMISSION, headers={"X-Forwarded-Proto": forwarded}, auth=auth
    )

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("given", "expected"),
    [(7, "7"), (7.0, "7"), (2.1, "3"), (0.4, "1"), (None, "5"), (0, "5"), (864_054, "3600")],
)
def test_retry_after_of_twilio_busy_is_in_whole_seconds_and_bounded(
    given: float | None, expected: str
) -> None:
    assert raised(BusyError(given)).headers["Retry-After"] == expected


@pytest.mark.parametrize("twilios_code", [None, 20003, 20008, 70051, 99999])
def test_credentials_of_the_player_refused_by_twilio_are_401(
    twilios_code: int | None,
) -> None:
    response = raised(CredentialsRefusedError(twilios_code), auth=PLAYERS_OWN)

    assert code(response) == (401, "credentials_rejected")
    assert response.headers["WWW-Authenticate"].startswith("Basic ")
    assert PLAYER.password not in response.text


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"auth": PLAYERS_OWN}, "does not accept this Account SID and Auth Token"),
        (
            {"auth": (API_KEY_SID, SECRET), "data": {**SUBMISSION, "accountSid": ACCOUNT_SID}},
            "does not accept this API key",
        ),
        (
            {
                "data": {
                    **SUBMISSION,
                    "accountSid": ACCOUNT_SID,
                    "apiKey": API_KEY_SID,
                    "secret": SECRET,
                }
            },
            "does not accept this API key",
        ),
    ],
    ids=["Auth Token", "API key", "API key in the form"],
)
def test_the_detail_of_refused_credentials_names_auth_token_or_api_key(
    request_: dict[str, Any], expected: str
) -> None:
    client = a_client(FakeJudge(CredentialsRefusedError(20003)), **OWN_ACCOUNT)
    response = client.post("/validate", **{"data": SUBMISSION, **request_})

    assert code(response) == (401, "credentials_rejected")
    assert expected in problem(response)["detail"]
    assert problem(response)["detail"].endswith(": https://www.twilio.com/docs/errors/20003")


def test_twilio_error_codes_of_refused_credentials_are_explained() -> None:
    details = {
        twilios_code: problem(raised(CredentialsRefusedError(twilios_code), auth=PLAYERS_OWN))[
            "detail"
        ]
        for twilios_code in (20003, 20008, 70051)
    }

    for twilios_code, detail in details.items():
        assert detail.endswith(f"https://www.twilio.com/docs/errors/{twilios_code}")
    assert "Auth Token" in details[20003]
    assert "test credentials" in details[20008]
    assert "API key" in details[70051]


@pytest.mark.parametrize("twilios_code", [None, 20003, 20008, 70051])
@pytest.mark.parametrize("token", [None, TOKEN])
def test_credentials_of_the_service_refused_by_twilio_are_502(
    twilios_code: int | None, token: str | None
) -> None:
    judge = FakeJudge(CredentialsRefusedError(twilios_code))
    response = a_client(judge, **OWN_ACCOUNT, validator_token=token).post(
        "/validate",
        data=SUBMISSION,
        headers={"Authorization": f"Bearer {token}"} if token else {},
    )

    assert code(response) == (502, "twilio_refused")
    assert "WWW-Authenticate" not in response.headers


def test_the_request_after_an_internal_error_is_served() -> None:
    judge = FakeJudge(RuntimeError())
    client = a_client(judge, **OWN_ACCOUNT)

    assert client.post("/validate", data=SUBMISSION).status_code == 500
    assert client.get("/healthz").status_code == 200
