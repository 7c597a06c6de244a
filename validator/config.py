"""The settings, read once from the environment."""

import os
import re
import ssl
from pathlib import Path
from typing import Annotated, Literal, Self

from limits import parse_many
from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BeforeValidator,
    Field,
    FilePath,
    RedisDsn,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from redis import ConnectionPool, RedisError

from validator.upstream.credentials import ACCOUNT_SID, API_KEY_SID, Credentials
from validator.upstream.http.proxies import Proxies


class UnusableSettingError(SystemExit):
    """Stops the start with one line that names the setting."""


def _rate_limit(value: str) -> str:
    if not all(limit.amount for limit in parse_many(value)):
        raise ValueError("nobody could submit anything")
    return value


def _api_url(url: AnyHttpUrl) -> AnyHttpUrl:
    beyond = (url.username, url.password, url.query, url.fragment)
    if any(part is not None for part in beyond) or url.path not in (None, "/"):
        raise ValueError("a scheme, a host and perhaps a port, nothing more")
    return url


def _routers_in_front() -> int:
    """Heroku's router stands in front of every dyno; elsewhere, who knows."""
    return 1 if "DYNO" in os.environ else 0


def _redis_url(url: RedisDsn) -> RedisDsn:
    """Heroku's Redis shows a certificate that nobody but itself has signed."""
    unverified = "DYNO" in os.environ and url.scheme == "rediss" and not (url.query or url.fragment)
    address = f"{url}?ssl_cert_reqs=none" if unverified else str(url)
    try:
        ConnectionPool.from_url(address).make_connection()
    except (AttributeError, RedisError, TypeError, ValueError):
        raise ValueError("there is an option in it that cannot be used") from None
    return RedisDsn(address)


def _secret(value: SecretStr) -> SecretStr:
    secret = value.get_secret_value()
    if not secret.strip() or not secret.isascii() or not secret.isprintable():
        raise ValueError("blank, or with characters that are not plain ASCII")
    return value


def _bearer_token(value: SecretStr) -> SecretStr:
    """What can stand in a header as it is: https://www.rfc-editor.org/rfc/rfc6750#section-2.1"""
    if not re.fullmatch(r"[A-Za-z0-9._~+/-]+=*", value.get_secret_value()):
        raise ValueError("letters, digits and -._~+/ only")
    return value


_Secret = Annotated[SecretStr, AfterValidator(_secret)]


def _certificates(file: Path) -> Path:
    try:
        ssl.create_default_context(cafile=file)
    except OSError:
        raise ValueError("there are no certificates in it, or it cannot be read") from None
    return file


def _listed(value: object) -> object:
    return tuple(filter(None, re.split(r"[,\s]+", value))) if isinstance(value, str) else value


# As a browser sends it: https://www.rfc-editor.org/rfc/rfc6454#section-7
_Origin = Annotated[str, Field(pattern=r"^(null|[a-z][a-z0-9+.-]*://[A-Za-z0-9_.:-]*)$")]
_HostPart = Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]


class Settings(BaseSettings):
    """Each field is read from the environment variable of its name in capitals.

    Durations are in seconds. A blank variable counts as one that is not set.
    """

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, extra="ignore")

    twilio_account_sid: Annotated[str, Field(pattern=f"^{ACCOUNT_SID.pattern}$")] | None = None
    twilio_auth_token: _Secret | None = None
    twilio_api_key: Annotated[str, Field(pattern=f"^{API_KEY_SID.pattern}$")] | None = None
    twilio_api_secret: _Secret | None = None
    twilio_region: _HostPart | None = None
    twilio_edge: _HostPart | None = None
    twilio_api_url: Annotated[AnyHttpUrl, AfterValidator(_api_url)] | None = None
    requests_ca_bundle: Annotated[FilePath, AfterValidator(_certificates)] | None = None
    validator_token: Annotated[SecretStr, AfterValidator(_bearer_token)] | None = None
    validation_deadline: float = Field(default=10, gt=0, le=300)
    patience_seconds: float = Field(default=4, ge=0, le=300)
    rate_limit: Annotated[str, AfterValidator(_rate_limit)] = "120/minute"
    allowed_origins: Annotated[tuple[_Origin, ...], NoDecode, BeforeValidator(_listed)] = ()
    metrics_token: Annotated[SecretStr, AfterValidator(_bearer_token)] | None = None
    log_format: Literal["text", "json"] = "text"
    ratelimit_enabled: bool = True
    redis_url: Annotated[RedisDsn, AfterValidator(_redis_url)] | None = None
    trusted_proxies: int = Field(default_factory=_routers_in_front, ge=0)
    port: int = Field(default=8000, ge=1, le=65535)
    local_twilio_port: int = Field(default=8001, ge=1, le=65535)
    web_concurrency: int = Field(default=2, ge=1)

    @classmethod
    def from_environment(cls) -> Self:
        """The settings; raises UnusableSettingError."""
        try:
            Proxies.from_environment()
            return cls()
        except ValidationError as error:
            first = error.errors()[0]
            name = f"{first['loc'][0]}: ".upper() if first["loc"] else ""
            reason = " ".join(first["msg"].removeprefix("Value error, ").split())
            raise UnusableSettingError(name + reason) from None
        except ValueError as error:
            raise UnusableSettingError(str(error)) from None

    @model_validator(mode="after")
    def _account_is_whole(self) -> Self:
        if (self.twilio_api_key is None) != (self.twilio_api_secret is None):
            raise ValueError("TWILIO_API_KEY: it and TWILIO_API_SECRET go together")
        secret = self.twilio_auth_token or self.twilio_api_secret
        if self.twilio_account_sid and not secret:
            raise ValueError(
                "TWILIO_ACCOUNT_SID: it needs TWILIO_AUTH_TOKEN, or TWILIO_API_KEY with its secret"
            )
        if not self.twilio_account_sid and (secret or self.validator_token):
            raise ValueError(
                "TWILIO_ACCOUNT_SID: it is not set, but one of TWILIO_AUTH_TOKEN, "
                "TWILIO_API_SECRET and VALIDATOR_TOKEN is"
            )
        return self

    @property
    def own_credentials(self) -> Credentials | None:
        """What opens the service's own account, if it has one; an API key goes first."""
        secret = self.twilio_api_secret or self.twilio_auth_token
        if self.twilio_account_sid is None or secret is None:
            return None
        username = self.twilio_api_key or self.twilio_account_sid
        return Credentials(
            self.twilio_account_sid, username, secret.get_secret_value(), players_own=False
        )

    @property
    def is_open(self) -> bool:
        """Whether anybody may use the service's own account, and it is one at the real Twilio."""
        own = self.own_credentials is not None and self.validator_token is None
        return own and self.twilio_api_url is None

    @property
    def token(self) -> str | None:
        """What callers must know to use the service's own account."""
        return self.validator_token.get_secret_value() if self.validator_token else None

    @property
    def watchers_token(self) -> str | None:
        """What Prometheus must know to see the metrics."""
        return self.metrics_token.get_secret_value() if self.metrics_token else None

    @property
    def api_url(self) -> str:
        """The base of Twilio's API, without a slash at its end.

        Regions and edges: https://www.twilio.com/docs/global-infrastructure
        """
        if self.twilio_api_url is not None:
            return str(self.twilio_api_url).rstrip("/")
        region = self.twilio_region or ("us1" if self.twilio_edge else None)
        return ".".join(filter(None, ("https://api", self.twilio_edge, region, "twilio.com")))
