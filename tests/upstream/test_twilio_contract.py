"""Twilio's own contract, the OpenAPI document of its REST API, and that we read it strictly.

The document is a part of Twilio's CLI, which `npm ci --prefix tests/node` installs. It is taken
at its word and more: an answer has every property of its schema, and none besides. Of errors it
says nothing; they are held to https://www.twilio.com/docs/usage/twilios-response.
"""

import json
import re
from collections.abc import Callable
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

CLI = Path(__file__).parents[1] / "node/node_modules/@twilio/cli-core"
if not CLI.exists():
    pytest.skip("needs `npm ci --prefix tests/node`", allow_module_level=True)
jsonschema = pytest.importorskip("jsonschema")
openapi_schema_validator = pytest.importorskip("openapi_schema_validator")

Json = dict[str, Any]

MESSAGES = "/2010-04-01/Accounts/{AccountSid}/Messages"
ERROR = {
    "type": "object",
    "properties": {
        "code": {"type": "integer"},
        "detail": {"type": "string"},
        "message": {"type": "string"},
        "more_info": {"type": "string", "pattern": r"^https://www\.twilio\.com/docs/errors/\d+$"},
        "status": {"type": "integer"},
    },
    "required": ["code", "message", "more_info", "status"],
    "additionalProperties": False,
}


def strict(value: Json) -> Json:
    """Let an object schema require every property that it has, and allow no other."""
    if value.get("type") != "object" or "properties" not in value:
        return value
    return {**value, "required": list(value["properties"]), "additionalProperties": False}


DOCUMENT = json.loads(
    (CLI / "src/services/twilio-api/twilio_api_v2010.json").read_text(), object_hook=strict
)


def is_rfc_2822_date(value: Any) -> bool:
    return not isinstance(value, str) or format_datetime(parsedate_to_datetime(value)) == value


def is_phone_number(value: Any) -> bool:
    return not isinstance(value, str) or bool(re.fullmatch(r"(whatsapp:)?\+\d{7,15}", value))


def is_relative_uri(value: Any) -> bool:
    return not isinstance(value, str) or value.startswith("/2010-04-01/Accounts/AC")


def is_map_of_relative_uris(value: Any) -> bool:
    return not isinstance(value, dict) or all(map(is_relative_uri, value.values()))


FORMATS = jsonschema.FormatChecker(formats=())
FORMATS.checks("date-time-rfc-2822", raises=ValueError)(is_rfc_2822_date)
FORMATS.checks("phone-number")(is_phone_number)
FORMATS.checks("uri")(is_relative_uri)
FORMATS.checks("uri-map")(is_map_of_relative_uris)


def validate(value: Any, schema: Json) -> None:
    """Raise jsonschema's ValidationError unless a value is what a schema of the document says."""
    whole = {**schema, "components": DOCUMENT["components"]}
    openapi_schema_validator.OAS30Validator(whole, format_checker=FORMATS).validate(value)


def documented(method: str, path: str, status: int) -> Json:
    """What the document says of an answer; KeyError where it knows no such answer."""
    if status >= 400:
        return {"content": {"application/json": {"schema": ERROR}}}
    for template, operations in DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path):
            response: Json = operations[method.lower()]["responses"][str(status)]
            return response
    raise KeyError(path)


def body_of(answer: requests.Response) -> Any:
    """The body of an answer, once it has proved to be as documented."""
    path = urlsplit(answer.url).path
    response = documented(answer.request.method or "", path, answer.status_code)
    if "content" not in response:
        assert answer.content == b""
        return None
    validate(answer.json(), response["content"][answer.headers["Content-Type"]]["schema"])
    return answer.json()


def example(path: str, name: str) -> tuple[Json, Json]:
    """One of the document's examples, and its schema."""
    content = documented("GET", path, 200)["content"]["application/json"]
    return content["examples"][name]["value"], content["schema"]


ANSWERS = {
    "message": example(f"{MESSAGES}/{{Sid}}.json", "fetch"),
    "media": example(f"{MESSAGES}/{{MessageSid}}/Media/{{Sid}}.json", "fetch"),
    "media list": example(f"{MESSAGES}/{{MessageSid}}/Media.json", "readFull"),
    "error": (
        {
            "code": 20003,
            "detail": "Your AccountSid or AuthToken was incorrect.",
            "message": "Authenticate",
            "more_info": "https://www.twilio.com/docs/errors/20003",
            "status": 401,
        },
        ERROR,
    ),
}
PROPERTIES = [(kind, name) for kind, (value, _) in ANSWERS.items() for name in value]


def renamed(value: Json, name: str) -> Json:
    return {f"{key}_" if key == name else key: each for key, each in value.items()}


def retyped(value: Json, name: str) -> Json:
    return {**value, name: str(value[name]) if isinstance(value[name], int) else 0}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", f"{MESSAGES}.json", 201),
        ("GET", f"{MESSAGES}/{{Sid}}.json", 200),
        ("GET", f"{MESSAGES}/{{MessageSid}}/Media.json", 200),
        ("GET", f"{MESSAGES}/{{MessageSid}}/Media/{{Sid}}.json", 200),
    ],
)
def test_twilios_own_examples_pass(method: str, path: str, status: int) -> None:
    content = documented(method, path, status)["content"]["application/json"]

    for each in content["examples"].values():
        validate(each["value"], content["schema"])


@pytest.mark.parametrize(("kind", "name"), PROPERTIES)
@pytest.mark.parametrize("spoilt", [renamed, retyped])
def test_a_property_of_another_name_or_type_is_noticed(
    kind: str, name: str, spoilt: Callable[[Json, str], Json]
) -> None:
    value, schema = ANSWERS[kind]
    validate(value, schema)

    with pytest.raises(jsonschema.ValidationError):
        validate(spoilt(value, name), schema)


@pytest.mark.parametrize(
    ("kind", "name", "wrong"),
    [
        ("message", "sid", "IM" + "a" * 32),
        ("message", "status", "enroute"),
        ("message", "status", None),
        ("message", "direction", None),
        ("message", "from", "whatsapp:4155552345"),
        ("message", "date_created", "2019-05-24T17:18:27Z"),
        ("message", "date_created", "Fri, 24 May 2019 17:18:27 GMT"),
        ("message", "subresource_uris", {"media": "https://api.twilio.com/2010-04-01/Accounts"}),
        ("message", "media", []),
        ("media", "parent_sid", "ME" + "a" * 32),
        ("media list", "media_list", None),
        ("media list", "next_page_uri", "https://api.twilio.com/2010-04-01/Accounts"),
        ("media list", "total", 1),
        ("error", "more_info", "https://www.twilio.com/docs/errors/"),
        ("error", "detail", None),
    ],
)
def test_a_value_that_twilio_would_not_send_is_noticed(kind: str, name: str, wrong: Any) -> None:
    value, schema = ANSWERS[kind]

    with pytest.raises(jsonschema.ValidationError):
        validate({**value, name: wrong}, schema)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", f"{MESSAGES}.json", 200),
        ("DELETE", f"{MESSAGES}/{{Sid}}.json", 200),
        ("PUT", f"{MESSAGES}.json", 200),
        ("GET", "/2010-04-01/Messages.json", 200),
    ],
)
def test_a_status_or_an_operation_that_twilio_does_not_have_is_noticed(
    method: str, path: str, status: int
) -> None:
    with pytest.raises(KeyError):
        documented(method, path, status)
