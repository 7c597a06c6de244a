"""Fixtures for requests to the local Twilio."""

from collections.abc import Iterator

import pytest
import requests

from validator.local_twilio import ACCOUNT_SID, AUTH_TOKEN


@pytest.fixture(scope="module")
def api() -> Iterator[requests.Session]:
    """Session with the Auth Token of the local Twilio's account."""
    with requests.Session() as session:
        session.auth = (ACCOUNT_SID, AUTH_TOKEN)
        yield session
