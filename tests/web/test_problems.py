"""Problems: status, code, headers and detail, and that they contain no secrets."""

import json
import re
from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.support.accounts import ACCOUNT_SID, API_KEY_SID, MESSAGE_SID, PLAYER
from tests.web.submitting import AUTH, FORM, OWN_ACCOUNT, SUBMISSION, TOKEN, refused, submit
from validator.capacity import OverloadedError
from validator.concurrency import DeadlineExceededError
from validator.upstream.errors import (
    BusyError,
    CredentialsRefusedError,
    InvalidResponseError,
    MediaRefusedError,
    MisdirectedResponseError,
    UnreachableError,
)
from validator.web.submission import BODY_LIMIT

JSON = "application/json"
MULTIPART = "multipart/form-data; boundary=b"
SECRET = "hunter2-hunter2"


def problem(response: TestResponse) -> dict[str, Any]:
    """Return the problem document of a response, which must be complete and without secrets."""
    document: dict[str, Any] = json.loads(response.text)
    assert response.content_type == "application/problem+json"
    assert list(document) == ["type", "title", "status", "detail", "code", "request_id"]
    assert document["request_id"] == response.headers["X-Request-ID"]
    assert document["status"] == response.status_code
    assert re.search(r"(\.|/errors/\d{5})$", document["detail"])
    for secret in (SECRET, PLAYER.password, MESSAGE_SID):
        assert secret not in response.text
    return document


def code(response: TestResponse) -> tuple[int, str]:
    return response.status_code, problem(response)["code"]


