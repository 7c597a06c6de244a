"""Content-Security-Policy, Referrer-Policy, nosniff and no-store on every response."""

import pytest

from tests.support.fakes import FakeJudge, a_client


@pytest.mark.parametrize("path", ["/validate", "/healthz", "/nothing/here"])
def test_every_response_has_csp_nosniff_no_store_and_no_referrer(path: str) -> None:
    headers = a_client(FakeJudge()).get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    policy = headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "frame-ancestors 'none'"} <= set(policy)
