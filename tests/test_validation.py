"""How many validations there can be at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.accounts import MEDIA_LIST_PATH, MESSAGE_PATH, MESSAGE_SID, PLAYER
from tests.support.twilio_replies import a_list, a_message
from tests.support.upstream import Upstream
from validator.capacity import Capacity, OverloadedError
from validator.challenge.verdict import Reason
from validator.config import Settings
from validator.validation import judge_at_twilio


def test_no_more_are_judged_at_once_than_there_are_places_and_each_gives_its_own_back(
    upstream: Upstream,
) -> None:
    upstream.on(MESSAGE_PATH, a_message(direction="inbound"))
    upstream.on(MEDIA_LIST_PATH, a_list())
    settings = Settings.model_validate({"twilio_api_url": upstream.url})
    judge = judge_at_twilio(settings, Capacity(validations=1))
    asked, go_on = upstream.hold(MESSAGE_PATH)

    with ThreadPoolExecutor(1) as player:
        first = player.submit(judge, MESSAGE_SID, PLAYER)
        assert asked.wait(5)
        with pytest.raises(OverloadedError):
            judge(MESSAGE_SID, PLAYER)
        go_on.set()
        assert first.result().reason is Reason.NOT_OUTBOUND

    assert judge(MESSAGE_SID, PLAYER).reason is Reason.NOT_OUTBOUND


@pytest.mark.parametrize(
    ("files", "validations"), [(64, 1), (256, 38), (1024, 192), (20_000, 1000), (1_048_576, 1000)]
)
def test_validations_at_once_follow_from_the_open_files_limit(files: int, validations: int) -> None:
    capacity = Capacity.within(files)

    assert capacity.validations == validations
    assert capacity.callers > capacity.validations
