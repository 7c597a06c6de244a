"""Problems: status, code, headers and detail, and that they contain no secrets."""

import json
import re
from http import HTTPStatus
from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.support.accounts import ACCOUNT_SID, API_KEY_SID, MESSAGE_SID, PLAYER
from tests.web.submitting import AUTH, FORM, SUBMISSION, WITH_TOKEN, chunked, refused, submit
from validator.capacity import OverloadedError
from validator.greenlets import DeadlineExceededError
from validator.upstream import errors

JSON = "application/json"
MULTIPART = "multipart/form-data; boundary=b"
PROTO = "X-Forwarded-Proto"
SECRET = "hunter2-hunter2"
KEY = (API_KEY_SID, SECRET)
WITH_ACCOUNT = {**SUBMISSION, "accountSid": ACCOUNT_SID}
FIELDS = {**WITH_ACCOUNT, "secret": SECRET}
KEY_FIELDS = {**FIELDS, "apiKey": API_KEY_SID}
BODY = f"sid={MESSAGE_SID}"
OVERSIZED = f"{BODY}&".ljust(16 * 1024 + 1, "x").encode()
SURROGATE = json.dumps({**SUBMISSION, "accountSid": "AC\ud800"})


def problem(response: TestResponse) -> tuple[int, str, str]:
    """Return status, code and detail of a problem, which must be complete and without secrets."""
    document: dict[str, Any] = json.loads(response.text)
    code, detail = document["code"], document["detail"]
    assert response.content_type == "application/problem+json"
    assert list(document.items()) == [
        ("type", "about:blank"),
        ("title", HTTPStatus(response.status_code).phrase),
        ("status", response.status_code),
        ("detail", detail),
        ("code", code),
        ("request_id", response.headers["X-Request-ID"]),
    ]
    assert re.search(r"(\.|/errors/\d{5})$", detail)
    for secret in (SECRET, PLAYER.password, MESSAGE_SID):
        assert secret not in response.text
    return response.status_code, code, detail


def over(url: str, forwarded: str | None = None) -> dict[str, Any]:
    """Return a submission of the page's form, with a scheme in X-Forwarded-Proto."""
    return {"data": FIELDS, "base_url": url, "headers": {PROTO: forwarded} if forwarded else {}}


def rejected(detail: str) -> tuple[int, str, str]:
    return 401, "credentials_rejected", detail


