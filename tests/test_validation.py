"""How many validations there can be at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.accounts import MEDIA_LIST_PATH, MESSAGE_PATH, MESSAGE_SID, PLAYER
from tests.support.twilio_replies import a_list, a_message
from tests.support.upstream import Upstream
from validator import validation
from validator.challenge.verdict import Reason
from validator.config import Settings
from validator.validation import OverloadedError, judge_at_twilio


def test_no_more_are_judged_at_once_than_there_are_places_and_each_gives_its_own_back(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validation, "MAX_AT_ONCE", 1)
    upstream.on(MESSAGE_PATH, a_message(direction="inbound"))
    upstream.on(MEDIA_LIST_PATH, a_list())
    judge = judge_at_twilio(Settings.model_validate({"twilio_api_url": upstream.url}))
    asked, go_on = upstream.hold(MESSAGE_PATH)

    with ThreadPoolExecutor(1) as player:
        first = player.submit(judge, MESSAGE_SID, PLAYER)
        assert asked.wait(5)
        with pytest.raises(OverloadedError):
            judge(MESSAGE_SID, PLAYER)
        go_on.set()
        assert first.result().reason is Reason.NOT_OUTBOUND

    assert judge(MESSAGE_SID, PLAYER).reason is Reason.NOT_OUTBOUND
