"""Accounts at a made-up Twilio, and judges of their messages, with one client for all."""

from functools import partial

from tests.support.accounts import PLAYER
from validator.judge import Judge, Times, create_judge
from validator.upstream.account import TwilioAccount
from validator.upstream.client import Client
from validator.upstream.credentials import Credentials
from validator.upstream.http.connection import Pool

CLIENT = Client(None, Pool(100))


def an_account(url: str, credentials: Credentials = PLAYER) -> TwilioAccount:
    """Return an account at the Twilio of a URL."""
    return TwilioAccount(url, credentials, CLIENT)


def a_judge(url: str, patience: float = 0.0, deadline: float = 5.0, slots: int = 20) -> Judge:
    """Return a judge of the messages at the Twilio of a URL, with short pauses between polls."""
    times = Times(deadline, patience, first_pause=0.01)
    return create_judge(partial(TwilioAccount, url, client=CLIENT), times, slots)
