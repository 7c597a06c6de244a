"""The local Twilio, and a client for it."""

from collections.abc import Iterator

import pytest

from tests.local_twilio.api import Api, Clock
from validator.local_twilio import LocalTwilio

CLOCK = Clock()


@pytest.fixture(scope="package")
def local() -> Iterator[LocalTwilio]:
    with LocalTwilio(port=0, pace=1.0, clock=CLOCK) as running:
        yield running


@pytest.fixture
def api(local: LocalTwilio) -> Iterator[Api]:
    """Client whose clock starts at the same time in each test.

    Every response has to match Twilio's OpenAPI document. Without it, the test is skipped.
    """
    from tests.upstream.test_twilio_contract import body_of

    CLOCK.now = Clock.now
    with Api(local, CLOCK, check=body_of) as session:
        yield session
