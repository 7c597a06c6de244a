"""The types of the settings: how each value is parsed, and what makes it invalid.

A validator raises ValueError with what the value must be. Messages never quote the value, since it
may be a secret.
"""

import os
import re
import ssl
from pathlib import Path
from typing import Annotated

from limits import parse_many
from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BeforeValidator,
    Field,
    FilePath,
    RedisDsn,
    SecretStr,
)
from pydantic_settings import NoDecode
from redis import ConnectionPool, RedisError

from validator.upstream.credentials import ACCOUNT_SID, API_KEY_SID


def _check_rate_limit(value: str) -> str:
    if not all(limit.amount for limit in parse_many(value)):
        raise ValueError("must allow at least 1 submission")
    return value


def _check_api_url(url: AnyHttpUrl) -> AnyHttpUrl:
    beyond = (url.username, url.password, url.query, url.fragment)
    if any(part is not None for part in beyond) or url.path not in (None, "/"):
        raise ValueError("must have a scheme, a host and optionally a port, and nothing else")
    return url


def _check_redis_url(url: RedisDsn) -> RedisDsn:
    """Return the URL, without certificate verification on Heroku.

    Heroku's Redis has a self-signed certificate:
    https://devcenter.heroku.com/articles/connecting-heroku-redis
    """
    unverified = _on_heroku() and url.scheme == "rediss" and not (url.query or url.fragment)
    used = f"{url}?ssl_cert_reqs=none" if unverified else str(url)
    try:
        ConnectionPool.from_url(used).make_connection()
    except (AttributeError, RedisError, TypeError, ValueError):
        raise ValueError("has an invalid option") from None
    return RedisDsn(used)


def _check_secret(value: SecretStr) -> SecretStr:
    secret = value.get_secret_value()
    if not secret.strip() or not secret.isascii() or not secret.isprintable():
        raise ValueError("must be printable ASCII characters, and not blank")
    return value


def _check_bearer_token(value: SecretStr) -> SecretStr:
    """Return the value if it can be a Bearer token.

    Source: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
    """
    if not re.fullmatch(r"[A-Za-z0-9._~+/-]+=*", value.get_secret_value()):
        raise ValueError("must consist of letters, digits and -._~+/ only")
    return value


def _check_certificates(file: Path) -> Path:
    try:
        ssl.create_default_context(cafile=file)
    except OSError:
        raise ValueError("must be a readable file of PEM certificates") from None
    return file


def _split(value: object) -> object:
    return tuple(filter(None, re.split(r"[,\s]+", value))) if isinstance(value, str) else value


def _on_heroku() -> bool:
    return "DYNO" in os.environ


def default_trusted_proxies() -> int:
    """Return the number of reverse proxies in front of the service: 1 on Heroku, otherwise 0.

    Every dyno is behind Heroku's router. Elsewhere the number is unknown, so none is trusted.
    """
    return 1 if _on_heroku() else 0


AccountSid = Annotated[str, Field(pattern=f"^{ACCOUNT_SID.pattern}$")]
ApiKeySid = Annotated[str, Field(pattern=f"^{API_KEY_SID.pattern}$")]
Secret = Annotated[SecretStr, AfterValidator(_check_secret)]
BearerToken = Annotated[SecretStr, AfterValidator(_check_bearer_token)]
HostLabel = Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
ApiUrl = Annotated[AnyHttpUrl, AfterValidator(_check_api_url)]
CertificateFile = Annotated[FilePath, AfterValidator(_check_certificates)]
RateLimit = Annotated[str, AfterValidator(_check_rate_limit)]
RedisUrl = Annotated[RedisDsn, AfterValidator(_check_redis_url)]
# As a browser sends it: https://www.rfc-editor.org/rfc/rfc6454#section-7
_Origin = Annotated[str, Field(pattern=r"^(null|[a-z][a-z0-9+.-]*://[A-Za-z0-9_.:-]*)$")]
Origins = Annotated[tuple[_Origin, ...], NoDecode, BeforeValidator(_split)]
