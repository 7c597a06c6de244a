"""Who the client of a request is, in the ways in which reverse proxies write it."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

# Everybody whose address cannot be read counts as one client, so that rubbish is limited, too.
UNKNOWN = "unknown"


def parse(entry: str) -> IPv4Address | IPv6Address | None:
    """The address that an entry of X-Forwarded-For names; None if it names none.

    It may have a port, brackets, a zone and quotes. An IPv4-mapped IPv6 address is the IPv4 one.
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
    """What counts as one client: an IPv4 address, or the /64 that one gets with IPv6 (RFC 6177)."""
    address = parse(entry)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address), 64), strict=False))
    return str(address or UNKNOWN)
