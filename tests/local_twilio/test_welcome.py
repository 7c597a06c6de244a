"""The local Twilio's page at `/`."""

import pytest
import requests

from validator.local_twilio import (
    ACCOUNT_SID,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    RECIPIENTS,
    SAMPLES,
    SANDBOX_SENDER,
    LocalTwilio,
)


@pytest.mark.parametrize("path", ["", "/", "/samples/"])
def test_the_page_is_plain_text_that_fits_into_a_terminal(local: LocalTwilio, path: str) -> None:
    page = requests.get(local.url + path)

    assert page.headers["Content-Type"].startswith("text/plain")
    assert max(map(len, page.text.splitlines())) <= 80


def test_the_page_has_the_account_the_numbers_and_the_samples(local: LocalTwilio) -> None:
    page = requests.get(local.url).text

    for value in (ACCOUNT_SID, AUTH_TOKEN, API_KEY_SID, API_KEY_SECRET, SANDBOX_SENDER):
        assert f" {value}" in page
    assert f'client.api.base_url = "{local.url}"' in page
    assert f"{local.url}/samples/" in page
    assert "When it stops, all messages are lost." in page
    for recipient in RECIPIENTS:
        assert f"{recipient.number}  {recipient.outcome}\n" in page
    lines = [line.split(maxsplit=2) for line in page.splitlines()]
    for sample in SAMPLES:
        assert [sample.name, sample.content_type, sample.description] in lines
