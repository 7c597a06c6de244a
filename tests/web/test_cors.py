"""CORS: which pages of other origins may submit."""

import pytest

from tests.web.submitting import AUTH, submit

ORIGINS = ("https://game.example", "file://", "null")


@pytest.mark.parametrize("origin", ORIGINS)
def test_cors_allows_posts_with_credentials_from_allowed_origins(origin: str) -> None:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    settings = {"allowed_origins": ORIGINS}

    preflight = submit(settings=settings, method="OPTIONS", headers=asked)
    response = submit(settings=settings, headers={"Origin": origin}, auth=AUTH)

    assert preflight.headers["Access-Control-Allow-Origin"] == origin
    assert "authorization" in preflight.headers["Access-Control-Allow-Headers"].lower()
    assert response.headers["Access-Control-Allow-Origin"] == origin


@pytest.mark.parametrize("allowed", [(), ORIGINS[:1]])
@pytest.mark.parametrize("headers", [{"Origin": "https://game.example.evil"}, {}])
def test_cors_allows_no_other_origin(allowed: tuple[str, ...], headers: dict[str, str]) -> None:
    response = submit(settings={"allowed_origins": allowed}, headers=headers, auth=AUTH)

    assert "Access-Control-Allow-Origin" not in response.headers
