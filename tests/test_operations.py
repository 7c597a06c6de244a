"""What an operator sees of the service: request ids, log lines, figures, and who may see them."""

import json
import logging
import logging.config
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.accounts import PLAYER
from tests.fakes import FakeJudge, a_client
from tests.servers import Server, procfile_command, running
from tests.submissions import Submission, judge
from tests.twilio_replies import a_list, a_message
from tests.upstream import Reply, Upstream
from validator import create_app, logs
from validator.config import Settings

AUTH = (PLAYER.username, PLAYER.password)
TOKEN = "watchers-token"


def figure(exposition: str, name: str, **labels: str) -> float:
    samples = (
        sample
        for family in text_string_to_metric_families(exposition)
        for sample in family.samples
        if sample.name == name and sample.labels.items() >= labels.items()
    )
    return sum(sample.value for sample in samples)


def figures_of(server: Server) -> str:
    token = {"Authorization": f"Bearer {TOKEN}"}
    return requests.get(f"{server.url}/metrics", headers=token, timeout=5).text


def outcomes(exposition: str, kind: str) -> set[str]:
    """How asking for things of this kind has ended so far."""
    return {
        sample.labels["outcome"]
        for family in text_string_to_metric_families(exposition)
        for sample in family.samples
        if sample.labels.get("kind") == kind and sample.name.endswith("_count") and sample.value
    }


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


@pytest.fixture
def server(upstream: Upstream) -> Iterator[Server]:
    settings = {
        "TWILIO_API_URL": upstream.url,
        "METRICS_TOKEN": TOKEN,
        "LOG_FORMAT": "json",
        "PATIENCE_SECONDS": "0",
    }
    with running(procfile_command(), settings) as server:
        yield server


def test_figures_are_right_over_all_workers_and_lines_are_json(
    server: Server, upstream: Upstream
) -> None:
    good, missing = Submission(upstream, 1), Submission(upstream, 2)
    upstream.on(missing.media_list, a_list())
    for submission in [good, missing] * 10:
        judge(server, submission)

    figures = figures_of(server)
    passes = figure(figures, "validator_verdicts_total", result="pass")
    fails = figure(figures, "validator_verdicts_total", reason="no_media")
    assert (passes, fails) == (10, 10)
    assert figure(figures, "validator_validation_seconds_count") == 20
    assert figure(figures, "validator_upstream_seconds_count", kind="message") == 20
    assert figure(figures, "validator_in_flight") == 0
    lines = [json.loads(line) for line in server.log().splitlines()]
    assert sum(line.get("result") == "pass" for line in lines) == 10


def test_figures_tell_how_many_validations_are_under_way_and_which_problems_there_were(
    server: Server, upstream: Upstream
) -> None:
    submission = Submission(upstream, 1)
    asked, go_on = upstream.hold(submission.message)
    with ThreadPoolExecutor(1) as caller:
        answer = caller.submit(judge, server, submission)
        assert asked.wait(5)
        under_way = figure(figures_of(server), "validator_in_flight")
        go_on.set()
        assert answer.result()[0].status_code == 200
    requests.post(f"{server.url}/validate", data={"sid": "hello"}, timeout=5)

    problems = figure(figures_of(server), "validator_problems_total", code="credentials_required")
    assert (under_way, problems) == (1, 1)


def test_what_a_verdict_did_not_wait_for_is_no_timeout_in_the_figures(
    server: Server, upstream: Upstream
) -> None:
    submission = Submission(upstream, 1)
    upstream.on(submission.message, a_message(sid=submission.sid, direction="inbound"))
    _, go_on = upstream.hold(submission.media_list)
    assert judge(server, submission)[0].json()["reason"] == "not_outbound"
    go_on.set()

    gives_up = time.monotonic() + 5
    while not (files := outcomes(figures_of(server), "media file")):
        assert time.monotonic() < gives_up
        time.sleep(0.02)
    assert files == {"ValidationOverError"}


@pytest.mark.parametrize(
    ("settings", "caller", "headers", "status"),
    [
        ({}, "127.0.0.1", {}, 200),
        ({}, "::1", {}, 200),
        ({}, "203.0.113.1", {}, 404),
        ({}, "127.0.0.1", {"X-Forwarded-For": "203.0.113.1"}, 404),
        ({}, "127.0.0.1", {"Forwarded": "for=203.0.113.1"}, 404),
        ({"metrics_token": TOKEN}, "127.0.0.1", {}, 404),
        ({"metrics_token": TOKEN}, "203.0.113.1", {"Authorization": f"Bearer {TOKEN}"}, 200),
        ({"metrics_token": TOKEN}, "203.0.113.1", {"Authorization": "Bearer wrong"}, 404),
        ({"metrics_token": TOKEN}, "203.0.113.1", {"Authorization": TOKEN}, 404),
    ],
)
def test_figures_are_for_this_machine_or_for_those_who_know_the_token(
    settings: dict[str, str], caller: str, headers: dict[str, str], status: int
) -> None:
    answer = a_client(FakeJudge(), **settings).get(
        "/metrics", headers=headers, environ_overrides={"REMOTE_ADDR": caller}
    )

    assert answer.status_code == status


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
