"""Whose account a submission is judged with: of the form, of Authorization or of the service."""

from typing import Any

import pytest

from tests.support.accounts import ACCOUNT_SID, API_KEY_SID, MESSAGE_SID, PLAYER
from tests.web.submitting import AUTH, SERVICE, SUBMISSION, TOKEN, WITH_TOKEN, judged
from validator.upstream.credentials import Credentials

KEY = (API_KEY_SID, "fake-typed-secret")
BLANK = {**SUBMISSION, "accountSid": "", "apiKey": "", "secret": " "}
ACCOUNT_ALONE = {**SUBMISSION, "accountSid": ACCOUNT_SID}
TOKEN_FIELDS = {**BLANK, "accountSid": ACCOUNT_SID, "secret": "fake-typed-secret"}
KEY_FIELDS = {**TOKEN_FIELDS, "apiKey": API_KEY_SID}
PASTED_FIELDS = {name: f" {value}\u200b\n" for name, value in KEY_FIELDS.items()}
BY_TOKEN = Credentials(ACCOUNT_SID, ACCOUNT_SID, "fake-typed-secret")
BY_KEY = Credentials(ACCOUNT_SID, API_KEY_SID, "fake-typed-secret")
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    ("request_", "account"),
    [
        ({"data": TOKEN_FIELDS}, BY_TOKEN),
        ({"data": TOKEN_FIELDS, "auth": AUTH}, BY_TOKEN),
        ({"data": KEY_FIELDS, "auth": AUTH}, BY_KEY),
        ({"data": PASTED_FIELDS}, BY_KEY),
        ({"data": BLANK, "auth": AUTH}, PLAYER),
        ({"data": BLANK}, SERVICE),
        ({"data": ACCOUNT_ALONE, "auth": AUTH}, PLAYER),
        ({"data": ACCOUNT_ALONE}, SERVICE),
        ({"data": {**SUBMISSION, "accountSid": f' "{ACCOUNT_SID}",\n'}, "auth": KEY}, BY_KEY),
        ({"json": ACCOUNT_ALONE, "auth": KEY}, BY_KEY),
        ({"json": TOKEN_FIELDS}, SERVICE),
        ({"settings": WITH_TOKEN, "headers": BEARER}, SERVICE),
    ],
)
def test_form_credentials_take_precedence_over_authorization_and_the_services_account(
    request_: dict[str, Any], account: Credentials
) -> None:
    assert judged(**request_) == (MESSAGE_SID, account)