NO_FIELD = (400, "malformed_request", "no field named sid")
NO_STRING = (400, "malformed_request", "must be a string")
NO_OBJECT = (400, "malformed_request", "must be an object")
BROKEN_JSON = (400, "malformed_request", "double quotes")
JSON_AS_A_FORM = (400, "malformed_request", "Content-Type: application/json")
NO_ACCOUNT = (400, "malformed_request", "accountSid")
OPEN = (403, "https_required", "plain HTTP")
NOT_FOUND = (404, "not_found", "nothing at this URL")
OTHER_METHOD = (405, "method_not_allowed", "does not accept that method")
TOO_LARGE = (413, "body_too_large", "16 KiB")
OTHER_TYPE = (415, "unsupported_media_type", "Content-Type is not supported")
NO_ACCOUNT_SID = rejected("The Account SID is missing. Copy it from the Twilio Console: it begins")


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"data": None}, NO_FIELD),
        ({"data": {"SID": MESSAGE_SID, "message_sid": MESSAGE_SID}}, NO_FIELD),
        ({"data": {"sid": (BytesIO(MESSAGE_SID.encode()), "sid.txt")}}, NO_FIELD),
        ({"data": "--b\r\nnonsense", "content_type": MULTIPART}, NO_FIELD),
        ({"data": None, "query_string": SUBMISSION}, NO_FIELD),
        ({"json": {"sid": None, "messageSid": MESSAGE_SID}}, NO_STRING),
        ({"data": '{"sid": NaN}', "content_type": JSON}, NO_STRING),
        ({"json": [SUBMISSION]}, NO_OBJECT),
        ({"data": "", "content_type": JSON}, BROKEN_JSON),
        ({"data": "9" * 10_000, "content_type": JSON}, BROKEN_JSON),
        ({"data": "[" * 16 * 1024, "content_type": JSON}, BROKEN_JSON),
        ({"data": json.dumps(SUBMISSION), "content_type": FORM}, JSON_AS_A_FORM),
        ({"auth": KEY}, NO_ACCOUNT),
        ({"json": {**SUBMISSION, "accountSid": 1}, "auth": KEY}, NO_ACCOUNT),
        ({"data": SURROGATE, "content_type": JSON, "auth": KEY}, NO_ACCOUNT),
        ({"settings": {}}, (401, "credentials_required", "No Twilio credentials were sent.")),
        ({"headers": {"Authorization": "Basic \xfc"}}, rejected("could not be read")),
        ({"headers": {"Authorization": f"Bearer {SECRET}"}}, rejected("takes no bearer token")),
        ({"data": {**FIELDS, "secret": ""}}, rejected("The Auth Token is missing.")),
        ({"data": {**FIELDS, "secret": "naïve"}}, rejected("The Auth Token contains a character")),
        ({"data": {**FIELDS, "accountSid": ""}}, NO_ACCOUNT_SID),
        ({"data": {**FIELDS, "accountSid": "AC1"}}, rejected("complete Account SID: it is AC")),
        ({"data": {**KEY_FIELDS, "secret": ""}}, rejected("The API key secret is missing.")),
        ({"data": {**KEY_FIELDS, "apiKey": "AC1"}}, rejected("complete API key SID: it is SK")),
        ({"data": {**KEY_FIELDS, "accountSid": ""}}, NO_ACCOUNT_SID),
        ({"auth": AUTH, "headers": {PROTO: "HTTP"}}, OPEN),
        ({"auth": AUTH, "headers": {PROTO: "https, http"}}, OPEN),
        ({"auth": AUTH, "headers": {PROTO: "http,https"}}, OPEN),
        (over("http://validator.example"), OPEN),
        (over("http://localhost.example"), OPEN),
        (over("http://localhost", "http"), OPEN),
        (over("https://validator.example", "https, http"), OPEN),
        ({"data": BODY, "content_type": "text/plain"}, OTHER_TYPE),
        ({"data": BODY}, OTHER_TYPE),
        ({"data": OVERSIZED, "content_type": FORM}, TOO_LARGE),
        ({"data": OVERSIZED, "content_type": JSON}, TOO_LARGE),
        ({**chunked(OVERSIZED), "content_type": FORM}, TOO_LARGE),
        ({"path": "/nothing"}, NOT_FOUND),
        ({"path": "/validate/"}, NOT_FOUND),
        ({"path": "/\xff"}, NOT_FOUND),
        ({"method": "GET"}, OTHER_METHOD),
        ({"method": "BREW"}, OTHER_METHOD),
        ({"path": "/healthz"}, OTHER_METHOD),
    ],
    ids=lambda value: ascii(value)[:60],
)
def test_a_request_that_cannot_be_judged_is_a_problem(
    request_: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    status, code, detail = problem(refused(**request_))

    assert (status, code) == expected[:2]
    assert expected[2] in detail


def test_another_method_is_405_with_allow() -> None:
    assert set(submit(method="GET").headers["Allow"].split(", ")) == {"POST", "OPTIONS"}


@pytest.mark.parametrize(
    "request_",
    [
        {"headers": {PROTO: "http"}},
        {"auth": AUTH, "headers": {PROTO: "https"}},
        over("https://validator.example"),
        over("http://validator.example", "HTTPS"),
        over("http://localhost:8000"),
        over("http://validator.localhost:8000"),
        over("http://127.1.2.3"),
        over("http://[::1]:8000"),
    ],
)
def test_credentials_over_https_or_loopback_are_accepted(request_: dict[str, Any]) -> None:
    assert submit(**request_).status_code == 200


@pytest.mark.parametrize(
    ("settings", "accept", "schemes"),
    [
        ({}, "*/*", ["Basic"]),
        (WITH_TOKEN, "*/*", ["Basic", "Bearer"]),
        # With another scheme, a browser would open its own dialog.
        (WITH_TOKEN, "text/html", ["Form"]),
    ],
)
def test_a_401_has_a_www_authenticate_for_each_accepted_scheme(
    settings: dict[str, Any], accept: str, schemes: list[str]
) -> None:
    response = refused(settings=settings, headers={"Accept": accept})

    assert response.status_code == 401
    challenges = response.headers.getlist("WWW-Authenticate")
    assert [challenge.split()[0] for challenge in challenges] == schemes
    assert all(re.fullmatch(r'\w+ realm="[^"]+"(, \w+="[^"]+")*', line) for line in challenges)


@pytest.mark.parametrize(
    ("error", "status", "code", "retry_after"),
    [
        (errors.UnreachableError(), 502, "twilio_unreachable", None),
        (errors.InvalidResponseError(), 502, "twilio_invalid_response", None),
        (errors.MisdirectedResponseError(), 502, "twilio_invalid_response", None),
        (errors.CredentialsRefusedError(20003), 502, "twilio_refused", None),
        (errors.MediaRefusedError(), 503, "twilio_busy", "5"),
        (errors.BusyError(), 503, "twilio_busy", "5"),
        (errors.BusyError(0), 503, "twilio_busy", "5"),
        (errors.BusyError(0.4), 503, "twilio_busy", "1"),
        (errors.BusyError(2.1), 503, "twilio_busy", "3"),
        (errors.BusyError(864_054), 503, "twilio_busy", "3600"),
        (OverloadedError(), 503, "overloaded", "1"),
        (DeadlineExceededError(), 504, "twilio_timeout", None),
        (KeyError(SECRET), 500, "internal_error", None),
        (TimeoutError(SECRET), 500, "internal_error", None),
    ],
    ids=repr,
)
def test_errors_of_twilio_and_of_the_service_have_status_code_and_retry_after(
    error: Exception, status: int, code: str, retry_after: str | None
) -> None:
    response = submit(error)

    assert problem(response)[:2] == (status, code)
    assert response.headers.get("Retry-After") == retry_after
    assert "WWW-Authenticate" not in response.headers


BY_KEY = {"auth": KEY, "data": WITH_ACCOUNT}


@pytest.mark.parametrize(
    ("twilios_code", "request_", "expected"),
    [
        (None, {"auth": AUTH}, "does not accept this Account SID and Auth Token"),
        (20003, {"auth": AUTH}, "does not accept this Account SID and Auth Token"),
        (20003, BY_KEY, "does not accept this API key"),
        (20003, {"data": KEY_FIELDS}, "does not accept this API key"),
        (20008, {"auth": AUTH}, "These are test credentials"),
        (70051, BY_KEY, "This API key is not allowed to read messages"),
    ],
)
def test_the_players_credentials_refused_by_twilio_are_401_with_twilios_reason(
    twilios_code: int | None, request_: dict[str, Any], expected: str
) -> None:
    response = submit(errors.CredentialsRefusedError(twilios_code), **request_)
    status, code, detail = problem(response)

    assert (status, code) == (401, "credentials_rejected")
    assert response.headers["WWW-Authenticate"].startswith("Basic ")
    assert expected in detail
    if twilios_code is not None:
        assert detail.endswith(f": https://www.twilio.com/docs/errors/{twilios_code}")
