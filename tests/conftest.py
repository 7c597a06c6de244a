"""What every test can rely on."""

from collections.abc import Iterator

import pytest

from tests.upstream import Upstream, running
from validator import transport
from validator.config import Settings


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "FIRST_BACKOFF", 0.001)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """Stands in for Twilio's API, or a host of its media, where its answers are to be odd."""
    with running() as upstream:
        yield upstream
