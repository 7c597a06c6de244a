"""CORS: which pages of other origins may submit."""

import pytest

from tests.support.accounts import PLAYER
from tests.support.fakes import FakeJudge, a_client

AUTH = (PLAYER.username, PLAYER.password)


@pytest.mark.parametrize("origin", ["https://game.example", "file://", "null"])
def test_cors_allows_posts_with_credentials_from_allowed_origins(origin: str) -> None:
    client = a_client(FakeJudge(), allowed_origins=("https://game.example", "file://", "null"))

    preflight = client.options(
        "/validate",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type",
        },
    )
    response = client.post("/validate", headers={"Origin": origin}, data={"sid": "x"}, auth=AUTH)

    assert preflight.headers["Access-Control-Allow-Origin"] == origin
    assert "authorization" in preflight.headers["Access-Control-Allow-Headers"].lower()
    assert response.headers["Access-Control-Allow-Origin"] == origin


@pytest.mark.parametrize("allowed", [(), ("https://game.example",)])
def test_cors_allows_no_other_origin(allowed: tuple[str, ...]) -> None:
    client = a_client(FakeJudge(), allowed_origins=allowed)

    for headers in ({"Origin": "https://game.example.evil"}, {}):
        response = client.post("/validate", headers=headers, data={"sid": "x"}, auth=AUTH)

        assert "Access-Control-Allow-Origin" not in response.headers
