"""The proxy of the environment: HTTPS_PROXY or ALL_PROXY, and NO_PROXY for its exceptions."""

from base64 import b64encode
from typing import Self
from urllib.parse import urlsplit
from urllib.request import getproxies

from gevent.socket import socket
from requests.utils import get_auth_from_url, should_bypass_proxies

MAX_RESPONSE_SIZE = 16 * 1024
UNUSABLE = "HTTPS_PROXY: it must be http://host:port or http://user:password@host:port"


class Proxy:
    """An HTTP proxy that opens tunnels with CONNECT; its credentials are never shown."""

    def __init__(self, url: str) -> None:
        """Parse a proxy's URL; raises ValueError, without the credentials, unless it is HTTP."""
        try:
            parts = urlsplit(url if "://" in url else f"http://{url}")
            self.address = (parts.hostname or "", parts.port or 80)
        except ValueError:
            raise ValueError(UNUSABLE) from None
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(UNUSABLE)
        user, password = get_auth_from_url(parts.geturl())
        credentials = b64encode(f"{user}:{password}".encode()).decode()
        self._authorization = f"Proxy-Authorization: Basic {credentials}\r\n" if user else ""

    def open_tunnel(self, sock: socket, host: str, port: int) -> None:
        """Have a socket to the proxy lead to a host from now on; raises OSError if refused."""
        authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        request = f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n{self._authorization}\r\n"
        sock.sendall(request.encode())
        headers = b""
        while b"\r\n\r\n" not in headers:
            received = sock.recv(4096)
            headers += received
            if not received or len(headers) > MAX_RESPONSE_SIZE:
                raise OSError("the proxy's response was incomplete")
        version, _, status = headers[:12].partition(b" ")
        if not version.startswith(b"HTTP/1.") or not status.startswith(b"2"):
            raise OSError(f"the proxy responded with {status[:3]!r}")
        # The host behind the tunnel does not speak before TLS's first message has reached it.
        if not headers.endswith(b"\r\n\r\n"):
            raise OSError("the proxy sent more than a response")


class Proxies:
    """Which proxy to use for which host."""

    def __init__(self, proxy: Proxy | None = None) -> None:
        self._proxy = proxy

    @classmethod
    def from_environment(cls) -> Self:
        """Return the proxies of the environment; raises ValueError for one that is not HTTP."""
        proxies = getproxies()
        url = proxies.get("https") or proxies.get("all")
        return cls(Proxy(url) if url else None)

    def find(self, scheme: str, host: str) -> Proxy | None:
        """Return the proxy for a host; none for plain HTTP, which only a local Twilio speaks."""
        if self._proxy is None or scheme != "https":
            return None
        return None if should_bypass_proxies(f"https://{host}", no_proxy=None) else self._proxy
