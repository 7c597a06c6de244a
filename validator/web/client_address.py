"""The IP address of a client, in the notations that reverse proxies use."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

# All clients without a valid address share one rate limit, so that forged addresses evade none.
UNKNOWN = "unknown"


def parse(entry: str) -> IPv4Address | IPv6Address | None:
    """Return the IP address in an entry of X-Forwarded-For, None if it is not valid.

    The entry may have a port, brackets, a zone and quotes. For an IPv4-mapped IPv6 address, that is
    the IPv4 address.
    """
    host = entry.strip().strip('"')
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def network(entry: str) -> str:
    """Return the network that counts as one client: an IPv4 address, or an IPv6 /64 (RFC 6177)."""
    address = parse(entry)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address), 64), strict=False))
    return str(address or UNKNOWN)
