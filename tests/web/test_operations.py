"""What an operator sees of the service: request ids, log lines, CORS and security headers."""

import json
import logging
import logging.config
import re

import pytest

from tests.support.accounts import PLAYER
from tests.support.fakes import FakeJudge, a_client
from tests.support.submissions import Submission
from tests.support.upstream import Reply, Upstream
from validator import create_app
from validator.config import Settings
from validator.telemetry import logs

AUTH = (PLAYER.username, PLAYER.password)
TOKEN = "watchers-token"


@pytest.mark.parametrize("given", ["abc", "A-b_c.1", "x" * 64])
def test_a_request_keeps_the_id_that_it_came_with(given: str) -> None:
    answer = a_client(FakeJudge()).get("/healthz", headers={"X-Request-ID": given})

    assert answer.headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a=b", "ü", "<script>"])
def test_a_request_gets_an_id_where_its_own_cannot_stand_in_a_log(given: str) -> None:
    answer = a_client(FakeJudge()).get("/healthz", headers={"X-Request-ID": given.encode()})

    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-ID"])


def test_errors_have_an_id_too() -> None:
    assert "X-Request-ID" in a_client(FakeJudge()).get("/nothing").headers


def formatted(record: logging.LogRecord, log_format: str) -> str:
    configuration = logs.configuration(Settings.model_validate({"log_format": log_format}))
    configurator = logging.config.DictConfigurator(configuration)
    formatter = configurator.configure_formatter(configuration["formatters"][log_format])
    return str(formatter.format(record))


@pytest.fixture
def record(caplog: pytest.LogCaptureFixture) -> logging.LogRecord:
    caplog.set_level(logging.INFO)
    logs.write(logging.getLogger("validator.test"), sid="MM1", reason=None, ms=5)
    return caplog.records[0]


def test_a_line_of_text_reads_as_names_and_values(record: logging.LogRecord) -> None:
    assert formatted(record, "text").endswith(" INFO sid=MM1 reason=- ms=5")


def test_a_line_of_json_has_each_value_by_its_name(record: logging.LogRecord) -> None:
    line = json.loads(formatted(record, "json"))

    assert (line["sid"], line["reason"], line["ms"]) == ("MM1", None, 5)
    assert line["levelname"] == "INFO"


@pytest.mark.parametrize("origin", ["https://game.example", "file://", "null"])
def test_an_origin_that_the_operator_allows_may_post_with_credentials(origin: str) -> None:
    client = a_client(FakeJudge(), allowed_origins=("https://game.example", "file://", "null"))

    preflight = client.options(
        "/validate",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type",
        },
    )
    answer = client.post("/validate", headers={"Origin": origin}, data={"sid": "x"}, auth=AUTH)

    assert preflight.headers["Access-Control-Allow-Origin"] == origin
    assert "authorization" in preflight.headers["Access-Control-Allow-Headers"].lower()
    assert answer.headers["Access-Control-Allow-Origin"] == origin


@pytest.mark.parametrize("allowed", [(), ("https://game.example",)])
def test_no_other_origin_is_let_in(allowed: tuple[str, ...]) -> None:
    client = a_client(FakeJudge(), allowed_origins=allowed)

    for headers in ({"Origin": "https://game.example.evil"}, {}):
        answer = client.post("/validate", headers=headers, data={"sid": "x"}, auth=AUTH)

        assert "Access-Control-Allow-Origin" not in answer.headers


def test_credentials_that_a_router_saw_over_plain_http_are_refused() -> None:
    judge = FakeJudge()
    client = a_client(judge)

    answer = client.post(
        "/validate", headers={"X-Forwarded-Proto": "http"}, data={"sid": "x"}, auth=AUTH
    )

    assert (answer.status_code, answer.get_json()["code"]) == (403, "https_required")
    assert judge.asked == []


def test_every_answer_forbids_what_no_answer_needs() -> None:
    for path in ("/healthz", "/nothing"):
        headers = a_client(FakeJudge()).get(path).headers

        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_nothing_secret_is_logged_at_any_level(
    upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    submission = Submission(upstream, 3)
    signed = f"{upstream.url}/file?Signature=signed-address"
    upstream.on(submission.file, Reply(307, headers={"Location": signed}))
    upstream.on("/file", Reply(503))
    settings = Settings.model_validate({"twilio_api_url": upstream.url})

    answer = (
        create_app(settings)
        .test_client()
        .post("/validate", data={"sid": submission.sid}, auth=AUTH)
    )

    assert answer.get_json()["code"] == "twilio_busy"
    assert "code=twilio_busy" in caplog.text
    for secret in (PLAYER.password, PLAYER.authorization, "signed-address", "+14155238886"):
        assert secret not in caplog.text + answer.text
