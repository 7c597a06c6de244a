"""CORS, HTTPS and security headers."""

import pytest

from tests.support.accounts import PLAYER
from tests.support.fakes import FakeJudge, a_client

AUTH = (PLAYER.username, PLAYER.password)
TOKEN = "watchers-token"


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
