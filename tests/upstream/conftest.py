"""The host of a media file, next to the Twilio that redirects to it."""

from collections.abc import Iterator

import pytest

from tests.support.accounts import MEDIA_PATH
from tests.support.twilio_replies import a_redirect
from tests.support.upstream import Upstream, an_upstream


@pytest.fixture
def cdn(upstream: Upstream) -> Iterator[Upstream]:
    """The host whose /file Twilio's redirect leads to."""
    with an_upstream() as cdn:
        upstream.on(MEDIA_PATH, a_redirect(f"{cdn.url}/file"))
        yield cdn
