"""Twilio's own contract, the OpenAPI document of its REST API, and that we read it strictly.

The document is a part of Twilio's CLI, which `npm ci --prefix tests/node` installs. It is taken
at its word and more: a response has every property of its schema, and none besides. Of errors it
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

ERRORS = "https://www.twilio.com/docs/errors/"
MESSAGES = "/2010-04-01/Accounts/{AccountSid}/Messages"
ERROR = {
    "type": "object",
    "properties": {
        "code": {"type": "integer"},
        "detail": {"type": "string"},
        "message": {"type": "string"},
        "more_info": {"type": "string", "pattern": rf"^{ERRORS}\d+$"},
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


def of_strings(holds: Callable[[str], object]) -> Callable[[object], bool]:
    return lambda value: not isinstance(value, str) or bool(holds(value))


def is_rfc_2822_date(text: str) -> bool:
    return format_datetime(parsedate_to_datetime(text)) == text


is_relative_uri = of_strings(re.compile("/2010-04-01/Accounts/AC").match)

FORMATS = jsonschema.FormatChecker(formats=())
FORMATS.checks("date-time-rfc-2822", raises=ValueError)(of_strings(is_rfc_2822_date))
FORMATS.checks("phone-number")(of_strings(re.compile(r"(whatsapp:)?\+\d{7,15}").fullmatch))
FORMATS.checks("uri")(is_relative_uri)
FORMATS.checks("uri-map")(lambda uris: not uris or all(map(is_relative_uri, uris.values())))


def validate(value: Any, schema: Json) -> None:
    """Raise jsonschema's ValidationError unless a value is what a schema of the document says."""
    whole = {**schema, "components": DOCUMENT["components"]}
    openapi_schema_validator.OAS30Validator(whole, format_checker=FORMATS).validate(value)


def documented(method: str, path: str, status: int) -> Json:
    """What the document says of a response; KeyError where it knows none of that kind."""
    if status >= 400:
        return {"content": {"application/json": {"schema": ERROR}}}
    for template, operations in DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path):
            response: Json = operations[method.lower()]["responses"][str(status)]
            return response
    raise KeyError(path)


def body_of(response: requests.Response) -> Any:
    """The body of a response, once it has proved to be as documented."""
    path = urlsplit(response.url).path
    expected = documented(response.request.method or "", path, response.status_code)
    if "content" not in expected:
        assert response.content == b""
        return None
    schema = expected["content"][response.headers["Content-Type"]]["schema"]
    validate(response.json(), schema)
    return response.json()


def example(path: str, name: str) -> tuple[Json, Json]:
    """One of the document's examples, and its schema."""
    content = documented("GET", path, 200)["content"]["application/json"]
    return content["examples"][name]["value"], content["schema"]


AN_ERROR = {"code": 20003, "message": "Authenticate", "more_info": f"{ERRORS}20003", "status": 401}
EXAMPLES = {
    "message": example(f"{MESSAGES}/{{Sid}}.json", "fetch"),
    "media": example(f"{MESSAGES}/{{MessageSid}}/Media/{{Sid}}.json", "fetch"),
    "media list": example(f"{MESSAGES}/{{MessageSid}}/Media.json", "readFull"),
    "error": (AN_ERROR, ERROR),
}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_property_of_another_name_or_type_is_noticed(kind: str) -> None:
    value, schema = EXAMPLES[kind]
    validate(value, schema)

    for name in value:
        renamed = {f"{key}_" if key == name else key: each for key, each in value.items()}
        retyped = {**value, name: str(value[name]) if isinstance(value[name], int) else 0}
        for spoilt in (renamed, retyped):
            with pytest.raises(jsonschema.ValidationError):
                validate(spoilt, schema)


@pytest.mark.parametrize(
    ("kind", "name", "wrong"),
    [
        ("message", "sid", "IM" + "a" * 32),
        ("message", "status", None),
        ("message", "from", "whatsapp:4155552345"),
        ("message", "date_created", "2019-05-24T17:18:27Z"),
        ("message", "date_created", "Fri, 24 May 2019 17:18:27 GMT"),
        ("message", "subresource_uris", {"media": "https://api.twilio.com/2010-04-01/Accounts"}),
        ("media list", "media_list", None),
        ("media list", "next_page_uri", "https://api.twilio.com/2010-04-01/Accounts"),
        ("error", "more_info", ERRORS),
    ],
)
def test_value_that_twilio_would_not_send_is_noticed(kind: str, name: str, wrong: Any) -> None:
    value, schema = EXAMPLES[kind]

    with pytest.raises(jsonschema.ValidationError):
        validate({**value, name: wrong}, schema)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"{MESSAGES}.json"),
        ("DELETE", f"{MESSAGES}/{{Sid}}.json"),
        ("PUT", f"{MESSAGES}.json"),
        ("GET", "/2010-04-01/Messages.json"),
    ],
)
def test_status_or_operation_that_twilio_does_not_have_is_noticed(method: str, path: str) -> None:
    with pytest.raises(KeyError):
        documented(method, path, 200)
