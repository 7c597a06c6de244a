"""CORS: which pages of other origins may submit."""

import pytest

from tests.web.submitting import AUTH, submit

ORIGINS = ("https://game.example", "file://", "null")


@pytest.mark.parametrize("origin", ORIGINS)
def test_cors_allows_posts_with_credentials_from_allowed_origins(origin: str) -> None:
    settings, headers = {"allowed_origins": ORIGINS}, {"Origin": origin}
    wanted = {"Method": "POST", "Headers": "authorization, content-type"}
    asked = {f"Access-Control-Request-{name}": value for name, value in wanted.items()}

    preflight = submit(settings=settings, method="OPTIONS", headers=headers | asked)
    response = submit(settings=settings, headers=headers, auth=AUTH)

    assert preflight.headers["Access-Control-Allow-Origin"] == origin
    assert "authorization" in preflight.headers["Access-Control-Allow-Headers"].lower()
    assert preflight.headers["Access-Control-Max-Age"] == "600"
    assert response.headers["Access-Control-Allow-Origin"] == origin
    assert response.headers["Access-Control-Expose-Headers"] == "Retry-After, X-Request-ID"


@pytest.mark.parametrize("allowed", [(), ORIGINS[:1]])
@pytest.mark.parametrize("headers", [{"Origin": "https://game.example.evil"}, {}])
def test_cors_allows_no_other_origin(allowed: tuple[str, ...], headers: dict[str, str]) -> None:
    response = submit(settings={"allowed_origins": allowed}, headers=headers, auth=AUTH)

    assert "Access-Control-Allow-Origin" not in response.headers
