"""The credentials of one Twilio account."""

import re
from base64 import b64encode
from dataclasses import dataclass, field

ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")
API_KEY_SID = re.compile(r"SK[0-9a-fA-F]{32}")


@dataclass(frozen=True)
class Credentials:
    """What opens one Twilio account: its SID or an API key's with the matching secret."""

    account_sid: str
    username: str
    password: str = field(repr=False)
    players_own: bool = True

    @property
    def by_api_key(self) -> bool:
        """Whether this is an API key with its secret, rather than an Auth Token."""
        return self.username != self.account_sid

    @property
    def authorization(self) -> str:
        """The value of the HTTP header that shows them (RFC 7617)."""
        pair = f"{self.username}:{self.password}"
        return "Basic " + b64encode(pair.encode()).decode("ascii")
