"""The local Twilio, a client for it, and its clock."""

from collections.abc import Iterator

import pytest

from tests.local_twilio.api import Api, Clock
from validator.local_twilio import LocalTwilio


@pytest.fixture(scope="module")
def _module_clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def local(_module_clock: Clock) -> Iterator[LocalTwilio]:
    with LocalTwilio(port=0, pace=1.0, clock=_module_clock) as running:
        yield running


@pytest.fixture
def clock(_module_clock: Clock) -> Clock:
    """Clock of `local`, which each test starts at the same time."""
    _module_clock.now = Clock.now
    return _module_clock


@pytest.fixture
def api(local: LocalTwilio, clock: Clock) -> Iterator[Api]:
    with Api(local, clock) as session:
        yield session
