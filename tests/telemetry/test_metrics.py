"""The metrics for Prometheus: summed over all workers, across restarts, without a disk."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from tests.support.fakes import FakeJudge, a_client
from tests.support.servers import Server, procfile_command, running
from tests.support.submissions import Submission, judge
from tests.support.twilio_replies import a_list, a_message_reply
from tests.support.upstream import Upstream
from tests.support.waiting import wait_until
from validator.challenge.verdict import Reason
from validator.telemetry import metrics
from validator.telemetry.shared_metrics import Counter, Histogram, registry
from validator.web import problems

TOKEN = "metrics-token"
# A shell whose programs cannot write a byte to any file, as on a full disk.
ON_A_FULL_DISK = ("sh", "-c", 'ulimit -f 0; exec "$0" "$@"')


def value(exposition: str, name: str, **labels: str) -> float:
    """Return the sum of a metric's samples with these labels."""
    return sum(sample.value for sample in samples(exposition, name, **labels))


def samples(exposition: str, name: str, **labels: str) -> list[Sample]:
    families = text_string_to_metric_families(exposition)
    found = [sample for family in families for sample in family.samples if sample.name == name]
    return [sample for sample in found if sample.labels.items() >= labels.items()]


def scrape(server: Server) -> str:
    token = {"Authorization": f"Bearer {TOKEN}"}
    response = requests.get(f"{server.url}/metrics", headers=token, timeout=5)
    assert response.status_code == 200
    return response.text


def passes(server: Server) -> float:
    return value(scrape(server), "validator_verdicts_total", result="pass")


def outcomes(server: Server, kind: str) -> set[str]:
    """Return the outcomes of the requests of this kind so far."""
    counts = samples(scrape(server), "validator_upstream_seconds_count", kind=kind)
    return {sample.labels["outcome"] for sample in counts if sample.value}


@pytest.fixture
def settings(upstream: Upstream) -> dict[str, str]:
    return {"TWILIO_API_URL": upstream.url, "METRICS_TOKEN": TOKEN, "PATIENCE_SECONDS": "0"}


@pytest.fixture
def server(settings: dict[str, str]) -> Iterator[Server]:
    with running(procfile_command(), settings) as server:
        yield server


def test_metrics_are_summed_over_all_workers_also_those_before_a_sighup(
    server: Server, upstream: Upstream
) -> None:
    good, missing = Submission(upstream, 1), Submission(upstream, 2)
    upstream.on(missing.media_list, a_list())
    for submission in [good, missing] * 10:
        judge(server, submission)
    requests.post(f"{server.url}/validate", data={"sid": "hello"}, timeout=5)
    workers = set(server.workers())
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: not workers & set(server.workers()))
    judge(server, good)

    exposition = scrape(server)
    assert value(exposition, "validator_verdicts_total", result="pass") == 11
    assert value(exposition, "validator_verdicts_total", reason="no_media") == 10
    assert value(exposition, "validator_problems_total", code="credentials_required") == 1
    assert value(exposition, "validator_validation_seconds_count") == 21
    assert value(exposition, "validator_upstream_seconds_count", kind="message") == 21
    assert value(exposition, "validator_in_flight") == 0


def test_requests_that_are_cancelled_or_time_out_are_so_in_the_metrics(
    settings: dict[str, str], upstream: Upstream
) -> None:
    inbound, slow = Submission(upstream, 1), Submission(upstream, 2)
    upstream.on(inbound.message, a_message_reply(sid=inbound.sid, direction="inbound"))
    held = [upstream.hold(path) for path in (inbound.media_list, slow.message)]
    with running(procfile_command(), {**settings, "VALIDATION_DEADLINE": "1"}) as server:
        assert judge(server, inbound)[0].json()["reason"] == "not_outbound"
        assert outcomes(server, "media_list") == {"cancelled"}

        assert judge(server, slow)[0].status_code == 504
        assert outcomes(server, "message") == {"success", "timeout"}
    for _, go_on in held:
        go_on.set()