def test_problem_json_has_the_documented_members_in_order() -> None:
    assert submit(UnreachableError(), headers={"X-Request-ID": "request-7"}).text == (
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


NO_FIELD = "no field named sid"
NO_STRING = "must be a string"
NO_OBJECT = "must be an object"
BROKEN_JSON = "double quotes"


@pytest.mark.parametrize(
    ("request_", "advice"),
    [
        ({"data": None}, NO_FIELD),
        ({"data": "", "content_type": FORM}, NO_FIELD),
        ({"data": {"SID": MESSAGE_SID, "message_sid": MESSAGE_SID}}, NO_FIELD),
        ({"data": "--b\r\nnonsense", "content_type": MULTIPART}, NO_FIELD),
        ({"data": f"sid={MESSAGE_SID}", "content_type": "multipart/form-data"}, NO_FIELD),
        ({"data": None, "query_string": SUBMISSION}, NO_FIELD),
        ({"json": {}}, NO_FIELD),
        ({"json": {"sid": None, "messageSid": MESSAGE_SID}}, NO_STRING),
        ({"json": {"sid": True}}, NO_STRING),
        ({"json": {"sid": [MESSAGE_SID]}}, NO_STRING),
        ({"json": {"messageSid": 1.5}}, NO_STRING),
        ({"data": '{"sid": NaN}', "content_type": JSON}, NO_STRING),
        ({"json": [SUBMISSION]}, NO_OBJECT),
        ({"json": MESSAGE_SID}, NO_OBJECT),
        ({"data": "null", "content_type": JSON}, NO_OBJECT),
        ({"data": "", "content_type": JSON}, BROKEN_JSON),
        ({"data": f"{{'sid': '{MESSAGE_SID}'}}", "content_type": JSON}, BROKEN_JSON),
        ({"data": b'{"sid": "\xff"}', "content_type": JSON}, BROKEN_JSON),
        ({"data": "9" * 10_000, "content_type": JSON}, BROKEN_JSON),
        ({"data": "[" * BODY_LIMIT, "content_type": JSON}, BROKEN_JSON),
        ({"data": json.dumps(SUBMISSION), "content_type": FORM}, "Content-Type: application/json"),
    ],
    ids=lambda value: ascii(value)[:60],
)
def test_a_request_without_a_submission_is_400_malformed_request(
    request_: dict[str, Any], advice: str
) -> None:
    response = refused(**request_)

    assert code(response) == (400, "malformed_request")
    assert advice in problem(response)["detail"]


def test_an_uploaded_file_named_sid_is_400_malformed_request() -> None:
    response = refused(data={"sid": (BytesIO(MESSAGE_SID.encode()), "sid.txt")})

    assert code(response) == (400, "malformed_request")


@pytest.mark.parametrize("account_sid", [None, 1, "AC\ud800"])
def test_an_api_key_without_account_sid_is_400_malformed_request(account_sid: object) -> None:
    body = json.dumps({**SUBMISSION, "accountSid": account_sid})
    response = refused(data=body, content_type=JSON, auth=(API_KEY_SID, SECRET))

    assert code(response) == (400, "malformed_request")
    assert "accountSid" in problem(response)["detail"]


@pytest.mark.parametrize("content_type", ["text/plain", "text/json", "x", None])
def test_another_or_no_content_type_is_415_unsupported_media_type(content_type: str | None) -> None:
    response = refused(data=f"sid={MESSAGE_SID}", content_type=content_type)

    assert code(response) == (415, "unsupported_media_type")


@pytest.mark.parametrize("content_type", [FORM, JSON, MULTIPART])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_of_more_than_16_kib_is_413_body_too_large(content_type: str, chunked: bool) -> None:
    body = f"sid={MESSAGE_SID}&".ljust(BODY_LIMIT + 1, "x").encode()
    request: dict[str, Any] = {"data": body}
    if chunked:
        environ = {"wsgi.input_terminated": True}
        request = {"data": None, "input_stream": BytesIO(body), "environ_overrides": environ}

    response = refused(content_type=content_type, **request)
    assert code(response) == (413, "body_too_large")


@pytest.mark.parametrize("path", ["/nothing", "/validate/", "/Validate", "/\xff"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_url_is_404_not_found(path: str, method: str) -> None:
    assert code(submit(path=path, method=method)) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/validate", {"POST", "OPTIONS"}),
        ("BREW", "/validate", {"POST", "OPTIONS"}),
        ("POST", "/healthz", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_another_method_is_405_with_allow(method: str, path: str, allowed: set[str]) -> None:
    response = submit(path=path, method=method)

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
        ({"Authorization": "Basic \xfc"}, "credentials_rejected"),
        ({"Authorization": f"Bearer {SECRET}"}, "credentials_rejected"),
    ],
)
def test_a_401_has_a_www_authenticate_for_each_accepted_scheme(
    settings: dict[str, Any], schemes: list[str], headers: dict[str, str], expected: str
) -> None:
    response = refused(settings=settings, headers=headers)

    assert code(response) == (401, expected)
    challenges = response.headers.getlist("WWW-Authenticate")
    assert [challenge.split()[0] for challenge in challenges] == schemes
    assert all(re.fullmatch(r'\w+ realm="[^"]+"(, \w+="[^"]+")*', line) for line in challenges)


@pytest.mark.parametrize(
    ("error", "expected", "retry_after"),
    [
        (UnreachableError(), (502, "twilio_unreachable"), None),
        (InvalidResponseError(), (502, "twilio_invalid_response"), None),
        (MisdirectedResponseError(), (502, "twilio_invalid_response"), None),
        (CredentialsRefusedError(20003), (502, "twilio_refused"), None),
        (MediaRefusedError(), (503, "twilio_busy"), "5"),
        (BusyError(), (503, "twilio_busy"), "5"),
        (BusyError(0), (503, "twilio_busy"), "5"),
        (BusyError(0.4), (503, "twilio_busy"), "1"),
        (BusyError(2.1), (503, "twilio_busy"), "3"),
        (BusyError(7.0), (503, "twilio_busy"), "7"),
        (BusyError(864_054), (503, "twilio_busy"), "3600"),
        (OverloadedError(), (503, "overloaded"), "1"),
        (DeadlineExceededError(), (504, "twilio_timeout"), None),
        (KeyError(SECRET), (500, "internal_error"), None),
        (TimeoutError(SECRET), (500, "internal_error"), None),
    ],
    ids=repr,
)
@pytest.mark.parametrize("token", [None, TOKEN])
def test_errors_of_twilio_and_of_the_service_have_status_code_and_retry_after(
    error: Exception, expected: tuple[int, str], retry_after: str | None, token: str | None
) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    response = submit(error, {**OWN_ACCOUNT, "validator_token": token}, headers=headers)

    assert code(response) == expected
    assert response.headers.get("Retry-After") == retry_after
    assert "WWW-Authenticate" not in response.headers


KEY_FIELDS = {"accountSid": ACCOUNT_SID, "apiKey": API_KEY_SID, "secret": SECRET}
BY_TOKEN: dict[str, Any] = {"auth": AUTH}
BY_KEY = {"auth": (API_KEY_SID, SECRET), "data": {**SUBMISSION, "accountSid": ACCOUNT_SID}}
BY_KEY_FIELDS = {"data": {**SUBMISSION, **KEY_FIELDS}}


@pytest.mark.parametrize(
    ("twilios_code", "request_", "expected"),
    [
        (None, BY_TOKEN, "does not accept this Account SID and Auth Token"),
        (20003, BY_TOKEN, "does not accept this Account SID and Auth Token"),
        (20003, BY_KEY, "does not accept this API key"),
        (20003, BY_KEY_FIELDS, "does not accept this API key"),
        (20008, BY_TOKEN, "These are test credentials"),
        (70051, BY_KEY, "This API key is not allowed to read messages"),
        (99999, BY_TOKEN, "does not accept this Account SID and Auth Token"),
    ],
)
def test_the_players_credentials_refused_by_twilio_are_401_with_twilios_reason(
    twilios_code: int | None, request_: dict[str, Any], expected: str
) -> None:
    response = submit(CredentialsRefusedError(twilios_code), **request_)
    detail = problem(response)["detail"]

    assert code(response) == (401, "credentials_rejected")
    assert response.headers["WWW-Authenticate"].startswith("Basic ")
    assert expected in detail
    if twilios_code is not None:
        assert detail.endswith(f": https://www.twilio.com/docs/errors/{twilios_code}")


@pytest.mark.parametrize("forwarded", ["http", "HTTP", "https, http", "http,https"])
def test_credentials_over_plain_http_are_403_https_required(forwarded: str) -> None:
    response = refused(headers={"X-Forwarded-Proto": forwarded}, auth=AUTH)

    assert code(response) == (403, "https_required")


@pytest.mark.parametrize(
    ("forwarded", "auth"), [("https", AUTH), ("https, https", AUTH), ("http", None)]
)
def test_submissions_over_https_or_without_credentials_are_accepted(
    forwarded: str, auth: tuple[str, str] | None
) -> None:
    assert submit(headers={"X-Forwarded-Proto": forwarded}, auth=auth).status_code == 200
