"""How often one client may submit, and who counts as one."""

import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.accounts import PLAYER
from tests.fakes import FakeJudge, a_client
from tests.servers import free_port, procfile_command, running, serving

AUTH = (PLAYER.username, PLAYER.password)
SUBMISSION = {"sid": "hello"}


def statuses(count: int, headers: dict[str, str] | None = None, **settings: object) -> list[int]:
    client = a_client(FakeJudge(), **settings)
    return [
        client.post("/validate", data=SUBMISSION, auth=AUTH, headers=headers).status_code
        for _ in range(count)
    ]


def test_a_client_may_submit_so_often_and_no_more() -> None:
    assert statuses(4, rate_limit="3/minute") == [200, 200, 200, 429]


def test_who_submits_too_often_is_told_when_to_come_back() -> None:
    client = a_client(FakeJudge(), rate_limit="1/minute")
    client.post("/validate", data=SUBMISSION, auth=AUTH)

    answer = client.post("/validate", data=SUBMISSION, auth=AUTH)

    assert answer.get_json()["code"] == "rate_limited"
    assert 1 <= int(answer.headers["Retry-After"]) <= 61


def test_a_limit_that_is_turned_off_limits_nobody() -> None:
    assert statuses(4, rate_limit="3/minute", ratelimit_enabled=False) == [200] * 4


def test_asking_for_health_is_never_limited() -> None:
    client = a_client(FakeJudge(), rate_limit="1/minute")

    assert {client.get("/healthz").status_code for _ in range(5)} == {200}


def test_a_client_cannot_make_itself_another_by_a_forged_address() -> None:
    client = a_client(FakeJudge(), rate_limit="1/minute")

    answers = [
        client.post(
            "/validate", data=SUBMISSION, auth=AUTH, headers={"X-Forwarded-For": f"203.0.113.{n}"}
        )
        for n in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 429]


def test_behind_a_trusted_router_each_client_counts_by_itself() -> None:
    client = a_client(FakeJudge(), rate_limit="1/minute", trusted_proxies=1)

    answers = [
        client.post("/validate", data=SUBMISSION, auth=AUTH, headers={"X-Forwarded-For": address})
        for address in ("203.0.113.1", "203.0.113.2", "198.51.100.9, 203.0.113.2")
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 429]


def test_on_heroku_one_router_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYNO", "web.1")
    client = a_client(FakeJudge(), rate_limit="1/minute")

    answers = [
        client.post("/validate", data=SUBMISSION, auth=AUTH, headers={"X-Forwarded-For": address})
        for address in ("203.0.113.1", "203.0.113.2")
    ]

    assert [answer.status_code for answer in answers] == [200, 200]


@pytest.fixture
def redis() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a Redis server of its own, and its process."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    port = free_port()
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    yield f"redis://127.0.0.1:{port}/0", process
    process.terminate()
    process.wait()


def submit(url: str) -> int:
    answer = requests.post(f"{url}/validate", data=SUBMISSION, auth=AUTH, timeout=30)
    return answer.status_code


def test_servers_that_share_a_redis_count_together(
    redis: tuple[str, subprocess.Popen[bytes]],
) -> None:
    settings = {"REDIS_URL": redis[0], "RATE_LIMIT": "10/hour"}
    with (
        serving(procfile_command(), settings) as first,
        serving(procfile_command(), settings) as second,
        ThreadPoolExecutor(8) as callers,
    ):
        answered = list(callers.map(submit, [first, second] * 10))

    assert sorted(answered) == [200] * 10 + [429] * 10


def test_when_redis_goes_away_the_judging_goes_on_and_the_log_says_so(
    redis: tuple[str, subprocess.Popen[bytes]],
) -> None:
    url, process = redis
    settings = {"REDIS_URL": url, "RATE_LIMIT": "5/hour", "WEB_CONCURRENCY": "1"}
    with running(procfile_command(), settings) as server:
        assert submit(server.url) == 200
        process.terminate()
        process.wait()

        assert [submit(server.url) for _ in range(6)] == [200] * 5 + [429]
        assert "Rate limit storage unreachable" in server.log()