def test_counters_survive_a_sigkill_of_the_workers_and_in_flight_is_reset(
    server: Server, upstream: Upstream
) -> None:
    good, stuck = Submission(upstream, 1), Submission(upstream, 2)
    assert judge(server, good)[0].status_code == 200
    received, go_on = upstream.hold(stuck.message)
    with ThreadPoolExecutor(1) as caller:
        response = caller.submit(judge, server, stuck)
        assert received.wait(5)
        assert value(scrape(server), "validator_in_flight") == 1

        killed = server.workers()
        for worker in killed:
            os.kill(worker, signal.SIGKILL)
        go_on.set()
        assert isinstance(response.exception(), requests.ConnectionError)

    wait_until(lambda: not set(killed) & set(server.workers()))
    assert passes(server) == 1
    assert value(scrape(server), "validator_in_flight") == 0


def test_a_full_disk_changes_neither_verdicts_nor_metrics_and_no_files_are_left(
    settings: dict[str, str], upstream: Upstream, tmp_path: Path
) -> None:
    good = Submission(upstream, 1)
    nowhere = {"TMPDIR": str(tmp_path), "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "missing")}
    with running((*ON_A_FULL_DISK, *procfile_command()), settings | nowhere) as server:
        workers = server.workers()
        results = [judge(server, good)[0].json()["result"] for _ in range(10)]

        assert results == ["pass"] * 10
        assert passes(server) == 10
        assert server.workers() == workers
        server.process.kill()
        server.process.wait()

    assert list(tmp_path.iterdir()) == []


def test_metrics_have_every_reason_and_problem_code_from_the_start() -> None:
    exposition = metrics.exposition().decode()
    verdicts = samples(exposition, "validator_verdicts_total")
    counted = samples(exposition, "validator_problems_total")

    assert {sample.labels["reason"] for sample in verdicts} == {"", *Reason}
    assert {sample.labels["code"] for sample in counted} == problems.CODES


def test_an_unknown_label_in_metrics_is_ignored() -> None:
    Counter("test_events", "Of a test", ["code"], [("known",)]).count("unknown")
    Histogram("test_seconds", "Of a test", (0.1,), ["code"], [("known",)]).observe(1, "unknown")

    assert registry.get_sample_value("test_events_total", {"code": "known"}) == 0


def test_a_histogram_counts_a_duration_in_its_bucket_and_all_larger_ones() -> None:
    histogram = Histogram("test_buckets", "Of a test", (0.1, 1.0))
    for seconds in (0.1, 0.5, 7):
        histogram.observe(seconds)

    of_bucket = partial(registry.get_sample_value, "test_buckets_bucket")
    assert [of_bucket({"le": bound}) for bound in ("0.1", "1.0", "+Inf")] == [1, 2, 3]
    assert registry.get_sample_value("test_buckets_sum") == pytest.approx(7.6)


@pytest.mark.parametrize(
    ("error", "outcome"), [(RuntimeError, "error"), (KeyboardInterrupt, "cancelled")]
)
def test_the_outcome_label_is_a_code_and_not_the_name_of_an_exception(
    error: type[BaseException], outcome: str
) -> None:
    @metrics.requesting("message")
    def request() -> None:
        raise error

    labels = {"kind": "message", "outcome": outcome}
    count = partial(registry.get_sample_value, "validator_upstream_seconds_count", labels)
    before = count() or 0
    with pytest.raises(error):
        request()

    assert count() == before + 1


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
def test_metrics_need_loopback_or_the_token(
    settings: dict[str, str], caller: str, headers: dict[str, str], status: int
) -> None:
    client = a_client(FakeJudge(), **settings)
    environ = {"REMOTE_ADDR": caller}

    assert client.get("/metrics", headers=headers, environ_overrides=environ).status_code == status
