"""The OpenAPI document: it agrees with the code, and the real server keeps to it."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.support.fakes import FakeJudge, a_client, a_message, an_item
from tests.support.servers import ROOT, procfile_command, serving
from validator.challenge import media_hints, message_hints
from validator.challenge.checks import check_media
from validator.challenge.formats import Format
from validator.challenge.verdict import Check, Reason, Result
from validator.local_twilio import ACCOUNT_SID, AUTH_TOKEN, LocalTwilio
from validator.local_twilio.account import API_KEY_SECRET, API_KEY_SID
from validator.upstream.errors import CredentialsRefusedError
from validator.web.problems import HTTP_PROBLEMS, PROBLEMS, describe
from validator.web.rendering import PROBLEM_JSON
from validator.web.routes import openapi_json

DOCUMENT = json.loads(openapi_json())
SCHEMAS = DOCUMENT["components"]["schemas"]
RESPONSES = DOCUMENT["components"]["responses"]


def values(schema: dict[str, Any]) -> list[Any]:
    """Return the values that a schema allows."""
    return [schema["const"]] if "const" in schema else list(schema["enum"])


def test_the_openapi_document_is_valid() -> None:
    openapi_spec_validator = pytest.importorskip("openapi_spec_validator")

    openapi_spec_validator.validate(DOCUMENT)


def test_the_openapi_document_is_served() -> None:
    assert a_client(FakeJudge()).get("/openapi.json").get_json() == DOCUMENT


def test_the_openapi_document_has_the_version_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert DOCUMENT["info"]["version"] == project["version"]


def test_the_openapi_document_lists_all_reasons_checks_results_and_formats() -> None:
    check, prefix = SCHEMAS["Check"]["properties"], SCHEMAS["Checks"]["prefixItems"]

    assert values(SCHEMAS["Reason"]) == list(Reason)
    assert values(check["name"]) == list(Check)
    assert [each["properties"]["name"]["const"] for each in prefix] == list(Check)
    assert values(check["result"]) == list(Result)
    assert values(SCHEMAS["MediaItem"]["properties"]["format"]) == [*Format, None]
    for schema in (SCHEMAS["Verdict"], SCHEMAS["MediaItem"]):
        assert values(schema["properties"]["result"]) == [Result.PASS, Result.FAIL]


def test_the_openapi_document_lists_all_problems() -> None:
    expected = {(problem.status.value, problem.code) for problem in PROBLEMS.values()}
    expected |= {(status, code) for status, (code, _) in HTTP_PROBLEMS.items()}
    of_validate = {str(status) for status, _ in expected} - {"404", "405"}

    listed: set[tuple[int, str]] = set()
    for response in RESPONSES.values():
        if problem := response["content"].get(PROBLEM_JSON):
            allowed = problem["schema"]["properties"]
            listed |= set(product(values(allowed["status"]), values(allowed["code"])))
    assert listed == expected | {(500, "internal_error")}
    assert set(DOCUMENT["paths"]["/validate"]["post"]["responses"]) == {"200", "500", *of_validate}


def test_the_openapi_examples_have_the_sentences_of_the_code() -> None:
    verdicts = RESPONSES["Verdict"]["content"]["application/json"]["examples"]
    problem = RESPONSES["Unauthorized"]["content"][PROBLEM_JSON]["example"]
    queued = message_hints.for_message(Reason.NOT_SENT_YET, a_message(status="queued"))

    assert verdicts["pass"]["value"]["message"] == media_hints.for_pass(check_media([an_item()]))
    assert verdicts["fail"]["value"]["message"] == queued
    assert problem["detail"] == describe(CredentialsRefusedError(20003), "").detail


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """Return the URL of a real server with a local Twilio that delivers messages at once."""
    pytest.importorskip("schemathesis")
    few = {"PATIENCE_SECONDS": "0", "RATELIMIT_ENABLED": "0", "WEB_CONCURRENCY": "1"}
    with (
        LocalTwilio(port=0, pace=0) as twilio,
        serving(procfile_command(), {"TWILIO_API_URL": twilio.url, **few}) as url,
    ):
        yield url


# With an API key, a missing or invalid accountSid is refused, which no schema can express; with
# other credentials it is ignored.
@pytest.mark.parametrize(
    ("credentials", "unfit_check"),
    [
        (f"{ACCOUNT_SID}:{AUTH_TOKEN}", "negative_data_rejection"),
        (f"{API_KEY_SID}:{API_KEY_SECRET}", "positive_data_acceptance"),
        (f"{API_KEY_SID}:wrong-api-secret", "positive_data_acceptance"),
        (None, "positive_data_acceptance"),
    ],
    ids=["good token", "good API key", "wrong API key", "no credentials"],
)
def test_schemathesis_finds_no_response_that_breaks_the_openapi_document(
    service: str, tmp_path: Path, credentials: str | None, unfit_check: str
) -> None:
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        *("run", f"{service}/openapi.json", "--url", service),
        *(("--auth", credentials) if credentials else ()),
        f"--exclude-checks={unfit_check}",
        "--max-examples=50",
        "--generation-deterministic",
        "--no-color",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
