"""The settings, read once from the environment."""

from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from validator.setting_types import (
    AccountSid,
    ApiKeySid,
    ApiUrl,
    BearerToken,
    CertificateFile,
    HostLabel,
    Origins,
    RateLimit,
    RedisUrl,
    Secret,
    default_trusted_proxies,
)
from validator.upstream.credentials import Credentials
from validator.upstream.http.proxies import Proxies


class InvalidSettingError(SystemExit):
    """An invalid setting, which aborts the start with one line that names it."""


class Settings(BaseSettings):
    """Each field is read from the environment variable of its name in capitals.

    Durations are in seconds. A blank variable counts as unset.
    """

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, extra="ignore")

    twilio_account_sid: AccountSid | None = None
    twilio_auth_token: Secret | None = None
    twilio_api_key: ApiKeySid | None = None
    twilio_api_secret: Secret | None = None
    twilio_region: HostLabel | None = None
    twilio_edge: HostLabel | None = None
    twilio_api_url: ApiUrl | None = None
    requests_ca_bundle: CertificateFile | None = None
    validator_token: BearerToken | None = None
    validation_deadline: float = Field(default=10, gt=0, le=300)
    patience_seconds: float = Field(default=4, ge=0, le=300)
    rate_limit: RateLimit = "120/minute"
    allowed_origins: Origins = ()
    metrics_token: BearerToken | None = None
    log_format: Literal["text", "json"] = "text"
    ratelimit_enabled: bool = True
    redis_url: RedisUrl | None = None
    trusted_proxies: int = Field(default_factory=default_trusted_proxies, ge=0)
    port: int = Field(default=8000, ge=1, le=65535)
    local_twilio_port: int = Field(default=8001, ge=1, le=65535)
    web_concurrency: int = Field(default=2, ge=1)

    @classmethod
    def from_environment(cls) -> Self:
        """Return the settings; raises InvalidSettingError for the first invalid one."""
        try:
            Proxies.from_environment()
            return cls()
        except ValidationError as error:
            first = error.errors()[0]
            name = f"{first['loc'][0]}: ".upper() if first["loc"] else ""
            reason = " ".join(first["msg"].removeprefix("Value error, ").split())
            raise InvalidSettingError(name + reason) from None
        except ValueError as error:
            raise InvalidSettingError(str(error)) from None

    @model_validator(mode="after")
    def _check_account(self) -> Self:
        if (self.twilio_api_key is None) != (self.twilio_api_secret is None):
            raise ValueError("TWILIO_API_KEY: must be set together with TWILIO_API_SECRET")
        secret = self.twilio_auth_token or self.twilio_api_secret
        if self.twilio_account_sid and not secret:
            raise ValueError(
                "TWILIO_ACCOUNT_SID: requires TWILIO_AUTH_TOKEN, or TWILIO_API_KEY and "
                "TWILIO_API_SECRET"
            )
        if not self.twilio_account_sid and (secret or self.validator_token):
            raise ValueError(
                "TWILIO_ACCOUNT_SID: is required if TWILIO_AUTH_TOKEN, TWILIO_API_SECRET or "
                "VALIDATOR_TOKEN is set"
            )
        return self

    @property
    def own_credentials(self) -> Credentials | None:
        """Credentials of the service's own account, None without one; the API key if it is set."""
        secret = self.twilio_api_secret or self.twilio_auth_token
        if self.twilio_account_sid is None or secret is None:
            return None
        username = self.twilio_api_key or self.twilio_account_sid
        return Credentials(
            self.twilio_account_sid, username, secret.get_secret_value(), players_own=False
        )

    @property
    def is_open(self) -> bool:
        """Whether the service's own account, one at the real Twilio, needs no Bearer token."""
        own = self.own_credentials is not None and self.validator_token is None
        return own and self.twilio_api_url is None

    @property
    def token(self) -> str | None:
        """Bearer token for submissions with the service's own account, None if none is needed."""
        return self.validator_token.get_secret_value() if self.validator_token else None

    @property
    def watchers_token(self) -> str | None:
        """Bearer token for `/metrics`, None if only loopback clients may read them."""
        return self.metrics_token.get_secret_value() if self.metrics_token else None

    @property
    def api_url(self) -> str:
        """Base URL of Twilio's API, without a trailing slash.

        Regions and edges: https://www.twilio.com/docs/global-infrastructure
        """
        if self.twilio_api_url is not None:
            return str(self.twilio_api_url).rstrip("/")
        region = self.twilio_region or ("us1" if self.twilio_edge else None)
        return ".".join(filter(None, ("https://api", self.twilio_edge, region, "twilio.com")))
