"""Whether a request came over HTTPS, so that nobody else could read the credentials in it."""

import re
from ipaddress import ip_address

from flask import Request


class OpenCredentialsError(Exception):
    """Credentials were sent over plain HTTP."""


def refuse_open_authorization(request: Request) -> None:
    """Raise OpenCredentialsError if a reverse proxy got an Authorization header over plain HTTP."""
    if "Authorization" in request.headers and "http" in _forwarded_protocols(request):
        raise OpenCredentialsError


def is_https(request: Request) -> bool:
    """Return whether the request came over HTTPS, on every hop in X-Forwarded-Proto."""
    return (_forwarded_protocols(request) or {request.scheme}) == {"https"}


def is_private(request: Request) -> bool:
    """Return whether the request came over HTTPS, or from this machine to a loopback host.

    The hosts are those of https://www.w3.org/TR/secure-contexts/#is-origin-trustworthy
    """
    forwarded = "X-Forwarded-Proto" in request.headers
    return is_https(request) or (not forwarded and _is_loopback(request.host))


def _forwarded_protocols(request: Request) -> set[str]:
    forwarded = request.headers.get("X-Forwarded-Proto", "").lower()
    return set(re.split(r"[,\s]+", forwarded)) if forwarded else set()


def _is_loopback(host: str) -> bool:
    name = re.sub(r":\d*$", "", host).strip("[]").lower()
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
